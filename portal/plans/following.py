"""What follows from the record is brought in step after it: the snapshot that readers see, and the index."""

import threading

from flask import Flask, current_app

from portal.snapshot.keeping import Snapshot


def follow() -> None:
    """Bring both in step with what has just been published; failures are logged, and made good later.

    Both at once: neither needs the other, and a server's index is written by another process meanwhile.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    snapshot: Snapshot = app.extensions["snapshot"]
    beside = threading.Thread(target=_index, args=(app,), name="search-follow")
    beside.start()
    snapshot.catch_up()
    beside.join()


def _index(app: Flask) -> None:
    with app.app_context():
        app.extensions["search"].catch_up()
