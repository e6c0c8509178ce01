"""The folder of the index: a pointer to the parts in use, checked before use and replaced in one step."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POINTER = "current"
LOCK = "lock"
PREFIX = "part-"
POLL_SECONDS = 0.05
# A reader may hold a pointer whose files have just been replaced: it then reads the pointer again.
ATTEMPTS = 3

Stamp = tuple[int, int, int]
Checksums = dict[str, str]


@dataclass(frozen=True)
class Stored:
    """An index as it was read: what it was built from, and its parts.

    ``parts`` are the files of each part by name, or None for a part that the reader has already;
    ``checksums`` tells the files of each part, in order.
    """

    record: str
    release: int
    contents: Any
    checksums: dict[str, Checksums]
    parts: dict[str, dict[str, bytes] | None]


class IndexFolder:
    """Where an index is kept. ``schema`` is the version of its form: other forms are not read."""

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self.schema = schema

    def stamp(self) -> Stamp | None:
        """Changes whenever another index is put in use; None without any."""
        return _stamp(self.path / POINTER)

    def stamps(self, checksums: dict[str, Checksums]) -> list[Stamp | None]:
        """Changes whenever any file of the index in use is written to, or is gone."""
        files = (self.path / part / name for part, names in checksums.items() for name in names)
        return [self.stamp(), *map(_stamp, files)]

    def load(self, known: Container[str] = ()) -> Stored | None:
        """Read the index in use but for the parts ``known``; None when it is missing, incomplete, damaged or
        of another form.
        """
        for _ in range(ATTEMPTS):
            stamp = self.stamp()
            try:
                return self._load(known)
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                if stamp is None or stamp == self.stamp():
                    return None
        return None

    def _load(self, known: Container[str]) -> Stored:
        checksum, _, content = (self.path / POINTER).read_bytes().partition(b"\n")
        if hashlib.sha256(content).hexdigest().encode() != checksum:
            raise ValueError("damaged")
        pointer = json.loads(content)
        if pointer["schema"] != self.schema:
            raise ValueError("another form")
        parts = {
            part: None if part in known else self._read(part, checksums)
            for part, checksums in pointer["parts"].items()
        }
        return Stored(pointer["record"], pointer["release"], pointer["contents"], pointer["parts"], parts)

    def _read(self, part: str, expected: Checksums) -> dict[str, bytes]:
        files = {name: (self.path / part / name).read_bytes() for name in expected}
        if checksums_of(files) != expected:
            raise ValueError("damaged")
        return files

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

    def add(self, write: Callable[[Path], None]) -> tuple[str, Checksums]:
        """Let ``write`` fill the folder of a new part, which is not in use yet. The caller holds the lock."""
        part = f"{PREFIX}{secrets.token_hex(8)}"
        folder = self.path / part
        folder.mkdir()
        try:
            write(folder)
            return part, checksums_of({path.name: path.read_bytes() for path in folder.iterdir()})
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def use(self, record: str, release: int, parts: dict[str, Checksums], contents: Any) -> None:
        """Put parts in use, and remove all others. The caller holds the lock."""
        pointer = {
            "schema": self.schema,
            "record": record,
            "release": release,
            "parts": parts,
            "contents": contents,
        }
        content = json.dumps(pointer, ensure_ascii=False, separators=(",", ":")).encode()
        temporary = self.path / f"{POINTER}.new"
        temporary.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        os.replace(temporary, self.path / POINTER)
        for other in self.path.glob(f"{PREFIX}*"):
            if other.name not in parts:
                shutil.rmtree(other, ignore_errors=True)


def checksums_of(files: dict[str, bytes]) -> Checksums:
    """The SHA-256 of each file."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
