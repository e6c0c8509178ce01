from datetime import UTC, date, datetime

import pytest

from portal.feedback.deadlines import due_on


def received(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00")


@pytest.mark.parametrize(
    ("moment", "days", "due"),
    [
        ("2026-11-24 09:00", 3, date(2026, 11, 27)),
        # Over a weekend; the day of receipt never counts.
        ("2026-11-26 23:59", 3, date(2026, 12, 1)),
        ("2026-11-28 12:00", 1, date(2026, 11, 30)),
        # National day 2023: 29 September to 6 October off; Saturday 7 and Sunday 8 October are worked.
        ("2023-09-28 10:00", 1, date(2023, 10, 7)),
        ("2023-09-28 10:00", 3, date(2023, 10, 9)),
        # Spring festival 2024: 10 to 17 February off, Sunday 18 February is worked.
        ("2024-02-09 16:00", 2, date(2024, 2, 19)),
        # A year's end that is known: New Year's Day 2024 is a Monday.
        ("2023-12-29 10:00", 1, date(2024, 1, 2)),
    ],
)
def test_working_days_are_those_of_the_official_calendar(moment: str, days: int, due: date) -> None:
    assert due_on(received(moment), days) == due


def test_a_year_without_a_notice_is_not_guessed() -> None:
    assert due_on(received("2026-12-30 10:00"), 1) == date(2026, 12, 31)
    assert due_on(received("2026-12-30 10:00"), 2) is None
    assert due_on(received("2031-03-03 10:00"), 5) is None


def test_the_day_is_the_one_in_shanghai() -> None:
    assert due_on(datetime(2026, 11, 24, 16, 30, tzinfo=UTC), 1) == date(2026, 11, 26)
    assert due_on(datetime(2026, 11, 24, 15, 30, tzinfo=UTC), 1) == date(2026, 11, 25)
