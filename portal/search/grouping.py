"""Results as a reader looks through them: plan by plan, with filters and synonyms that can be left out."""

import re
from dataclasses import dataclass
from itertools import groupby

from portal.search.results import Facets, Hit, Passage, Results

# What a group shows at once; the rest opens in place.
SHOWN = 3
# Characters of a plan's or chapter's title that a heading of results has room for.
TITLE_LENGTH = 16


@dataclass(frozen=True)
class Group:
    """The hits of one plan on this page, the best first; ``count`` is all that the plan has."""

    plan: str
    title: str
    hits: list[Hit]
    count: int

    @property
    def first(self) -> list[Hit]:
        """What is shown at once."""
        return self.hits[:SHOWN]

    @property
    def rest(self) -> list[Hit]:
        """What opens in place."""
        return self.hits[SHOWN:]


@dataclass(frozen=True)
class Filter:
    """A filter in use: its name, that cut short, what is asked without it, and how many results that has."""

    name: str
    short: str
    without: dict[str, str]
    count: int


def path(place: Passage) -> tuple[str, ...]:
    """The plan and the headings above the one that names a result; nothing stands above a plan's title."""
    if not place.path and place.title == place.plan_title:
        return ()
    return (place.plan_title, *(place.path[:-1] if place.path[-1:] == (place.title,) else place.path))


def by_plan(found: Results) -> list[Group]:
    """This page's hits by plan, in the order of the best hit of each."""
    counts = {count.plan: count.count for count in found.facets.plans}
    order = {plan: at for at, plan in enumerate(dict.fromkeys(hit.passage.plan for hit in found.hits))}
    hits = sorted(found.hits, key=lambda hit: order[hit.passage.plan])  # stable: the best stays first
    groups = [(plan, list(group)) for plan, group in groupby(hits, key=lambda hit: hit.passage.plan)]
    return [Group(plan, group[0].passage.plan_title, group, counts[plan]) for plan, group in groups]


def filters(facets: Facets, plan: str | None, chapter: str | None) -> list[Filter]:
    """The filters in use. A plan without any match is not named by the results: it goes by a general name."""
    used = []
    if plan is not None:
        everywhere = sum(count.count for count in facets.plans)
        title = next((count.title for count in facets.plans if count.plan == plan), "")
        used.append(Filter(*_names("《{}》", title, "所选规划"), {}, everywhere))
    if plan is not None and chapter is not None:
        within = next((count.count for count in facets.plans if count.plan == plan), 0)
        title = next((count.title for count in facets.pages if count.page == chapter), "")
        used.append(Filter(*_names("“{}”", title, "所选的一章"), {"plan": plan}, within))
    return used


def literally(query: str, word: str) -> str:
    """The query with one of its words in quotes, to be found without synonyms."""
    return re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", lambda match: f'"{match[0]}"', query)


def _names(form: str, title: str, general: str) -> tuple[str, str]:
    if not title:
        return general, general
    short = title if len(title) <= TITLE_LENGTH else title[:TITLE_LENGTH] + "…"
    return form.format(title), form.format(short)
