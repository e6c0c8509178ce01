"""Which addresses are this site's own, and whether it was this site that had a request sent."""

from urllib.parse import urlsplit

from flask import request

from portal.addresses import root


def own_page(address: str) -> str | None:
    """The page of this site that an address names, without its query; None when it is not one."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or parts.netloc not in _hosts():
        return None
    return f"{root()}{parts.path}" + (f"#{parts.fragment}" if parts.fragment else "")


def from_elsewhere() -> bool:
    """Whether another site had the browser send this request.

    No page can forge Sec-Fetch-Site. Older browsers send Origin alone; "null" is a page that hides itself.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site not in (None, "same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    if origin is None or (origin == "null" and site is not None):
        return False
    try:
        return urlsplit(origin).netloc not in _hosts()
    except ValueError:
        return True


def _hosts() -> set[str]:
    return {request.host, urlsplit(root()).netloc}
