"""What was published last: new plans, and plans brought up to date by an import, as a feed tells them.

Corrections have a record of their own (``errata``).
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Subquery, case, func, select

from portal.database import db
from portal.plans.catalogue import PublishedPage
from portal.plans.models import Page, Plan, Revision

MOST = 30


@dataclass(frozen=True)
class News:
    """A plan as it was last imported: when (UTC), which of its pages were new or changed by that, and whether
    it was the first time.
    """

    slug: str
    title: str
    issuer: str
    published_at: datetime
    updated_at: datetime
    is_new: bool
    pages: tuple[PublishedPage, ...]


def newest(limit: int = MOST) -> list[News]:
    """The plans that were imported last, the last first."""
    recent = _last_imports(limit)
    query = (
        select(Plan, recent, Page.number, Revision)
        .join_from(recent, Plan, Plan.id == recent.c.plan_id)
        .join(Page, Page.plan_id == Plan.id)
        .join(Revision, (Revision.page_id == Page.id) & (Revision.release == recent.c.last))
        .where(Page.withdrawn_at.is_(None))
        .order_by(recent.c.last.desc(), Page.position)
    )
    rows: Any = db.session.execute(query)
    return [_news(list(group)) for _, group in groupby(rows, key=lambda row: row.plan_id)]


def _last_imports(limit: int) -> Subquery:
    """By plan: when it was first published, in which release, and in which its pages were last imported."""
    last = func.max(case((Page.withdrawn_at.is_(None), Revision.release)))
    return (
        select(
            Page.plan_id,
            func.min(Revision.created_at).label("published_at"),
            func.min(Revision.release).label("first"),
            last.label("last"),
        )
        .join_from(Page, Revision)
        .where(Revision.erratum_id.is_(None))
        .group_by(Page.plan_id)
        .order_by(last.desc())
        .limit(limit)
        .subquery()
    )


def _news(rows: list[Any]) -> News:
    pages = tuple(
        PublishedPage(
            row.number,
            row.Revision.source,
            row.Revision.number,
            row.Revision.created_at,
            row.Revision.release,
        )
        for row in rows
    )
    plan = rows[0].Plan
    return News(
        slug=plan.slug,
        title=plan.title,
        issuer=plan.issuer,
        published_at=rows[0].published_at,
        updated_at=max(page.revised_at for page in pages),
        is_new=rows[0].first == rows[0].last,
        pages=pages,
    )
