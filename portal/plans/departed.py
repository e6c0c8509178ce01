"""Where words that left stand now: of headings and paragraphs that a page once had, of withdrawn pages."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from rapidfuzz import fuzz, process
from sqlalchemy import Engine, select

from portal.database import db
from portal.plans import history, publishing
from portal.plans.catalogue import PlacedText, PublishedPlan, current_release, find_plan
from portal.plans.models import Page, Plan, Revision
from portal.plans.rendering import RenderedPage, render

# A shorter text may well stand at several places.
FEWEST = 8
# A paragraph of a withdrawn page counts as moved when so much of it, out of 100, is the same.
ALIKE = 80
# So many characters of a long paragraph tell whether it is the same.
COMPARED = 500


@dataclass(frozen=True)
class Stand:
    """Where the words of something that left stand now: page, anchor, and the heading around it."""

    page: str
    anchor: str
    heading: str


@dataclass(frozen=True)
class Departed:
    """An anchor that a page had once, and where its words stand now, if they do."""

    anchor: str
    now: Stand | None


@dataclass(frozen=True)
class WithdrawnPage:
    """A page that was published once. ``moved`` are the sections, in reading order, that hold its paragraphs
    now, each with how many; ``withdrawn_at`` is the moment (UTC).
    """

    plan: str
    plan_title: str
    number: str
    heading: str
    withdrawn_at: datetime
    moved: tuple[tuple[PlacedText, int], ...]


def departed(plan: PublishedPlan) -> dict[str, tuple[Departed, ...]]:
    """What left each page of a plan, by the page's number; pages that were withdrawn are among them."""
    return _departed(db.engine, plan.slug, plan.release)


def withdrawn(plan: str, page: str) -> WithdrawnPage | None:
    """The page of that number, if an import has withdrawn it."""
    found = history.find_page(plan, page)
    if found is None or found.withdrawn_at is None:
        return None
    return _withdrawn(db.engine, plan, page, current_release())


@lru_cache(maxsize=256)
def _departed(engine: Engine, slug: str, release: int) -> dict[str, tuple[Departed, ...]]:
    """Read once for a database and a release, however often the pages are read."""
    plan = find_plan(slug)
    if plan is None:
        return {}
    stands = _stands(plan)
    found = {}
    for number, former in _former(slug).items():
        page = plan.page(number)
        here = _texts(render(page.source)) if page else {}
        gone = [
            Departed(anchor, _now(anchor, text, stands))
            for anchor, text in former.items()
            if anchor not in here
        ]
        if gone:
            found[number] = tuple(gone)
    return found


@lru_cache(maxsize=256)
def _withdrawn(engine: Engine, slug: str, number: str, release: int) -> WithdrawnPage | None:
    """Compared once for a database and a release: that takes a second where a plan is long."""
    page, plan = history.find_page(slug, number), find_plan(slug)
    if page is None or page.withdrawn_at is None or plan is None:
        return None
    newest = history.find_step(page, history.newest(page))
    if newest is None:
        return None
    last = newest.page
    texts = [block.text for block in last.blocks if block.kind != "section"]
    return WithdrawnPage(slug, plan.title, number, last.heading, page.withdrawn_at, _moved(texts, plan))


def _former(slug: str) -> dict[str, dict[str, str]]:
    """Every anchor that a page ever had with its last text, by the page's number.

    Only imports bring and take anchors: a correction writes blocks anew where they stand.
    """
    query = (
        select(Page.number, Revision.source)
        .join_from(Revision, Page, Revision.page_id == Page.id)
        .join(Plan, Page.plan_id == Plan.id)
        .where(Plan.slug == slug, Revision.author == publishing.IMPORT)
        .order_by(Revision.number)
    )
    former: dict[str, dict[str, str]] = {}
    for number, source in db.session.execute(query):
        former.setdefault(number, {}).update(_texts(render(source)))
    return former


def _texts(page: RenderedPage) -> dict[str, str]:
    return {page.anchor: page.label + page.title} | {block.anchor: block.text for block in page.blocks}


def _stands(plan: PublishedPlan) -> dict[str, Stand]:
    """Where the anchors and the longer texts of a plan stand now."""
    found: dict[str, Stand] = {}
    for page in plan.pages:
        found.setdefault(page.anchor, Stand(page.number, page.anchor, page.heading))
        for block, _, heading in page.walk():
            stand = Stand(page.number, block.anchor, heading)
            found.setdefault(block.anchor, stand)
            if len(block.text) >= FEWEST:
                found.setdefault(block.text, stand)
    return found


def _now(anchor: str, text: str, stands: dict[str, Stand]) -> Stand | None:
    return stands.get(anchor) or (stands.get(text) if len(text) >= FEWEST else None)


def _moved(texts: list[str], plan: PublishedPlan) -> tuple[tuple[PlacedText, int], ...]:
    """The sections of a plan that hold any of the paragraphs, or nearly."""
    places = [
        PlacedText(
            plan.slug, page.number, section, heading, page.heading, plan.title, block.text, page.release
        )
        for page in plan.pages
        for block, section, heading in page.walk()
        if block.kind != "section"
    ]
    choices = [place.text[:COMPARED] for place in places]
    counted: Counter[tuple[str, str]] = Counter()
    for text in texts:
        if len(text) >= FEWEST and choices:
            found = process.extractOne(text[:COMPARED], choices, scorer=fuzz.ratio, score_cutoff=ALIKE)
            if found:
                counted[places[found[2]].page, places[found[2]].anchor] += 1
    first = {(place.page, place.anchor): place for place in reversed(places)}
    return tuple((first[key], counted[key]) for key in reversed(first) if key in counted)
