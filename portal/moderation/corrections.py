"""Corrections of published text, from a report or without one: proposed, approved, published, withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import database
from portal.database import transaction
from portal.feedback import letters
from portal.feedback.models import Event, EventKind, Series, Status, Submission
from portal.feedback.names import mask
from portal.feedback.numbers import next_number
from portal.filters import local
from portal.plans import correcting, publishing
from portal.plans.correcting import CannotCorrect, Edit, NothingChanged, Superseded, TextChanged
from portal.plans.models import Erratum, ErratumState

__all__ = ["CannotCorrect", "Draft", "Edit", "NothingChanged", "Superseded", "TextChanged"]


class Refused(Exception):
    """Base of the reasons why something is not decided."""


class UnknownErratum(Refused):
    """There is no erratum with this number."""


class Stale(Refused):
    """Someone has decided since the page was shown."""


class ReasonMissing(Refused):
    """What changes published text, takes it back, or sends a proposal back, has a reason."""


class OwnProposal(Refused):
    """Nobody approves their own."""


@dataclass(frozen=True)
class Draft:
    """What is to be changed, and the reason that the public reads."""

    edits: tuple[Edit, ...]
    reason: str


def edit(draft: Draft, actor: str, second_approval: bool = False) -> Erratum:
    """Change published text without a report.

    Raises:
        Refused: there is no reason.
        CannotCorrect, EditError: the text cannot be changed so. Nothing is written then.
    """
    with transaction() as session:
        publishing.hold_line(session)
        number = next_number(session.connection(), Series.ERRATUM, local(database.now()).date())
        erratum = propose(session, number, draft, actor)
        if not second_approval:
            correcting.publish(session, erratum, actor)
    return erratum


def approve(number: str, seen: str, actor: str) -> Erratum:
    """Publish what another member of staff has proposed, and answer the reporters.

    ``seen`` is the ``Erratum.proposal`` that was looked at.

    Raises:
        Refused: unknown, decided already, or one's own.
        CannotCorrect, EditError: the text has changed since. Nothing is written then.
    """
    with transaction() as session:
        erratum = _claimed(session, number, ErratumState.PROPOSED)
        if erratum.proposal != seen:
            raise Stale(number)
        if erratum.proposed_by == actor:
            raise OwnProposal(number)
        correcting.publish(session, erratum, actor)
        for submission in _answered(session, erratum):
            reply = next(e.note for e in reversed(submission.events) if e.kind is EventKind.PROPOSED)
            submission.version += 1
            record(session, submission, Status.ACCEPTED, EventKind.ACCEPTED, actor, reply)
    return erratum


def decline(number: str, seen: str, reason: str, actor: str) -> None:
    """Send a proposal back: the submissions are to be decided again. Without any it is kept, with the reason.

    ``seen`` as above.

    Raises:
        Refused: unknown, decided already, or no reason.
    """
    with transaction() as session:
        erratum = _claimed(session, number, ErratumState.PROPOSED)
        if erratum.proposal != seen:
            raise Stale(number)
        note = _given(reason)
        answered = _answered(session, erratum)
        for submission in answered:
            submission.version += 1
            submission.erratum = None
            record(session, submission, Status.RECEIVED, EventKind.DECLINED, actor, note)
        if answered:
            # Their timelines have the reason, and their number is free again.
            session.flush()
            session.delete(erratum)
        else:
            erratum.state = ErratumState.DECLINED
            erratum.withdrawn_by, erratum.withdrawn_at, erratum.withdrawn_reason = actor, database.now(), note


def withdraw(number: str, reason: str, actor: str) -> Erratum:
    """Take a published erratum back, in public; its submissions are to be decided again.

    Raises:
        Refused: unknown, withdrawn already, or no reason.
        Superseded: the text has been changed again since. Nothing is written then.
    """
    with transaction() as session:
        erratum = _claimed(session, number, ErratumState.PUBLISHED)
        note = _given(reason)
        correcting.take_back(session, erratum, note, actor)
        for submission in _answered(session, erratum):
            submission.version += 1
            # One that was reopened meanwhile goes on as it stands.
            was = submission.status
            status = Status.RECEIVED if was is Status.ACCEPTED else was
            record(session, submission, status, EventKind.WITHDRAWN, actor, note)
    return erratum


def propose(
    session: Session, number: str, draft: Draft, actor: str, submissions: Sequence[Submission] = ()
) -> Erratum:
    """Add an erratum to the transaction of a verb; it holds the line of the publishers already."""
    erratum = Erratum(
        number=number,
        state=ErratumState.PROPOSED,
        reason=_given(draft.reason),
        reporter="、".join(
            dict.fromkeys(filter(None, (mask(one.name) for one in submissions if one.publish)))
        ),
        reported_on=min((local(one.received_at).date() for one in submissions), default=None),
        proposed_by=actor,
        proposed_at=database.now(),
        changes=correcting.draft(session, draft.edits),
    )
    session.add(erratum)
    session.flush()
    return erratum


def number_of(session: Session, submission: Submission) -> str:
    """The receipt number of a report; with -2, -3 … when there is an erratum of that number already."""
    query = select(Erratum.number).where(Erratum.number.startswith(submission.number, autoescape=True))
    taken = set(session.scalars(query))
    names = (f"{submission.number}-{count}" if count > 1 else submission.number for count in range(1, 10_000))
    return next(name for name in names if name not in taken)


def _given(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()


def _claimed(session: Session, number: str, state: ErratumState) -> Erratum:
    """The erratum, while no one else decides on it or publishes."""
    publishing.hold_line(session)
    query = select(Erratum).where(Erratum.number == number).execution_options(populate_existing=True)
    erratum = session.scalar(query) if number.isprintable() else None
    if erratum is None:
        raise UnknownErratum(number)
    if erratum.state is not state:
        raise Stale(number)
    return erratum


def _answered(session: Session, erratum: Erratum) -> Sequence[Submission]:
    """The submissions that an erratum answers, locked in the order that all who lock several keep."""
    query = select(Submission).where(Submission.erratum_id == erratum.id).order_by(Submission.number)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def record(
    session: Session, submission: Submission, status: Status, kind: EventKind, actor: str, note: str
) -> None:
    """Add what happened to a submission to the transaction: its state, the event, the letter."""
    submission.status = status
    event = Event(kind=kind, at=database.now(), actor=actor, note=note)
    submission.events.append(event)
    session.flush()
    if kind.public:
        letters.decided(submission, event)
