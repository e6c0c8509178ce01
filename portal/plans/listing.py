"""Lists of what is published, read without its text: for the list of plans, the sitemap, and dates."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from portal.database import db
from portal.plans.models import Page, Plan, Revision

NEWEST = (func.coalesce(Plan.issued_on, date.min).desc(), Plan.slug.desc())


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


def plans(limit: int | None = None, offset: int = 0) -> list[Listed]:
    """The published plans, the newest date of issue first; all of them, or some from an offset on."""
    columns = (Plan.slug, Plan.title, Plan.issuer, Plan.issued_on, Plan.issued_on_text, Plan.release)
    query = _published(select(*columns)).order_by(*NEWEST).limit(limit).offset(offset)
    return [Listed(*row) for row in _rows(query)]


def count() -> int:
    """How many plans are published."""
    return db.session.scalar(_published(select(func.count(Plan.id)))) or 0


def revised() -> list[Moment]:
    """Every published page with the moment of its newest revision; plans in the order of ``plans``."""
    revised_at = func.max(Revision.created_at)
    query = (
        select(Plan.slug, Page.number, revised_at)
        .join_from(Plan, Page)
        .join(Revision, Revision.page_id == Page.id)
        .where(Page.withdrawn_at.is_(None))
        .group_by(Plan.id, Page.id)
        .order_by(*NEWEST, Page.position)
    )
    return [Moment(*row) for row in _rows(query)]


def first_published(slug: str) -> dict[str, datetime]:
    """When each page of a plan, withdrawn ones too, was first published (UTC), by its number."""
    query = (
        select(Page.number, Revision.created_at)
        .join_from(Plan, Page)
        .join(Revision, Revision.page_id == Page.id)
        .where(Plan.slug == slug, Revision.number == 1)
    )
    return dict(_rows(query).all())


def _published(query: Any) -> Any:
    """The plans of a query that have a page to show."""
    return query.where(Plan.pages.any(Page.withdrawn_at.is_(None)))


def _rows(query: Any) -> Any:
    return db.session.execute(query)
