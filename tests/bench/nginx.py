"""nginx for the measurements: with the files of deploy/, and with no more than a static file needs."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.page import ADDRESS
from tests.support.nginx import in_front, plain


@contextlib.contextmanager
def serving(tree: Path, gunicorn_port: int, *, plainly: bool) -> Iterator[tuple[int, int]]:
    """Serve a snapshot; gives the port and the process that the others come from.

    Args:
        tree: the folder ``site`` of an origin.
        plainly: nginx's own static file instead: the chapter alone, with ``gzip_static`` and
            ``brotli_static`` and nothing else. It writes no log and sends no header of its own.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = (
            plain(folder, ADDRESS, tree / f"{ADDRESS[1:]}.html", "gzip_static on; brotli_static on;")
            if plainly
            else in_front(folder, tree, f"127.0.0.1:{gunicorn_port}")
        )
        with started as nginx:
            yield int(nginx.url.rpartition(":")[2]), nginx.pid
