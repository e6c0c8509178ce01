"""The verbs on staff accounts. Each owns its transaction."""

import re
import secrets
import unicodedata
from collections.abc import Sequence

from flask_security.utils import hash_password, verify_password
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import database
from portal.accounts.models import Role, RoleName, Staff
from portal.config import Settings
from portal.database import db, transaction

PASSWORD_MINIMUM = 12
PASSWORD_MAXIMUM = 128
HASHER_MAXIMUM = 4096
# What a password is, when it is nothing but repeated, and from which length an address's name counts.
UNIT_MAXIMUM = 4
NAME_MINIMUM = 4
ONE_TIME_LENGTH = 20
# Without the pairs that are mistaken for each other: 20 of these are 115 bits.
ONE_TIME_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# A valid e-mail address as the HTML standard has it, letters of all scripts allowed. Where it leads is
# nobody's business here: nothing is sent to it.
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w](?:[\w-]*\w)?(?:\.\w(?:[\w-]*\w)?)*")
ADDRESS_MAXIMUM = 255


class StaffError(ValueError):
    """An account cannot be made or changed as asked; the message is one line that says why."""


class WrongPassword(StaffError):
    """The current password is not the one given."""


class WeakPassword(StaffError):
    """The new password is too easy to guess."""


def normal_address(text: str) -> str:
    """The one form of an e-mail address under which an account is kept: half-width, lower case.

    Raises:
        StaffError: it is not well formed.
    """
    address = unicodedata.normalize("NFKC", text).strip().lower()
    if len(address) > ADDRESS_MAXIMUM or not ADDRESS.fullmatch(address):
        raise StaffError(f"not an e-mail address: {text.strip()!r}")
    return address


def normal_password(text: str) -> str:
    """A password as it is hashed: full-width and half-width letters count as the same. No password that
    was accepted comes near the hasher's limit, so what is cut off there is wrong anyway.
    """
    return unicodedata.normalize("NFKD", text)[:HASHER_MAXIMUM]


def add(email: str, role: RoleName, password: str | None = None) -> str | None:
    """Add someone to the staff. Without a password they get one that serves for one sign-in: it is returned.

    Raises:
        StaffError: the address is not well formed or taken, or the password is not a good one.
    """
    address = normal_address(email)
    given = checked(password, address) if password is not None else one_time_password()
    hashed = hash_password(given)
    with transaction() as session:
        if _by_address(session, address):
            raise StaffError(f"{address} is already on the staff")
        _add(session, address, role, hashed, one_time=password is None)
    return given if password is None else None


def first_administrator(settings: Settings) -> str | None:
    """When there are no staff at all, add the first administrator and return the one-time password.

    Raises:
        StaffError: the address in the settings is not well formed.
    """
    if db.session.scalar(select(func.count()).select_from(Staff)):
        return None
    address = normal_address(settings.first_administrator)
    password = one_time_password()
    hashed = hash_password(password)
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(Staff)):
            return None
        _add(session, address, RoleName.ADMINISTRATOR, hashed, one_time=True)
    return password


def new_one_time_password(email: str) -> str:
    """Give someone who lost their password a new one that serves for one sign-in; their sessions end.

    Raises:
        StaffError: there is no such account.
    """
    password = one_time_password()
    hashed = hash_password(password)
    with transaction() as session:
        staff = _existing(session, email)
        _set_password(staff, hashed, one_time=True)
        _end_sessions(staff)
    return password


def change_password(staff_id: int, current: str, new: str) -> Staff:
    """Set an own password; all sessions end, also that of whoever asks.

    Raises:
        WrongPassword: the current password is not right.
        WeakPassword: the new one is too easy to guess.
        StaffError: the new one is too short or too long.
    """
    staff = db.session.get_one(Staff, staff_id)
    hashed, known = hash_password(checked(new, staff.email)), staff.password
    # Slow, so it is done before other writers have to wait; inside, the hash must still be the same.
    right = verify_password(normal_password(current), known)
    with transaction() as session:
        staff = session.get_one(Staff, staff_id, with_for_update=True, populate_existing=True)
        if not right or staff.password != known:
            raise WrongPassword("the current password is not right")
        _set_password(staff, hashed, one_time=False)
        _end_sessions(staff)
    return staff


def set_active(email: str, active: bool) -> None:
    """Disable an account, which ends its sessions at once, or enable it again.

    Raises:
        StaffError: there is no such account.
    """
    with transaction() as session:
        staff = _existing(session, email)
        staff.active = active
        _end_sessions(staff)


def end_sessions(staff_id: int) -> None:
    """End all sessions of one account; cookies copied from them are worth nothing afterwards."""
    with transaction() as session:
        _end_sessions(session.get_one(Staff, staff_id))


def everyone() -> Sequence[Staff]:
    """All accounts, by address."""
    return db.session.scalars(select(Staff).order_by(Staff.email)).all()


def checked(password: str, address: str) -> str:
    """A new password for the account with this address, in normal form.

    Raises:
        WeakPassword: it is too easy to guess.
        StaffError: it is too short or too long.
    """
    if len(password) < PASSWORD_MINIMUM:
        raise StaffError(f"the password is too short: use at least {PASSWORD_MINIMUM} characters")
    if len(password) > PASSWORD_MAXIMUM:
        raise StaffError(f"the password is too long: use at most {PASSWORD_MAXIMUM} characters")
    if _weak(password, address):
        raise WeakPassword(
            "the password is too easy to guess: do not repeat one short piece, leave out the address's name"
        )
    return normal_password(password)


def _weak(password: str, address: str) -> bool:
    """Whether it is one short piece over and over, or holds the name in the address."""
    plain = "".join(normal_password(password).lower().split())
    name = unicodedata.normalize("NFKD", address.partition("@")[0])
    letters = re.sub(r"\d", "", plain)
    # What little is left of a row of figures says nothing about it.
    repeated = _repeated(plain) or (2 * len(letters) > len(plain) and _repeated(letters))
    return repeated or (len(name) >= NAME_MINIMUM and name in plain)


def _repeated(text: str) -> bool:
    return any(text == (text[:unit] * len(text))[: len(text)] for unit in range(1, UNIT_MAXIMUM + 1))


def one_time_password() -> str:
    """A random password that is easy to read out and type."""
    return "".join(secrets.choice(ONE_TIME_ALPHABET) for _ in range(ONE_TIME_LENGTH))


def _by_address(session: Session, address: str) -> Staff | None:
    return session.scalar(select(Staff).where(Staff.email == address))


def _existing(session: Session, email: str) -> Staff:
    staff = _by_address(session, normal_address(email))
    if staff is None:
        raise StaffError(f"{email} is not on the staff")
    return staff


def _set_password(staff: Staff, hashed: str, *, one_time: bool) -> None:
    staff.password, staff.password_made_at = hashed, database.now()
    staff.one_time, staff.one_time_spent_at = one_time, None


def _end_sessions(staff: Staff) -> None:
    staff.fs_uniquifier = secrets.token_hex(32)


def _add(session: Session, address: str, role: RoleName, hashed: str, *, one_time: bool) -> None:
    held = session.scalar(select(Role).where(Role.name == role)) or Role(name=role.value)
    staff = Staff(email=address, active=True, roles=[held])
    _set_password(staff, hashed, one_time=one_time)
    _end_sessions(staff)
    session.add(staff)
