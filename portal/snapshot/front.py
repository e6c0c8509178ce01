"""The layer ahead of Flask: public pages that are ready go out as they lie on disk, all else goes on.

It keeps nothing of the pages in memory: they are read from the page cache, which all workers share, and what
is known of those that were read last is small. Files are read and not mapped: a mapped file that somebody
cuts short ends the process.
"""

import os
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from portal.config import Settings
from portal.snapshot import program
from portal.snapshot.files import (
    ABOUT,
    ENDINGS,
    SITE,
    About,
    Edition,
    Meta,
    checksum,
    file_of,
    folder_of,
    read_about,
    read_meta,
)
from portal.snapshot.headers import ReadyHeaders
from portal.snapshot.release import ReleaseReader

if TYPE_CHECKING:
    from flask import Flask

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Signature = tuple[int, int, int]

# Pages of which headers and checksums are kept in a worker: about a kilobyte each.
KEPT = 2048
# Origins of which one process knows the snapshot.
MOST_ORIGINS = 4
# By these a site without an address of its own may be somewhere else than it seems.
FORWARDED = frozenset(("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO"))
OK, NOT_MODIFIED = "200 OK", "304 Not Modified"
# What a 304 leaves out: it tells of a body that is not there.
OF_A_BODY = {"Content-Type", "Content-Encoding", "Content-Length"}


class Form(NamedTuple):
    """A page in one encoding: its file as it was when it was found undamaged, and its headers."""

    path: str
    signature: Signature
    etag: str
    headers: ReadyHeaders
    unchanged: ReadyHeaders


class Tree:
    """The snapshot of one origin, as one worker reads it. ``newest`` tells the edition of the record, or None
    when nobody can say; ``program`` is what the pages must have been made by.
    """

    def __init__(self, folder: Path, program: str, newest: Callable[[], Edition | None]) -> None:
        self._about_path, self._site = str(folder / ABOUT), folder / SITE
        self._folder, self._program, self._newest = folder, program, newest
        self._signature: Signature | None = None
        self._about: About | None = None
        # By address and the encodings that are asked for, as the request has them.
        self._forms: dict[tuple[str, str], Form] = {}

    def in_step(self) -> bool:
        """Whether the pages are those of the record's edition, made by this program."""
        try:
            signature = _signature(os.stat(self._about_path))
        except OSError:
            return False
        if signature != self._signature:
            self._about, self._forms = read_about(self._folder), {}
            self._signature = signature
        about = self._about
        return (
            about is not None and about.program == self._program and self._newest() in (about.edition, None)
        )

    def find(self, address: str, accepted: str, condition: str | None) -> tuple[Form, bytes | None] | None:
        """A page in the best of the accepted encodings that it is kept in; without its bytes where the
        ``condition`` (``If-None-Match``) names it. None when Flask has to answer.
        """
        if not self.in_step():
            return None
        form = self._forms.get((address, accepted))
        if form and condition is not None and matches(condition, form.etag):
            if _is_still(form):
                return form, None
        elif form and (read := _read(form.path)) and read[0] == form.signature:
            return form, read[1]
        found = self._look_up(address, accepted)
        if found and condition is not None and matches(condition, found[0].etag):
            return found[0], None
        return found

    def _look_up(self, address: str, accepted: str) -> tuple[Form, bytes] | None:
        """Find a page by its files, unless they are not what was written."""
        name = file_of(address)
        meta = read_meta(self._site / name) if name else None
        if meta is None:
            return None
        for encoding in encodings(accepted):
            path = f"{self._site}/{name}{ENDINGS[encoding]}"
            if encoding in meta.checksums and (read := _read(path)):
                signature, content = read
                if checksum(content) != meta.checksums[encoding]:
                    return None
                form = _form(path, signature, meta, encoding, len(content))
                if len(self._forms) >= KEPT:
                    self._forms = {}
                self._forms[address, accepted] = form
                return form, content
        return None


class Front:
    """A WSGI application: the pages of the snapshot, and the portal itself for everything else.

    The portal is made by ``create`` when it is first needed, or by ``begin``: it takes longer than a reader
    waits. Where the site has no address of its own, as on a machine for trying things, there is a snapshot
    for each origin by which it is asked for.
    """

    def __init__(self, settings: Settings, create: Callable[[], "Flask"]) -> None:
        self._create = create
        self._snapshot, self._origin = settings.snapshot, settings.site_url
        self._host = settings.site_url.partition("://")[2]
        self._program = program.stamp(settings)
        self._release = ReleaseReader(settings.database_url)
        self._trees: dict[str, Tree] = {}
        self._lock = threading.Lock()
        self._portal: Flask | None = None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if environ["REQUEST_METHOD"] in ("GET", "HEAD") and not environ["QUERY_STRING"]:
            tree, accepted = self._tree(environ), environ.get("HTTP_ACCEPT_ENCODING", "")
            condition = environ.get("HTTP_IF_NONE_MATCH")
            if tree and (found := tree.find(environ["PATH_INFO"], accepted, condition)):
                form, content = found
                if content is None:
                    start_response(NOT_MODIFIED, form.unchanged)
                    return ()
                start_response(OK, form.headers)
                return () if environ["REQUEST_METHOD"] == "HEAD" else (content,)
        return self.portal()(environ, start_response)

    def portal(self) -> "Flask":
        """The portal, made once."""
        if self._portal is None:
            with self._lock:
                if self._portal is None:
                    self._portal = self._create()
        return self._portal

    def begin(self) -> None:
        """In a process that serves: make the portal, and keep the snapshots in step, beside the requests."""
        threading.Thread(target=self._watch, name="snapshot", daemon=True).start()

    def _watch(self) -> None:
        snapshot = self.portal().extensions["snapshot"]
        for origin in list(self._trees):
            snapshot.want(origin)
        snapshot.watch()

    def _tree(self, environ: Environ) -> Tree | None:
        """The snapshot for the origin by which the site is asked for, if it may be one of ours."""
        host = environ.get("HTTP_HOST", "").lower()
        origin = self._origin or f"{environ['wsgi.url_scheme']}://{host}"
        if self._origin and host != self._host:
            return None
        if not self._origin and not FORWARDED.isdisjoint(environ):
            return None
        tree = self._trees.get(origin)
        if tree is None and len(self._trees) < MOST_ORIGINS:
            try:
                folder = folder_of(self._snapshot, origin)
            except ValueError:
                return None
            tree = self._trees[origin] = Tree(folder, self._program, self._release.known)
            if self._portal:
                self._portal.extensions["snapshot"].want(origin)
        return tree


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


def matches(condition: str, etag: str) -> bool:
    """Whether ``If-None-Match`` names the entity tag (RFC 9110, 13.1.2: compared weakly)."""
    return condition.strip() == "*" or any(
        one.strip().removeprefix("W/") == etag for one in condition.split(",")
    )


def _is_still(form: Form) -> bool:
    """Whether the file is as it was."""
    try:
        return _signature(os.stat(form.path)) == form.signature
    except OSError:
        return False


def _read(path: str) -> tuple[Signature, bytes] | None:
    """A file as it is now, or None."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        status = os.fstat(file)
        return _signature(status), os.read(file, status.st_size)
    except OSError:
        return None
    finally:
        os.close(file)


def _signature(status: os.stat_result) -> Signature:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _form(path: str, signature: Signature, meta: Meta, encoding: str, length: int) -> Form:
    etag = meta.etags[encoding]
    headers = [*meta.headers, ("ETag", etag), ("Content-Length", str(length))]
    if encoding != "identity":
        headers.append(("Content-Encoding", encoding))
    unchanged = [(name, value) for name, value in headers if name not in OF_A_BODY]
    return Form(path, signature, etag, ReadyHeaders(headers, length), ReadyHeaders(unchanged))
