from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.plans import publishing
from tests.conftest import MakeApp
from tests.plans.test_reading import SEED


@pytest.fixture
def published(app: Flask, tmp_path: Path) -> Flask:
    with app.app_context():
        publishing.import_document(SEED, tmp_path / "content")
    return app


def test_alive_says_so_without_a_database(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(database_url=f"sqlite:///{tmp_path}/nowhere/portal.sqlite3")
    client = app.test_client()
    assert client.get("/healthz").get_json() == {"status": "alive"}
    response = client.get("/readyz")
    assert (response.status_code, response.get_json()["database"]) == (503, "unreachable")


def test_ready_when_the_index_has_the_release(published: Flask) -> None:
    response = published.test_client().get("/readyz")
    assert (response.status_code, response.get_json()) == (
        200,
        {"ready": True, "database": "ok", "release": 1, "index": 1},
    )


def test_not_ready_when_the_index_cannot_be_built(published: Flask, tmp_path: Path) -> None:
    (tmp_path / "search_index").write_text("a file where the folder should be")
    response = published.test_client().get("/readyz")
    assert (response.status_code, response.get_json()["index"]) == (503, None)


def test_a_site_without_plans_says_so(client: FlaskClient) -> None:
    assert "还没有" in client.get("/").text
    assert client.get("/api/v1/plans").get_json() == {"plans": []}


def test_an_unreachable_database_is_a_page_that_helps(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(database_url=f"sqlite:///{tmp_path}/nowhere/portal.sqlite3")
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    response = app.test_client().get("/")
    assert response.status_code == 503
    assert "网站暂时打不开" in response.text
    assert "sqlite" not in response.text.lower()
    assert response.headers["Content-Security-Policy"]


def test_prepare_twice_changes_nothing(app: Flask) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(args=["site", "prepare"])
    assert first.exit_code == 0, first.output
    assert first.stdout.count("one-time password: ") == 1
    again = runner.invoke(args=["site", "prepare"])
    assert (again.exit_code, again.stdout) == (0, "")


def test_an_error_is_logged_without_its_address(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setattr("portal.feedback.receipts.by_key", lambda key: 1 / 0)
    assert app.test_client().get("/feedback/receipt/a-secret-key").status_code == 500
    assert "feedback.receipt" in caplog.text
    assert "a-secret-key" not in caplog.text
