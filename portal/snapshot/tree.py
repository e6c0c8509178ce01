"""The snapshot of one origin as a worker reads it.

Pages are read from the page cache, which all workers share. Those that were read last are kept as well, since
asking the system for anything has a thread wait for its turn again; how much is kept does not grow with the
pages or the plans. Files are read and not mapped: a mapped file that somebody cuts short ends the process.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from portal.snapshot.files import (
    ABOUT,
    DAMAGED,
    ENDINGS,
    META,
    SITE,
    Edition,
    checksum,
    file_of,
    inode,
    read_about,
    read_meta,
)
from portal.snapshot.headers import ReadyHeaders

logger = logging.getLogger(__name__)

# Bytes of pages that a worker keeps, and the largest page among them.
KEPT, LARGEST = 4 * 1024 * 1024, 512 * 1024
# What is counted for a page beside its bytes.
OVERHEAD = 2048
# Seconds that a look at the files holds; those that are started together tell each other of a change at once.
HOLDS = 0.03
# What a 304 leaves out: it tells of a body that is not there.
OF_A_BODY = {"Content-Type", "Content-Encoding", "Content-Length"}


class Form(NamedTuple):
    """A page in one encoding: its bytes, its headers, and those of a 304."""

    content: bytes
    etag: str
    headers: ReadyHeaders
    unchanged: ReadyHeaders


class Tree:
    """The snapshot in a folder. ``newest`` tells the edition of the record, or None when nobody can say;
    ``program`` is what the pages must have been made by; ``changes`` are bytes that are others when a process
    that was started together with this one has changed a snapshot.
    """

    def __init__(
        self, folder: Path, program: str, newest: Callable[[], Edition | None], changes: Callable[[], bytes]
    ) -> None:
        self._folder, self._about, self._site = folder, str(folder / ABOUT), folder / SITE
        self._damaged = folder / DAMAGED
        self._program, self._newest, self._changes = program, newest, changes
        self._in_step, self._look_again_at, self._seen = False, float("-inf"), b""
        self._signature: tuple[int, int, int] | None = None
        self._made_at = 0
        self._edition: Edition | None = None
        self._inode = 0
        self._lock = threading.Lock()
        # By address and what the request says of encodings; the first was put there first.
        self._forms: dict[tuple[str, str], Form] = {}
        self._size = 0

    def in_step(self) -> bool:
        """Whether the pages are those of the record's edition, made by this program."""
        if self._in_step and time.monotonic() < self._look_again_at and self._changes() == self._seen:
            return True
        seen = self._changes()
        self._in_step = self._look()
        self._seen, self._look_again_at = seen, time.monotonic() + HOLDS
        return self._in_step

    def find(self, address: str, accepted: str) -> Form | None:
        """A page in the best of the accepted encodings that it is kept in; None when Flask has to answer."""
        if not self.in_step():
            return None
        return self._forms.get((address, accepted)) or self._read(address, accepted)

    def _look(self) -> bool:
        try:
            status = os.stat(self._about)
        except OSError:
            return False
        signature = status.st_ino, status.st_ctime_ns, status.st_size
        if signature != self._signature:
            about = read_about(self._folder)
            with self._lock:
                self._forms, self._size = {}, 0
                self._edition = about.edition if about and about.program == self._program else None
                self._inode = about.site if about else 0
                self._signature, self._made_at = signature, status.st_ctime_ns
        if self._edition is None or inode(self._site) != self._inode:
            return False
        return self._newest() in (self._edition, None)

    def _read(self, address: str, accepted: str) -> Form | None:
        """A page from its files, unless they are not what was written."""
        name, edition = file_of(address), self._edition
        if name is None:
            return None
        meta = read_meta(self._site / name)
        if meta is None:
            if (self._site / f"{name}{META}").exists():
                self._tell_of(address)
            return None
        for encoding in encodings(accepted):
            if encoding not in meta.checksums:
                continue
            content = self._read_file(f"{self._site}/{name}{ENDINGS[encoding]}")
            if content is None or checksum(content) != meta.checksums[encoding]:
                self._tell_of(address)
                return None
            headers = [*meta.headers, ("ETag", meta.etags[encoding]), ("Content-Length", str(len(content)))]
            if encoding != "identity":
                headers.append(("Content-Encoding", encoding))
            unchanged = ReadyHeaders(header for header in headers if header[0] not in OF_A_BODY)
            form = Form(content, meta.etags[encoding], ReadyHeaders(headers, len(content)), unchanged)
            self._keep((address, accepted), form, edition)
            return form
        return None

    def _read_file(self, path: str) -> bytes | None:
        """A file that is there, and was last touched before ``about.json`` was written: who copies an older
        page over it, with all that belongs to it, changes that.
        """
        try:
            with open(path, "rb", buffering=0) as file:
                is_ours = os.fstat(file.fileno()).st_ctime_ns <= self._made_at
                return file.read() if is_ours else None
        except OSError:
            return None

    def _tell_of(self, address: str) -> None:
        """Have a damaged page made anew, unless it is being replaced just now."""
        if self._look() and not self._damaged.exists():
            logger.warning("The files of %s are damaged, and are made anew", address)
            with suppress(OSError):
                self._damaged.touch()

    def _keep(self, key: tuple[str, str], form: Form, edition: Edition | None) -> None:
        """Keep what was read, unless there has been a change since."""
        with self._lock:
            if edition != self._edition or len(form.content) > LARGEST or key in self._forms:
                return
            self._forms[key] = form
            self._size += len(form.content) + OVERHEAD
            while self._size > KEPT:
                oldest = self._forms.pop(next(iter(self._forms)))
                self._size -= len(oldest.content) + OVERHEAD


@lru_cache(maxsize=256)
def encodings(accepted: str) -> tuple[str, ...]:
    """The encodings to try for an ``Accept-Encoding`` header, the best first (RFC 9110, 12.5.3)."""
    given: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        key, _, value = parameters.strip().partition("=")
        try:
            given[name.strip()] = float(value) if key.strip() == "q" else 1.0
        except ValueError:
            given[name.strip()] = 0.0
    given.pop("", None)
    others = given.get("*", 0.0)
    quality = {name: given.get(name, others) for name in ("br", "gzip")}
    # Whoever says nothing of it takes a page as it is, though not before what was asked for.
    plain = given.get("identity", others if "*" in given else None)
    quality["identity"] = min(quality.values()) / 2 if plain is None else plain
    usable = [name for name in quality if quality[name] > 0 or (name == "identity" and plain is None)]
    return tuple(sorted(usable, key=lambda name: -quality[name]))
