"""The database: one session per request, one way to write, and what SQLite needs to be safe."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from inspect import iscoroutinefunction
from types import ModuleType
from typing import Any

from flask import Flask, g, has_app_context
from flask.sansio.app import App
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, Enum, MetaData, event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import TimeoutError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from portal.sqlite import sqlite_driver

logger = logging.getLogger(__name__)

# Seconds that a writer waits for SQLite's lock, and between two tries.
PATIENCE, PAUSE = 30, 0.001
BUSY = 5  # SQLITE_BUSY; what is more in a code says why
_writing = threading.Lock()

# How a writer begins. On PostgreSQL writers wait for each other row by row, and go on with what is there.
WRITING: dict[str, dict[str, Any]] = {
    "sqlite": {"sqlite_begin": "IMMEDIATE"},
    "postgresql": {"isolation_level": "READ COMMITTED"},
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite keeps it without the zone, PostgreSQL as timestamptz."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse what has no zone; give UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a timestamp without a zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


class Model(DeclarativeBase):
    """The base of all tables; names of constraints are fixed so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UTCDateTime,
        StrEnum: Enum(StrEnum, native_enum=False, length=20, values_callable=lambda names: list(names)),
    }


class Database(SQLAlchemy):
    """The extension without its asynchronous half: there are no such sessions here, and closing none of them
    would start an event loop at the end of every request.
    """

    def init_app(self, app: App) -> None:
        """Register on an application."""
        super().init_app(app)
        functions = app.teardown_appcontext_funcs
        functions[:] = [function for function in functions if not iscoroutinefunction(function)]

    def end_reading(self) -> None:
        """Have the session see what is committed from now on; who has none yet gets none for that."""
        if "_sqlalchemy_sessions" in g:
            self.session.rollback()


db = Database(session_options={"expire_on_commit": False})


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def engine_config(url: str) -> dict[str, Any]:
    """The options of the one engine for a database address."""
    # What is bound to a statement may be personal: it stays out of errors, and so out of the log.
    if url.startswith("sqlite"):
        special: dict[str, Any] = {"module": sqlite_driver, "connect_args": {"timeout": PATIENCE}}
    else:
        # Seconds: a server that is away holds nobody for minutes.
        special = {"connect_args": {"connect_timeout": 5}, "pool_timeout": 10, "pool_pre_ping": True}
        # As on SQLite: who only reads sees one moment, so that a page never mixes two releases.
        special["isolation_level"] = "REPEATABLE READ"
    # One for each thread of a worker, and some for those beside them; eight are kept.
    return {"url": url, "hide_parameters": True, "pool_size": 8, "max_overflow": 10, **special}


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether a SQLite release is free of the WAL-reset bug, which can lose committed rows when two
    processes write and checkpoint (fixed in 3.51.3, and in 3.50.7 and 3.44.6).
    """
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def prepare_engine(engine: Engine, driver: ModuleType = sqlite_driver) -> None:
    """Give SQLite the settings of a server: explicit BEGIN, full durability, foreign keys, and a
    write-ahead log where the library has no WAL-reset bug. On either database nobody waits for others longer
    than ``PATIENCE``.
    """
    if engine.dialect.name != "sqlite":
        event.listen(engine, "connect", _limit_waiting)
        return
    safe = wal_is_safe(driver.sqlite_version_info)
    journal = "WAL" if safe else "DELETE"
    if not safe:
        logger.warning("SQLite %s: rollback journal instead of WAL", driver.sqlite_version)

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (f"journal_mode={journal}", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("sqlite_begin") != "IMMEDIATE":
            connection.exec_driver_sql("BEGIN")
            return
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            if not _locked(cursor, driver):
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, for the error that says why
        finally:
            cursor.execute(f"PRAGMA busy_timeout={1000 * PATIENCE}")


def _limit_waiting(connection: DBAPIConnection, _: object) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute(f"SET lock_timeout = '{PATIENCE}s'")
    connection.commit()


def _locked(cursor: DBAPICursor, driver: ModuleType) -> bool:
    """Begin with SQLite's write lock, within ``PATIENCE``.

    SQLite itself sleeps longer after each try, up to a tenth of a second: among many writers the lock lies
    idle then, and some wait for seconds. Who asks each millisecond gets it about when it is free.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except driver.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != BUSY:
                break
            time.sleep(PAUSE)
        else:
            return True
    return False


@contextmanager
def turn() -> Iterator[None]:
    """One thread of this process at a time.

    Raises:
        TimeoutError: the others took longer than ``PATIENCE``.
    """
    if _writing.acquire(timeout=PATIENCE):
        try:
            yield
        finally:
            _writing.release()
    else:
        raise TimeoutError("no turn to write within half a minute")


def close_connections(app: Flask) -> None:
    """Close this thread's connection and those in no use, before other processes begin as copies of this one:
    whoever of them uses or lets go of a connection would do so for all.
    """
    if has_app_context():
        # A command's own session: what is asked in the copies would go through its connection.
        db.session.rollback()
    with app.app_context():
        db.engine.dispose()


@contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction on the request's session: committed at the end, rolled back on any error.

    It begins afresh, so that SQLite takes the write lock first (BEGIN IMMEDIATE) and nothing read
    before it can be stale. Domain verbs own it; what they call only adds to the session.

    Raises:
        RuntimeError: the session holds changes that no verb owns.
    """
    session = db.session
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("uncommitted changes before a transaction")
    session.rollback()
    database = session.get_bind().dialect.name
    # Where the database takes one writer at a time, so does each process.
    with turn() if database == "sqlite" else nullcontext():
        try:
            session.connection(execution_options=WRITING[database])
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
