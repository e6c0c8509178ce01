"""Results as a reader looks through them: plan by plan, with filters and synonyms that can be left out."""

import re
from dataclasses import dataclass
from itertools import groupby

from portal.filters import quoted, titled
from portal.search.reader import Reader
from portal.search.results import Facets, Hit, PageCount, Passage, PlanCount, Results

# What a group shows at once; the rest opens in place.
SHOWN = 3
# Characters of a plan's or chapter's title in the name of a tab, and in a link that leads there.
TITLE_LENGTH = 24
# What a text of rules is cited by.
CLAUSE = re.compile(r"第[\d〇零一二三四五六七八九十百千]+条")


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
    """A filter in use: its name, that cut short, what is searched without it (in words, and as it is asked
    for), and how many results that has.
    """

    name: str
    short: str
    wider: str
    without: dict[str, str]
    count: int


def path(place: Passage) -> tuple[str, ...]:
    """The plan and the headings above the one that names a result; nothing stands above a plan's title."""
    if not place.path and place.title == place.plan_title:
        return ()
    return (place.plan_title, *(place.path[:-1] if place.path[-1:] == (place.title,) else place.path))


def by_plan(found: Results[Hit]) -> list[Group]:
    """This page's hits by plan, in the order of the best hit of each."""
    counts = {count.plan: count.count for count in found.facets.plans}
    order = {plan: at for at, plan in enumerate(dict.fromkeys(hit.passage.plan for hit in found.hits))}
    hits = sorted(found.hits, key=lambda hit: order[hit.passage.plan])  # stable: the best stays first
    groups = [(plan, list(group)) for plan, group in groupby(hits, key=lambda hit: hit.passage.plan)]
    return [Group(plan, group[0].passage.plan_title, group, counts[plan]) for plan, group in groups]


def kind(place: Passage) -> str:
    """What a result is: a heading, a clause by its number, or text."""
    if place.is_heading:
        return "标题"
    clause = CLAUSE.match(place.text)
    return clause[0] if clause else "正文"


def narrowed(facets: Facets, reader: Reader, plan: str | None, chapter: str | None) -> Facets:
    """The facets with the plan and the chapter that are asked for, also where nothing was found there."""
    if plan is None or plan not in reader.plans:
        return facets
    plans, pages = facets.plans, {count.page: count for count in facets.pages}
    if all(count.plan != plan for count in plans):
        plans = [*plans, PlanCount(plan, dict(reader.plan_titles)[plan], 0)]
    first, last = reader.plans[plan]
    return Facets(
        plans,
        [
            pages.get(document.page) or PageCount(plan, document.page, document.heading, 0)
            for document in map(reader.documents.__getitem__, range(first, last))
            if document.page in pages or document.page == chapter
        ],
    )


def filters(facets: Facets, plan: str | None, chapter: str | None) -> list[Filter]:
    """The filters in use, as the facets name them; what is not published goes by a general name."""
    if plan is None:
        return []
    within = next((count for count in facets.plans if count.plan == plan), PlanCount(plan, "", 0))
    name, short = (titled(title) if title else "所选文件" for title in (within.title, _short(within.title)))
    used = [Filter(name, short, "全部文件", {}, sum(count.count for count in facets.plans))]
    if chapter is not None:
        title = next((count.title for count in facets.pages if count.page == chapter), "")
        name, cut = (quoted(text) if text else "所选的一章" for text in (title, _short(title)))
        used.append(Filter(name, cut, short, {"plan": plan}, within.count))
    return used


def literally(query: str, word: str) -> str:
    """The query with one of its words in quotes, to be found without synonyms."""
    return re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", lambda match: f'"{match[0]}"', query)


def _short(title: str) -> str:
    """The title, cut where it is long; of one that names a document, what it names."""
    named = re.search("《(.+?)》", title)
    if len(title) > TITLE_LENGTH and named:
        title = named[1]
    return title if len(title) <= TITLE_LENGTH else title[:TITLE_LENGTH] + "…"
