"""Statements that are written out once, for what is done at each post: writing one out anew takes longer than
the database takes to do it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache
from typing import Any

import sqlalchemy
from sqlalchemy import ClauseElement, Connection, Dialect
from sqlalchemy.exc import DBAPIError

from portal.database import Model

Defaults = tuple[dict[str, Any], dict[str, Callable[[Any], Any]]]


class Prepared:
    """A statement that is written out once for a database, and then given to its driver as it is: for what is
    done at each post, where writing it out anew costs more than the database takes to do it.

    It sees nothing of objects that wait in a session.
    """

    def __init__(self, statement: ClauseElement, columns: Iterable[str] | None = None) -> None:
        self._statement, self._columns = statement, list(columns) if columns else None
        self._written: dict[str, tuple[str, list[tuple[str, Any]]]] = {}

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Execute it with values for all of its parameters; the first value that comes back.

        Raises:
            DBAPIError: the database refuses it.
        """
        row = self.rows(connection, [values])[0]
        return row[0] if row else None

    def rows(self, connection: Connection, many: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Execute it for each; the first row that comes back for each. PostgreSQL is asked for all at once.

        Raises:
            DBAPIError: the database refuses one.
        """
        dialect, driver = connection.dialect, connection.dialect.loaded_dbapi
        text, parameters = self._written.get(dialect.name) or self._write(dialect)
        given: list[Any] = []
        for values in many:
            made = {name: to(values[name]) if to else values[name] for name, to in parameters}
            given.append(tuple(made.values()) if dialect.positional else made)
        cursor: Any
        with closing(connection.connection.cursor()) as cursor:
            try:
                if len(given) > 1 and dialect.name == "postgresql":
                    cursor.executemany(text, given, returning=True)
                    return [(cursor.fetchone(), cursor.nextset())[0] for _ in given]
                return [(cursor.execute(text, one), cursor.fetchone())[1] for one in given]
            except driver.Error as error:
                raise DBAPIError.instance(
                    text, None, error, driver.Error, hide_parameters=True, dialect=dialect
                ) from error

    def _write(self, dialect: Dialect) -> tuple[str, list[tuple[str, Any]]]:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
        types = {name: parameter.type for parameter, name in compiled.bind_names.items()}
        names = compiled.positiontup or list(types)
        parameters = [(name, types[name].dialect_impl(dialect).bind_processor(dialect)) for name in names]
        self._written[dialect.name] = compiled.string, parameters
        return self._written[dialect.name]


def insert(connection: Connection, model: type[Model], **values: Any) -> int:
    """Insert one row, prepared, with the defaults of its columns; its id."""
    statement, _ = _insertion(model)
    return int(statement.first(connection, with_defaults(model, values)))


def with_defaults(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a new row: those given, and the defaults of the other columns but the primary key."""
    _, (constant, made) = _insertion(model)
    new = {name: make(None) for name, make in made.items() if name not in values}
    return {**constant, **new, **values}


@cache
def _insertion(model: type[Model]) -> tuple[Prepared, Defaults]:
    """The statement; the defaults that are values, and the functions that make the others."""
    table = model.__table__
    defaults: dict[str, Any] = {c.name: c.default for c in table.columns if not c.primary_key}
    made = {name: default.arg for name, default in defaults.items() if default and default.is_callable}
    constant = {name: default and default.arg for name, default in defaults.items() if name not in made}
    statement = sqlalchemy.insert(model).returning(*table.primary_key)
    return Prepared(statement, defaults), (constant, made)
