"""Headings and paragraphs that a page had once: links to their anchors still lead somewhere that helps."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Engine, select

from portal.database import db
from portal.plans import publishing
from portal.plans.catalogue import PublishedPage, PublishedPlan, find_plan
from portal.plans.models import Page, Plan, Revision
from portal.plans.rendering import RenderedPage, render

# A shorter text may well stand at several places.
FEWEST = 8


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


def departed(plan: PublishedPlan) -> dict[str, tuple[Departed, ...]]:
    """What left each page of a plan, by the page's number; pages that were withdrawn are among them."""
    return _departed(db.engine, plan.slug, plan.release)


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
        here = _anchors(page) if page else set()
        gone = [
            Departed(anchor, _now(anchor, text, stands))
            for anchor, text in former.items()
            if anchor not in here
        ]
        if gone:
            found[number] = tuple(gone)
    return found


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


def _anchors(page: PublishedPage) -> set[str]:
    return {page.anchor, *(block.anchor for block in page.blocks)}


def _stands(plan: PublishedPlan) -> dict[str, Stand]:
    """Where the anchors and the longer texts of a plan stand now."""
    found: dict[str, Stand] = {}
    for page in plan.pages:
        section = page.heading
        found.setdefault(page.anchor, Stand(page.number, page.anchor, section))
        for block in page.blocks:
            section = block.text if block.kind == "section" else section
            stand = Stand(page.number, block.anchor, section)
            found.setdefault(block.anchor, stand)
            if len(block.text) >= FEWEST:
                found.setdefault(block.text, stand)
    return found


def _now(anchor: str, text: str, stands: dict[str, Stand]) -> Stand | None:
    return stands.get(anchor) or (stands.get(text) if len(text) >= FEWEST else None)
