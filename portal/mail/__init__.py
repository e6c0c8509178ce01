"""Mail that leaves the portal."""
