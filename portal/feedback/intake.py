"""Taking in what a visitor sends: one submission, its first event and its mail, in one commit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.database import insert, now, transaction
from portal.feedback import deadlines, letters, pointing, receipts, tokens
from portal.feedback.attachments import File
from portal.feedback.models import (
    Attachment,
    Event,
    EventKind,
    Kind,
    Series,
    Status,
    Submission,
)
from portal.feedback.numbers import next_number
from portal.feedback.pointing import Selector
from portal.filters import local

COUNTED = timedelta(hours=1)
TOO_MANY = "too_many"


@dataclass(frozen=True)
class Arrival:
    """How a submission came: its key, the sender as the guards count it, the seconds between the check page
    and its confirmation, and whether the field that people do not see was filled in.
    """

    key: str
    client: str
    seconds: float
    trapped: bool = False


class TooManyFiles(Exception):
    """Whoever sends this much may go on in words, but no more files are taken."""


def submit(
    settings: Settings,
    kind: Kind,
    answers: Mapping[str, Any],
    arrival: Arrival,
    file: File | None = None,
) -> str:
    """Keep a submission and return its number; the same key again gives that of the one that is there.

    What the guards doubt is kept too, as SUSPECTED with the reasons.

    Raises:
        TooManyFiles: a file comes with one submission too many for its sender. Nothing is kept then.
    """
    key_digest = tokens.digest(arrival.key)
    if kind is Kind.CORRECTION:
        answers = {**answers, **_place(answers)}
    received_at = now()
    known = {
        **answers,
        "kind": kind,
        "key_digest": key_digest,
        "received_at": received_at,
        "due_on": deadlines.due_on(received_at, working_days(settings, kind)),
        "client": arrival.client,
    }
    try:
        with transaction() as session:
            return _new(settings, session, known, arrival, file)
    except IntegrityError:
        number = _again(key_digest, file)
        if number is None:
            raise
        return number


def _new(
    settings: Settings, session: Session, known: dict[str, Any], arrival: Arrival, file: File | None
) -> str:
    received_at = known["received_at"]
    # The number comes first: its row is the lock that makes the counting after it exact.
    number = next_number(session, Series(known["kind"]), local(received_at).date())
    suspicions = _suspicions(settings, session, arrival, received_at)
    if file and TOO_MANY in suspicions:
        raise TooManyFiles
    row = known | {
        "number": number,
        "status": Status.SUSPECTED if suspicions else Status.RECEIVED,
        "suspicions": " ".join(suspicions),
    }
    submission_id = insert(session, Submission, **row)
    insert(session, Event, submission_id=submission_id, kind=EventKind.RECEIVED, at=received_at)
    if file:
        insert(session, Attachment, submission_id=submission_id, **_attachment(file))
    if row.get("contact"):
        letters.acknowledged(settings, session, Submission(**row))
    return number


def _again(key_digest: str, file: File | None) -> str | None:
    """The number of the submission that is there.

    Whoever goes back for a forgotten file confirms the same text again; it is taken until someone decides.
    """
    with transaction():
        submission = receipts.by_digest(key_digest)
        if submission is None:
            return None
        if file and TOO_MANY in submission.suspicions.split():
            raise TooManyFiles
        if file and submission.attachment is None and submission.status.open:
            submission.attachment = Attachment(**_attachment(file))
        return submission.number


def _place(answers: Mapping[str, Any]) -> dict[str, Any]:
    sent = Selector(
        **{field.name: answers[field.name] for field in fields(Selector) if field.name in answers}
    )
    return asdict(pointing.selector(answers["page_url"], sent, answers.get("quote", "")))


def working_days(settings: Settings, kind: Kind) -> int:
    """Within how many working days a submission of this kind is dealt with."""
    return settings.correction_days if kind is Kind.CORRECTION else settings.consultation_days


def _suspicions(settings: Settings, session: Session, arrival: Arrival, moment: datetime) -> list[str]:
    reasons = ["honeypot"] if arrival.trapped else []
    if not settings.limited:
        return reasons
    if arrival.seconds < settings.minimum_seconds:
        reasons.append("too_fast")
    recent = session.scalar(
        select(func.count())
        .select_from(Submission)
        .where(Submission.client == arrival.client, Submission.received_at > moment - COUNTED)
    )
    if (recent or 0) >= settings.submissions_per_hour:
        reasons.append(TOO_MANY)
    return reasons


def _attachment(file: File) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "media_type": file.media_type,
        "size": len(file.data),
        "data": file.data,
    }
