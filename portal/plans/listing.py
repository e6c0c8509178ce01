"""Lists of what is published, read without its text: for the list of plans, the sitemap, and dates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from portal.database import db
from portal.plans.models import Erratum, ErratumState, Page, Plan, Revision

# Rows that are read at a time.
AT_ONCE = 500
NEWEST = (func.coalesce(Plan.issued_on, date.min).desc(), Plan.slug.desc())


class Version(NamedTuple):
    """A plan: its newest release, the id of its newest revision, and what it says of itself."""

    slug: str
    release: int
    newest: int
    about: tuple[Any, ...]


class RevisionState(NamedTuple):
    """A revision of a page, without its text."""

    page: str
    withdrawn: bool
    id: int
    number: int
    state: ErratumState | None


@dataclass(frozen=True)
class Listed:
    """A plan without its pages."""

    slug: str
    title: str
    issuer: str
    issued_on: date | None
    issued_on_text: str
    release: int


class Moment(NamedTuple):
    """When a page was last revised (UTC)."""

    plan: str
    page: str
    revised_at: datetime


def plans(limit: int | None = None, offset: int = 0, titled: str = "") -> list[Listed]:
    """The published plans with these words in their titles, the newest date of issue first; all of them, or
    some from an offset on.
    """
    columns = (Plan.slug, Plan.title, Plan.issuer, Plan.issued_on, Plan.issued_on_text, Plan.release)
    query = _published(select(*columns), titled).order_by(*NEWEST).limit(limit).offset(offset)
    return [Listed(*row) for row in _rows(query)]


def count(titled: str = "") -> int:
    """How many plans with these words in their titles are published."""
    return db.session.scalar(_published(select(func.count(Plan.id)), titled)) or 0


def count_pages() -> int:
    """How many pages of plans are published."""
    return db.session.scalar(select(func.count(Page.id)).where(Page.withdrawn_at.is_(None))) or 0


def revised() -> Iterator[Moment]:
    """Every published page with the moment of its newest revision; plans in the order of ``plans``. They are
    read some at a time.
    """
    revised_at = func.max(Revision.created_at)
    query = (
        select(Plan.slug, Page.number, revised_at)
        .join_from(Plan, Page)
        .join(Revision, Revision.page_id == Page.id)
        .where(Page.withdrawn_at.is_(None))
        .group_by(Plan.id, Page.id)
        .order_by(*NEWEST, Page.position)
        .execution_options(yield_per=AT_ONCE)
    )
    with db.session.execute(query) as rows:
        yield from (Moment(*row) for row in rows)


def first_published(slug: str) -> dict[str, datetime]:
    """When each page of a plan, withdrawn ones too, was first published (UTC), by its number."""
    query = (
        select(Page.number, Revision.created_at)
        .join_from(Plan, Page)
        .join(Revision, Revision.page_id == Page.id)
        .where(Plan.slug == slug, Revision.number == 1)
    )
    return dict(_rows(query).all())


def versions(slug: str | None = None) -> list[Version]:
    """Every published plan, or one, with what tells its versions apart."""
    about = (Plan.title, Plan.issuer, Plan.issued_on, Plan.issued_on_text)
    query = (
        _published(select(Plan.slug, Plan.release, func.max(Revision.id), *about))
        .join_from(Plan, Page)
        .join(Revision, Revision.page_id == Page.id)
        .group_by(Plan.id)
    )
    if slug is not None:
        query = query.where(Plan.slug == slug)
    return [Version(slug, release, newest, tuple(about)) for slug, release, newest, *about in _rows(query)]


def revisions(slug: str) -> list[RevisionState]:
    """Every revision of a plan, withdrawn pages too, page by page in order; ``state`` is that of the erratum
    that made it.
    """
    query = (
        select(Page.number, Page.withdrawn_at, Revision.id, Revision.number, Erratum.state)
        .join_from(Plan, Page)
        .join(Revision, Revision.page_id == Page.id)
        .outerjoin(Erratum, Revision.erratum_id == Erratum.id)
        .where(Plan.slug == slug)
        .order_by(Page.position, Page.id, Revision.number)
    )
    return [RevisionState(page, at is not None, *others) for page, at, *others in _rows(query)]


def _published(query: Any, titled: str = "") -> Any:
    """The plans of a query that have a page to show, and these words in their titles."""
    wanted = [Plan.title.icontains(word, autoescape=True) for word in titled.split()]
    return query.where(Plan.pages.any(Page.withdrawn_at.is_(None)), *wanted)


def _rows(query: Any) -> Any:
    return db.session.execute(query)
