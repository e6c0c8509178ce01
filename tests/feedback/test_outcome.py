"""What the sender of a correction is told when it has changed the text, and when that is taken back."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import db
from portal.feedback.models import Submission
from portal.mail.models import OutgoingMail
from portal.moderation import corrections, decisions, errata
from portal.moderation.corrections import Draft
from portal.moderation.decisions import Decision
from tests.feedback.sending import receipt, send
from tests.plans.corrected import edit_of, publish_other
from tests.support.client import tree_of
from tests.support.server import ROOT

ACTOR, OTHER = "moderator@example.gov.cn", "other@example.gov.cn"
WRONG, RIGHT = "苏河湾功能区", "苏河湾功能园区"
SITE = "http://localhost"
TYPED = "访客写的话"


@pytest.fixture
def app(make_app: Any, tmp_path: Path) -> Flask:
    app: Flask = make_app(content=tmp_path / "content", site_url=SITE)
    source = str(ROOT / "seeds" / "2023-work-plan.txt")
    assert app.test_cli_runner().invoke(args=["plan", "import", source]).exit_code == 0
    publish_other(app)
    return app


class Sender:
    """One who has sent a correction, and asks what became of it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.number, self.code = "", ""

    def send(self) -> None:
        answer = send(self.client, "correction", contact="zhang@example.cn", description=TYPED, quote=TYPED)
        self.number, self.code = receipt(self.client, answer)

    def asks(self) -> Any:
        asked = {"number": self.number, "code": self.code}
        answer = self.client.post("/feedback/status", data=asked)
        assert answer.status_code == 200
        return tree_of(answer).xpath("//main")[0]

    def letters(self) -> list[str]:
        with self.app.app_context():
            return list(db.session.scalars(select(OutgoingMail.body).order_by(OutgoingMail.id)))

    def accepted(self, *, second_approval: bool = False) -> None:
        with self.app.app_context():
            edits = (
                edit_of("s2-1-p1", WRONG, RIGHT),
                edit_of("s1-p1", "苏河湾", "<苏河湾>", plan="2024-work-plan"),
            )
            decisions.decide(
                self.number,
                Decision.ACCEPT,
                "谢谢您",
                0,
                ACTOR,
                draft=Draft(edits, "地名有误。"),
                second_approval=second_approval,
            )


@pytest.fixture
def sender(app: Flask) -> Sender:
    sender = Sender(app)
    sender.send()
    return sender


def text_of(element: Any) -> str:
    return re.sub(r"\s+", "", str(element.xpath("string()")))


def test_the_sender_sees_the_erratum(sender: Sender) -> None:
    sender.accepted()
    page = sender.asks()
    shown = text_of(page)
    for words in ("已采纳", "谢谢您", "更正原因：地名有误。", "共1处改动"):
        assert words in shown
    assert len(page.xpath(".//ins")) == 3
    links = page.xpath(".//a/@href")
    for address in (
        f"/errata/{sender.number}",
        "/plans/2023-work-plan/2#s2-1-p1",
        "/plans/2024-work-plan/1#s1-p1",
    ):
        assert address in links
    assert any(link.startswith("/feedback/consultation?subject=") for link in links)
    assert TYPED not in shown


def test_the_letter_names_the_erratum(sender: Sender) -> None:
    sender.accepted()
    letter = sender.letters()[-1]
    for words in (
        "处理结果：采纳",
        f"{SITE}/errata/{sender.number}",
        "更正原因：地名有误。",
        "更正前：",
        "更正后：",
        "推动苏河湾功能园区",
        "推动<苏河湾>功能区",
        "区科委2024年工作要点 › 一、总体要求",
    ):
        assert words in letter
    assert TYPED not in letter
    assert "moderator" not in letter
    assert not re.search(r"\n{3,}", letter), letter


def test_a_proposal_is_not_for_the_sender(sender: Sender) -> None:
    sender.accepted(second_approval=True)
    shown = text_of(sender.asks())
    assert "待处理" in shown
    assert not any(words in shown for words in ("复核", "谢谢您", "更正", "地名有误"))
    assert len(sender.letters()) == 1
    with sender.app.app_context():
        proposal = errata.find(sender.number)
        assert proposal
        corrections.approve(sender.number, proposal.proposal, OTHER)
    assert "更正原因：地名有误。" in text_of(sender.asks())
    assert f"{SITE}/errata/{sender.number}" in sender.letters()[-1]


def test_taking_it_back_is_told(sender: Sender) -> None:
    sender.accepted()
    with sender.app.app_context():
        corrections.withdraw(sender.number, "原文无误。", OTHER)
    shown = text_of(sender.asks())
    for words in ("待处理", "勘误已撤回", "撤回原因：原文无误。", "撤回勘误"):
        assert words in shown
    letter = sender.letters()[-1]
    for words in (
        "处理结果：撤回勘误",
        "原文无误。",
        "文字恢复为更正前的样子",
        f"{SITE}/errata/{sender.number}",
    ):
        assert words in letter
    assert "更正后：" not in letter


def test_an_older_erratum_is_no_outcome_of_a_later_decision(sender: Sender) -> None:
    sender.accepted()
    with sender.app.app_context():
        corrections.withdraw(sender.number, "原文无误。", OTHER)
        version = db.session.scalars(select(Submission.version)).one()
        decisions.decide(sender.number, Decision.ACCEPT, "已另行处理", version, ACTOR)
    letter = sender.letters()[-1]
    assert "已另行处理" in letter
    assert "勘误" not in letter
