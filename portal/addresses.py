"""Where the site is for its readers, and its addresses as everyone may keep them: whole, and without the
choices of display of the one who asks.
"""

from typing import Any

from flask import current_app, request, url_for

from portal import display

# Whose address is a secret of its reader: what is told to others is the page beside it.
SECRET = {"feedback.receipt": "feedback.status"}


def root() -> str:
    """The site's own address, without a slash at the end."""
    return str(current_app.config["PORTAL"].site_url or request.host_url.rstrip("/"))


def permanent(endpoint: str, **values: Any) -> str:
    """The address of a page of this site."""
    return root() + _path(endpoint, **values)


def own_path() -> str:
    """Path and query of the page that is asked for."""
    if request.endpoint in SECRET:
        return _path(SECRET[request.endpoint])
    return display.address(**dict.fromkeys(display.CHOICES, ""))


def of_page(number: int = 1) -> str:
    """The address of the page that is asked for, without its query; of a list, with its page number."""
    return root() + own_path().partition("?")[0] + (f"?page={number}" if number > 1 else "")


def _path(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **dict.fromkeys(display.CHOICES) | values)
