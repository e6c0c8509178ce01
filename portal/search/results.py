"""What search finds, and what it answers."""

import json
from dataclasses import astuple, dataclass
from typing import Any

from markupsafe import Markup

from portal.search.analysis import Query


@dataclass(frozen=True)
class Passage:
    """What search finds: a heading or a paragraph. ``path`` names the headings above it, outermost first."""

    plan: str
    plan_title: str
    page: str
    anchor: str
    title: str
    path: tuple[str, ...]
    text: str
    is_heading: bool

    @property
    def fields(self) -> tuple[Any, ...]:
        """All fields in order, to be stored: ``Passage(*fields)`` is the passage again."""
        return astuple(self)

    @property
    def place(self) -> bytes:
        """What ranking and counting need, alike for many passages."""
        return json.dumps([self.plan, self.page, self.is_heading]).encode()


@dataclass(frozen=True)
class PlanCount:
    """How many passages of a plan match."""

    plan: str
    title: str
    count: int


@dataclass(frozen=True)
class PageCount:
    """How many passages of a page match."""

    plan: str
    page: str
    count: int


@dataclass(frozen=True)
class Facets:
    """Matches by plan (most first) and by page (in the order of the record), whatever plan was asked for."""

    plans: list[PlanCount]
    pages: list[PageCount]


@dataclass(frozen=True)
class Hit:
    """One result: the passage, and an excerpt of it as HTML with its words marked."""

    passage: Passage
    snippet: Markup


@dataclass(frozen=True)
class Results:
    """One page of results out of ``total``; ``partial`` when the passages hold only parts of the query."""

    query: Query
    total: int
    took_ms: float
    partial: bool
    suggestion: str | None
    hits: list[Hit]
    facets: Facets
