"""The links around the list: pages of it, and filters to take off again. All are plain addresses."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from flask import url_for

from portal.filters import plain_day
from portal.moderation.forms import FilterForm
from portal.moderation.queue import VIEWS, Listing
from portal.paging import Pager


def view_of(arguments: Mapping[str, str]) -> str:
    """The saved view that an address asks for; the opening view when it names none that there is."""
    name = arguments.get("state", "")
    return name if name in VIEWS else "open"


def address(arguments: Mapping[str, str], without: str = "", **changed: str | int) -> str:
    """The list's address with some of the arguments changed and one left out."""
    kept = {name: value for name, value in arguments.items() if value and name not in ("page", without)}
    return urlsplit(url_for("moderation.queue")).path + "?" + urlencode(kept | changed)


def pager(listing: Listing, arguments: Mapping[str, str]) -> Pager:
    """The pages of a list, each at its own address."""
    return Pager(listing.page, listing.pages, listing.total, lambda page: address(arguments, page=page))


def used_filters(form: FilterForm, arguments: Mapping[str, str]) -> list[tuple[str, str]]:
    """The filters that are on, each in words and with the address that takes it off."""
    wanted = form.filter(view_of(arguments))
    words = {
        "kind": wanted.kind and wanted.kind.label,
        "error_type": wanted.error_type and wanted.error_type.label,
        "since": wanted.since and f"{plain_day(wanted.since)}起",
        "until": wanted.until and f"{plain_day(wanted.until)}止",
        "q": wanted.text and f"“{wanted.text}”",
    }
    return [(text, address(arguments, without=name)) for name, text in words.items() if text]
