"""The day by which a submission is to be dealt with, in working days of Asia/Shanghai."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from chinese_calendar import is_workday

from portal.filters import local


def due_on(received: datetime, working_days: int) -> date | None:
    """The last day of a term that begins on the day after receipt.

    Holidays and make-up working days (调休) are those of the State Council's yearly notices, as
    chinesecalendar holds them. None where a year's notice is not known yet: a day is never guessed.
    """
    return _after(local(received).date(), working_days)


@lru_cache(maxsize=64)
def _after(day: date, left: int) -> date | None:
    try:
        while left:
            day += timedelta(days=1)
            left -= is_workday(day)
    except NotImplementedError:
        return None
    return day
