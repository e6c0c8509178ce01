"""Files that are made once a release, however many ask for them in how many processes."""

import fcntl
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO, NamedTuple

logger = logging.getLogger(__name__)

# Seconds that somebody waits for a file that is being made.
PATIENCE = 20.0
# Requests of one process that may wait or make; the other threads stay free for readers (gunicorn.conf.py).
ROOM = 6


class BusyError(Exception):
    """The file is still being made, or too many wait already."""


class Title(NamedTuple):
    """Which file: ``edition`` is its release, ``variant`` what else it depends on, ``form`` its ending."""

    plan: str
    edition: int
    variant: str
    form: str

    def __str__(self) -> str:
        return f"{self.plan}.{self.edition}.{self.variant}.{self.form}"


class Shelf:
    """A folder of files. It may be removed at any time, and need not be writable: then nothing is kept."""

    def __init__(self, folder: Path, patience: float = PATIENCE) -> None:
        self._folder = folder
        self._patience = patience
        self._room = BoundedSemaphore(ROOM)

    def fetch(self, title: Title, make: Callable[[], bytes]) -> BinaryIO:
        """The file, open to be read: it is made now unless it is there, or somebody else makes it.

        Only one file of a form is made at a time on this machine. What ``make`` raises is passed on, and
        nothing is kept.

        Raises:
            BusyError: another is being made, and was not done in time.
        """
        if there := self._find(title):
            return there
        if not self._room.acquire(blocking=False):
            raise BusyError
        try:
            with self._turn(title.form) as kept:
                return self._find(title) or self._made(title, make(), kept)
        finally:
            self._room.release()

    def _find(self, title: Title) -> BinaryIO | None:
        """The file, open: once it is, nobody can take it away."""
        try:
            return (self._folder / str(title)).open("rb")
        except OSError:
            return None

    @contextmanager
    def _turn(self, form: str) -> Iterator[bool]:
        """Wait for one's turn; gives whether files can be kept here."""
        try:
            self._folder.mkdir(exist_ok=True)
            lock = (self._folder / f"{form}.lock").open("w")
        except OSError as error:
            logger.warning("downloads are not kept: %s", error)
            yield False
            return
        with lock:
            end = time.monotonic() + self._patience
            while not _locked(lock.fileno()):
                if time.monotonic() > end:
                    raise BusyError
                time.sleep(0.05)
            yield True

    def _made(self, title: Title, data: bytes, kept: bool) -> BinaryIO:
        path = self._folder / str(title)
        unfinished = path.with_name(f"{title.plan}.{title.form}.unfinished")
        try:
            if kept:
                unfinished.write_bytes(data)
                unfinished.replace(path)
                self._clear(title)
                return path.open("rb")
        except OSError as error:
            logger.warning("a download is not kept: %s", error)
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        return BytesIO(data)

    def _clear(self, kept: Title) -> None:
        """Remove what the file has taken the place of; never a newer one, which another process made."""
        for path in self._folder.glob(f"{kept.plan}.*.*.{kept.form}"):
            edition = path.name.split(".")[1]
            if path.name != str(kept) and edition.isdecimal() and int(edition) <= kept.edition:
                path.unlink(missing_ok=True)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
