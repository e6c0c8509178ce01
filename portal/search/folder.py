"""The folder of the index: a pointer to the parts in use, checked before use and replaced in one step."""

import hashlib
import json
import mmap
import os
import secrets
import shutil
from collections.abc import Callable, Container, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.locks import held
from portal.search.packed import Data

POINTER = "current"
LOCK = "lock"
# Of those who put parts together: they hold the other one only when they are ready.
TIDY_LOCK = "lock-tidy"
PREFIX = "part-"
# A reader may hold a pointer whose files have just been replaced: it then reads the pointer again.
ATTEMPTS = 3

Stamp = tuple[int, int, int]
Checksums = dict[str, str]


@dataclass(frozen=True)
class Stored:
    """An index as it was read: what it was built from, and its parts.

    ``parts`` are the files of each part by name, mapped, or None for a part that the reader has already;
    ``checksums`` tells the files of each part, in order.
    """

    record: str
    release: int
    contents: Any
    checksums: dict[str, Checksums]
    parts: dict[str, dict[str, Data] | None]


class IndexFolder:
    """Where an index is kept. ``schema`` is the version of its form: other forms are not read."""

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self.schema = schema

    def stamp(self) -> Stamp | None:
        """Changes whenever another index is put in use; None without any."""
        return _stamp(self.path / POINTER)

    def stamps(self, part: str, files: Iterable[str]) -> list[Stamp | None]:
        """Changes whenever any file of a part is written to, or is gone."""
        return [_stamp(self.path / part / name) for name in files]

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
            part: None if part in known else self.read(part, checksums)
            for part, checksums in pointer["parts"].items()
        }
        return Stored(pointer["record"], pointer["release"], pointer["contents"], pointer["parts"], parts)

    def read(self, part: str, expected: Checksums) -> dict[str, Data]:
        """The files of a part, checked and mapped.

        Raises:
            OSError, ValueError: it is incomplete or damaged.
        """
        return {name: _mapped(self.path / part / name, checksum) for name, checksum in expected.items()}

    def locked(self, seconds: float, name: str = LOCK) -> AbstractContextManager[bool]:
        """Hold the lock of those who build, or another; False when someone still has it after ``seconds``.

        Raises:
            OSError: the folder cannot be written.
        """
        return held(self.path / name, seconds)

    def add(self, write: Callable[[Path], None]) -> tuple[str, Checksums]:
        """Let ``write`` fill the folder of a new part, which is not in use yet. The caller holds the lock."""
        part = f"{PREFIX}{secrets.token_hex(8)}"
        folder = self.path / part
        folder.mkdir()
        try:
            write(folder)
            return part, {path.name: _checksum(path) for path in folder.iterdir()}
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def use(self, record: str, release: int, parts: dict[str, Checksums], contents: Any) -> None:
        """Put parts in use. The caller holds the lock."""
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

    def sweep(self, parts: Container[str]) -> None:
        """Remove all parts but these. The caller holds both locks: nobody is writing another part."""
        for other in self.path.glob(f"{PREFIX}*"):
            if other.name not in parts:
                shutil.rmtree(other, ignore_errors=True)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mapped(path: Path, checksum: str) -> Data:
    """A file that is what it was when it was written. It is read for that through a buffer: only what is used
    of it later is mapped.
    """
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != checksum:
            raise ValueError("damaged")
        size = os.fstat(file.fileno()).st_size
        return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b""


def was_written_to(before: Sequence[Stamp | None], after: Sequence[Stamp | None]) -> bool:
    """Whether any of the files is the same, with something else in it."""
    pairs = zip(before, after, strict=True)
    return any(one and other and one != other and one[0] == other[0] for one, other in pairs)


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
