"""What the portal's pages are measured against, as WSGI applications without the portal.

``BENCH_PAGE`` is a folder with the bytes of the page (``page.html``), the headers that the portal sends with
them (``headers.json``) and the chapter as data (``chapter.json``). Django's own file is beside this one: it
runs in an environment of its own.
"""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, render_template

FOLDER = Path(os.environ["BENCH_PAGE"])
PAGE = (FOLDER / "page.html").read_bytes()
CHAPTER: dict[str, Any] = json.loads((FOLDER / "chapter.json").read_text(encoding="utf-8"))
TYPE = "text/html; charset=utf-8"
MINIMAL = [("Content-Type", TYPE), ("Content-Length", str(len(PAGE)))]
DRESSED = [tuple(pair) for pair in json.loads((FOLDER / "headers.json").read_text(encoding="utf-8"))]


def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Ready bytes and nothing else: what gunicorn itself costs."""
    start_response("200 OK", MINIMAL[:])
    return [PAGE]


def dressed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The same with all headers that the portal sends."""
    start_response("200 OK", DRESSED[:])
    return [PAGE]


ready = Flask("ready", static_folder=None)
ready.add_url_rule("/<path:address>", "page", lambda address: (PAGE, {"Content-Type": TYPE}))

rendered = Flask("rendered", static_folder=None, template_folder=str(FOLDER))
rendered.add_url_rule("/<path:address>", "page", lambda address: render_template("chapter.html", **CHAPTER))
