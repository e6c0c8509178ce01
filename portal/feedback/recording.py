"""A new submission in the record: numbered, with the first event of its timeline.

SQLite works in this process, and gets three statements. PostgreSQL gets one: each is a way there and back,
during which all others who send something wait.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, String, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.database import Model
from portal.feedback.models import Event, EventKind, NumberSeries, Series, Submission
from portal.feedback.numbers import DIGITS, next_number, prefix
from portal.writing import Prepared, insert, with_defaults


def record(connection: Connection, row: Mapping[str, Any], day: date) -> str:
    """Insert a submission of that day and its first event; its number. Until the commit everybody else who
    wants a number of its series waits.

    Raises:
        IntegrityError: the submission is there already.
    """
    series = Series(row["kind"])
    event = {"kind": EventKind.RECEIVED, "at": row["received_at"]}
    if connection.dialect.name == "postgresql":
        known = {"series": series, "day": day, "prefix": prefix(series, day)}
        happened = {f"event_{name}": value for name, value in with_defaults(Event, event).items()}
        return str(_at_once().first(connection, with_defaults(Submission, row) | happened | known))
    number = next_number(connection, series, day)
    submission_id = insert(connection, Submission, number=number, **row)
    insert(connection, Event, submission_id=submission_id, **event)
    return number


@cache
def _at_once() -> Prepared:
    """All of it for PostgreSQL: what the one part gives goes into the next."""
    new = upsert(NumberSeries).values(
        kind=bindparam("series"), day=bindparam("day"), last=literal_column("1")
    )
    more = {"last": NumberSeries.last + literal_column("1")}
    counted = new.on_conflict_do_update(index_elements=["kind", "day"], set_=more)
    series = counted.returning(cast(NumberSeries.last, String).label("last")).cte("series")
    width = func.greatest(func.length(series.c.last), literal_column(str(DIGITS)))
    number = bindparam("prefix", type_=String()) + func.lpad(series.c.last, width, literal_column("'0'"))

    row: dict[str, Any] = dict(_parameters(Submission)) | {"number": number}
    kept = upsert(Submission).from_select(list(row), select(*row.values()).select_from(series))
    submission = kept.returning(Submission.id, Submission.number).cte("submission")

    event: dict[str, Any] = dict(_parameters(Event, "event_")) | {"submission_id": submission.c.id}
    happened = upsert(Event).from_select(list(event), select(*event.values()))
    return Prepared(happened.returning(select(submission.c.number).scalar_subquery()))


def _parameters(model: type[Model], before: str = "") -> Iterator[tuple[str, BindParameter[Any]]]:
    for column in model.__table__.columns:
        if not column.primary_key:
            yield column.name, bindparam(before + column.name, type_=column.type)
