"""What follows from the record is brought in step after it: the snapshot that readers see, then the index."""

from flask import current_app

from portal.search.index import SearchIndex
from portal.snapshot.keeping import Snapshot


def follow() -> None:
    """Bring both in step with what has just been published; failures are logged, and made good later."""
    snapshot: Snapshot = current_app.extensions["snapshot"]
    index: SearchIndex = current_app.extensions["search"]
    snapshot.catch_up()
    index.catch_up()
