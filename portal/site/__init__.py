"""The site itself: home, help, and what machines ask of it."""
