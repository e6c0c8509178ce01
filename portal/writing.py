"""Writing what comes often: prepared statements, and one transaction for all threads that wait to write."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy
from sqlalchemy import ClauseElement, Connection, Dialect
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from portal.database import WRITING, Model, db, turn

Result = TypeVar("Result")


@dataclass(eq=False)
class _Wish:
    """What a thread wants written, as it would do it itself, and what came of it."""

    do: Callable[[Connection], Any]
    context: Context = field(default_factory=copy_context)
    done: bool = False
    result: Any = None


_waiting: "WeakKeyDictionary[Engine, deque[_Wish]]" = WeakKeyDictionary()


def together(do: Callable[[Connection], Result]) -> Result:
    """Do it in one write transaction with whatever other threads of this process wait to do, and give what
    it gives once that is committed: many at once share one lock and one commit, one alone waits for nobody.

    It runs in the context of its own request, maybe in another's thread. When any of them fails nothing of
    the transaction stays, and each is done anew in one of its own. So ``do`` changes nothing but the
    database, and is refused when it was done already: a commit whose answer was lost may have been one.

    Raises:
        TimeoutError: it had no turn within ``PATIENCE``.
    """
    db.session.rollback()
    engine, mine = db.engine, _Wish(do)
    waiting = _waiting.setdefault(engine, deque())
    waiting.append(mine)
    try:
        with turn():
            if mine in waiting:
                _write_all(engine, waiting)
            if not mine.done:
                with _writing(engine) as connection:
                    return do(connection)
    finally:
        if mine in waiting:
            waiting.remove(mine)
    result: Result = mine.result
    return result


def _write_all(engine: Engine, waiting: deque[_Wish]) -> None:
    """Do what waits: all of it, or nothing."""
    wishes = [waiting.popleft() for _ in range(len(waiting))]
    try:
        with _writing(engine) as connection:
            results = [wish.context.run(wish.do, connection) for wish in wishes]
    except Exception:
        if len(wishes) == 1:
            raise
        return
    for wish, result in zip(wishes, results, strict=True):
        wish.result, wish.done = result, True


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection.execution_options(**WRITING[engine.dialect.name])
        with connection.begin():
            yield connection


class Prepared:
    """A statement that is written out once for a database, and then given to its driver as it is: for what is
    done at each post, where writing it out anew costs more than the database takes to do it.

    It sees nothing of objects that wait in a session.
    """

    def __init__(self, statement: ClauseElement, columns: Iterable[str] | None = None) -> None:
        self._statement, self._columns = statement, list(columns) if columns else None
        self._written: dict[str, tuple[str, dict[str, Any]]] = {}

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Execute it with values for all of its parameters; the first value that comes back.

        Raises:
            DBAPIError: the database refuses it.
        """
        dialect, driver = connection.dialect, connection.dialect.loaded_dbapi
        text, parameters = self._written.get(dialect.name) or self._write(dialect)
        made = {name: to(values[name]) if to else values[name] for name, to in parameters.items()}
        with closing(connection.connection.cursor()) as cursor:
            try:
                cursor.execute(text, tuple(made.values()) if dialect.positional else made)
                row = cursor.fetchone()
            except driver.Error as error:
                raise DBAPIError.instance(
                    text, None, error, driver.Error, hide_parameters=True, dialect=dialect
                ) from error
        return row[0] if row else None

    def _write(self, dialect: Dialect) -> tuple[str, dict[str, Any]]:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
        types = {name: parameter.type for parameter, name in compiled.bind_names.items()}
        names = compiled.positiontup or list(types)
        parameters = {name: types[name].dialect_impl(dialect).bind_processor(dialect) for name in names}
        self._written[dialect.name] = compiled.string, parameters
        return self._written[dialect.name]


def insert(connection: Connection, model: type[Model], **values: Any) -> int:
    """Insert one row, prepared, with the defaults of its columns; its id."""
    statement, constant, made = _insertion(model)
    new = {name: make(None) for name, make in made.items() if name not in values}
    return int(statement.first(connection, constant | new | values))


@cache
def _insertion(model: type[Model]) -> tuple[Prepared, dict[str, Any], dict[str, Callable[[Any], Any]]]:
    """The statement, the defaults that are values, and the functions that make the others."""
    table = model.__table__
    defaults: dict[str, Any] = {c.name: c.default for c in table.columns if not c.primary_key}
    made = {name: default.arg for name, default in defaults.items() if default and default.is_callable}
    constant = {name: default and default.arg for name, default in defaults.items() if name not in made}
    return Prepared(sqlalchemy.insert(model).returning(*table.primary_key), defaults), constant, made
