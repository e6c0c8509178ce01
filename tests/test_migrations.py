"""The migrations build both databases from nothing, and build what the models say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect

from portal.database import Model, db
from portal.schema import alembic
from tests.conftest import MakeApp
from tests.support.services import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_app(request: pytest.FixtureRequest, make_app: MakeApp, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database without a single table."""
    if request.param == "sqlite":
        yield make_app(database_url=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create()
    yield make_app(database_url=postgres.url(name))
    postgres.drop(name)


def test_from_nothing_to_the_models_and_no_further(empty_app: Flask) -> None:
    with empty_app.app_context():
        alembic().upgrade()
        assert set(inspect(db.engine).get_table_names()) == {*Model.metadata.tables, "alembic_version"}
        assert alembic().compare_metadata() == []
        alembic().upgrade()


def test_there_is_one_line_of_migrations(app: Flask) -> None:
    with app.app_context():
        assert len(alembic().heads()) == 1
