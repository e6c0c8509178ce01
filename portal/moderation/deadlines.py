"""How near a deadline is, in words; counted in working days of Asia/Shanghai."""

from dataclasses import dataclass
from datetime import date, timedelta

from chinese_calendar import is_workday


@dataclass(frozen=True)
class Nearness:
    """The words under a deadline; ``alarm`` when it is today or past."""

    words: str
    alarm: bool = False


def nearness(due_on: date | None, today: date) -> Nearness:
    """The words for a deadline as seen today. A day that no notice covers yet is not counted by guess."""
    if due_on is None:
        return Nearness("未公布")
    if due_on == today:
        return Nearness("今日到期", alarm=True)
    try:
        days = working_days_between(min(due_on, today), max(due_on, today))
    except NotImplementedError:
        days = 0
    if due_on > today:
        return Nearness(f"还剩{days}个工作日" if days else "未到期")
    return Nearness(f"已超{days}个工作日" if days else "已过期限", alarm=True)


def working_days_between(first: date, last: date) -> int:
    """Working days after the first day up to and including the last one.

    Raises:
        NotImplementedError: a year whose holidays are not known yet is touched.
    """
    return sum(is_workday(first + timedelta(days=step)) for step in range(1, (last - first).days + 1))
