"""Files that are made once a release, however many ask for them in how many processes."""

import fcntl
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import ExitStack, suppress
from io import BytesIO
from pathlib import Path
from threading import BoundedSemaphore, Thread
from typing import BinaryIO, NamedTuple

logger = logging.getLogger(__name__)

# Seconds that somebody waits for a file that is being made, and between two looks for it.
PATIENCE, LOOK = 20.0, 0.05
# Seconds for which a file that could not be made is not tried again.
REMEMBERED = 600
# Requests of one process that may wait; the other threads stay free for readers (gunicorn.conf.py).
ROOM = 6
# Files of a form that are made at the same time on this machine.
AT_ONCE = 2
# Files of a plan and form that are kept: each address of a site without one of its own has another.
KEPT = 4


class BusyError(Exception):
    """The file is still being made, or too many wait already."""


class FailedError(Exception):
    """The file could not be made, now or a short while ago; the log says why."""


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

        Only one file of a plan and form is made at a time on this machine, and two of a form. ``make`` runs
        in a thread of its own: it goes on when nobody waits for it any more.

        Raises:
            BusyError: it is not made yet.
            FailedError: it could not be made.
        """
        if there := self._find(title):
            return there
        if not self._room.acquire(blocking=False):
            raise BusyError
        try:
            self._folder.mkdir(exist_ok=True)
            return self._awaited(title, make)
        except OSError as error:
            logger.warning("downloads are not kept: %s", error)
            return BytesIO(_made(title, make))
        finally:
            self._room.release()

    def _find(self, title: Title) -> BinaryIO | None:
        """The file, open: once it is, nobody can take it away."""
        with suppress(OSError):
            return (self._folder / str(title)).open("rb")
        with suppress(OSError):
            if time.time() - self._mark(title).stat().st_mtime < REMEMBERED:
                raise FailedError
        return None

    def _mark(self, title: Title) -> Path:
        return self._folder / f"{title}.failed"

    def _awaited(self, title: Title, make: Callable[[], bytes]) -> BinaryIO:
        end, making = time.monotonic() + self._patience, None
        while time.monotonic() < end:
            if there := self._find(title):
                return there
            if making is None and (turn := self._turn(title)):
                making = self._begin(title, make, turn)
            if making is None:
                time.sleep(LOOK)
            elif wait([making], LOOK).done:
                return self._find(title) or BytesIO(making.result())
        raise BusyError

    def _turn(self, title: Title) -> ExitStack | None:
        """The locks for making the file, unless others have them; a process that ends leaves none behind."""
        places = (f"{title.form}.{number}" for number in range(AT_ONCE))
        with ExitStack() as held:
            if self._lock(held, f"{title.plan}.{title.form}") and any(
                self._lock(held, place) for place in places
            ):
                if there := self._find(title):  # made since it was last looked for
                    there.close()
                else:
                    return held.pop_all()
        return None

    def _lock(self, held: ExitStack, name: str) -> bool:
        lock = (self._folder / f"{name}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        held.enter_context(lock)
        return True

    def _begin(self, title: Title, make: Callable[[], bytes], turn: ExitStack) -> Future[bytes]:
        """Make and keep the file in a thread; its result is for the case that the file cannot be kept."""
        making: Future[bytes] = Future()

        def work() -> None:
            with turn:
                try:
                    data = _made(title, make)
                    self._keep(title, data)
                    making.set_result(data)
                except FailedError as error:
                    with suppress(OSError):
                        self._mark(title).touch()
                    making.set_exception(error)

        Thread(target=work, name=str(title), daemon=True).start()
        return making

    def _keep(self, title: Title, data: bytes) -> None:
        unfinished = self._folder / f"{title.plan}.{title.form}.unfinished"
        try:
            unfinished.write_bytes(data)
            unfinished.replace(self._folder / str(title))
            self._clear(title)
        except OSError as error:
            logger.warning("a download is not kept: %s", error)
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _clear(self, kept: Title) -> None:
        """Remove what is of earlier releases, and the oldest of the others: another process may have made a
        newer one.
        """
        others = []
        for path in self._folder.glob(f"{kept.plan}.*.*.{kept.form}*"):
            edition = path.name.split(".")[1]
            if edition.isdecimal() and int(edition) < kept.edition:
                path.unlink()
            else:
                others.append(path)
        others.sort(key=lambda path: path.stat().st_mtime_ns)
        for path in others[:-KEPT]:
            path.unlink()


def _made(title: Title, make: Callable[[], bytes]) -> bytes:
    try:
        return make()
    except Exception as error:
        logger.exception("%s cannot be made", title)
        raise FailedError from error
