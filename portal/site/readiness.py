"""Whether the parts are there and in step."""

from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from portal.plans import catalogue
from portal.search.index import SearchIndex


def check(index: SearchIndex) -> dict[str, Any]:
    """What each part says: ``ready`` when the database answers and the index has its release."""
    try:
        release = catalogue.current_release()
    except SQLAlchemyError:
        return {"ready": False, "database": "unreachable", "release": None, "index": index.release}
    index.catch_up(0)  # whoever asks again and again need not wait
    return {
        "ready": index.release == release,
        "database": "ok",
        "release": release,
        "index": index.release,
    }
