"""What the lists hold, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from portal.database import db, transaction
from portal.feedback.models import ErrorType, Kind, Status, Submission
from portal.moderation import queue
from portal.moderation.queue import Filter, listing
from tests.moderation.support import send


def alter(number: str, **values: object) -> None:
    with transaction() as session:
        session.execute(update(Submission).where(Submission.number == number).values(**values))


def numbers(wanted: Filter = Filter(), page: int = 1) -> list[str]:  # noqa: B008
    return [submission.number for submission in listing(wanted, page).submissions]


def test_the_nearest_deadline_comes_first_and_the_unknown_last(database_app: Flask) -> None:
    late, unknown, near = (send(database_app) for _ in range(3))
    with database_app.app_context():
        alter(late, due_on=date(2026, 12, 1))
        alter(unknown, due_on=None)
        alter(near, due_on=date(2026, 11, 25))
        assert numbers() == [near, late, unknown]
        assert numbers(Filter(newest=True)) == [near, unknown, late]


def test_each_view_holds_its_states(database_app: Flask) -> None:
    sent = {status: send(database_app) for status in Status}
    with database_app.app_context():
        for status, number in sent.items():
            alter(number, status=status)
        assert set(numbers(Filter("open"))) == {sent[status] for status in Status if status.open}
        assert set(numbers(Filter("all"))) == set(sent.values())
        for status, number in sent.items():
            assert numbers(Filter(status.value)) == [number]
        assert queue.counts() == dict.fromkeys(Status, 1)


def test_pages_of_twenty_and_the_last_one_for_what_is_beyond(database_app: Flask) -> None:
    sent = [send(database_app) for _ in range(41)]
    with database_app.app_context():
        assert numbers() + numbers(page=2) + numbers(page=3) == sent
        beyond = listing(Filter(), 999_999_999)
        assert (beyond.page, beyond.pages, beyond.total) == (3, 3, 41)
        assert [submission.number for submission in beyond.submissions] == sent[40:]
        assert listing(Filter(), -1).page == 1
        assert (listing(Filter("spam"), 5).page, listing(Filter("spam")).pages) == (1, 1)


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("JC-", {"typo", "broken"}),
        ("错字", {"typo"}),
        ("李四", {"asked"}),
        ("何时", {"asked"}),
        ("ABC", {"broken"}),
        ("abc", {"broken"}),
        ("100%_", {"typo"}),
        ("%", {"typo"}),
        ("_", {"typo"}),
        ("\\", set()),
        ("' OR 1=1 --", set()),
        ("没有这个", set()),
    ],
)
def test_text_is_taken_literally(database_app: Flask, text: str, finds: set[str]) -> None:
    sent = {
        "typo": send(database_app, suggestion="这里有错字，应为100%_"),
        "broken": send(database_app, description="打不开 abc", error_type=ErrorType.INACCESSIBLE),
        "asked": send(database_app, Kind.CONSULTATION, name="李四"),
    }
    with database_app.app_context():
        assert set(numbers(Filter(text=text))) == {sent[name] for name in finds}


def test_kinds_errors_and_days(database_app: Flask) -> None:
    typo = send(database_app)
    broken = send(database_app, error_type=ErrorType.INACCESSIBLE)
    asked = send(database_app, Kind.CONSULTATION)
    with database_app.app_context():
        # 16:00 UTC is midnight in Shanghai.
        alter(typo, received_at=datetime(2026, 11, 1, 15, 59, tzinfo=UTC))
        alter(broken, received_at=datetime(2026, 11, 1, 16, 0, tzinfo=UTC))
        alter(asked, received_at=datetime(2026, 11, 2, 16, 0, tzinfo=UTC))
        assert set(numbers(Filter(kind=Kind.CORRECTION))) == {typo, broken}
        assert numbers(Filter(error_type=ErrorType.TYPO)) == [typo]
        assert numbers(Filter(since=date(2026, 11, 2), until=date(2026, 11, 2))) == [broken]
        assert set(numbers(Filter(until=date(2026, 11, 2)))) == {typo, broken}
        assert set(numbers(Filter(since=date(2026, 11, 2)))) == {broken, asked}


def test_earlier_ones_on_the_same_page(database_app: Flask) -> None:
    elsewhere = send(database_app, page_url="http://localhost/plans/2023-work-plan/3")
    send(database_app, page_url="http://localhost/plans/2023-work-plan/20")
    same = send(database_app, anchor="s2-1")
    other = send(database_app, anchor="s2-2", page_url="http://localhost/plans/2023-work-plan/2#s2-2")
    asked = send(database_app, Kind.CONSULTATION)
    this = send(database_app, anchor="s2-1")
    after = send(database_app, anchor="s2-1")
    with database_app.app_context():
        found = {number: queue.find(number) for number in (elsewhere, this, asked, after)}
        assert [s.number for s in queue.earlier(found[this])] == [same, other]  # type: ignore[arg-type]
        assert list(queue.earlier(found[asked])) == []  # type: ignore[arg-type]


def test_the_next_one_is_the_most_urgent_of_the_others(database_app: Flask) -> None:
    first, second = send(database_app), send(database_app)
    with database_app.app_context():
        found = queue.find(first)
        assert found
        next_one = queue.next_open(found)
        assert next_one
        assert next_one.number == second
        for settled in (Status.SPAM, Status.REVIEW):
            alter(second, status=settled)
            assert queue.next_open(found) is None


@pytest.mark.parametrize("number", ["", "x", "nul\0", "x" * 3000, "JC-20260101-0001'"])
def test_a_number_that_nobody_has(database_app: Flask, number: str) -> None:
    with database_app.app_context():
        assert queue.find(number) is None
        assert queue.attachment(number) is None


def test_the_command_counts_every_state(app: Flask) -> None:
    send(app)
    send(app, trapped=True)
    done = app.test_cli_runner().invoke(args=["queue", "count"])
    assert (
        done.output
        == "received\t1\nsuspected\t1\nreview\t0\naccepted\t0\nrejected\t0\nanswered\t0\nspam\t0\n"
    )


def test_a_list_takes_few_queries(database_app: Flask) -> None:
    for _ in range(5):
        send(database_app)
    from sqlalchemy import event

    with database_app.app_context():
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        listing(Filter())
        reads = [statement for statement in statements if statement.startswith("SELECT")]
        assert len(reads) == 2
        assert not any("events" in statement for statement in reads)


def test_due_dates_are_working_days(database_app: Flask) -> None:
    number = send(database_app)
    with database_app.app_context():
        found = queue.find(number)
        assert found
        assert found.due_on is None or found.due_on > found.received_at.date() + timedelta(days=1)
