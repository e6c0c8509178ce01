"""Which release the record has, asked of the database itself: nothing that this needs takes long to load."""

import threading
import time
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from portal.snapshot.files import Edition

QUERY = "SELECT record, number, published_at FROM releases"
# Seconds that an answer holds: so long may a worker show pages from before a release.
HOLDS = 0.05
# Seconds that a database may take, and for which one that failed is not asked again.
PATIENCE, PAUSE = 1, 1.0


class ReleaseReader:
    """Asks for the release over a connection of its own; safe to use from several threads."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._lock = threading.Lock()
        self._connection: Any = None
        self._known: Edition | None = None
        self._ask_at = float("-inf")

    def known(self) -> Edition | None:
        """The edition as it was a moment ago; the last known one while the database cannot be asked."""
        if time.monotonic() >= self._ask_at and self._lock.acquire(blocking=self._known is None):
            try:
                if time.monotonic() >= self._ask_at:
                    self._refresh()
            finally:
                self._lock.release()
        return self._known

    def now(self) -> Edition | None:
        """The edition at this moment, as ``known``."""
        with self._lock:
            self._refresh()
        return self._known

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        with suppress(Exception):
            self._connection.close()
        self._connection = None

    def _refresh(self) -> None:
        pause = HOLDS
        try:
            if self._connection is None:
                self._connection = _connect(self._url)
            row = self._connection.execute(QUERY).fetchone()
            self._known = row and Edition(str(row[0]), int(row[1]), str(row[2]))
        except Exception:  # each driver has errors of its own; pages go on being read without a database
            self._close()
            pause = PAUSE
        self._ask_at = time.monotonic() + pause


def _connect(url: str) -> Any:
    if url.startswith("sqlite"):
        from portal.sqlite import sqlite_driver

        # Reading makes no database where there is none.
        address = f"file:{quote(url.removeprefix('sqlite:///'))}?mode=rw"
        return sqlite_driver.connect(
            address, timeout=PATIENCE, check_same_thread=False, isolation_level=None, uri=True
        )
    import psycopg

    address = "postgresql://" + url.split("://", 1)[1]
    return psycopg.connect(address, autocommit=True, connect_timeout=PATIENCE + 1)
