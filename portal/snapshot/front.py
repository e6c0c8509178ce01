"""The layer ahead of Flask: public pages that are ready go out as they are, all else goes to the portal."""

import mmap
import os
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from portal.config import Settings
from portal.snapshot import program
from portal.snapshot.files import MOST_ORIGINS, folder_of
from portal.snapshot.release import ReleaseReader
from portal.snapshot.tree import Tree

if TYPE_CHECKING:
    from flask import Flask

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

# By these a site without an address of its own may be somewhere else than it seems.
FORWARDED = frozenset(("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO"))
OK, NOT_MODIFIED = "200 OK", "304 Not Modified"


class Front:
    """A WSGI application: the pages of the snapshot, and the portal itself for everything else.

    The portal is made by ``create`` when it is first needed, or by ``begin``: it takes longer than a reader
    waits. Where the site has no address of its own, as on a machine for trying things, there is a snapshot
    for each origin by which it is asked for.
    """

    def __init__(
        self, settings: Settings, create: Callable[[], "Flask"], rehearse: Callable[["Flask"], None]
    ) -> None:
        self._create, self._rehearse = create, rehearse
        self._snapshot, self._origin = settings.snapshot, settings.site_url
        self._host = settings.site_url.partition("://")[2]
        self._program = program.stamp(settings)
        self._release = ReleaseReader(settings.database_url)
        self._trees: dict[str, Tree] = {}
        # Memory of this process and all that begin as copies of it.
        self._changes = mmap.mmap(-1, 8)
        self._lock = threading.Lock()
        self._portal: Flask | None = None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        method = environ["REQUEST_METHOD"]
        if method in ("GET", "HEAD") and not environ["QUERY_STRING"] and (tree := self._tree(environ)):
            form = tree.find(environ["PATH_INFO"], environ.get("HTTP_ACCEPT_ENCODING", ""))
            if form:
                condition = environ.get("HTTP_IF_NONE_MATCH")
                if condition is not None and matches(condition, form.etag):
                    start_response(NOT_MODIFIED, form.unchanged)
                    return ()
                start_response(OK, form.headers)
                return () if method == "HEAD" else (form.content,)
        return self.portal()(environ, start_response)

    def portal(self) -> "Flask":
        """The portal, made once."""
        if self._portal is None:
            with self._lock:
                if self._portal is None:
                    portal = self._create()
                    snapshot, search = portal.extensions["snapshot"], portal.extensions["search"]
                    snapshot.changed = self._tell
                    snapshot.builds_apart = search.builds_apart = True
                    self._portal = portal
        return self._portal

    def prepare(self) -> None:
        """In a process that others begin as copies of: make the portal, and have it used by ``rehearse``."""
        self._rehearse(self.portal())

    def begin(self) -> None:
        """In a process that serves: make the portal, and keep the snapshots in step, beside the requests."""
        threading.Thread(target=self._watch, name="snapshot", daemon=True).start()

    def _watch(self) -> None:
        snapshot = self.portal().extensions["snapshot"]
        for origin in list(self._trees):
            snapshot.want(origin)
        snapshot.watch()

    def _tell(self) -> None:
        self._changes[:] = os.urandom(8)

    def _told(self) -> bytes:
        return self._changes[:]

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
            tree = self._trees[origin] = Tree(folder, self._program, self._release.known, self._told)
            if self._portal:
                self._portal.extensions["snapshot"].want(origin)
        return tree


def matches(condition: str, etag: str) -> bool:
    """Whether ``If-None-Match`` names the entity tag (RFC 9110, 13.1.2: compared weakly)."""
    return condition.strip() == "*" or any(
        one.strip().removeprefix("W/") == etag for one in condition.split(",")
    )
