"""The outbox: mail is queued in the transaction that causes it, and delivered after it."""

import logging
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from secrets import token_hex
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import ColumnElement, Connection, func, or_, select

from portal.config import Settings
from portal.database import db, now, transaction
from portal.mail.models import OutgoingMail
from portal.prepared import insert

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 20
LONGEST_WAIT = timedelta(hours=12)
TIMEOUT_SECONDS = 20
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
# Refusals of one message; anything else means that the server cannot be used for the next one either.
REFUSALS = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
)


class MailError(Exception):
    """The address of the mail server cannot be used; the message is one line that says what to do."""


@dataclass(frozen=True)
class Delivery:
    """What one run of deliveries did, in messages."""

    sent: int = 0
    failed: int = 0


def queue(connection: Connection, recipient: str, subject: str, body: str) -> None:
    """Add a message to the transaction that is open.

    Raises:
        ValueError: the recipient or the subject would break out of its header line.
    """
    if not (recipient + subject).isprintable():
        raise ValueError("a control character in a mail header")
    message_id = f"<{token_hex(16)}@plan-portal>"
    insert(connection, OutgoingMail, message_id=message_id, recipient=recipient, subject=subject, body=body)


def waiting() -> int:
    """How many messages could be sent now."""
    return db.session.scalar(select(func.count()).select_from(OutgoingMail).where(*_due(now()))) or 0


def deliver(settings: Settings, progress: Callable[[], None] | None = None) -> Delivery:
    """Send what waits, one message at a time; ``progress`` is called after each.

    A message is claimed in a transaction of its own before it is sent. When the process dies, the claim
    runs out after ten minutes and the same message goes out under the same Message-ID. A failure is tried
    again later, at growing intervals, up to 20 times; when the server itself fails, the run ends.

    Raises:
        MailError: ``PORTAL_MAIL_URL`` is not an address of a mail server.
    """
    url = _mail_url(settings)
    sent = failed = 0
    while (mail := _claim()) is not None:
        try:
            _send(url, _message(settings, mail), mail.recipient)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            failed += 1
            _record_failure(mail.id, error)
            if not isinstance(error, (*REFUSALS, ValueError)):
                break
        else:
            sent += 1
            _record_sent(mail.id)
        if progress:
            progress()
    return Delivery(sent, failed)


def _mail_url(settings: Settings) -> SplitResult:
    try:
        url = urlsplit(settings.mail_url)
        usable = url.scheme in PORTS and url.hostname and url.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise MailError("PORTAL_MAIL_URL: use smtp://, smtps:// or smtp+starttls:// with a host")
    return url


def _send(url: SplitResult, message: EmailMessage, recipient: str) -> None:
    smtp = _connect(url)
    try:
        smtp.send_message(message, to_addrs=[recipient])
        # The message is accepted: however the server takes its leave, it is not sent again.
        with suppress(OSError, smtplib.SMTPException):
            smtp.quit()
    finally:
        smtp.close()


def _connect(url: SplitResult) -> smtplib.SMTP:
    host, port = url.hostname or "", url.port or PORTS[url.scheme]
    smtp: smtplib.SMTP
    if url.scheme == "smtps":
        verified = ssl.create_default_context()
        smtp = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=verified)
    else:
        smtp = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    try:
        if url.scheme == "smtp+starttls":
            smtp.starttls(context=ssl.create_default_context())
        if url.username:
            smtp.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        smtp.close()
        raise
    return smtp


def _message(settings: Settings, mail: OutgoingMail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(display_name=settings.site_name, addr_spec=settings.mail_from)
    message["To"] = Address(addr_spec=mail.recipient)
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body, charset="utf-8", cte="base64")
    return message


def _due(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OutgoingMail.sent_at.is_(None),
        OutgoingMail.attempts < MOST_ATTEMPTS,
        or_(OutgoingMail.claimed_at.is_(None), OutgoingMail.claimed_at <= moment - LEASE),
    )


def _claim() -> OutgoingMail | None:
    moment = now()
    with transaction() as session:
        mail = session.scalar(
            select(OutgoingMail)
            .where(*_due(moment))
            .order_by(OutgoingMail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if mail is not None:
            mail.claimed_at = moment
            mail.attempts += 1
    return mail


def _record_sent(mail_id: int) -> None:
    with transaction() as session:
        mail = session.get_one(OutgoingMail, mail_id)
        mail.sent_at = now()
        mail.last_error = ""


def _record_failure(mail_id: int, error: Exception) -> None:
    logger.warning("mail %s not delivered: %s", mail_id, type(error).__name__)
    with transaction() as session:
        mail = session.get_one(OutgoingMail, mail_id)
        wait = min(timedelta(minutes=2**mail.attempts), LONGEST_WAIT)
        # A claim dated so that it runs out when the next attempt is due.
        mail.claimed_at = now() + wait - LEASE
        mail.last_error = f"{type(error).__name__}: {error}"[:500]
