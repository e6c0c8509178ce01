"""Where the site is for its readers."""

from flask import current_app, request


def root() -> str:
    """The site's own address, without a slash at the end."""
    return str(current_app.config["PORTAL"].site_url or request.host_url.rstrip("/"))
