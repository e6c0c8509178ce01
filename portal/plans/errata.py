"""The public record of corrections: what was corrected and why, by whom reported, and what was taken back.

An erratum that still waits for approval is nowhere in it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import selectinload

from portal.database import db
from portal.filters import SHANGHAI, local
from portal.paging import shown_page
from portal.plans.catalogue import PublishedPage
from portal.plans.content import SLUG
from portal.plans.models import Change, Erratum, ErratumState, Page, Plan, Release

PER_PAGE = 20
IN_FEED = 50
# Every word is looked for in all changed texts; more narrow nothing that a reader would miss.
MOST_WORDS = 10
NUMBER = re.compile(r"[A-Z]{2}-[0-9]{8}-[0-9]{4,9}(-[0-9]{1,4})?")
# Of an erratum without a date of correction nothing is public.
PUBLIC = and_(
    Erratum.state.in_((ErratumState.PUBLISHED, ErratumState.WITHDRAWN)), Erratum.corrected_at.is_not(None)
)
CHANGED_AT = func.coalesce(Erratum.withdrawn_at, Erratum.corrected_at)
NEWEST = (Erratum.corrected_at.desc(), Erratum.id.desc())


@dataclass(frozen=True)
class Wanted:
    """What a reader asks for; what is left empty asks for all.

    ``plan`` is its slug, ``year`` that of the correction in Asia/Shanghai; each of the ``words``, parted by
    spaces, must stand in the number, the reason or the changed text. The first ten different ones count.
    """

    plan: str = ""
    year: int | None = None
    words: str = ""


@dataclass(frozen=True)
class Listing:
    """One page of errata, from 1; ``total`` is how many all pages hold."""

    errata: tuple[Erratum, ...]
    page: int
    pages: int
    total: int


class Row(NamedTuple):
    """One change, as machines take it; ``corrected_on`` is the day in Asia/Shanghai."""

    number: str
    plan: str
    page: str
    anchor: str
    before: str
    after: str
    reason: str
    reported_on: date | None
    corrected_on: date
    withdrawn: bool


class Mark(NamedTuple):
    """That a place was corrected: by which erratum, and when (UTC)."""

    number: str
    corrected_at: datetime


class Version(NamedTuple):
    """An erratum as it is: its state, and of each of its changes the title of the plan and since when the
    page is no longer published. All else that is told of it never changes.
    """

    number: str
    state: ErratumState
    withdrawn_at: datetime | None
    places: tuple[tuple[str, datetime | None], ...]


def newest(limit: int) -> tuple[Erratum, ...]:
    """The errata that were corrected last."""
    return _read(_whole().order_by(*NEWEST).limit(limit))


def find(number: str) -> Erratum | None:
    """The public erratum of that number."""
    if not NUMBER.fullmatch(number):
        return None
    return next(iter(_read(_whole().where(Erratum.number == number))), None)


def listing(wanted: Wanted, page: int = 1) -> Listing:
    """The errata that a reader asks for, the newest first; a page beyond the last shows the last."""
    conditions = tuple(_conditions(wanted))
    total = db.session.scalar(select(func.count(Erratum.id)).where(PUBLIC, *conditions)) or 0
    page, pages = shown_page(page, total, PER_PAGE)
    query = _whole().where(*conditions).order_by(*NEWEST).offset((page - 1) * PER_PAGE).limit(PER_PAGE)
    return Listing(_read(query), page, pages, total)


def feed(plan: str = "") -> tuple[Erratum, ...]:
    """What happened last, withdrawals as well as corrections; of one plan when one is named."""
    query = _whole().where(*_conditions(Wanted(plan))).order_by(CHANGED_AT.desc(), Erratum.id.desc())
    return _read(query.limit(IN_FEED))


def rows(plan: str = "") -> list[Row]:
    """Every change, that of the newest erratum first; of one plan when one is named."""
    changed = (Erratum.number, Plan.slug, Page.number, Change.anchor, Change.before, Change.after)
    query = (
        select(*changed, Erratum.reason, Erratum.reported_on, Erratum.corrected_at, Erratum.state)
        .join_from(Change, Erratum)
        .join(Page, Change.page_id == Page.id)
        .join(Plan)
        .where(PUBLIC, Plan.slug == plan if plan else true())
        .order_by(*NEWEST, Change.id)
    )
    found: Iterable[Any] = db.session.execute(query)
    return [
        Row._make((*row[:-2], local(row.corrected_at).date(), row.state is ErratumState.WITHDRAWN))
        for row in found
    ]


def years(plan: str = "") -> list[int]:
    """The years in which something was corrected, the newest first."""
    query = select(Erratum.corrected_at).where(PUBLIC, *_conditions(Wanted(plan)))
    return sorted({local(moment).year for moment in db.session.scalars(query) if moment}, reverse=True)


def plans(asked: str = "") -> dict[str, str]:
    """Titles by slug: the plans in which something was corrected, and the one that is asked for if it is
    there; the newest date of issue first.
    """
    corrected = select(Page.plan_id).join(Change).join(Erratum).where(PUBLIC)
    query = select(Plan.slug, Plan.title).where(
        or_(Plan.id.in_(corrected), Plan.slug == asked if SLUG.fullmatch(asked) else false())
    )
    ordered = query.order_by(func.coalesce(Plan.issued_on, date.min).desc(), Plan.slug.desc())
    return {row.slug: row.title for row in db.session.execute(ordered)}


def marks(plan: str) -> dict[tuple[str, str], Mark]:
    """The corrections that stand in the text of a plan: by page and anchor, of each place the newest."""
    query = (
        select(Page.number, Change.anchor, Erratum.number, Erratum.corrected_at)
        .join(Change.page)
        .join(Page.plan)
        .join(Change.erratum)
        .where(Plan.slug == plan, Erratum.state == ErratumState.PUBLISHED)
        .order_by(Erratum.corrected_at, Erratum.id)
    )
    found: Iterable[Any] = db.session.execute(query)
    return {(page, anchor): Mark(number, at) for page, anchor, number, at in found}


def addresses() -> list[tuple[str, datetime]]:
    """The number of every public erratum, and when it last changed (UTC); the newest first."""
    query = select(Erratum.number, CHANGED_AT).where(PUBLIC).order_by(*NEWEST)
    found: Iterable[Any] = db.session.execute(query)
    return [(number, moment) for number, moment in found]


def versions() -> list[Version]:
    """Every public erratum with what tells its versions apart; the newest first."""
    query = (
        select(Erratum.number, Erratum.state, Erratum.withdrawn_at, Plan.title, Page.withdrawn_at)
        .join(Erratum.changes)
        .join(Change.page)
        .join(Page.plan)
        .where(PUBLIC)
        .order_by(*NEWEST, Change.id)
    )
    found = groupby(db.session.execute(query), key=lambda row: (row[0], row[1], row[2]))
    return [
        Version(number, state, withdrawn_at, tuple((title, since) for *_, title, since in rows))
        for (number, state, withdrawn_at), rows in found
    ]


def last_published() -> datetime:
    """When anything public last changed (UTC)."""
    return db.session.scalars(select(Release.published_at)).one()


def updated_at(errata: Iterable[Erratum]) -> datetime:
    """When any of them was last corrected or withdrawn (UTC); without any, see ``last_published``."""
    moments = [moment for erratum in errata for moment in (erratum.corrected_at, erratum.withdrawn_at)]
    return max((moment for moment in moments if moment), default=None) or last_published()


def path(change: Change) -> tuple[str, ...]:
    """Where a change stands, outermost first: plan, chapter, and the section if it is in one.

    The headings are those that the correction left.
    """
    revision = change.revision
    if revision is None:
        return (change.page.plan.title,)
    page = PublishedPage(
        change.page.number, revision.source, revision.number, revision.created_at, revision.release
    )
    return tuple(filter(None, (change.page.plan.title, page.heading, page.section_at(change.anchor))))


def _whole() -> Select[Erratum]:
    changes = selectinload(Erratum.changes)
    return (
        select(Erratum)
        .where(PUBLIC)
        .options(changes.joinedload(Change.page).joinedload(Page.plan), changes.joinedload(Change.revision))
    )


def _read(query: Select[Erratum]) -> tuple[Erratum, ...]:
    return tuple(db.session.scalars(query))


def _conditions(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    if wanted.plan:
        yield Erratum.changes.any(Change.page.has(Page.plan.has(Plan.slug == wanted.plan)))
    if wanted.year is not None:
        yield Erratum.corrected_at >= datetime(wanted.year, 1, 1, tzinfo=SHANGHAI)
        yield Erratum.corrected_at < datetime(wanted.year + 1, 1, 1, tzinfo=SHANGHAI)
    words = {word.lower(): word for word in wanted.words.split()}
    for word in list(words.values())[:MOST_WORDS]:
        changed = or_(*(text.icontains(word, autoescape=True) for text in (Change.before, Change.after)))
        said = (text.icontains(word, autoescape=True) for text in (Erratum.number, Erratum.reason))
        yield or_(*said, Erratum.changes.any(changed))
