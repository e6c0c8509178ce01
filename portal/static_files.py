"""Static files: their addresses carry a version of the content, so that browsers may keep them for good."""

import os
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request

from portal.headers import ALWAYS_ASK, ONE_YEAR


def init_app(app: Flask) -> None:
    """Add ``?v=`` to the addresses of static files, and tell caches how long each answer holds."""

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and (found := version(values["filename"])):
            values.setdefault("v", found)

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code < 400:
            given = request.args.get("v")
            right = given is not None and given == version((request.view_args or {})["filename"])
            response.headers["Cache-Control"] = (
                f"public, max-age={ONE_YEAR}, immutable" if right else ALWAYS_ASK
            )
        return response


def version(filename: str) -> str | None:
    """What tells this content of a static file from any other; None when there is no such file.

    It is the same in every process and on every machine. The file is read again when it has changed.
    """
    file = f"{current_app.static_folder}/{filename}"
    try:
        about = os.stat(file)
        return _digest(file, about.st_mtime_ns, about.st_size)
    except OSError:
        return None


@lru_cache(maxsize=256)
def _digest(file: str, changed_at: int, size: int) -> str:
    return sha256(Path(file).read_bytes()).hexdigest()[:12]
