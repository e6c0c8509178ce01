"""What a snapshot holds, as those say who know what is published."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple, Protocol


class Page(NamedTuple):
    """A page of the snapshot; ``stamp`` changes whenever what the page shows may have changed, but for the
    places of other pages that it may name. ``later``: it may be made after the others.
    """

    address: str
    stamp: str
    names_others: bool = False
    later: bool = False


class Plan(NamedTuple):
    """The pages of one plan: none has changed while ``stamp`` is the same and ``shown`` is true."""

    slug: str
    stamp: str


# Plan, page and anchor of a place.
Place = tuple[str, str, str]
# The places of other pages that a page or plan shows, as ``plan/page#anchor``, each with a stamp of how.
Shown = Mapping[str, str]
# Where a page puts that while it is made, for a snapshot that asks for it.
SHOWN = "portal.shown"


def stamp_of(*parts: object) -> str:
    """A short text that is another one whenever one of the parts is, by its ``repr``."""
    return sha256(repr(parts).encode()).hexdigest()[:20]


def note_shown(environ: dict[str, Any], place: Place, shown: object) -> None:
    """Say how a page shows a place of another page."""
    if SHOWN in environ:
        plan, page, anchor = place
        environ[SHOWN][f"{plan}/{page}#{anchor}"] = stamp_of(shown)


def place_of(name: str) -> Place:
    """The place that is named so in what is shown."""
    address, _, anchor = name.partition("#")
    plan, _, page = address.partition("/")
    return plan, page, anchor


class Contents(Protocol):
    """What is published now."""

    def plans(self) -> Iterable[Plan]:
        """Every plan."""

    def pages_of(self, slug: str) -> Iterable[Page]:
        """The pages of a plan."""

    def others(self) -> Iterable[Page]:
        """All other pages."""

    def prepare(self) -> None:
        """Bring in step what pages are made with, when nobody waits for them."""

    def near(self, slugs: Iterable[str]) -> set[str]:
        """The plans that may have something to show of new plans."""

    def outdated(self, shown: Mapping[str, Shown]) -> set[str]:
        """The plans whose pages show something of other plans that is no longer so."""
