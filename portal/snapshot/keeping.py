"""The snapshots of this installation, kept in step with the record by themselves."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.cores import on_any
from portal.locks import held
from portal.progress import Progress
from portal.snapshot.building import Builder
from portal.snapshot.files import (
    DAMAGED,
    INDEX,
    MOST_ORIGINS,
    SITE,
    About,
    Edition,
    folder_of,
    inode,
    read_about,
)
from portal.snapshot.pages import Contents
from portal.snapshot.release import ReleaseReader
from portal.snapshot.rendering import Application, Renderer
from portal.snapshot.work import TooMuch

logger = logging.getLogger(__name__)

# Seconds between two looks for a release, and that who has published waits for another one's building.
WATCH, WAIT = 0.25, 5.0
# Pages that a serving process makes by itself; more are made by processes of their own.
MOST = 400
# Seconds after a failure before it is tried again.
PAUSE = 10.0
# Seconds after a release until what nobody waits for is made: often another one follows.
QUIET = 2.0


class Snapshot:
    """Pages that are ready, for each of ``origins``.

    ``application`` makes the pages, ``contents`` tells which there are, ``close_connections`` is called
    before other processes begin as copies of this one.
    """

    def __init__(
        self,
        folder: Path,
        program: str,
        newest: ReleaseReader,
        contents: Contents,
        application: Application,
        close_connections: Callable[[], None],
        origins: Iterable[str] = (),
    ) -> None:
        self._folder, self._program, self._newest = folder, program, newest
        self._contents, self._application = contents, application
        self._close_connections = close_connections
        self.origins = list(origins)
        # Called when a snapshot has changed, for those who read it.
        self.changed: Callable[[], None] = lambda: None
        # Set where requests are answered: what all pages take is not kept there.
        self.builds_apart = False
        self._last: Edition | None = None
        self._quiet_at = 0.0

    def want(self, origin: str) -> None:
        """Look after the snapshot of another origin too, up to a number of them."""
        if origin not in self.origins and len(self.origins) < MOST_ORIGINS:
            self.origins.append(origin)

    def build(self, origin: str, progress: Progress | None = None) -> int:
        """Bring the snapshot of an origin in step, after another process that is about it; gives how many
        pages were made. Files that are missing or damaged are made anew, too.

        Raises:
            ValueError: that is no origin.
            RenderingError: a page cannot be made now.
            OSError: the files cannot be written.
        """
        self._contents.prepare()
        with self._builder(origin, float("inf")) as builder:
            processes = os.cpu_count() or 1
            return builder.build(self._newest.now, None, progress, processes, self._before_copies, check=True)

    def _before_copies(self) -> None:
        self._newest.close()
        self._close_connections()

    def catch_up(self, *origins: str) -> bool:
        """Bring the snapshots of some or all origins in step, as who has published does before telling so.

        What takes long, or fails, is left to ``watch``: then it is not done, and Flask answers until it is.
        """
        done = True
        for origin in origins or list(self.origins):
            try:
                done &= self._try(origin, WAIT)
            except TooMuch:
                done = False
        return done

    def watch(self) -> None:
        """Look for releases, and bring the snapshots in step with them; never ends."""
        while True:
            went_well = [self._look_after(origin) for origin in list(self.origins)]
            time.sleep(WATCH if all(went_well) else PAUSE)

    def _look_after(self, origin: str) -> bool:
        """Whether all is well. What readers wait for comes first; what nobody waits for comes when no release
        has come for a moment, and ends for one that comes meanwhile.
        """
        try:
            if not self.in_step(origin, whole=False):
                self._contents.prepare()
                if not (self._try(origin, check=not self._is_there(origin)) and self._is_there(origin)):
                    return False
            return not self._is_quiet() or self.in_step(origin) or self._try(origin, whole=True)
        except TooMuch:
            return self._in_another_process(origin) and self._is_there(origin)

    def _is_quiet(self) -> bool:
        edition, now = self._newest.known(), time.monotonic()
        if edition != self._last:
            self._last, self._quiet_at = edition, now + QUIET
        return now >= self._quiet_at

    def in_step(self, origin: str, whole: bool = True) -> bool:
        """Whether the snapshot is of the record's edition and this program, and is there; ``whole``: with the
        pages that may be made later.
        """
        newest, about = self._newest.known(), read_about(folder_of(self._folder, origin))
        is_newest = about is not None and about[:2] == (newest, self._program) and about.whole >= whole
        return newest is None or (is_newest and self._is_there(origin, about))

    def _is_there(self, origin: str, about: About | None = None) -> bool:
        """Whether no file is known to be damaged or missing."""
        folder = folder_of(self._folder, origin)
        about = about or read_about(folder)
        if about and about.site != inode(folder / SITE):
            return False
        return (folder / SITE / INDEX).exists() and not (folder / DAMAGED).exists()

    def _try(self, origin: str, seconds: float = 0, *, whole: bool = False, check: bool = False) -> bool:
        """Whether it went well, or is somebody else's, who has still not done it after so many seconds.

        Raises:
            TooMuch: it takes long, so that it is for a process of its own.
        """
        try:
            with self._builder(origin, seconds) as builder:
                begins = not self.builds_apart
                builder.build(self._newest.now, MOST, begins=begins, whole=whole, check=check)
        except BlockingIOError:
            return True
        except TooMuch:
            raise
        except Exception:
            logger.exception("The snapshot could not be brought up to date")
            return False
        return True

    def _in_another_process(self, origin: str) -> bool:
        """Whether it went well, or is somebody else's."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "site", "snapshot", "--origin", origin]
        try:
            with held(folder_of(self._folder, origin) / "process.lock", 0) as mine, on_any():
                return (
                    not mine
                    or subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0
                )
        except OSError:
            logger.exception("The snapshot could not be made by a process of its own")
            return False

    @contextmanager
    def _builder(self, origin: str, seconds: float) -> Iterator[Builder]:
        """What builds, while nobody else does.

        Raises:
            BlockingIOError: somebody else is building after so many seconds.
        """
        folder = folder_of(self._folder, origin)
        renderer = Renderer(self._application, origin, folder / SITE)
        with held(folder / "lock", seconds) as mine:
            if not mine:
                raise BlockingIOError(f"another process is building the snapshot of {origin}")
            yield Builder(folder, self._contents, renderer, self._program, self.changed)
