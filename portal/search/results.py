"""What search finds, and what it answers."""

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from markupsafe import Markup

from portal.search.query import Query

Shown = TypeVar("Shown")


class Passage(NamedTuple):
    """What search finds: a heading or a paragraph. ``path`` names the headings above it, outermost first."""

    plan: str
    plan_title: str
    page: str
    anchor: str
    title: str
    path: tuple[str, ...]
    text: str
    is_heading: bool


# Made by the thousand for a frequent word on a large site; frozen, they would take three times as long.
@dataclass(slots=True)
class PlanCount:
    """How many passages of a plan match."""

    plan: str
    title: str
    count: int


@dataclass(slots=True)
class PageCount:
    """How many passages of a page match; ``title`` is the page's heading."""

    plan: str
    page: str
    title: str
    count: int


@dataclass(frozen=True)
class Facets:
    """Matches by plan (most first), whatever was asked for; and by page, in the order of the record, for the
    plan that was asked for or the only one with matches.
    """

    plans: list[PlanCount]
    pages: list[PageCount]


@dataclass(slots=True)
class Hit:
    """One result: the passage, an excerpt of it as HTML with its words marked, and the words themselves as a
    query, for the page that it leads to.
    """

    passage: Passage
    snippet: Markup
    marks: str


@dataclass(frozen=True)
class Results(Generic[Shown]):
    """One page of results out of ``total``, each as whoever asked wants to have it.

    ``partial``: no passage holds all of the query, these hold parts of it. ``suggestion``: what was probably
    meant, as a query with results. ``synonyms``: typed words that have synonyms, each with those that were
    searched too. ``spelled``: the words that pinyin or initials were read as.
    """

    query: Query
    total: int
    took_ms: float
    partial: bool
    suggestion: str | None
    hits: list[Shown]
    facets: Facets
    synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    spelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Completions:
    """What may follow what is being typed: words that have results, and headings that contain it."""

    words: tuple[str, ...]
    headings: tuple[Passage, ...]
