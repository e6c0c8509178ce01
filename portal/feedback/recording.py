"""A new submission in the record: numbered, with the first event of its timeline.

SQLite works in this process, and gets three statements for each. PostgreSQL gets one for each, and all of
them together: every question is a way there and back, during which all others who send something wait.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, String, bindparam, cast, func, literal_column, select

from portal.database import Model
from portal.feedback.models import Event, EventKind, NumberSeries, Series, Submission
from portal.feedback.numbers import DIGITS, next_number, prefix
from portal.filters import local
from portal.prepared import Prepared, insert, with_defaults


class Recorded(NamedTuple):
    """What a submission is called, inside and outside."""

    id: int
    number: str


def record(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[Recorded]:
    """Insert submissions, numbered by the day on which they came, each with its first event. Until the commit
    everybody else who wants a number of these series waits.

    Raises:
        IntegrityError: one is there already.
    """
    if connection.dialect.name != "postgresql":
        return [_in_turn(connection, row) for row in rows]
    # In one order everywhere: who holds the row of one series waits for that of the next.
    order = sorted(range(len(rows)), key=lambda at: (rows[at]["kind"], _day(rows[at])))
    recorded = _at_once().rows(connection, [_known(rows[at]) for at in order])
    names = dict(zip(order, recorded, strict=True))
    return [Recorded(*names[at]) for at in range(len(rows))]


def _in_turn(connection: Connection, row: Mapping[str, Any]) -> Recorded:
    number = next_number(connection, Series(row["kind"]), _day(row))
    submission_id = insert(connection, Submission, number=number, **row)
    insert(connection, Event, submission_id=submission_id, **_event(row))
    return Recorded(submission_id, number)


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the statement that does all of it."""
    series, day = Series(row["kind"]), _day(row)
    event = {f"event_{name}": value for name, value in with_defaults(Event, _event(row)).items()}
    known = {"number_series": series, "number_day": day, "number_prefix": prefix(series, day)}
    return with_defaults(Submission, row) | event | known


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": EventKind.RECEIVED, "at": row["received_at"]}


def _day(row: Mapping[str, Any]) -> date:
    return local(row["received_at"]).date()


@cache
def _at_once() -> Prepared:
    """All of it for PostgreSQL: what the one part gives goes into the next."""
    # Two megabytes that nobody needs who has SQLite.
    from sqlalchemy.dialects.postgresql import insert as upsert

    new = upsert(NumberSeries).values(
        kind=bindparam("number_series"), day=bindparam("number_day"), last=literal_column("1")
    )
    more = {"last": NumberSeries.last + literal_column("1")}
    counted = new.on_conflict_do_update(index_elements=["kind", "day"], set_=more)
    series = counted.returning(cast(NumberSeries.last, String).label("last")).cte("series")
    width = func.greatest(func.length(series.c.last), literal_column(str(DIGITS)))
    number = bindparam("number_prefix", type_=String()) + func.lpad(
        series.c.last, width, literal_column("'0'")
    )

    row: dict[str, Any] = dict(_parameters(Submission)) | {"number": number}
    kept = upsert(Submission).from_select(list(row), select(*row.values()).select_from(series))
    submission = kept.returning(Submission.id, Submission.number).cte("submission")

    event: dict[str, Any] = dict(_parameters(Event, "event_")) | {"submission_id": submission.c.id}
    happened = upsert(Event).from_select(list(event), select(*event.values()))
    names = (select(column).scalar_subquery() for column in (submission.c.id, submission.c.number))
    return Prepared(happened.returning(*names))


def _parameters(model: type[Model], before: str = "") -> Iterator[tuple[str, BindParameter[Any]]]:
    for column in model.__table__.columns:
        if not column.primary_key:
            yield column.name, bindparam(before + column.name, type_=column.type)
