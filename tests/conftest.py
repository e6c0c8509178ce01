"""Fixtures for all tests: real parts, each in a place of its own."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, Page

from portal import create_app
from portal.database import db
from portal.schema import alembic
from tests.support.browser import Visitor, assert_accessible, chromium
from tests.support.client import CheckingClient, sign_in
from tests.support.server import ROOT, Server, free_port, serving
from tests.support.services import Mailbox, Postgres, mail_server, private_postgres, private_redis
from tests.support.waiting import eventually

# How long an example takes says more about the machine's load than about the code.
hypothesis_settings.register_profile("portal", deadline=None)
hypothesis_settings.load_profile("portal")

for _name in [name for name in os.environ if name.startswith("PORTAL_")]:
    del os.environ[_name]


class MakeApp(Protocol):
    """Makes an application; keyword arguments are settings (see ``portal.config``)."""

    def __call__(self, **settings: Any) -> Flask: ...


class NewPage(Protocol):
    """Opens a browser tab as a reader of its own, or in the session of another page."""

    def __call__(self, *, javascript: bool = True, width: int = 1366, height: int = 768) -> Page: ...


class CompiledTemplates(BytecodeCache):
    """Templates are compiled once for all applications of a run, which would each take a while."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled from the same source."""
        if code := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


def build(folder: Path, **settings: Any) -> Flask:
    """An application whose files are all under ``folder``; guards that count are off unless asked for, and
    hashing a password is quick.
    """
    defaults: dict[str, Any] = {
        "secret_key": "only for these tests",
        "instance": folder / "instance",
        "search_index": folder / "search_index",
        "rate_limits": "off",
    }
    app = create_app(**(defaults | settings))
    app.config["TESTING"] = True
    app.test_client_class = CheckingClient
    app.jinja_env.bytecode_cache = COMPILED
    app.extensions["security"].pwd_context.update(argon2__rounds=1, argon2__memory_cost=64)
    return app


def close(app: Flask) -> None:
    """Give back every database connection; the searches that wait are counted before."""
    app.extensions["tally"].write()
    app.extensions["snapshot"]._newest.close()
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def migrate(app: Flask) -> None:
    """Build the tables by the migrations."""
    with app.app_context():
        alembic().upgrade()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    app = build(folder)
    migrate(app)
    close(app)
    return folder / "instance" / "portal.sqlite3"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A private PostgreSQL."""
    with private_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with all tables and no rows, to be copied."""
    name = postgres.create()
    app = build(tmp_path_factory.mktemp("migrated"), database_url=postgres.url(name))
    migrate(app)
    close(app)
    return name


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a private Redis."""
    with private_redis() as url:
        yield url


@pytest.fixture
def make_app(tmp_path: Path, migrated_sqlite: Path) -> Iterator[MakeApp]:
    """A factory of applications. Without a ``database_url`` or ``instance`` they share one fresh
    migrated SQLite database.
    """
    made: list[Flask] = []
    (tmp_path / "instance").mkdir()
    shutil.copy(migrated_sqlite, tmp_path / "instance" / "portal.sqlite3")

    def make(**settings: Any) -> Flask:
        made.append(build(tmp_path, **settings))
        return made[-1]

    yield make
    for app in made:
        close(app)


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """The application on a fresh migrated SQLite database; nothing is published in it."""
    return make_app()


@pytest.fixture(scope="session")
def published_files(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Path:
    """The files of an application with the first plan imported from its source document, to be copied."""
    folder = tmp_path_factory.mktemp("published")
    (folder / "instance").mkdir()
    shutil.copy(migrated_sqlite, folder / "instance" / "portal.sqlite3")
    app = build(folder, content=folder / "content")
    imported = app.test_cli_runner().invoke(
        args=["plan", "import", str(ROOT / "seeds" / "2023-work-plan.txt")]
    )
    assert imported.exit_code == 0, imported.output
    close(app)
    return folder


@pytest.fixture
def published_app(make_app: MakeApp, published_files: Path, tmp_path: Path) -> Flask:
    """The application with the first plan, imported and indexed."""
    shutil.copytree(published_files, tmp_path, dirs_exist_ok=True)
    return make_app(content=tmp_path / "content")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_app(request: pytest.FixtureRequest, make_app: MakeApp) -> Iterator[Flask]:
    """The same on each of the two databases."""
    if request.param == "sqlite":
        yield make_app()
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create(request.getfixturevalue("migrated_postgres"))
    app = make_app(database_url=postgres.url(name))
    yield app
    close(app)
    postgres.drop(name)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without a browser: every HTML answer is checked."""
    return app.test_client()


@pytest.fixture
def staff_client(app: Flask) -> FlaskClient:
    """A signed-in moderator (``MODERATOR``), beside ``client`` on the same ``app``."""
    return sign_in(app)


@pytest.fixture
def smtp() -> Iterator[Mailbox]:
    """A receiving mail server: ``url``, ``messages``, ``refused``."""
    with mail_server(free_port()) as mailbox:
        yield mailbox


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The portal with its plan, served by gunicorn: ``url`` and ``flask(…)``. It is shared by all tests."""
    with serving(tmp_path_factory.mktemp("server")) as server:
        # Whoever is asked before all are there is soon replaced, and ends the connections that browsers keep.
        eventually(server.complete)
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, for the whole run."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def new_page(browser: Browser, server: Server) -> Iterator[NewPage]:
    """Opens tabs on ``server``; a complaint on the console or a breach of the CSP fails the test."""
    visitors: list[Visitor] = []

    def open_page(*, javascript: bool = True, width: int = 1366, height: int = 768) -> Page:
        visitors.append(Visitor(browser, server.url, javascript=javascript, width=width, height=height))
        return visitors[-1].open_page()

    yield open_page
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """One tab with JavaScript on a laptop's screen."""
    return new_page()


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """``axe(page)`` fails when axe-core finds anything."""
    return assert_accessible
