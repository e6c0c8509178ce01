"""Receipts: found again by their key, or by number and query code."""

import hmac
import re
import unicodedata

from sqlalchemy import select

from portal.database import db
from portal.feedback import tokens
from portal.feedback.models import Submission

NO_DIGEST = "0" * 64


def by_key(key: str) -> Submission | None:
    """The submission that a receipt's address belongs to."""
    return by_digest(tokens.digest(key))


def by_digest(key_digest: str) -> Submission | None:
    """The submission with this digest of its key."""
    return db.session.scalar(select(Submission).where(Submission.key_digest == key_digest))


def code(secret: str, submission: Submission) -> str:
    """The query code of a submission as it is shown: XXXX-XXXX."""
    plain = tokens.query_code(secret, submission.key_digest)
    return f"{plain[:4]}-{plain[4:]}"


def look_up(secret: str, number: str, typed_code: str) -> Submission | None:
    """The submission with this number, for who knows its code.

    Case, spaces, hyphens and full-width letters do not matter. A number that does not exist costs the same
    work as a wrong code, and the comparison takes the same time.
    """
    submission = db.session.scalar(select(Submission).where(Submission.number == _number(number)))
    right = tokens.query_code(secret, submission.key_digest if submission else NO_DIGEST)
    matches = hmac.compare_digest(right, _plain(typed_code))
    return submission if matches else None


def _number(typed: str) -> str:
    plain = _plain(typed)
    return f"{plain[:2]}-{plain[2:10]}-{plain[10:24]}"


def _plain(typed: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", typed).upper())
