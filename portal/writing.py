"""Writing what comes often: prepared statements, and one transaction for all threads that wait to write."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar

import sqlalchemy
from flask import current_app
from sqlalchemy import ClauseElement, Connection, Dialect, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from portal import database
from portal.database import WRITING, Model, db, turn

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
Defaults = tuple[dict[str, Any], dict[str, Callable[[Any], Any]]]
Wanted = TypeVar("Wanted")
Write = Callable[[Connection, list[Any]], list[Any]]
# Where an application keeps its writers.
WRITERS = "portal.writers"


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(eq=False)
class _Wish:
    """What a thread wants written, and what came of it.

    ``called`` is let go once it was dealt with, or when its thread ``leads``, which writes for all.
    """

    wanted: Any
    called: threading.Lock = field(default_factory=_taken)
    leads: bool = False
    done: bool = False
    result: Any = None


class _Writer:
    """Who waits to write together, and the connection that this process keeps for them.

    One thread leads at a time. The others sleep until it has written for them: a lock that each of them took
    in its turn would wake one after another, only to find that all is done.
    """

    def __init__(self, engine: Engine, write: Write) -> None:
        self.engine, self.write = engine, write
        self.waiting: deque[_Wish] = deque()
        self._lock, self._is_led = threading.Lock(), False
        self._kept: Connection | None = None
        event.listen(engine, "engine_disposed", self._hang_up)

    def join(self, wish: _Wish) -> None:
        """Wait until the wish was dealt with, or until its thread is to lead.

        Raises:
            TimeoutError: it took longer than ``PATIENCE``.
        """
        with self._lock:
            self.waiting.append(wish)
            wish.leads, self._is_led = not self._is_led, True
        if wish.leads or wish.called.acquire(timeout=database.PATIENCE):
            return
        with self._lock:
            if wish in self.waiting and not wish.leads:
                self.waiting.remove(wish)
                raise TimeoutError("nobody wrote within half a minute")
        wish.called.acquire()

    def lead(self, wish: _Wish) -> None:
        """Write for all when it is this process's turn, and let the next one lead.

        Raises:
            TimeoutError: there was no turn within ``PATIENCE``.
        """
        try:
            with turn():
                self._write_all()
        finally:
            with self._lock:
                if wish in self.waiting:
                    self.waiting.remove(wish)
                self._is_led = bool(self.waiting)
                if self._is_led:
                    self.waiting[0].leads = True
                    self.waiting[0].called.release()

    def _write_all(self) -> None:
        """Do what waits: all of it, or nothing."""
        with self._lock:
            wishes = list(self.waiting)
            self.waiting.clear()
        try:
            self._write(wishes)
        finally:
            for wish in wishes:
                if not wish.leads:
                    wish.called.release()

    def _write(self, wishes: list[_Wish]) -> None:
        connection = self._kept = self._kept or connect(self.engine)
        try:
            with connection.begin():
                results = self.write(connection, [wish.wanted for wish in wishes])
        except Exception as error:
            # The server may have ended the connection, or a transaction not have been taken back.
            self._close()
            logger.info("%d written one by one: %s", len(wishes), type(error).__name__)
            return
        for wish, result in zip(wishes, results, strict=True):
            wish.result, wish.done = result, True

    def _hang_up(self, *_: Engine) -> None:
        """Close the connection when nobody writes."""
        with turn():
            self._close()

    def _close(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.invalidate()
            kept.close()


def connect(engine: Engine) -> Connection:
    """A connection that begins as writers do."""
    return engine.connect().execution_options(**WRITING[engine.dialect.name])


class Together(Generic[Wanted, Result]):
    """One way to write for all threads of a process that want it written at the same time: many at once share
    one lock and one commit, one alone waits for nobody.

    ``write`` writes a list of what is wanted, and gives what came of each. It runs in one of the threads.
    When it fails nothing of the transaction stays, and each is written anew by itself. So it changes nothing
    but the database, and is refused what was written already: a commit whose answer was lost may have been
    one.
    """

    def __init__(self, write: Callable[[Connection, list[Wanted]], list[Result]]) -> None:
        self._write = write

    def __call__(self, wanted: Wanted) -> Result:
        """Write it; what came of it, once that is committed.

        Raises:
            TimeoutError: it had no turn within ``PATIENCE``.
        """
        db.end_reading()
        writer, mine = self.writer(), _Wish(wanted)
        writer.join(mine)
        if mine.leads:
            writer.lead(mine)
        if mine.done:
            result: Result = mine.result
            return result
        with turn(), connect(writer.engine) as connection, connection.begin():
            return self._write(connection, [wanted])[0]

    def writer(self) -> _Writer:
        """Who writes for the application."""
        kept = current_app.extensions.setdefault(WRITERS, {})
        writer: _Writer = kept.get(self) or kept.setdefault(self, _Writer(db.engine, self._write))
        return writer


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
