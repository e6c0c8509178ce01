"""The whole public site as files, for any web server (``docs/operations.md`` has the rules for one).

    DIR/
        index.html .gz .br          pages by their addresses, as in a snapshot, and the same compressed
        api/v1/….json
        static/
        plans/<plan>.txt …          downloads
        404.html                    for addresses that lead nowhere
        export.json                 the mark of an export: such a folder may be replaced

What is the same in the export before is linked and not written again. The new folder takes the place of the
old one in one step.
"""

import ctypes
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from flask import current_app
from werkzeug.test import EnvironBuilder, run_wsgi_app

from portal.compression import LEAST, encoded
from portal.config import Settings
from portal.locks import held
from portal.progress import Progress
from portal.snapshot.files import ENDINGS, META, NEW, SITE, checksum, folder_of

MARK = "export.json"
# Downloads: those that are made at once, and those that take seconds each.
QUICK, SLOW = ("txt", "md", "json", "epub"), ("pdf", "docx")
TEXTS = {".css", ".js", ".svg", ".txt", ".md", ".json", ".html"}
# In a snapshot all that belongs to one plan lies in its folder; a web server looks for it by its address.
OF_A_PLAN = re.compile(r"plans/([^/]+)/(api\.json|qr\.svg)((?:\.gz|\.br)?)")
ADDRESSES = {"api.json": "api/v1/plans/{}.json", "qr.svg": "plans/{}.qr.svg"}
# An address that no page has, and the sentence of its answer that names it.
NOWHERE, NAMED = "/404", re.compile(rb"<p>[^<]*<code class=\"asked\">[^<]*</code></p>")
# Seconds for which somebody who makes pages is waited for.
PATIENCE = 60.0
# Of renameat2(2).
AT_FDCWD, RENAME_EXCHANGE = -100, 2


class ExportError(Exception):
    """There is no export, and nothing was changed; the message is one line."""


@dataclass
class Exported:
    """How many files an export holds, and how many of them are new or have changed."""

    files: int = 0
    written: int = 0


# A file by its name in the export; it is asked for when its turn comes.
Source = tuple[str, Callable[[], bytes]]


def export(folder: Path, origin: str, *, slow: bool = False, progress: Progress | None = None) -> Exported:
    """Write the site, whose snapshot is in step, as readers at ``origin`` see it: all of it or nothing.

    With ``slow``, PDF and Word files are there too.

    Raises:
        ExportError: the folder holds something else, or the portal failed over a file.
        OSError: files cannot be written.
    """
    folder = folder.resolve()
    refuse(folder)
    new = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        new.chmod(0o755)
        writer = _Writer(new, folder)
        sources = [*_static(), *_downloads(origin, slow), ("404.html", lambda: _nowhere(origin))]
        with held(folder_of(_settings().snapshot, origin) / "lock", PATIENCE) as mine:
            if not mine:
                raise ExportError("another process is making the pages: try again later")
            pages = list(_pages(origin))
            total = len(pages) + len(sources)
            for number, (name, path) in enumerate(pages, 1):
                writer.copy(name, path)
                if progress:
                    progress(number, total)
        for number, (name, make) in enumerate(sources, len(pages) + 1):
            writer.write(name, make())
            if progress:
                progress(number, total)
        (new / MARK).write_text(json.dumps({"origin": origin}), encoding="utf-8")
        _exchange(new, folder)
    finally:
        # By now it is what was there before.
        shutil.rmtree(new, ignore_errors=True)
    return writer.exported


def _settings() -> Settings:
    settings: Settings = current_app.config["PORTAL"]
    return settings


def refuse(folder: Path) -> None:
    """See to it that nothing but an earlier export is replaced.

    Raises:
        ExportError: the folder holds something else, or cannot be there.
    """
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{folder}: is a file")
    if not folder.parent.is_dir():
        raise ExportError(f"{folder.parent}: no such folder")
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise ExportError(f"{folder}: is not empty, and no earlier export")


class _Writer:
    """Fills a folder; what the folder before has already is taken from there."""

    def __init__(self, folder: Path, before: Path) -> None:
        self._folder, self._before = folder, before
        self.exported = Exported()

    def copy(self, name: str, path: Path) -> None:
        """A file of the snapshot, with its time."""
        about = path.stat()
        if not self._kept(name, about.st_size, int(about.st_mtime)):
            shutil.copy2(path, self._folder / name)

    def write(self, name: str, data: bytes) -> None:
        """A file with its compressed forms, where those are shorter."""
        self._write(name, data)
        if Path(name).suffix in TEXTS and len(data) >= LEAST:
            for encoding in ("br", "gzip"):
                if len(smaller := encoded(data, encoding)) < len(data):
                    self._write(name + ENDINGS[encoding], smaller)

    def _write(self, name: str, data: bytes) -> None:
        # As in a snapshot: the time is made of the content, so that it tells whether that has changed.
        seconds = int(checksum(data)[:8], 16) >> 1
        if not self._kept(name, len(data), seconds):
            (self._folder / name).write_bytes(data)
            os.utime(self._folder / name, (seconds, seconds))

    def _kept(self, name: str, size: int, seconds: int) -> bool:
        """Take a file from the folder before, if it is the same there."""
        self.exported.files += 1
        (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            about = (self._before / name).stat()
            if (about.st_size, int(about.st_mtime)) == (size, seconds):
                os.link(self._before / name, self._folder / name)
                return True
        except FileNotFoundError:
            pass
        self.exported.written += 1
        return False


def _pages(origin: str) -> Iterator[tuple[str, Path]]:
    site = folder_of(_settings().snapshot, origin) / SITE
    for path in sorted(site.rglob("*")):
        if path.is_file() and path.suffix not in (META, NEW):
            name = str(path.relative_to(site))
            yield name, path
            if found := OF_A_PLAN.fullmatch(name):
                yield ADDRESSES[found[2]].format(found[1]) + found[3], path


def _static() -> Iterator[Source]:
    folder = Path(current_app.static_folder or "")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield f"static/{path.relative_to(folder)}", path.read_bytes
    yield "favicon.ico", (folder / "favicon.ico").read_bytes


def _downloads(origin: str, slow: bool) -> Iterator[Source]:
    site = folder_of(_settings().snapshot, origin) / SITE
    for page in sorted(site.glob("plans/*/api.json")):
        for form in (*QUICK, *(SLOW if slow else ())):
            address = f"/plans/{page.parent.name}.{form}"
            yield address[1:], lambda address=address: _asked(origin, address, 200)  # type: ignore[misc]


def _nowhere(origin: str) -> bytes:
    return NAMED.sub(b"", _asked(origin, NOWHERE, 404))


def _asked(origin: str, address: str, expected: int) -> bytes:
    """What the portal answers to a reader."""
    environ = EnvironBuilder(path=address, base_url=origin).get_environ()
    parts, status, _ = run_wsgi_app(current_app.wsgi_app, environ, buffered=True)
    if not status.startswith(str(expected)):
        raise ExportError(f"{address}: the portal answered {status}")
    return b"".join(parts)


def _exchange(new: Path, folder: Path) -> None:
    """Let a folder take the place of another, or of none, in one step."""
    if not (folder / MARK).exists():
        new.replace(folder)
        return
    system = ctypes.CDLL(None, use_errno=True)
    paths = (AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(folder))
    if system.renameat2(*paths, RENAME_EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(folder))
