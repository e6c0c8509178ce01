"""The tables, brought up to date by Alembic: for commands alone, so that no server loads it (10 MB)."""

import logging

from flask import current_app
from flask_alembic import Alembic

from portal.database import Model


def alembic() -> Alembic:
    """Alembic for the application at hand."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if "alembic" not in app.extensions:
        Alembic(app, metadatas=Model.metadata, run_mkdir=False, command_name="")
        logging.getLogger("alembic").setLevel(logging.WARNING)
    found: Alembic = app.extensions["alembic"]
    return found
