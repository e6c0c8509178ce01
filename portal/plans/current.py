"""A plan as it stands now, for its pages: read once after each release that changes it.

What is kept is found by the release, which every request asks the database for.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Engine, bindparam, select

from portal.database import db
from portal.plans import catalogue, errata, listing
from portal.plans.catalogue import PublishedPlan
from portal.plans.content import SLUG
from portal.plans.errata import Mark
from portal.plans.models import Plan

# Plans: each has up to some 100 kB of text.
KEPT = 16
RELEASE = select(Plan.release).where(Plan.slug == bindparam("slug"))


def find_plan(slug: str) -> PublishedPlan | None:
    """The plan with that address."""
    if not SLUG.fullmatch(slug):
        return None
    release = db.session.scalar(RELEASE, {"slug": slug})
    return None if release is None else _plan(db.engine, slug, release)


def marks(plan: PublishedPlan) -> Mapping[tuple[str, str], Mark]:
    """The corrections that stand in its text, as ``errata.marks`` has them."""
    return _marks(db.engine, plan.slug, plan.release)


def first_published(plan: PublishedPlan) -> Mapping[str, datetime]:
    """When each of its pages was first published (UTC), by its number."""
    return _first_published(db.engine, plan.slug, plan.release)


@lru_cache(KEPT)
def _plan(engine: Engine, slug: str, release: int) -> PublishedPlan | None:
    return catalogue.find_plan(slug)


@lru_cache(KEPT)
def _marks(engine: Engine, slug: str, release: int) -> Mapping[tuple[str, str], Mark]:
    return errata.marks(slug)


@lru_cache(KEPT)
def _first_published(engine: Engine, slug: str, release: int) -> Mapping[str, datetime]:
    return listing.first_published(slug)
