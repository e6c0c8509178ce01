"""The domain verb on both databases; the server that counts is the database itself."""

import multiprocessing
import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from portal import create_app
from portal.config import Settings
from portal.database import db, now, transaction
from portal.feedback import deadlines, intake, receipts
from portal.feedback.attachments import File
from portal.feedback.models import (
    ConsultationKind,
    ErrorType,
    Event,
    EventKind,
    Kind,
    NumberSeries,
    Status,
    Submission,
)
from portal.feedback.recording import record
from portal.mail.models import OutgoingMail

CORRECTION = {"error_type": ErrorType.TYPO, "page_url": "http://localhost/", "page_title": "标题"} | {
    "description": "多了一个字",
    "name": "张三",
}
CONSULTATION = {
    "consultation_kind": ConsultationKind.QUESTION,
    "subject": "主题",
    "content": "内容",
    "name": "李四",
}
FILE = File("a.png", "image/png", b"\x89PNG\r\n\x1a\n")
PROCESSES, EACH = 4, 50


def arrival(key: str, **changes: Any) -> intake.Arrival:
    return intake.Arrival(**{"key": key, "client": "c", "seconds": 60.0} | changes)


def send(app: Flask, key: str, *, file: File | None = None, **changes: Any) -> Submission:
    contact = changes.pop("contact", "")
    settings = app.config["PORTAL"]
    answers = CORRECTION | {"contact": contact}
    intake.submit(settings, Kind.CORRECTION, answers, arrival(key, **changes), file)
    submission = receipts.by_key(key)
    assert submission is not None
    return submission


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Half past midnight in Shanghai, still yesterday in UTC."""
    frozen = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    monkeypatch.setattr(intake, "now", lambda: frozen)
    return frozen


def test_a_submission_has_number_event_deadline(database_app: Flask, moment: datetime) -> None:
    with database_app.app_context():
        first, second = send(database_app, "a"), send(database_app, "b")
        intake.submit(database_app.config["PORTAL"], Kind.CONSULTATION, CONSULTATION, arrival("c"))
        other = receipts.by_key("c")
        assert other is not None
        assert [s.number for s in (first, second, other)] == [
            "JC-20261124-0001",
            "JC-20261124-0002",
            "ZX-20261124-0001",
        ]
        db.session.expire_all()
        kept = db.session.scalars(select(Submission).order_by(Submission.id)).first()
        assert kept is not None
        assert (kept.status, kept.received_at, kept.due_on) == (Status.RECEIVED, moment, date(2026, 11, 27))
        assert [(event.kind, event.at) for event in kept.events] == [(EventKind.RECEIVED, moment)]
        assert (kept.error_type, kept.description, kept.suspicions) == (ErrorType.TYPO, "多了一个字", "")
        assert other.due_on == deadlines.due_on(moment, 5)


def test_what_was_sent_is_kept_column_by_column(database_app: Flask) -> None:
    quoted = {"anchor": "s2-1-p1", "quote": "引进", "prefix": "持续", "suffix": "具有", "suggestion": "带来"}
    with database_app.app_context():
        settings, answers = database_app.config["PORTAL"], CORRECTION | quoted
        intake.submit(settings, Kind.CORRECTION, answers, arrival("a"))
        kept = receipts.by_key("a")
        assert {name: getattr(kept, name) for name in answers} == answers


def test_the_same_key_is_the_same_submission(database_app: Flask) -> None:
    with database_app.app_context():
        first = send(database_app, "a", contact="zhang@example.cn")
        assert send(database_app, "a", contact="zhang@example.cn").id == first.id
        assert db.session.scalar(select(func.count()).select_from(Submission)) == 1
        assert db.session.scalar(select(func.count()).select_from(OutgoingMail)) == 1
        assert db.session.scalar(select(NumberSeries.last)) == 1


def test_a_forgotten_file_is_added_and_never_replaced(database_app: Flask) -> None:
    with database_app.app_context():
        send(database_app, "a")
        added = send(database_app, "a", file=FILE)
        assert added.attachment is not None
        again = send(database_app, "a", file=File("b.png", "image/png", b"other"))
        assert again.attachment is not None
        assert (again.attachment.filename, again.attachment.data) == ("a.png", FILE.data)


def test_ten_confirmations_at_once_are_one_submission(database_app: Flask) -> None:
    numbers, errors = [], []
    start = threading.Barrier(10)

    def one() -> None:
        with database_app.app_context():
            start.wait()
            try:
                numbers.append(send(database_app, "same", file=FILE).number)
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(numbers) == 10
    assert len(set(numbers)) == 1
    with database_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Submission)) == 1
        assert db.session.scalar(select(func.count()).select_from(Event)) == 1


def test_all_or_nothing(database_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise IntegrityError("mail", {}, Exception("the outbox is broken"))

    monkeypatch.setattr(intake.letters.outbox, "queue", fail)
    with database_app.app_context():
        with pytest.raises(IntegrityError):
            send(database_app, "a", contact="zhang@example.cn")
        for table in (Submission, Event, NumberSeries, OutgoingMail):
            assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_the_guards_doubt_and_keep(make_app: Any) -> None:
    app = make_app(rate_limits="on", submissions_per_hour=3, minimum_seconds=2)
    with app.app_context():
        assert send(app, "a").status is Status.RECEIVED
        fast = send(app, "b", seconds=1.9, contact="zhang@example.cn")
        assert (fast.status, fast.suspicions) == (Status.SUSPECTED, "too_fast")
        trapped = send(app, "c", trapped=True, contact="zhang@example.cn")
        assert (trapped.status, trapped.suspicions) == (Status.SUSPECTED, "honeypot")
        many = send(app, "d", contact="zhang@example.cn")
        assert (many.status, many.suspicions) == (Status.SUSPECTED, "too_many")
        assert send(app, "e", client="someone else").status is Status.RECEIVED
        # Who only was quick may be a person; the others get no letter.
        letters = db.session.scalars(select(OutgoingMail.subject)).all()
        assert letters == [f"已收到您的纠错（{fast.number}）"]


def test_what_is_in_is_confirmed_again_at_the_limit(make_app: Any) -> None:
    app = make_app(rate_limits="on", submissions_per_hour=2, minimum_seconds=0)
    with app.app_context():
        forgotten = send(app, "a")
        last = send(app, "b", file=FILE)
        assert send(app, "b", file=FILE).number == last.number
        assert send(app, "a", file=FILE).number == forgotten.number
        with pytest.raises(intake.TooManyFiles):
            send(app, "c", file=FILE)
        send(app, "c")
        with pytest.raises(intake.TooManyFiles):
            send(app, "c", file=FILE)
        assert db.session.scalar(select(func.count()).select_from(Submission)) == 3


def test_guards_that_count_can_be_off(app: Flask) -> None:
    with app.app_context():
        for number in range(25):
            assert send(app, str(number), seconds=0.0).status is Status.RECEIVED
        assert send(app, "trapped", trapped=True).status is Status.SUSPECTED


def test_the_code_is_nowhere_in_the_record(app: Flask) -> None:
    with app.app_context():
        submission = send(app, "a")
        code = receipts.code(app.config["PORTAL"].secret_key, submission)
        row = db.session.execute(select(*Submission.__table__.columns)).one()
        kept = " ".join(str(value) for value in row)
        assert code not in kept
        assert code.replace("-", "") not in kept


def _send_many(settings: Settings, worker: int, failures: "multiprocessing.Queue[str]") -> None:
    app = create_app(**vars(settings))
    try:
        with app.app_context():
            for number in range(EACH):
                send(app, f"{worker}-{number}", contact="zhang@example.cn")
    except Exception as error:
        failures.put(repr(error))
    finally:
        with app.app_context():
            db.engine.dispose()


def test_four_processes_at_once(database_app: Flask) -> None:
    spawn = multiprocessing.get_context("spawn")
    failures = spawn.Queue()
    workers = [
        spawn.Process(target=_send_many, args=(database_app.config["PORTAL"], worker, failures))
        for worker in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert failures.empty(), failures.get()
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    with database_app.app_context():
        numbers = db.session.scalars(select(Submission.number)).all()
        assert len(numbers) == len(set(numbers)) == PROCESSES * EACH
        assert db.session.scalar(select(func.count()).select_from(OutgoingMail)) == PROCESSES * EACH
        assert db.session.scalar(select(func.sum(NumberSeries.last))) == PROCESSES * EACH


def test_numbers_have_as_many_digits_as_they_need(database_app: Flask, moment: datetime) -> None:
    with database_app.app_context():
        send(database_app, "first")
        with transaction() as session:
            session.execute(update(NumberSeries).values(last=9999))
        submission = send(database_app, "ten thousandth")
        assert submission.number.endswith("-10000")
        assert [event.kind for event in submission.events] == [EventKind.RECEIVED]
        assert submission.events[0].at == submission.received_at


def test_several_are_recorded_as_they_came_whatever_their_kinds(database_app: Flask) -> None:
    came = now()
    known = {"name": "张三", "received_at": came, "client": "c", "status": Status.RECEIVED, "suspicions": ""}
    kinds = [Kind.CONSULTATION, Kind.CORRECTION, Kind.CONSULTATION]
    rows = [known | {"kind": kind, "key_digest": str(at), "due_on": None} for at, kind in enumerate(kinds)]
    with database_app.app_context(), transaction() as session:
        recorded = record(session.connection(), rows)
        kept = {one.id: one for one in session.scalars(select(Submission))}
        assert [kept[one.id].key_digest for one in recorded] == ["0", "1", "2"]
        assert [kept[one.id].number for one in recorded] == [one.number for one in recorded]
        assert [one.number[:2] + one.number[-4:] for one in recorded] == ["ZX0001", "JC0001", "ZX0002"]
