"""Reads the submissions for those who deal with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import lazyload, undefer

from portal.database import db
from portal.feedback.models import Attachment, ErrorType, Kind, Status, Submission
from portal.filters import SHANGHAI
from portal.paging import shown_page

PER_PAGE = 20
EARLIER = 10
OPEN = frozenset(status for status in Status if status.open)
# The saved views, each an address: name, words, statuses.
VIEWS: Mapping[str, tuple[str, frozenset[Status]]] = {
    "open": ("未办结", OPEN),
    **{status.value: (status.label, frozenset([status])) for status in Status},
    "all": ("全部", frozenset(Status)),
}
SEARCHED = (
    Submission.number,
    Submission.name,
    Submission.subject,
    Submission.content,
    Submission.page_title,
    Submission.description,
    Submission.quote,
    Submission.suggestion,
)
NEAREST_DEADLINE = (Submission.due_on.is_(None), Submission.due_on, Submission.received_at, Submission.id)
NEWEST = (Submission.received_at.desc(), Submission.id.desc())


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to; ``since`` and ``until`` are days of receipt, both included."""

    view: str = "open"
    kind: Kind | None = None
    error_type: ErrorType | None = None
    since: date | None = None
    until: date | None = None
    text: str = ""
    newest: bool = False


@dataclass(frozen=True)
class Listing:
    """One page of a list; ``page`` is the one shown, at most ``pages``."""

    submissions: Sequence[Submission]
    page: int
    pages: int
    total: int


def listing(wanted: Filter, page: int = 1) -> Listing:
    """One page (20) of what the filter lets through; a page beyond the end is the last one."""
    conditions = _conditions(wanted)
    total = db.session.scalar(select(func.count()).select_from(Submission).where(*conditions)) or 0
    page, pages = shown_page(page, total, PER_PAGE)
    query = (
        _rows()
        .where(*conditions)
        .order_by(*(NEWEST if wanted.newest else NEAREST_DEADLINE))
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return Listing(db.session.scalars(query).all(), page, pages, total)


def counts() -> dict[Status, int]:
    """How many submissions there are in each of the states, none left out."""
    query = select(Submission.status, func.count()).group_by(Submission.status)
    found = dict(db.session.execute(query).all())
    return {status: found.get(status, 0) for status in Status}


def find(number: str) -> Submission | None:
    """The submission with this number, as the record has it now."""
    if not number.isprintable():
        return None
    query = select(Submission).where(Submission.number == number)
    return db.session.scalar(query.execution_options(populate_existing=True))


def attachment(number: str) -> Attachment | None:
    """The file of a submission with its bytes."""
    if not number.isprintable():
        return None
    query = select(Attachment).join(Attachment.submission).where(Submission.number == number)
    return db.session.scalar(query.options(undefer(Attachment.data)))


def earlier(submission: Submission) -> Sequence[Submission]:
    """The newest ten of those sent before about the same page, those on the same anchor first."""
    if not submission.page_url:
        return []
    page = submission.page_url.partition("#")[0]
    same_page = or_(Submission.page_url == page, Submission.page_url.startswith(page + "#", autoescape=True))
    query = (
        _rows()
        .where(same_page, Submission.id < submission.id)
        .order_by((Submission.anchor == submission.anchor).desc(), *NEWEST)
        .limit(EARLIER)
    )
    return db.session.scalars(query).all()


def next_open(submission: Submission) -> Submission | None:
    """The submission with the nearest deadline that waits for a decision, this one left aside.

    One that waits for approval is decided on already: proposals have a list of their own.
    """
    undecided = OPEN - {Status.REVIEW}
    query = _rows().where(Submission.status.in_(undecided), Submission.id != submission.id)
    return db.session.scalar(query.order_by(*NEAREST_DEADLINE).limit(1))


def _rows() -> Select[Submission]:
    return select(Submission).options(lazyload(Submission.events))


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Submission.status.in_(VIEWS[wanted.view][1])]
    if wanted.kind:
        conditions.append(Submission.kind == wanted.kind)
    if wanted.error_type:
        conditions.append(Submission.error_type == wanted.error_type)
    if wanted.since:
        conditions.append(Submission.received_at >= _midnight(wanted.since))
    if wanted.until:
        conditions.append(Submission.received_at < _midnight(wanted.until) + timedelta(days=1))
    if wanted.text:
        conditions.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in SEARCHED)))
    return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
