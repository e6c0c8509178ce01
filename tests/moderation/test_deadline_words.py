"""How near a deadline is, in working days."""

from datetime import date

import pytest

from portal.moderation.deadlines import Nearness, nearness, working_days_between


@pytest.mark.parametrize(
    ("due_on", "today", "words", "alarm"),
    [
        (None, date(2026, 11, 24), "未公布", False),
        (date(2026, 11, 24), date(2026, 11, 24), "今日到期", True),
        (date(2026, 11, 25), date(2026, 11, 24), "还剩1个工作日", False),
        (date(2026, 11, 30), date(2026, 11, 27), "还剩1个工作日", False),
        (date(2026, 11, 20), date(2026, 11, 24), "已超2个工作日", True),
        (date(2026, 11, 20), date(2026, 11, 21), "已过期限", True),
        # The National Day holiday of 2026 ends on 7 October; Saturday the 10th is worked.
        (date(2026, 10, 10), date(2026, 9, 30), "还剩3个工作日", False),
        # 2050: no notice yet.
        (date(2026, 12, 30), date(2050, 1, 5), "已过期限", True),
        (date(2050, 12, 30), date(2026, 12, 30), "未到期", False),
    ],
)
def test_the_words(due_on: date | None, today: date, words: str, alarm: bool) -> None:
    assert nearness(due_on, today) == Nearness(words, alarm)


def test_the_first_day_does_not_count() -> None:
    assert working_days_between(date(2026, 11, 23), date(2026, 11, 27)) == 4
    assert working_days_between(date(2026, 11, 23), date(2026, 11, 23)) == 0
