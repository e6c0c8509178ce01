"""Deciding on submissions: claim, timeline entry, letter to the sender and change of text, in one commit."""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.feedback.models import EventKind, Kind, Status, Submission
from portal.moderation import corrections
from portal.moderation.corrections import Draft, ReasonMissing, Refused, Stale
from portal.plans import correcting, publishing

__all__ = ["Decision", "Draft", "ReasonMissing", "Refused", "Stale", "allowed", "decide"]


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


class UnknownSubmission(Refused):
    """There is no submission with this number."""


class NotAllowed(Refused):
    """The state or the kind of the submission does not allow this decision."""


class ReplyMissing(Refused):
    """This decision needs a reason or an answer."""


def allowed(submission: Submission) -> list[Decision]:
    """The decisions that its state and kind allow, in the order of their buttons.

    Reopening a suspected one says that it is no spam. What waits for a second pair of eyes waits for them.
    """
    if submission.status is Status.REVIEW:
        return []
    if not submission.status.open:
        return [Decision.REOPEN]
    found = [Decision.ACCEPT] if submission.kind is Kind.CORRECTION else []
    found += [Decision.REJECT, Decision.ANSWER, Decision.SPAM]
    return [*found, Decision.REOPEN] if submission.status is Status.SUSPECTED else found


def decide(
    number: str,
    decision: Decision,
    reply: str,
    version: int,
    actor: str,
    also: Sequence[tuple[str, int]] = (),
    draft: Draft | None = None,
    second_approval: bool = False,
) -> Submission:
    """Decide on a submission as it was at ``version``, and on others ``also`` (number, version) the same way.

    ``reply`` is what their senders may read. Accepting with a ``draft`` changes published text: at once, or
    with ``second_approval`` when another member of staff has approved it.

    Raises:
        Refused: one of the reasons above, for any of them.
        CannotCorrect, EditError: the text cannot be changed so. In all cases nothing is changed then.
    """
    status, kind = OUTCOMES[decision]
    reply = reply.strip()
    with transaction() as session:
        if draft:
            publishing.hold_line(session)
        submissions = _claimed(session, [(number, version), *also])
        if any(decision not in allowed(submission) for submission in submissions):
            raise NotAllowed(decision)
        if decision in NEEDS_REPLY and not reply:
            raise ReplyMissing(decision)
        if draft and decision is Decision.ACCEPT:
            _correct(session, submissions, draft, actor, second_approval)
            if second_approval:
                status, kind = Status.REVIEW, EventKind.PROPOSED
        for submission in submissions:
            admitted = submission.status is Status.SUSPECTED and decision is Decision.REOPEN
            outcome = EventKind.ADMITTED if admitted else kind
            corrections.record(session, submission, status, outcome, actor, reply)
    return submissions[0]


def _correct(
    session: Session, submissions: Sequence[Submission], draft: Draft, actor: str, second_approval: bool
) -> None:
    """The erratum that answers these submissions; it has the number of the first."""
    number = corrections.number_of(session, submissions[0])
    erratum = corrections.propose(session, number, draft, actor, submissions)
    for submission in submissions:
        submission.erratum = erratum
    if not second_approval:
        correcting.publish(session, erratum, actor)


def _claimed(session: Session, wanted: Sequence[tuple[str, int]]) -> list[Submission]:
    """The submissions, locked, their versions counted up: of two who decide at once, one gets here."""
    found: dict[str, Submission] = {}
    # All who lock several keep this order, so that nobody waits in a circle.
    for number, version in sorted(set(wanted)):
        here = Submission.number == number
        claim = update(Submission).where(here, Submission.version == version).values(version=version + 1)
        claimed = session.execute(claim.execution_options(synchronize_session=False))
        submission = session.scalar(select(Submission).where(here).execution_options(populate_existing=True))
        if submission is None:
            raise UnknownSubmission(number)
        if not claimed.rowcount:  # type: ignore[attr-defined]
            raise Stale(number)
        found[number] = submission
    return list({number: found[number] for number, _ in wanted}.values())
