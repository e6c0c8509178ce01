"""Reads the errata for the staff: those that wait for approval too."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import lazyload, selectinload

from portal.database import db
from portal.feedback.models import Submission
from portal.paging import shown_page
from portal.plans.models import Change, Erratum, ErratumState, Page

PER_PAGE = 20


@dataclass(frozen=True)
class Listing:
    """One page of errata, from 1; ``total`` is how many all pages hold."""

    errata: Sequence[Erratum]
    page: int
    pages: int
    total: int


def listing(state: ErratumState | None, page: int = 1) -> Listing:
    """The errata in a state, or all of them, the newest first; a page beyond the end is the last one."""
    wanted = () if state is None else (Erratum.state == state,)
    total = db.session.scalar(select(func.count(Erratum.id)).where(*wanted)) or 0
    page, pages = shown_page(page, total, PER_PAGE)
    query = _whole().where(*wanted).order_by(Erratum.proposed_at.desc(), Erratum.id.desc())
    return Listing(
        db.session.scalars(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all(), page, pages, total
    )


def counts() -> dict[ErratumState, int]:
    """How many errata there are in each of the states, none left out."""
    query = select(Erratum.state, func.count()).group_by(Erratum.state)
    found = dict(db.session.execute(query).all())
    return {state: found.get(state, 0) for state in ErratumState}


def proposals() -> int:
    """How many errata wait for approval."""
    query = select(func.count(Erratum.id)).where(Erratum.state == ErratumState.PROPOSED)
    return db.session.scalar(query) or 0


def find(number: str) -> Erratum | None:
    """The erratum of that number in any state, as the record has it now."""
    if not number.isprintable():
        return None
    query = _whole().where(Erratum.number == number)
    return db.session.scalar(query.execution_options(populate_existing=True))


def answered(erratum: Erratum) -> Sequence[Submission]:
    """The submissions that it answers, or will once it is approved, the oldest first."""
    query = select(Submission).where(Submission.erratum_id == erratum.id)
    ordered = query.options(lazyload(Submission.events)).order_by(Submission.received_at, Submission.id)
    return db.session.scalars(ordered).all()


def later(erratum: Erratum, anchor: str) -> Erratum | None:
    """The erratum in force that changed the same place last after this one."""
    pages = [change.page_id for change in erratum.changes if change.anchor == anchor]
    query = (
        _whole()
        .join(Erratum.changes)
        .where(Change.page_id.in_(pages), Change.anchor == anchor)
        .where(Erratum.state == ErratumState.PUBLISHED, Erratum.corrected_at > erratum.corrected_at)
        .order_by(Erratum.corrected_at.desc(), Erratum.id.desc())
    )
    return db.session.scalars(query.limit(1)).first()


def _whole() -> Select[Erratum]:
    changes = selectinload(Erratum.changes)
    return select(Erratum).options(
        changes.joinedload(Change.page).joinedload(Page.plan), changes.joinedload(Change.revision)
    )
