"""The outbox against real databases and a real (receiving) mail server."""

import ssl
import subprocess
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from flask import Flask
from sqlalchemy import select

from portal.config import Settings
from portal.database import db, now, transaction
from portal.mail import outbox
from portal.mail.models import OutgoingMail
from portal.mail.outbox import Delivery
from tests.support.server import free_port
from tests.support.services import Mailbox

BODY = "您好：\n\n受理编号：JC-20261124-0001\n.\n" + "很长的一行" * 300 + "\n"


def queue(*recipients: str) -> None:
    with transaction() as session:
        for recipient in recipients:
            outbox.queue(session.connection(), recipient, "已收到您的纠错（JC-20261124-0001）", BODY)


def rows() -> list[OutgoingMail]:
    db.session.expire_all()
    return list(db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def settings(app: Flask, url: str) -> Settings:
    found: Settings = app.config["PORTAL"]
    return Settings(**vars(found) | {"mail_url": url})


def later(monkeypatch: pytest.MonkeyPatch, wait: timedelta) -> None:
    moment = now() + wait
    monkeypatch.setattr(outbox, "now", lambda: moment)


def test_mail_arrives_as_it_was_written(database_app: Flask, smtp: Mailbox) -> None:
    with database_app.app_context():
        queue("zhang@example.cn", "li@example.cn")
        ticks: list[int] = []
        assert outbox.waiting() == 2
        done = outbox.deliver(settings(database_app, smtp.url), lambda: ticks.append(1))
        assert (done, len(ticks), outbox.waiting()) == (Delivery(sent=2), 2, 0)
        first, second = smtp.messages
        assert (first["To"], second["To"]) == ("zhang@example.cn", "li@example.cn")
        assert first["From"] == "工作要点公开平台 <noreply@localhost>"
        assert first["Subject"] == "已收到您的纠错（JC-20261124-0001）"
        assert first["Auto-Submitted"] == "auto-generated"
        assert [message["Message-ID"] for message in smtp.messages] == [row.message_id for row in rows()]
        assert first["Date"].datetime == rows()[0].created_at.replace(microsecond=0)
        assert first.get_content().replace("\r\n", "\n") == BODY
        assert outbox.deliver(settings(database_app, smtp.url)) == Delivery()
        assert len(smtp.messages) == 2


def test_one_refusal_does_not_stop_the_others(
    database_app: Flask, smtp: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    smtp.refused = {"gone@example.cn"}
    with database_app.app_context():
        queue("gone@example.cn", "zhang@example.cn")
        assert outbox.deliver(settings(database_app, smtp.url)) == Delivery(sent=1, failed=1)
        gone = rows()[0]
        assert (gone.sent_at, gone.attempts) == (None, 1)
        assert "550" in gone.last_error
        # Not before its time, which grows.
        assert outbox.deliver(settings(database_app, smtp.url)) == Delivery()
        later(monkeypatch, timedelta(minutes=3))
        assert outbox.deliver(settings(database_app, smtp.url)) == Delivery(failed=1)
        later(monkeypatch, timedelta(minutes=6))
        assert outbox.deliver(settings(database_app, smtp.url)) == Delivery()
        smtp.refused = set()
        later(monkeypatch, timedelta(minutes=9))
        assert outbox.deliver(settings(database_app, smtp.url)) == Delivery(sent=1)
        assert (rows()[0].attempts, rows()[0].last_error) == (3, "")


def test_after_twenty_attempts_it_is_left(app: Flask, smtp: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    smtp.refused = {"gone@example.cn"}
    with app.app_context():
        queue("gone@example.cn")
        for day in range(30):
            later(monkeypatch, timedelta(days=day))
            outbox.deliver(settings(app, smtp.url))
        assert rows()[0].attempts == 20


def test_a_server_that_is_down_ends_the_run(app: Flask) -> None:
    with app.app_context():
        queue("a@example.cn", "b@example.cn")
        assert outbox.deliver(settings(app, f"smtp://127.0.0.1:{free_port()}")) == Delivery(failed=1)
        assert [row.attempts for row in rows()] == [1, 0]


def test_a_claim_keeps_others_off_until_it_runs_out(
    database_app: Flask, smtp: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database_app.app_context():
        queue("zhang@example.cn")
        # A process that claimed it and died.
        assert outbox._claim() is not None
        assert outbox.deliver(settings(database_app, smtp.url)) == Delivery()
        later(monkeypatch, timedelta(minutes=9))
        assert outbox.deliver(settings(database_app, smtp.url)) == Delivery()
        later(monkeypatch, timedelta(minutes=11))
        assert outbox.deliver(settings(database_app, smtp.url)) == Delivery(sent=1)


def test_two_at_once_send_each_message_once(database_app: Flask, smtp: Mailbox) -> None:
    with database_app.app_context():
        queue(*(f"a{number}@example.cn" for number in range(20)))
    done: list[Delivery] = []

    def run() -> None:
        with database_app.app_context():
            done.append(outbox.deliver(settings(database_app, smtp.url)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(delivery.sent for delivery in done) == len(smtp.messages) == 20
    assert len({message["To"] for message in smtp.messages}) == 20


@pytest.mark.parametrize(
    ("recipient", "subject"),
    [
        ("a@example.cn\r\nBcc: b@example.cn", "主题"),
        ("a@example.cn", "主题\nBcc: b@example.cn"),
        ("a@example.cn", "主题\x00"),
        ("a@example.cn", "主题\u2028"),
    ],
)
def test_nothing_breaks_out_of_a_header(app: Flask, recipient: str, subject: str) -> None:
    with app.app_context(), pytest.raises(ValueError, match="header"), transaction() as session:
        outbox.queue(session.connection(), recipient, subject, BODY)


def test_one_recipient_is_one_recipient(app: Flask, smtp: Mailbox) -> None:
    with app.app_context():
        queue("a@example.cn, b@example.cn", "c@example.cn")
        assert outbox.deliver(settings(app, smtp.url)) == Delivery(sent=1, failed=1)
        assert [message["To"] for message in smtp.messages] == ["c@example.cn"]


@pytest.mark.parametrize(
    "url", ["", "mail.example.cn", "http://mail.example.cn", "smtp://", "smtp://host:0", "smtp://host:port"]
)
def test_a_wrong_server_address_is_one_line(app: Flask, url: str) -> None:
    with app.app_context():
        queue("a@example.cn")
        with pytest.raises(outbox.MailError, match="PORTAL_MAIL_URL"):
            outbox.deliver(settings(app, url))
        assert rows()[0].attempts == 0


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=mail"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    return certificate, key


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_an_encrypted_server_must_prove_who_it_is(
    app: Flask, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    mailbox = Mailbox()
    names: list[bytes] = []

    def authenticate(*arguments: Any) -> AuthResult:
        login = arguments[-1]
        assert isinstance(login, LoginPassword)
        names.append(login.login + b" " + login.password)
        return AuthResult(success=True)

    encryption = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context}
    port = free_port()
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=authenticate,
        auth_require_tls=False,
        **encryption,
    )
    controller.start()
    url = f"{scheme}://user%40office:p%3A%2F%20w@127.0.0.1:{port}"
    try:
        with app.app_context():
            queue("a@example.cn")
            assert outbox.deliver(settings(app, url)) == Delivery(failed=1)
            assert "CERTIFICATE_VERIFY_FAILED" in rows()[0].last_error
            assert (mailbox.messages, names) == ([], [])
            # The same server, once its certificate is trusted.
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
            later(monkeypatch, timedelta(hours=1))
            assert outbox.deliver(settings(app, url)) == Delivery(sent=1)
            assert names == [b"user@office p:/ w"]
    finally:
        controller.stop()


def test_a_server_that_takes_its_leave_badly_is_sent_nothing_twice(
    app: Flask, smtp: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rude(*_: object) -> str:
        return "421 bye"

    monkeypatch.setattr(Mailbox, "handle_QUIT", rude, raising=False)
    with app.app_context():
        queue("zhang@example.cn")
        assert outbox.deliver(settings(app, smtp.url)) == Delivery(sent=1)
        assert outbox.waiting() == 0
