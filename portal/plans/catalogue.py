"""Read what is published: plans with their newest text."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from portal.database import db
from portal.plans import publishing
from portal.plans.content import SLUG
from portal.plans.listing import AT_ONCE, NEWEST
from portal.plans.models import Page, Plan, Release, Revision
from portal.plans.reading import PageOutline
from portal.plans.rendering import Block, head, render, split
from portal.plans.writing import heading

# Plans that are read at a time.
BATCH = 10
PREFACE_HEADING = "前言"
# Letters and digits in a row, as far as a pattern is made of them at once.
PIECE = r"[^\W_]{1,32}"
# Of more pieces a database makes no one question.
PIECES = 40
ATTRIBUTES = re.compile(r"\{:[^{}\n]*\}")
# What Markdown may write between two letters that readers see side by side.
MARKUP = r"(?:\]\([^)]*\)|[\W_])*+"


@dataclass(frozen=True)
class PublishedPage:
    """A page as it is now: ``revision``, ``revised_at`` (UTC) and ``release`` are those of its newest one."""

    number: str
    source: str
    revision: int
    revised_at: datetime
    release: int

    @property
    def front_matter(self) -> str:
        """What its file says before the text: number, label, title and anchor of the page."""
        return split(self.source)[0]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The page's parts in order, without its own heading."""
        return render(self.source).blocks

    @property
    def outline(self) -> PageOutline:
        """The page as sections and paragraphs of plain text."""
        return render(self.source).outline

    @property
    def label(self) -> str:
        """The printed number, ``一、``; empty for the preface."""
        return head(self.front_matter).label

    @property
    def title(self) -> str:
        """The printed title; empty for the preface."""
        return head(self.front_matter).title

    @property
    def anchor(self) -> str:
        """The anchor of the page's heading."""
        return head(self.front_matter).anchor

    @property
    def heading(self) -> str:
        """Label and title, or the word for a preface."""
        return heading(self.label, self.title) or PREFACE_HEADING

    @property
    def sections(self) -> tuple[Block, ...]:
        """The headings of the page's sections."""
        return tuple(block for block in self.blocks if block.kind == "section")

    def walk(self) -> Iterator[tuple[Block, str, str]]:
        """The blocks in order, each with anchor and heading of its section; before any, the page's own."""
        section, title = self.anchor, self.heading
        for block in self.blocks:
            if block.kind == "section":
                section, title = block.anchor, block.text
            yield block, section, title

    def section_at(self, anchor: str) -> str:
        """The heading of the section at or around an anchor; empty when it is in none."""
        for block, section, title in self.walk():
            if block.anchor == anchor and section != self.anchor:
                return title
        return ""


@dataclass(frozen=True)
class PublishedPlan:
    """A plan as it is now; ``release`` is the one that changed it last."""

    slug: str
    title: str
    issuer: str
    issued_on: date | None
    issued_on_text: str
    release: int
    pages: tuple[PublishedPage, ...]

    @property
    def revised_at(self) -> datetime:
        """The moment (UTC) of the newest revision of any page."""
        return max(page.revised_at for page in self.pages)

    def page(self, number: str) -> PublishedPage | None:
        """The page of that number, if it is published."""
        return next((page for page in self.pages if page.number == number), None)


@dataclass(frozen=True)
class Place:
    """Where a section or paragraph stands, as other pages name it."""

    plan: str
    page: str
    anchor: str
    heading: str
    chapter: str
    plan_title: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Plan, page and anchor."""
        return self.plan, self.page, self.anchor


@dataclass(frozen=True)
class PlacedText(Place):
    """A section or paragraph and where it stands; ``release`` is that of its page."""

    text: str
    release: int


def current_release() -> int:
    """The number of the newest release; 0 before anything was published."""
    return publishing.current_release(db.session)


def record_identity() -> str:
    """The name of this database, given when its tables were made."""
    return db.session.scalar(select(Release.record)) or ""


def list_plans(slugs: Iterable[str] | None = None) -> list[PublishedPlan]:
    """Every published plan with its text, or those of some addresses, the newest date of issue first."""
    return _sorted(_read(None) if slugs is None else _read(None, Plan.slug.in_(slugs)))


def holding(texts: Iterable[str]) -> Iterator[PublishedPlan]:
    """The plans, as ``list_plans`` has them, with those of their pages alone that may hold one of the texts;
    a few are read at a time, for those who look no further than the first.

    The files are searched for the letters and digits of a text, since Markdown may write its signs otherwise,
    and put signs, or the address of a link, between any two letters.
    """
    parts = [re.findall(PIECE, text) for text in texts]
    source = Revision.source
    any_of = [and_(*(source.like(f"%{'%'.join(part)}%") for part in text[:PIECES])) for text in parts if text]
    if not any_of:
        return
    # The database finds the letters in their order, whatever stands between them.
    patterns = [[re.compile(MARKUP.join(part)) for part in text] for text in parts if text]

    def may_hold(page: PublishedPage) -> bool:
        # What only the file says, every file says.
        shown = page.label + page.title + ATTRIBUTES.sub("", split(page.source)[1])
        return any(all(part.search(shown) for part in text) for text in patterns)

    found = _newest(select(Plan.slug)).where(or_(*any_of)).group_by(Plan.id).order_by(None)
    slugs = db.session.scalars(found.order_by(*NEWEST)).all()
    for start in range(0, len(slugs), BATCH):
        some = Plan.slug.in_(slugs[start : start + BATCH])
        for plan in _sorted(_read(None, and_(some, or_(*any_of)))):
            if pages := tuple(filter(may_hold, plan.pages)):
                yield replace(plan, pages=pages)


def find_plan(slug: str) -> PublishedPlan | None:
    """The plan with that address."""
    if not SLUG.fullmatch(slug):
        return None
    return next(iter(_read(slug)), None)


def find_paragraph(plan: str, page: str, anchor: str) -> PlacedText | None:
    """The paragraph or heading at an anchor, or None when nothing is published there."""
    published = find_plan(plan)
    return paragraph(published, page, anchor) if published else None


def paragraph(plan: PublishedPlan, page: str, anchor: str) -> PlacedText | None:
    """The paragraph or heading of a plan at an anchor, or None when nothing is published there."""
    found = plan.page(page)
    if not found:
        return None
    chapter = found.heading
    if anchor == found.anchor:
        text = heading(found.label, found.title)
        return PlacedText(plan.slug, page, anchor, chapter, chapter, plan.title, text, found.release)
    for block, _, title in found.walk():
        if block.anchor == anchor:
            return PlacedText(plan.slug, page, anchor, title, chapter, plan.title, block.text, found.release)
    return None


def versions(slugs: Iterable[str] | None = None) -> dict[str, str]:
    """Every page by plan and number (``plan/page``), or those of some plans, the newest date of issue first;
    with a version that changes when what search shows of the page does.
    """
    query = _newest(select(Plan.slug, Plan.title, Page.number, Revision.id))
    if slugs is not None:
        query = query.where(Plan.slug.in_(slugs))
    found = {}
    before = ""
    query = query.order_by(None).order_by(*NEWEST, Page.position).execution_options(yield_per=AT_ONCE)
    for slug, title, number, revision in db.session.execute(query):
        # The first page carries the title of the plan.
        found[f"{slug}/{number}"] = f"{revision} {title}" if slug == before else f"{revision} first {title}"
        before = slug
    return found


def _sorted(plans: Iterable[PublishedPlan]) -> list[PublishedPlan]:
    """The newest date of issue first."""
    return sorted(plans, key=lambda plan: (plan.issued_on or date.min, plan.slug), reverse=True)


def _newest(columns: Any) -> Any:
    """Select some columns from every published page and its newest revision, in order."""
    # Asked page by page, so that the database looks at the pages that are wanted alone.
    newest = select(func.max(Revision.number)).where(Revision.page_id == Page.id).correlate(Page)
    return (
        columns.join_from(Plan, Page, Page.plan_id == Plan.id)
        .join(Revision, (Revision.page_id == Page.id) & (Revision.number == newest.scalar_subquery()))
        .where(Page.withdrawn_at.is_(None))
        .order_by(Plan.id, Page.position)
    )


ABOUT = (Plan.slug, Plan.title, Plan.issuer, Plan.issued_on, Plan.issued_on_text, Plan.release)
PAGE = (Page.number, Revision.source, Revision.number, Revision.created_at, Revision.release)
EVERY_PLAN = _newest(select(*ABOUT, *PAGE))
# Made once: nearly every request asks it, and making it takes longer than its answer.
ONE_PLAN = EVERY_PLAN.where(Plan.slug == bindparam("slug"))


def _read(slug: str | None, holding: ColumnElement[bool] | None = None) -> list[PublishedPlan]:
    query, values = (EVERY_PLAN, {}) if slug is None else (ONE_PLAN, {"slug": slug})
    if holding is not None:
        query = query.where(holding)
    rows = db.session.execute(query, values)
    return [
        PublishedPlan(*about, tuple(PublishedPage(*row[len(ABOUT) :]) for row in pages))  # type: ignore[call-arg]
        for about, pages in groupby(rows, key=lambda row: row[: len(ABOUT)])
    ]
