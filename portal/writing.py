"""One transaction for all threads of a process that wait to write the same kind of thing."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask import current_app
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import TimeoutError

from portal import database
from portal.database import WRITING, db, turn
from portal.prepared import Prepared

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
Wanted = TypeVar("Wanted")
Write = Callable[[Connection, list[Any]], list[Any]]
# Where an application keeps its writers.
WRITERS = "portal.writers"
# Their lock on PostgreSQL is a number that nobody else takes: "portal" in ASCII.
ALONE = Prepared(text(f"SELECT pg_advisory_xact_lock({int.from_bytes(b'portal')})"))


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
        """Do what waits once nobody else writes, and what came until then as well: all of it, or nothing."""
        wishes: list[_Wish] = []
        connection = self._kept = self._kept or connect(self.engine)
        try:
            with connection.begin():
                wait_for_others(connection)
                with self._lock:
                    wishes += self.waiting
                    self.waiting.clear()
                results = self.write(connection, [wish.wanted for wish in wishes])
        except Exception as error:
            # The server may have ended the connection, or a transaction not have been taken back.
            self._close()
            logger.info("%d written one by one: %s", len(wishes), type(error).__name__)
        else:
            for wish, result in zip(wishes, results, strict=True):
                wish.result, wish.done = result, True
        finally:
            for wish in wishes:
                if not wish.leads:
                    wish.called.release()

    def _hang_up(self, *_: Engine) -> None:
        """Close the connection when nobody writes."""
        with turn():
            self._close()

    def _close(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.invalidate()
            kept.close()


def wait_for_others(connection: Connection) -> None:
    """Have those who write together in other processes end first: what comes meanwhile shares the next
    commit. On SQLite this has been done when a transaction that writes begins.
    """
    if connection.dialect.name == "postgresql":
        ALONE.first(connection, {})


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
