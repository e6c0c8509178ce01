"""What the portal's submissions are measured against: take a form in, insert one row, commit, answer 303.

``gunicorn tests.bench.inserting:bare`` is WSGI alone, ``…:route`` the same in a Flask route. The database is
that of ``BENCH_DATABASE``; SQLite and PostgreSQL keep what is committed as safely as they do for the portal.
"""

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import psycopg
import pysqlite3.dbapi2 as sqlite
from flask import Flask, redirect, request
from werkzeug.wrappers import Response

COLUMNS = ("error_type", "page_url", "page_title", "description", "name", "contact")
TABLE = f"CREATE TABLE IF NOT EXISTS posts (id {{}}, {', '.join(f'{name} TEXT' for name in COLUMNS)})"
INSERT = f"INSERT INTO posts ({', '.join(COLUMNS)}) VALUES ({{}}) RETURNING id"

URL = os.environ.get("BENCH_DATABASE", "")
_local = threading.local()


def connect(url: str = URL) -> Any:
    """A connection to the database, with the table."""
    if url.startswith("sqlite:///"):
        connection = sqlite.connect(url.removeprefix("sqlite:///"), timeout=30, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(TABLE.format("INTEGER PRIMARY KEY"))
        return connection
    connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
    connection.execute("SELECT pg_advisory_lock(1)")
    connection.execute(TABLE.format("SERIAL PRIMARY KEY"))
    connection.execute("SELECT pg_advisory_unlock(1)")
    return connection


def insert(form: Mapping[str, str]) -> int:
    """One row in one commit; its number."""
    if not hasattr(_local, "connection"):
        _local.connection = connect()
    values = [form.get(name, "") for name in COLUMNS]
    mark = "?" if URL.startswith("sqlite") else "%s"
    statement = INSERT.format(", ".join([mark] * len(COLUMNS)))
    if mark == "%s":
        return int(_local.connection.execute(statement, values).fetchone()[0])
    _local.connection.execute("BEGIN IMMEDIATE")
    number = _local.connection.execute(statement, values).fetchone()[0]
    _local.connection.execute("COMMIT")
    return int(number)


def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI and nothing else."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if not body:
        start_response("200 OK", [("Content-Length", "0")])
        return []
    number = insert(dict(parse_qsl(body.decode(), keep_blank_values=True)))
    start_response("303 See Other", [("Location", f"/posts/{number}"), ("Content-Length", "0")])
    return []


route = Flask(__name__)


@route.route("/", methods=["GET", "POST"])
def post() -> Response | str:
    """The same, as Flask does it."""
    if not request.form:
        return ""
    number = insert(request.form)
    return redirect(f"/posts/{number}", 303)
