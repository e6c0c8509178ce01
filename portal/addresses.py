"""Where the site is for its readers, and its addresses as everyone may keep them: whole, and without the
choices of display of the one who asks.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, has_request_context, request, url_for

from portal import display

# What a Host may look like that is looked at no further.
HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]+)?")
# Whose address is a secret of its reader: what is told to others is the page beside it.
SECRET = {"feedback.receipt": "feedback.status"}
# Addresses that are not built again: half a kilobyte each.
KEPT = 1024
# Where a request keeps what was read of its address.
OWN_PATH = "portal.own_path"
# What Flask leaves as it is.
IN_ANCHOR = "%!#$&'()*+,/:;=?@"
# What is no UTF-8 stays escaped: as Werkzeug has it, which knows this name to be so.
ON_ERROR = "werkzeug.url_quote"


class Linking(Flask):
    """Flask, but an address that was built is kept: a page has a hundred, most of them on every page."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._built = lru_cache(maxsize=KEPT)(self._build)

    def inject_url_defaults(self, endpoint: str, values: dict[str, Any]) -> None:
        """Those of the whole site: no blueprint has its own, and each link would ask for them."""
        for function in self.url_default_functions[None]:
            function(endpoint, values)

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """As Flask has it; only what is no whole address, and the same for each method, is kept."""
        if not has_request_context() or (_method, _scheme, _external) != (None, None, None):
            about = {"_method": _method, "_scheme": _scheme, "_external": _external}
            return super().url_for(endpoint, _anchor=_anchor, **about, **values)  # type: ignore[arg-type]
        if endpoint.startswith("."):
            endpoint = f"{request.blueprint}{endpoint}" if request.blueprint else endpoint[1:]
        self.inject_url_defaults(endpoint, values)
        path = self._built(request.root_path, endpoint, *values.items())
        return path if _anchor is None else f"{path}#{quote(_anchor, safe=IN_ANCHOR)}"

    def _build(self, root_path: str, endpoint: str, *values: tuple[str, Any]) -> str:
        return super().url_for(endpoint, **dict(values))


def asked_by_name(environ: Mapping[str, Any], host: str) -> bool:
    """Whether a WSGI request is for the site's own ``host``, or for any where that is empty, and the site is
    not mounted below a path. Those ahead of Flask leave all others to it, which knows what to refuse.
    """
    asked = environ.get("HTTP_HOST", "")
    named = asked == host if host else HOST.fullmatch(asked) is not None
    return named and not environ.get("SCRIPT_NAME")


def root() -> str:
    """The site's own address, without a slash at the end."""
    return str(current_app.config["PORTAL"].site_url or request.host_url.rstrip("/"))


def permanent(endpoint: str, **values: Any) -> str:
    """The address of a page of this site."""
    return root() + _path(endpoint, **values)


def own_path() -> str:
    """Path and query of the page that is asked for."""
    path: str | None = request.environ.get(OWN_PATH)
    if path is None:  # it stands on a page several times
        if request.endpoint in SECRET:
            path = _path(SECRET[request.endpoint])
        else:
            path = display.address(**dict.fromkeys(display.CHOICES, ""))
        request.environ[OWN_PATH] = path
    return path


def of_page(number: int = 1) -> str:
    """The address of the page that is asked for, without its query; of a list, with its page number."""
    return root() + own_path().partition("?")[0] + (f"?page={number}" if number > 1 else "")


def _path(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **dict.fromkeys(display.CHOICES) | values)


def unescaped(escaped: str) -> str:
    """The text of escapes alone, such as ``%E4%B8%AD``; what is no UTF-8 stays escaped."""
    return bytes.fromhex(escaped.replace("%", "")).decode(errors=ON_ERROR)
