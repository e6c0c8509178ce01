"""Where the site is for its readers, and its addresses as everyone may keep them: whole, and without the
choices of display of the one who asks.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, has_request_context, request, url_for

from portal import display

# Whose address is a secret of its reader: what is told to others is the page beside it.
SECRET = {"feedback.receipt": "feedback.status"}
# Addresses that are not built again: half a kilobyte each.
KEPT = 1024
WHOLE = frozenset(("_method", "_scheme", "_external"))
# What Flask leaves as it is.
IN_ANCHOR = "%!#$&'()*+,/:;=?@"


class Linking(Flask):
    """Flask, but an address that was built is kept: a page has a hundred, most of them on every page."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._built = lru_cache(maxsize=KEPT)(self._build)

    def url_for(self, /, endpoint: str, *, _anchor: str | None = None, **values: Any) -> str:
        """As Flask has it; only what is no whole address, and the same for each method, is kept."""
        if not has_request_context() or not WHOLE.isdisjoint(values):
            return super().url_for(endpoint, _anchor=_anchor, **values)
        if endpoint.startswith("."):
            endpoint = f"{request.blueprint}{endpoint}" if request.blueprint else endpoint[1:]
        self.inject_url_defaults(endpoint, values)
        path = self._built(request.root_path, endpoint, *values.items())
        return path if _anchor is None else f"{path}#{quote(_anchor, safe=IN_ANCHOR)}"

    def _build(self, root_path: str, endpoint: str, *values: tuple[str, Any]) -> str:
        return super().url_for(endpoint, **dict(values))


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
