"""The folder of the index: a pointer to the files in use, checked before use and replaced in one step."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

POINTER = "current.json"
LOCK = "lock"
PREFIX = "index-"
POLL_SECONDS = 0.05
# A reader may hold a pointer whose files have just been replaced: it then reads the pointer again.
ATTEMPTS = 3

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Stored:
    """An index as it was read: the record and release that it was built from, and its files by name."""

    record: str
    release: int
    files: dict[str, bytes]


class IndexFolder:
    """Where an index is kept. ``schema`` is the version of its form: other forms are not read."""

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self.schema = schema

    def stamp(self) -> Stamp | None:
        """Changes whenever another index is put in use; None without any."""
        try:
            status = (self.path / POINTER).stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def load(self) -> Stored | None:
        """Read the index in use; None when it is missing, incomplete, damaged or of another form."""
        for _ in range(ATTEMPTS):
            stamp = self.stamp()
            try:
                return self._load()
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                if stamp is None or stamp == self.stamp():
                    return None
        return None

    def _load(self) -> Stored:
        pointer = json.loads((self.path / POINTER).read_bytes())
        if pointer["schema"] != self.schema or not isinstance(pointer["release"], int):
            raise ValueError("another form")
        files = {name: (self.path / pointer["folder"] / name).read_bytes() for name in pointer["files"]}
        if checksums(files) != pointer["files"]:
            raise ValueError("damaged")
        return Stored(pointer["record"], pointer["release"], files)

    @contextmanager
    def locked(self, seconds: float) -> Iterator[bool]:
        """Hold the lock of those who build; False when someone else still has it after ``seconds``.

        Raises:
            OSError: the folder cannot be written.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + seconds
        with (self.path / LOCK).open("a") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        yield False
                        return
                    time.sleep(POLL_SECONDS)
                else:
                    break
            yield True

    def replace(self, record: str, release: int, write: Callable[[Path], None]) -> None:
        """Let ``write`` fill a new folder, put it in use, remove the others. The caller holds the lock."""
        folder = self.path / f"{PREFIX}{release}-{secrets.token_hex(4)}"
        folder.mkdir()
        try:
            write(folder)
            files = {path.name: path.read_bytes() for path in folder.iterdir()}
            pointer = {
                "schema": self.schema,
                "record": record,
                "release": release,
                "folder": folder.name,
                "files": checksums(files),
            }
            temporary = folder / POINTER
            temporary.write_text(json.dumps(pointer), encoding="ascii")
            os.replace(temporary, self.path / POINTER)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        for other in self.path.glob(f"{PREFIX}*"):
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)


def checksums(files: dict[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each file."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
