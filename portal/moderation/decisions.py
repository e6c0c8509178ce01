"""Deciding on a submission: the claim, its timeline entry and the letter to the sender, in one commit."""

from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import database
from portal.database import transaction
from portal.feedback import letters
from portal.feedback.models import Event, EventKind, Kind, Status, Submission


class Decision(StrEnum):
    """What a moderator can do with a submission."""

    ACCEPT = "accept"
    REJECT = "reject"
    ANSWER = "answer"
    SPAM = "spam"
    REOPEN = "reopen"


OUTCOMES = {
    Decision.ACCEPT: (Status.ACCEPTED, EventKind.ACCEPTED),
    Decision.REJECT: (Status.REJECTED, EventKind.REJECTED),
    Decision.ANSWER: (Status.ANSWERED, EventKind.ANSWERED),
    Decision.SPAM: (Status.SPAM, EventKind.SPAM),
    Decision.REOPEN: (Status.RECEIVED, EventKind.REOPENED),
}
NEEDS_REPLY = frozenset([Decision.REJECT, Decision.ANSWER])


class Refused(Exception):
    """Base of the reasons why a decision is not made."""


class UnknownSubmission(Refused):
    """There is no submission with this number."""


class Stale(Refused):
    """Someone has decided since the page was shown; the timeline says who, what and when."""


class NotAllowed(Refused):
    """The state or the kind of the submission does not allow this decision."""


class ReplyMissing(Refused):
    """This decision needs a reason or an answer."""


def allowed(submission: Submission) -> list[Decision]:
    """The decisions that its state and kind allow, in the order of their buttons.

    Reopening a suspected one says that it is no spam.
    """
    if not submission.status.open:
        return [Decision.REOPEN]
    found = [Decision.ACCEPT] if submission.kind is Kind.CORRECTION else []
    found += [Decision.REJECT, Decision.ANSWER, Decision.SPAM]
    return [*found, Decision.REOPEN] if submission.status is Status.SUSPECTED else found


def decide(number: str, decision: Decision, reply: str, version: int, actor: str) -> Submission:
    """Decide on the submission as it was at ``version``; ``reply`` is what its sender may read.

    Raises:
        Refused: one of the reasons above; nothing is changed then.
    """
    status, kind = OUTCOMES[decision]
    reply = reply.strip()
    with transaction() as session:
        submission = _claimed(session, number, version)
        if decision not in allowed(submission):
            raise NotAllowed(decision)
        if decision in NEEDS_REPLY and not reply:
            raise ReplyMissing(decision)
        if submission.status is Status.SUSPECTED and decision is Decision.REOPEN:
            kind = EventKind.ADMITTED
        submission.status = status
        event = Event(kind=kind, at=database.now(), actor=actor, note=reply)
        submission.events.append(event)
        session.flush()
        letters.decided(submission, event)
    return submission


def _claimed(session: Session, number: str, version: int) -> Submission:
    """The submission, locked, its version counted up: of two who decide at once, one gets here."""
    here = Submission.number == number
    claim = update(Submission).where(here, Submission.version == version).values(version=version + 1)
    claimed = session.execute(claim.execution_options(synchronize_session=False))
    submission = session.scalar(select(Submission).where(here).execution_options(populate_existing=True))
    if submission is None:
        raise UnknownSubmission(number)
    if not claimed.rowcount:  # type: ignore[attr-defined]
        raise Stale(number)
    return submission
