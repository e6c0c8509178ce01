"""Signing in, and the lock-out that makes guessing useless.

An address is locked for a while after so many failures in a row, counted in the database and therefore
over all workers. Attempts while it is locked are not looked at and do not make it longer. An address that
nobody has behaves in every way like one that somebody has.
"""

import hashlib
import hmac
import logging
from datetime import datetime, timedelta

from flask_security.utils import hash_password, verify_password
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal import database
from portal.accounts.models import SignInFailures, Staff
from portal.accounts.staff import normal_password
from portal.config import Settings
from portal.database import db, transaction

logger = logging.getLogger(__name__)
COUNTER = text(
    "INSERT INTO sign_in_failures (address, failures) VALUES (:address, 0) ON CONFLICT (address) DO NOTHING"
)


class SignInRefused(Exception):
    """Base of the reasons why a sign-in is refused."""


class WrongCredentials(SignInRefused):
    """No such account, or not its password: which of them, nobody is told."""


class Locked(SignInRefused):
    """Too many failures; ``until`` is when the next attempt is looked at."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"locked until {until}")
        self.until = until


class Disabled(SignInRefused):
    """The password is right, but the account has been disabled."""


class Spent(SignInRefused):
    """The one-time password is right, but it has served already, or waited too long for it."""


def sign_in(address: str, password: str, settings: Settings) -> Staff:
    """Check an address (in normal form) and a password; a one-time password is spent by it.

    Raises:
        SignInRefused: one of the reasons above.
    """
    key = _key(address, settings)
    failures = db.session.get(SignInFailures, key, populate_existing=True)
    if failures and failures.locked_until and failures.locked_until > database.now():
        raise Locked(failures.locked_until)
    staff = db.session.scalar(select(Staff).where(Staff.email == address))
    right = _verify(staff, password)
    # The slow hash was made outside of the transaction; what counts is decided inside it, in line.
    with transaction() as session:
        outcome = _outcome(session, key, staff if right else None, settings)
    logger.info("sign-in to %s…: %s", key[:12], type(outcome).__name__)
    if isinstance(outcome, SignInRefused):
        raise outcome
    return outcome


def _verify(staff: Staff | None, password: str) -> bool:
    password = normal_password(password)
    if staff is None:
        hash_password(password)  # the same work as for an account that exists
        return False
    return bool(verify_password(password, staff.password))


def _outcome(session: Session, key: str, staff: Staff | None, settings: Settings) -> Staff | SignInRefused:
    moment = database.now()
    failures = _failures(session, key)
    if failures.locked_until and failures.locked_until > moment:
        return Locked(failures.locked_until)
    if staff is None:
        return _count_failure(failures, moment, settings)
    staff = session.get_one(Staff, staff.id, with_for_update=True, populate_existing=True)
    if not staff.active:
        return Disabled()
    lifetime = timedelta(hours=settings.one_time_password_hours)
    if staff.one_time and (staff.one_time_spent_at or moment > staff.password_made_at + lifetime):
        return Spent()
    if staff.one_time:
        staff.one_time_spent_at = moment
    failures.failures, failures.locked_until = 0, None
    return staff


def _count_failure(failures: SignInFailures, moment: datetime, settings: Settings) -> SignInRefused:
    # A lock that is over has wiped the slate.
    failures.failures = 1 if failures.locked_until else failures.failures + 1
    failures.locked_until = None
    if failures.failures < settings.sign_in_failures:
        return WrongCredentials()
    failures.locked_until = moment + timedelta(minutes=settings.sign_in_lock_minutes)
    return Locked(failures.locked_until)


def _failures(session: Session, key: str) -> SignInFailures:
    """The counter of an address, made when it is missing, and held until the transaction ends."""
    session.execute(COUNTER, {"address": key})
    return session.get_one(SignInFailures, key, with_for_update=True, populate_existing=True)


def _key(address: str, settings: Settings) -> str:
    secret = settings.secret_key.encode()
    return hmac.new(secret, f"sign-in:{address}".encode(), hashlib.sha256).hexdigest()
