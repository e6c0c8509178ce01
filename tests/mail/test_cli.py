from typing import Any

from portal.database import transaction
from portal.mail import outbox
from tests.support.services import Mailbox


def test_delivering(make_app: Any, smtp: Mailbox) -> None:
    app = make_app(mail_url=smtp.url)
    with app.app_context(), transaction() as session:
        outbox.queue(session.connection(), "a@example.cn", "主题", "正文")
    result = app.test_cli_runner().invoke(args=["mail", "deliver"])
    assert (result.exit_code, result.output) == (0, "sent 1, failed 0\n")
    assert len(smtp.messages) == 1


def test_without_a_server_mail_stays_queued(make_app: Any) -> None:
    app = make_app()
    with app.app_context(), transaction() as session:
        outbox.queue(session.connection(), "a@example.cn", "主题", "正文")
    result = app.test_cli_runner().invoke(args=["mail", "deliver"])
    assert (result.exit_code, result.output) == (0, "PORTAL_MAIL_URL is not set: mail stays queued (1)\n")


def test_a_wrong_server_address(make_app: Any) -> None:
    result = make_app(mail_url="ftp://x").test_cli_runner().invoke(args=["mail", "deliver"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: PORTAL_MAIL_URL")
    assert result.output.count("\n") == 1
