"""Taking in what a visitor sends: one submission, its first event and its mail, in one commit."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Integer, String, bindparam, text
from sqlalchemy.exc import IntegrityError

from portal.config import Settings
from portal.database import UTCDateTime, now, transaction
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
from portal.writing import Prepared, insert, together

# The answers that say where in the text the words stand.
PLACE = [field.name for field in fields(Selector)]
COUNTED = timedelta(hours=1)
TOO_MANY = "too_many"
# How many came from a sender since then; nobody counts further than ``most``.
RECENT = Prepared(
    text(
        "SELECT count(*) FROM "
        "(SELECT 1 FROM submissions WHERE client = :sender AND received_at > :since LIMIT :most) AS recent"
    ).bindparams(
        bindparam("sender", type_=String()),
        bindparam("since", type_=UTCDateTime()),
        bindparam("most", type_=Integer()),
    )
)


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
        return together(partial(_new, settings, known, arrival, file))
    except (IntegrityError, TooManyFiles):
        # What was confirmed twice counts once, and is no submission too many for itself.
        number = _again(key_digest, file)
        if number is None:
            raise
        return number


def _new(
    settings: Settings, known: dict[str, Any], arrival: Arrival, file: File | None, connection: Connection
) -> str:
    received_at = known["received_at"]
    # The number comes first: its row is the lock that makes the counting after it exact.
    number = next_number(connection, Series(known["kind"]), local(received_at).date())
    suspicions = _suspicions(settings, connection, arrival, received_at)
    if file and TOO_MANY in suspicions:
        raise TooManyFiles
    row = known | {
        "number": number,
        "status": Status.SUSPECTED if suspicions else Status.RECEIVED,
        "suspicions": " ".join(suspicions),
    }
    submission_id = insert(connection, Submission, **row)
    insert(connection, Event, submission_id=submission_id, kind=EventKind.RECEIVED, at=received_at)
    if file:
        insert(connection, Attachment, submission_id=submission_id, **_attachment(file))
    if row.get("contact"):
        letters.acknowledged(settings, connection, Submission(**row))
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
    sent = Selector(**{name: answers[name] for name in PLACE if name in answers})
    return vars(pointing.selector(answers["page_url"], sent, answers.get("quote", "")))


def working_days(settings: Settings, kind: Kind) -> int:
    """Within how many working days a submission of this kind is dealt with."""
    return settings.correction_days if kind is Kind.CORRECTION else settings.consultation_days


def _suspicions(settings: Settings, connection: Connection, arrival: Arrival, moment: datetime) -> list[str]:
    reasons = ["honeypot"] if arrival.trapped else []
    if not settings.limited:
        return reasons
    if arrival.seconds < settings.minimum_seconds:
        reasons.append("too_fast")
    most = settings.submissions_per_hour
    if RECENT.first(connection, {"sender": arrival.client, "since": moment - COUNTED, "most": most}) >= most:
        reasons.append(TOO_MANY)
    return reasons


def _attachment(file: File) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "media_type": file.media_type,
        "size": len(file.data),
        "data": file.data,
    }
