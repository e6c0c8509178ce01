"""Taking in what a visitor sends: one submission, its first event and its mail, in one commit."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, String, bindparam, text, update
from sqlalchemy.exc import IntegrityError

from portal.config import Settings
from portal.database import UTCDateTime, now, transaction
from portal.feedback import deadlines, letters, pointing, receipts, tokens
from portal.feedback.attachments import File
from portal.feedback.models import (
    Attachment,
    Kind,
    Status,
    Submission,
)
from portal.feedback.pointing import Selector
from portal.feedback.recording import Recorded, record
from portal.prepared import Prepared, insert
from portal.writing import Together

# The answers that say where in the text the words stand.
PLACE = [field.name for field in fields(Selector)]
COUNTED = timedelta(hours=1)
TOO_MANY = "too_many"
# How many came from a sender since then up to the last one; nobody counts further than ``most``.
RECENT = Prepared(
    text(
        "SELECT count(*) FROM "
        "(SELECT 1 FROM submissions WHERE client = :sender AND received_at > :since AND id <= :last "
        "LIMIT :most) AS recent"
    ).bindparams(
        bindparam("sender", type_=String()),
        bindparam("since", type_=UTCDateTime()),
        bindparam("last", type_=Integer()),
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


class _New(NamedTuple):
    """A submission to be written."""

    settings: Settings
    row: dict[str, Any]
    file: File | None


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
    row = {
        **answers,
        "kind": kind,
        "key_digest": key_digest,
        "received_at": received_at,
        "due_on": deadlines.due_on(received_at, working_days(settings, kind)),
        "client": arrival.client,
        **_doubted(_suspicions(settings, arrival)),
    }
    try:
        return _together(_New(settings, row, file))
    except (IntegrityError, TooManyFiles):
        # What was confirmed twice counts once, and is no submission too many for itself.
        number = _again(key_digest, file)
        if number is None:
            raise
        return number


def _write(connection: Connection, arrived: list[_New]) -> list[str]:
    recorded = record(connection, [new.row for new in arrived])
    for new, submission in zip(arrived, recorded, strict=True):
        _complete(connection, new, submission)
    return [submission.number for submission in recorded]


_together = Together(_write)


def _complete(connection: Connection, new: _New, submission: Recorded) -> None:
    """What depends on who else sent something; the file; the letter."""
    row = new.row
    # Whoever has a number is alone with its kind until the commit, which makes the counting exact.
    if new.settings.limited and _are_too_many(new.settings, connection, row, submission):
        if new.file:
            raise TooManyFiles
        row = row | _doubted([*row["suspicions"].split(), TOO_MANY])
        doubt = {name: row[name] for name in ("status", "suspicions")}
        connection.execute(update(Submission).where(Submission.id == submission.id).values(doubt))
    if new.file:
        insert(connection, Attachment, submission_id=submission.id, **_attachment(new.file))
    if row.get("contact"):
        letters.acknowledged(new.settings, connection, Submission(number=submission.number, **row))


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


def _doubted(suspicions: list[str]) -> dict[str, Any]:
    """The columns that say what the guards think."""
    status = Status.SUSPECTED if suspicions else Status.RECEIVED
    return {"status": status, "suspicions": " ".join(suspicions)}


def _suspicions(settings: Settings, arrival: Arrival) -> list[str]:
    """What is strange about one submission by itself."""
    reasons = ["honeypot"] if arrival.trapped else []
    if settings.limited and arrival.seconds < settings.minimum_seconds:
        reasons.append("too_fast")
    return reasons


def _are_too_many(
    settings: Settings, connection: Connection, row: Mapping[str, Any], submission: Recorded
) -> bool:
    """Whether this one is more than its sender may send in an hour."""
    most = settings.submissions_per_hour
    counted = {"sender": row["client"], "since": row["received_at"] - COUNTED, "most": most + 1}
    counted["last"] = submission.id
    return int(RECENT.first(connection, counted)) > most


def _attachment(file: File) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "media_type": file.media_type,
        "size": len(file.data),
        "data": file.data,
    }
