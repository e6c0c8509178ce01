"""Keyed values: submission keys, query codes, clients, and the signed mark of a check page.

Everything is HMAC-SHA-256 under the site's secret, each use with a purpose of its own, so that a value made
for one cannot serve for another.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from secrets import token_urlsafe
from typing import Any

from itsdangerous import base64_encode

from portal.networks import network

# No 0, O, 1, I or L: a code is read aloud and copied by hand.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8


def submission_key(secret: str, visitor: str, day: date, kind: str, answers: Mapping[str, Any]) -> str:
    """The key of one visitor's one text on one day; the same text gives the same key."""
    message = json.dumps([visitor, day.isoformat(), kind, dict(answers)], sort_keys=True)
    return base64_encode(_keyed(secret, "submission", message)).decode()


def digest(key: str) -> str:
    """What the record keeps of a key: enough to recognise it, not enough to open the receipt."""
    return hashlib.sha256(key.encode()).hexdigest()


def query_code(secret: str, key_digest: str) -> str:
    """The query code of a submission (8 of 31 characters, 39 bits). It is worked out anew each time and
    stored nowhere; without the secret the record does not give it away.
    """
    rest = int.from_bytes(_keyed(secret, "query code", key_digest))
    code = ""
    for _ in range(CODE_LENGTH):
        rest, place = divmod(rest, len(ALPHABET))
        code += ALPHABET[place]
    return code


def client(secret: str, address: str, day: date) -> str:
    """A sender's network address as the guards count it.

    It cannot be traced back, nor followed to another day.
    """
    return _keyed(secret, "client", f"{day.isoformat()} {network(address)}").hex()


@dataclass(frozen=True)
class Mark:
    """What a check page remembers of itself: when it was first shown, and a random value of its own."""

    shown_at: datetime
    nonce: str

    @classmethod
    def new(cls, moment: datetime) -> "Mark":
        """The mark of a check page that is shown now."""
        return cls(moment, token_urlsafe(16))

    def sign(self, secret: str, kind: str) -> str:
        """The mark as text, signed for one kind of submission."""
        message = f"{self.nonce}.{self.shown_at.timestamp()}"
        return f"{message}.{_signature(secret, kind, message)}"

    @classmethod
    def read(cls, secret: str, kind: str, text: str) -> "Mark | None":
        """The mark that was signed, or None when nobody here signed it."""
        message, _, signature = text.rpartition(".")
        if not hmac.compare_digest(signature.encode(), _signature(secret, kind, message).encode()):
            return None
        nonce, _, moment = message.partition(".")
        return cls(datetime.fromtimestamp(float(moment), UTC), nonce)


def _signature(secret: str, kind: str, message: str) -> str:
    return base64_encode(_keyed(secret, f"check {kind}", message)).decode()


def _keyed(secret: str, purpose: str, message: str) -> bytes:
    return hmac.digest(secret.encode(), f"feedback.{purpose}\0{message}".encode(), "sha256")
