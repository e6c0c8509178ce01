"""What is exported is what an import takes: here, and in another installation."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.database import db
from portal.plans import catalogue, exporting, publishing
from portal.plans.models import Page
from portal.plans.rendering import render
from tests.conftest import build, close, migrate
from tests.plans.correcting import correct, rewrite_file, snapshot, withdraw
from tests.plans.test_publishing import write
from tests.plans.test_reading import DOCUMENT
from tests.support.server import ROOT

SEED = ROOT / "seeds" / "2023-work-plan.txt"


def published() -> dict[str, object]:
    """Every page of every plan: file, anchors, place."""
    found: dict[str, object] = {}
    for plan in catalogue.list_plans():
        found[plan.slug] = (plan.title, plan.issuer, plan.issued_on, plan.issued_on_text)
        for page in plan.pages:
            anchors = [block.anchor for block in render(page.source).blocks]
            found[f"{plan.slug}/{page.number}"] = (page.source, anchors)
    return found


@pytest.mark.usefixtures("postgres")
def test_what_is_exported_makes_the_same_site_elsewhere(
    database_app: Flask, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    content = tmp_path / "content"
    with database_app.app_context():
        publishing.import_document(SEED, content, "2023-work-plan")
        publishing.import_document(write(tmp_path, DOCUMENT), content)
        correct("s2-1-p1", "苏河湾功能区", "苏州河湾功能区\n另起一段", "2023-work-plan", "2")
        correct("s2", "引领静安", "引领全区", "2023-work-plan", "2")
        correct("s1-2", "标题二", "标题*二*与<b>", "plan", "1")
        withdraw(correct("s2-p1", "章首", "章前", "plan", "2"))
        exported = exporting.export(content)
        assert [(one.slug, one.written) for one in exported] == [("2023-work-plan", 1), ("plan", 1)]
        here = published()
        files = snapshot(content)
        assert [one.written for one in exporting.export(content)] == [0, 0]
        assert [one.changed for one in publishing.import_content([content / "plan"])] == [()]
    elsewhere = build(tmp_path / "elsewhere", content=content, **_fresh(database_app, request))
    migrate(elsewhere)
    with elsewhere.app_context():
        publishing.import_content([content / "2023-work-plan", content / "plan"])
        assert published() == here
        assert snapshot(content) == files
        assert exporting.export(tmp_path / "third")[0].written == 7
        assert snapshot(tmp_path / "third") == files
    close(elsewhere)


def _fresh(app: Flask, request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings of a database of the same kind with nothing in it."""
    if app.config["PORTAL"].database_url.startswith("sqlite"):
        return {}
    postgres = request.getfixturevalue("postgres")
    return {"database_url": postgres.url(postgres.create())}


def test_the_command_says_a_line_a_plan(app: Flask, tmp_path: Path) -> None:
    content = app.config["PORTAL"].content = tmp_path / "content"
    run = app.test_cli_runner().invoke
    assert run(args=["plan", "export"]).stdout == "no plan is published\n"
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), content)
        publishing.import_document(write(tmp_path, DOCUMENT, "other.txt"), content)
        assert run(args=["plan", "export"]).stdout == "other: nothing to write\nplan: nothing to write\n"
        correct("s1-2-p1", "正文二", "正文二号")
    assert run(args=["plan", "export", "other"]).stdout == "other: nothing to write\n"
    assert run(args=["plan", "export", "plan"]).stdout == "plan: 1 file written\n"
    (content / "plan" / "2.md").unlink()
    assert run(args=["plan", "export"]).stdout == "other: nothing to write\nplan: 1 file written\n"


@pytest.mark.parametrize(
    ("spoil", "arguments", "message"),
    [
        (lambda plan: None, ["nowhere"], "no plan is published as 'nowhere'"),
        (lambda plan: rewrite_file(plan / "1.md", "正文二", "改文二"), [], "was edited and not imported"),
        (lambda plan: rewrite_file(plan / "plan.md", "某局要点", "某局"), [], "was edited and not imported"),
        (lambda plan: write(plan, "x", "map.png"), ["plan"], "was edited and not imported"),
    ],
)
def test_nothing_is_written_over_what_was_not_imported(  # type: ignore[no-untyped-def]
    app: Flask, tmp_path: Path, spoil, arguments: list[str], message: str
) -> None:
    content = app.config["PORTAL"].content = tmp_path / "content"
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT, "a.txt"), content)
        publishing.import_document(write(tmp_path, DOCUMENT), content)
        correct("s1-1-p1", "正文", "文字", "a")
        correct("s1-1-p1", "正文", "文字")
        spoil(content / "plan")
        before = snapshot(content)
        known = list(db.session.scalars(select(Page.imported_sha256).order_by(Page.id)))
        result = app.test_cli_runner().invoke(args=["plan", "export", *arguments])
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
        assert message in result.stderr
        assert snapshot(content) == before
        assert list(db.session.scalars(select(Page.imported_sha256).order_by(Page.id))) == known


def test_a_full_disk_changes_nothing(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = app.config["PORTAL"].content = tmp_path / "content"
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), content)
        correct("s1-1-p1", "正文", "文字")
        before = snapshot(content)

        def full(path: Path, *args: object, **kwargs: object) -> int:
            raise OSError(28, "No space left on device", str(path))

        monkeypatch.setattr(Path, "write_text", full)
        result = app.test_cli_runner().invoke(args=["plan", "export"])
        monkeypatch.undo()
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
        assert "No space left" in result.stderr
        assert snapshot(content) == before


def test_a_plan_file_in_another_hand_is_no_edit(app: Flask, tmp_path: Path) -> None:
    content = tmp_path / "content"
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), content)
        rewrite_file(content / "plan" / "plan.md", "title: 某局要点", 'title: "某局要点"')
        assert publishing.import_content([content / "plan"])[0].changed == ()
        assert exporting.export(content)[0].written == 1


def test_a_page_that_was_taken_away_is_not_exported(app: Flask, tmp_path: Path) -> None:
    content = tmp_path / "content"
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), content)
        rewrite_file(content / "plan" / "plan.md", "- '2'\n", "")
        publishing.import_content([content / "plan"])
        exported = exporting.export(content)[0]
        assert (exported.written, exported.removed) == (0, 1)
        assert sorted(path.name for path in (content / "plan").iterdir()) == [
            "1.md", "plan.md", "preface.md",
        ]  # fmt: skip


def test_a_terminal_sees_how_far_it_is(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), tmp_path / "content")
    settings = app.config["PORTAL"]
    environment = os.environ | {
        "PORTAL_CONTENT": str(tmp_path / "content"),
        "PORTAL_INSTANCE": str(settings.instance),
        "PORTAL_SEARCH_INDEX": str(settings.search_index),
        "PORTAL_SECRET_KEY": "only for these tests",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "plan", "export"]
    master, terminal = pty.openpty()
    subprocess.run(command, env=environment, cwd=ROOT, stdout=terminal, check=True)
    os.close(terminal)
    shown = os.read(master, 10_000).decode()
    os.close(master)
    assert "Exporting" in shown
    assert "100%" in shown
    assert "plan: nothing to write" in shown
