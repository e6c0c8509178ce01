"""Numbers of submissions and errata: counted day by day, none handed out twice."""

from datetime import date

from sqlalchemy import Connection, Date, bindparam, text

from portal.feedback.models import NumberSeries, Series
from portal.prepared import Prepared

DIGITS = 4  # at least
NEXT_NUMBER = Prepared(
    text(
        "INSERT INTO number_series (kind, day, last) VALUES (:kind, :day, 1) "
        "ON CONFLICT (kind, day) DO UPDATE SET last = number_series.last + 1 RETURNING last"
    ).bindparams(bindparam("kind", type_=NumberSeries.kind.type), bindparam("day", type_=Date()))
)


def next_number(connection: Connection, series: Series, day: date) -> str:
    """``JC-20260105-0001``, inside the caller's transaction; others wait at this row."""
    last = NEXT_NUMBER.first(connection, {"kind": series, "day": day})
    return f"{prefix(series, day)}{last:0{DIGITS}d}"


def prefix(series: Series, day: date) -> str:
    """What stands before the numbers of a day, such as ``JC-20260105-``."""
    return f"{series.prefix}-{day:%Y%m%d}-"
