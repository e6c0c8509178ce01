"""Imports never undo an accepted correction: neither a file of the content folder, nor a document."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.database import db
from portal.plans import catalogue, exporting, publishing
from portal.plans.conflicts import CorrectionsLost, Version, conflicts
from portal.plans.content import digest
from portal.plans.correcting import TextChanged
from portal.plans.models import Page, Revision
from tests.plans.correcting import correct, rewrite_file, snapshot, source, withdraw
from tests.plans.test_publishing import write
from tests.plans.test_reading import DOCUMENT

LONGER = DOCUMENT.replace("正文二。", "推进布署工作。\n另一段文字。")


@pytest.fixture
def content(app: Flask, tmp_path: Path) -> Path:
    """The content folder of ``app``, with one plan that is published from a document beside it."""
    folder = tmp_path / "content"
    app.config["PORTAL"].content = folder
    with app.app_context():
        publishing.import_document(write(tmp_path, LONGER), folder)
    return folder


def import_files(content: Path) -> tuple[str, ...]:
    return publishing.import_content([content / "plan"])[0].changed


def state() -> tuple[object, ...]:
    pages = db.session.execute(select(Page.number, Page.imported_sha256, Page.withdrawn_at).order_by(Page.id))
    return catalogue.current_release(), db.session.scalar(select(func.count(Revision.id))), tuple(pages)


def the_file_is(content: Path, page: str = "1") -> None:
    assert (content / "plan" / f"{page}.md").read_text(encoding="utf-8") == source(page)


def test_a_correction_survives_every_start(app: Flask, content: Path) -> None:
    with app.app_context():
        correct("s1-2-p1", "布署", "部署")
        for _ in range(2):
            prepared = app.test_cli_runner().invoke(args=["site", "prepare"])
            assert (prepared.exit_code, prepared.stderr) == (0, "")
        assert "推进部署工作" in source("1")
        assert "推进布署工作" in (content / "plan" / "1.md").read_text(encoding="utf-8")


def test_an_edited_file_that_lacks_a_correction_is_refused_whole(app: Flask, content: Path) -> None:
    with app.app_context():
        number = correct("s1-2-p1", "布署", "部署")
        rewrite_file(content / "plan" / "1.md", "另一段文字。", "改过的文字。")
        rewrite_file(content / "plan" / "2.md", "章首段落", "章首新段落")
        # A good plan beside it is not imported either.
        (content / "other").mkdir()
        for file in (content / "plan").iterdir():
            text = file.read_text(encoding="utf-8").replace("某局要点", "另一要点")
            (content / "other" / file.name).write_text(text, encoding="utf-8")
        before, files = state(), snapshot(content)
        result = app.test_cli_runner().invoke(args=["plan", "import", str(content)])
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.splitlines() == [
            "plan/1#s1-2-p1",
            "  last imported: 推进布署工作。",
            f"  published, {number}: 推进部署工作。",
            "  to be imported: 推进布署工作。",
            f"Error: {content}/plan: it would undo {number} on page 1: move the edited files away, run "
            '"flask plan export plan", make the edit again in the exported file, and import it; '
            f"or withdraw {number} at the desk",
        ]
        assert (state(), snapshot(content)) == (before, files)
        start = app.test_cli_runner().invoke(args=["site", "prepare"])
        assert (start.exit_code, start.stderr.count("\n")) == (1, 1)
        assert f"undo {number}" in start.stderr
        # What the line says is a way on.
        (content / "plan" / "1.md").unlink()
        export = app.test_cli_runner().invoke(args=["plan", "export", "plan"])
        assert "2.md was edited and not imported" in export.stderr
        (content / "plan" / "2.md").unlink()
        assert app.test_cli_runner().invoke(args=["plan", "export", "plan"]).exit_code == 0
        rewrite_file(content / "plan" / "1.md", "另一段文字。", "改过的文字。")
        assert import_files(content) == ("1",)
        assert "推进部署工作" in source("1")
        assert "改过的文字" in source("1")


def test_a_file_that_holds_the_correction_is_taken(app: Flask, content: Path) -> None:
    with app.app_context():
        correct("s1-2-p1", "布署", "部署")
        rewrite_file(content / "plan" / "1.md", "推进布署工作", "推进部署工作")
        release = catalogue.current_release()
        assert import_files(content) == ()  # it is what is published: no release
        assert catalogue.current_release() == release
        sha = db.session.scalar(select(Page.imported_sha256).where(Page.number == "1"))
        assert sha == digest(source("1").encode())
        rewrite_file(content / "plan" / "1.md", "另一段文字", "改过的文字")
        assert import_files(content) == ("1",)


def test_what_was_exported_may_be_edited_even_where_it_was_corrected(app: Flask, content: Path) -> None:
    with app.app_context():
        number = correct("s1-2-p1", "布署", "部署")
        exporting.export(content)
        rewrite_file(content / "plan" / "1.md", "推进部署工作", "全面推进部署")
        assert import_files(content) == ("1",)
        # But back to what it was is a withdrawal, which has a reason and is public.
        rewrite_file(content / "plan" / "1.md", "全面推进部署", "推进布署工作")
        rewrite_file(content / "plan" / "1.md", "另一段文字", "改过的文字")
        with pytest.raises(CorrectionsLost, match=f"withdraw {number} at the desk"):
            import_files(content)


def test_an_old_copy_of_the_files_undoes_nothing(app: Flask, content: Path) -> None:
    with app.app_context():
        old = (content / "plan" / "1.md").read_bytes()
        number = correct("s1-2-p1", "布署", "部署")
        exporting.export(content)
        (content / "plan" / "1.md").write_bytes(old)
        assert import_files(content) == ()
        assert "推进部署工作" in source("1")
        assert exporting.export(content)[0].written == 1
        (content / "plan" / "1.md").write_bytes(old)
        rewrite_file(content / "plan" / "1.md", "另一段文字", "改过的文字")
        with pytest.raises(CorrectionsLost, match=number):
            import_files(content)


def test_a_file_that_does_not_know_a_withdrawal_is_refused_and_one_that_does_is_not(
    app: Flask, content: Path
) -> None:
    with app.app_context():
        number = correct("s1-2-p1", "布署", "部署")
        exporting.export(content)
        withdraw(number)
        rewrite_file(content / "plan" / "1.md", "另一段文字", "改过的文字")
        with pytest.raises(CorrectionsLost, match=r"and import it$"):
            import_files(content)
        rewrite_file(content / "plan" / "1.md", "推进部署工作", "推进布署工作")
        assert import_files(content) == ("1",)


def test_a_file_goes_back_and_forth_where_nothing_was_corrected(app: Flask, content: Path) -> None:
    with app.app_context():
        for old, new in (("另一段", "第二段"), ("第二段", "另一段")):
            rewrite_file(content / "plan" / "1.md", old, new)
            assert import_files(content) == ("1",)


def test_a_document_read_again_leaves_corrections_alone(app: Flask, content: Path, tmp_path: Path) -> None:
    with app.app_context():
        correct("s1-2-p1", "布署", "部署")
        again = publishing.import_document(write(tmp_path, LONGER), content)
        assert again.changed == ()
        the_file_is(content)
        # A chapter that has changed is taken, beside the one that has not.
        changed = LONGER.replace("章首段落", "章首新段落")
        assert publishing.import_document(write(tmp_path, changed), content).changed == ("2",)
        the_file_is(content)
        assert "推进部署工作" in source("1")


def test_a_document_that_would_undo_a_correction_is_refused(
    app: Flask, content: Path, tmp_path: Path
) -> None:
    with app.app_context():
        number = correct("s1-2-p1", "布署", "部署")
        exporting.export(content)
        before, files = state(), snapshot(content)
        for text in (
            LONGER.replace("另一段文字", "改过的文字"),
            LONGER.replace("推进布署工作", "继续推进布署工作"),
            LONGER.replace("推进布署工作。", "完全不同的一段话，与此前毫无关系。"),
        ):
            result = app.test_cli_runner().invoke(args=["plan", "import", str(write(tmp_path, text))])
            assert result.exit_code == 1
            assert f"published, {number}: 推进部署工作。" in result.stderr
            assert result.stderr.splitlines()[-1].startswith(f"Error: {tmp_path}/plan.txt: it would undo")
            assert (state(), snapshot(content)) == (before, files)
        corrected = LONGER.replace("布署", "部署").replace("另一段文字", "改过的文字")
        assert publishing.import_document(write(tmp_path, corrected), content).changed == ("1",)
        the_file_is(content)


def test_a_page_with_a_correction_stays(app: Flask, content: Path, tmp_path: Path) -> None:
    with app.app_context():
        number = correct("s1-2-p1", "布署", "部署")
        exporting.export(content)
        whole = (content / "plan" / "plan.md").read_text(encoding="utf-8")
        rewrite_file(content / "plan" / "plan.md", "- '1'\n", "")
        before = state()
        with pytest.raises(CorrectionsLost, match=f"page 1 has corrections: withdraw {number} at the desk"):
            import_files(content)
        assert state() == before
        (content / "plan" / "plan.md").write_text(whole, encoding="utf-8")
        withdraw(number)
        rewrite_file(content / "plan" / "plan.md", "- '1'\n", "")
        assert import_files(content) == ("plan", "1")


def test_a_correction_during_an_import_waits_and_is_told(
    database_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, told = tmp_path / "content", []
    real = publishing.written_beside

    def run() -> None:
        with database_app.app_context():
            try:
                told.append(correct("s1-2-p1", "布署", "部署"))
            except TextChanged as error:
                told.append(error.page)

    corrector = Thread(target=run)

    @contextmanager
    def slowly(folder: Path, files: dict[str, str]) -> Iterator[Callable[[], None]]:
        # The import has read what is published, and has written nothing yet.
        corrector.start()
        corrector.join(0.7)
        assert corrector.is_alive()
        with real(folder, files) as put_in_place:
            yield put_in_place

    with database_app.app_context():
        publishing.import_document(write(tmp_path, LONGER), content)
        monkeypatch.setattr(publishing, "written_beside", slowly)
        path = write(tmp_path, LONGER.replace("另一段文字", "改过的文字"))
        assert publishing.import_document(path, content).changed == ("1",)
        monkeypatch.undo()
        corrector.join()
        assert told == ["1"]
        # With the new text it goes on, and the document that knows nothing of it does not.
        number = correct("s1-2-p1", "布署", "部署")
        with pytest.raises(CorrectionsLost, match=number):
            publishing.import_document(write(tmp_path, LONGER), content)
        assert "改过的文字" in source("1")


def page(text: str, extra: str = "") -> str:
    front = "---\nnumber: '1'\nlabel: 一、\ntitle: 章\nanchor: s1\n---\n\n"
    return front + f"{text}\n{{: #s1-p1 }}\n" + extra


def test_paragraphs_that_a_correction_adds_or_takes_away_count_too() -> None:
    added = page("原文", "\n新段\n{: #s1-p2 }\n")
    history = [Version(page("原文")), Version(added, "KW-1", stands=True)]
    lost = conflicts("plan/1", history, 0, page("改文"))
    assert [(one.anchor, one.imported, one.published, one.file) for one in lost] == [
        ("s1-p2", None, "新段", None)
    ]
    # Whoever has seen it may not silently take it away either.
    assert len(conflicts("plan/1", history, 1, page("改文"))) == 1
    assert conflicts("plan/1", history, 0, page("改文", "\n新段\n{: #s1-p2 }\n")) == []
    away = [Version(added), Version(page("原文"), "KW-1", stands=True)]
    assert [one.file for one in conflicts("plan/1", away, 0, added)] == ["新段"]
