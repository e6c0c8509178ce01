"""Submissions as visitors send them, for the tests of those who deal with them."""

from itertools import count
from typing import Any

from flask import Flask

from portal.feedback import intake
from portal.feedback.attachments import File
from portal.feedback.models import ConsultationKind, ErrorType, Kind
from portal.mail.models import OutgoingMail

_keys = count()


def send(
    app: Flask,
    kind: Kind = Kind.CORRECTION,
    *,
    trapped: bool = False,
    file: File | None = None,
    **answers: Any,
) -> str:
    """Take in a submission, and return its number."""
    typed: dict[str, Any] = {"name": "张三", "contact": "zhang@example.cn"}
    if kind is Kind.CORRECTION:
        typed |= {
            "error_type": ErrorType.TYPO,
            "page_url": "http://localhost/plans/2023-work-plan/2",
            "page_title": "二、全面推进",
            "description": "第二段多了一个字",
        }
    else:
        typed |= {
            "consultation_kind": ConsultationKind.QUESTION,
            "subject": "何时完成",
            "content": "请问何时完成？",
        }
    arrival = intake.Arrival(key=f"key {next(_keys)}", client="c" * 64, seconds=60, trapped=trapped)
    with app.app_context():
        return intake.submit(app.config["PORTAL"], kind, typed | answers, arrival, file)


def letters(session: Any) -> list[OutgoingMail]:
    """The mail that waits to be sent, first one first."""
    return list(session.query(OutgoingMail).order_by(OutgoingMail.id))
