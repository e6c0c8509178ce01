"""Staff accounts: sign-in, roles, lock-out."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Set up Flask-Security."""
