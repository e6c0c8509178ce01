from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.config import Settings
from portal.database import db, transaction
from portal.feedback import intake, letters, receipts
from portal.feedback.models import ConsultationKind, Event, EventKind, Kind, Submission
from portal.mail.models import OutgoingMail

TYPED = "访客写的话"
NO_OUTCOME = (EventKind.RECEIVED, EventKind.ADMITTED, EventKind.PROPOSED, EventKind.DECLINED)


def send(app: Flask, contact: str = "zhang@example.cn", **changes: Any) -> Submission:
    answers = {
        "consultation_kind": ConsultationKind.QUESTION,
        "subject": TYPED,
        "content": TYPED,
        "name": TYPED,
        "contact": contact,
    }
    arrival = intake.Arrival(**{"key": "k", "client": "c", "seconds": 60.0} | changes)
    intake.submit(app.config["PORTAL"], Kind.CONSULTATION, answers, arrival)
    submission = receipts.by_key(arrival.key)
    assert submission is not None
    return submission


def decide(submission: Submission, kind: EventKind, note: str = "") -> None:
    with transaction() as session:
        event = Event(kind=kind, note=note, actor="moderator@example.gov.cn")
        submission = session.get_one(Submission, submission.id)
        submission.events.append(event)
        session.flush()
        letters.decided(submission, event)


def outbox() -> list[OutgoingMail]:
    return list(db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def test_the_receipt_goes_to_an_address(make_app: Any) -> None:
    app = make_app(site_url="https://plan.example.gov.cn", contact_phone="021-62345678")
    with app.app_context():
        submission = send(app, " ｚｈａｎｇ@example.cn ")
        settings: Settings = app.config["PORTAL"]
        code = receipts.code(settings.secret_key, submission)
        (letter,) = outbox()
        assert letter.recipient == "zhang@example.cn"
        assert letter.subject == f"已收到您的留言咨询（{submission.number}）"
        for words in (submission.number, code, "https://plan.example.gov.cn/feedback/status", "021-62345678"):
            assert words in letter.body
        assert TYPED not in letter.body + letter.subject


@pytest.mark.parametrize("contact", ["", "13800138000"])
def test_no_address_no_letter(app: Flask, contact: str) -> None:
    with app.app_context():
        decide(send(app, contact), EventKind.ANSWERED, "答复")
        assert outbox() == []


@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind not in NO_OUTCOME])
def test_every_outcome_is_told(app: Flask, kind: EventKind) -> None:
    with app.app_context():
        submission = send(app)
        decide(submission, kind, "第一行\n<第二行>")
        letter = outbox()[-1]
        assert letter.subject == f"您的留言咨询有了处理结果：{kind.label}（{submission.number}）"
        assert f"处理结果：{kind.label}" in letter.body
        assert "第一行\n<第二行>" in letter.body
        assert TYPED not in letter.body
        assert "moderator" not in letter.body


@pytest.mark.parametrize("kind", [EventKind.PROPOSED, EventKind.DECLINED])
def test_what_staff_propose_to_each_other_is_not_told(app: Flask, kind: EventKind) -> None:
    with app.app_context():
        decide(send(app), kind, "只给同事看")
        assert len(outbox()) == 1


def test_nobody_writes_to_whoever_a_machine_named(app: Flask) -> None:
    with app.app_context():
        submission = send(app, trapped=True)
        assert outbox() == []
        decide(submission, EventKind.SPAM)
        assert outbox() == []


def test_whoever_a_moderator_found_to_be_no_machine_is_written_to(app: Flask) -> None:
    with app.app_context():
        submission = send(app, trapped=True)
        decide(submission, EventKind.ADMITTED)
        assert [letter.subject for letter in outbox()] == [f"已收到您的留言咨询（{submission.number}）"]
        decide(submission, EventKind.ANSWERED, "答复")
        assert len(outbox()) == 2


def test_whoever_had_the_receipt_is_not_sent_it_again(app: Flask) -> None:
    with app.app_context():
        decide(send(app), EventKind.ADMITTED)
        assert len(outbox()) == 1


def test_a_quick_sender_found_to_be_spam_is_not_told(make_app: Any) -> None:
    app = make_app(rate_limits="on")
    with app.app_context():
        submission = send(app, seconds=0.1)
        assert len(outbox()) == 1
        decide(submission, EventKind.SPAM)
        assert len(outbox()) == 1
