"""Letters to those who left an e-mail address. They hold nothing that a visitor typed, so that nobody can
have the office send a text of theirs to someone else; what was corrected is the office's own text.
"""

from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.orm import object_session

from portal.config import Settings
from portal.feedback import receipts
from portal.feedback.contact import mail_address
from portal.feedback.models import Event, EventKind, Submission
from portal.mail import outbox
from portal.plans import errata
from portal.plans.models import Erratum, ErratumState

# What came through these is likely sent by a machine, with someone else's address.
NO_LETTER = {"honeypot", "too_many"}
RECEIVED = "已收到您的{}"
CHANGING = {
    EventKind.ACCEPTED: ErratumState.PUBLISHED,
    EventKind.WITHDRAWN: ErratumState.WITHDRAWN,
}


def acknowledged(settings: Settings, connection: Connection, submission: Submission) -> None:
    """Queue the receipt: number, query code, and how to ask for the outcome.

    What a machine likely sent gets it only when a moderator has found it to be no spam.
    """
    if not _withheld(submission):
        _queue(settings, connection, submission, "acknowledged", RECEIVED.format(submission.kind.label))


def decided(submission: Submission, event: Event) -> None:
    """Queue the outcome of a decision; belongs into the transaction that makes it.

    What staff propose to each other is no outcome.
    """
    session = object_session(submission)
    if session is None:
        raise ValueError("a submission outside a session")
    settings: Settings = current_app.config["PORTAL"]
    if event.kind is EventKind.ADMITTED:
        if _withheld(submission):
            _queue(
                settings,
                session.connection(),
                submission,
                "acknowledged",
                RECEIVED.format(submission.kind.label),
            )
    elif event.kind.public and (event.kind is not EventKind.SPAM or not submission.suspicions):
        subject = f"您的{submission.kind.label}有了处理结果：{event.kind.label}"
        _queue(settings, session.connection(), submission, "decided", subject, event)


def _erratum(submission: Submission, event: Event | None) -> Erratum | None:
    """The erratum that this event published or withdrew."""
    state = event and CHANGING.get(event.kind)
    return submission.erratum if submission.erratum and submission.erratum.state is state else None


def _withheld(submission: Submission) -> bool:
    return not NO_LETTER.isdisjoint(submission.suspicions.split())


def _queue(
    settings: Settings,
    connection: Connection,
    submission: Submission,
    name: str,
    subject: str,
    event: Event | None = None,
) -> None:
    recipient = mail_address(submission.contact)
    if recipient is None:
        return
    template = current_app.jinja_env.get_template(f"mail/{name}.txt")
    body = template.render(
        submission=submission,
        event=event,
        erratum=_erratum(submission, event),
        path=errata.path,
        settings=settings,
        code=receipts.code(settings.secret_key, submission),
    )
    outbox.queue(connection, recipient, f"{subject}（{submission.number}）", body)
