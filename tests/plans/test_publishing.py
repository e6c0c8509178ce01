from itertools import count
from pathlib import Path
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.database import db
from portal.plans import catalogue, publishing
from portal.plans.content import read_folder
from portal.plans.editing import rewrite
from portal.plans.models import Page, Plan, Revision
from portal.plans.reading import DocumentError
from portal.plans.rendering import head, render
from tests.plans.correcting import correct, withdraw
from tests.plans.test_reading import DOCUMENT


def rows() -> tuple[int, ...]:
    return tuple(
        db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Plan, Page, Revision)
    )


def write(folder: Path, text: str, name: str = "plan.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_import_makes_files_and_revisions(database_app: Flask, tmp_path: Path) -> None:
    content = tmp_path / "content"
    with database_app.app_context():
        imported = publishing.import_document(write(tmp_path, DOCUMENT), content, "some-plan")
        assert (imported.changed, imported.release) == (("plan", "preface", "1", "2"), 1)
        assert rows() == (1, 3, 3)
        assert sorted(path.name for path in (content / "some-plan").iterdir()) == [
            "1.md", "2.md", "plan.md", "preface.md",
        ]  # fmt: skip
        plan = catalogue.find_plan("some-plan")
        assert plan is not None
        assert (plan.title, plan.issuer, plan.issued_on_text, plan.release) == (
            "某局要点",
            "某局",
            "2024年3月5日",
            1,
        )


def test_a_plan_has_the_release_that_changed_it_last(app: Flask, tmp_path: Path) -> None:
    content, shorter = tmp_path / "content", DOCUMENT.replace("二、第二章\n章首段落。\n", "")
    with app.app_context():

        def releases() -> dict[str, int]:
            return {plan.slug: plan.release for plan in catalogue.list_plans()}

        publishing.import_document(write(tmp_path, DOCUMENT), content, "one")
        publishing.import_document(write(tmp_path, DOCUMENT), content, "other")
        assert releases() == {"one": 1, "other": 2}
        number = correct("s1-1-p1", "正文", "本文", plan="one")
        assert releases() == {"one": 3, "other": 2}
        publishing.import_document(write(tmp_path, shorter), content, "other")
        assert releases() == {"one": 3, "other": 4}, "a page was withdrawn"
        withdraw(number)
        assert releases() == {"one": 5, "other": 4}


def test_the_same_import_again_changes_nothing(database_app: Flask, tmp_path: Path) -> None:
    content = tmp_path / "content"
    with database_app.app_context():
        path = write(tmp_path, DOCUMENT)
        publishing.import_document(path, content)
        before = {file: file.stat().st_mtime_ns for file in (content / "plan").iterdir()}
        for imported in (
            publishing.import_document(path, content),
            *publishing.import_content([content / "plan"]),
        ):
            assert (imported.changed, imported.release) == ((), 1)
        assert {file: file.stat().st_mtime_ns for file in (content / "plan").iterdir()} == before
        assert rows() == (1, 3, 3)


def test_what_was_imported_is_known_again_without_rendering_it(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "content" / "some-plan"
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), folder.parent, "some-plan")
        render.cache_clear()
        assert publishing.import_content([folder]) == [publishing.Imported("some-plan", 1, ())]
        assert render.cache_info().misses == 0
        # A file that has gone is not taken for one that has not changed.
        (folder / "2.md").unlink()
        with pytest.raises(DocumentError, match=r"2\.md"):
            publishing.import_content([folder])


def test_no_transaction_is_open_while_files_are_read(
    database_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where SQLite has no write-ahead log nobody else could write meanwhile."""
    folder = tmp_path / "content" / "some-plan"
    open_then: list[bool] = []

    def read(path: Path) -> dict[str, str]:
        open_then.append(db.session.in_transaction())
        return read_folder(path)

    monkeypatch.setattr(publishing, "read_folder", read)
    with database_app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), folder.parent, "some-plan")
        page = folder / "1.md"
        page.write_text(page.read_text("utf-8").replace("正文", "本文"), encoding="utf-8")
        assert publishing.import_content([folder])[0].changed == ("1",)
    assert open_then == [False]


@pytest.mark.parametrize(
    ("before", "line"), [("", "---\n"), ("\n \n", "---\n"), ("", "---  \n"), ("", "-----\n"), ("", "---\r\n")]
)
def test_front_matter_may_be_written_in_every_way_that_its_library_reads(
    app: Flask, tmp_path: Path, before: str, line: str
) -> None:
    folder = tmp_path / "content" / "some-plan"
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), folder.parent, "some-plan")
        page = folder / "1.md"
        text = before + page.read_text("utf-8").replace("---\n", line).replace("正文", "本文")
        page.write_bytes(text.encode())
        assert publishing.import_content([folder])[0].changed == ("1",)
        plan = catalogue.find_plan("some-plan")
        assert plan
        published = plan.page("1")
        assert published
        rendered = render(text)
        about = head(published.front_matter)
        assert about == (rendered.number, rendered.label, rendered.title, rendered.anchor)
        assert about == ("1", "一、", "第一章", "s1")
        assert render(rewrite(text, {"s1": "一、新章"})).title == "新章"
        app.extensions["search"].catch_up()
        assert app.extensions["search"].release == 2
    assert app.test_client().get("/plans/some-plan/1").status_code == 200


def test_a_changed_text_revises_its_page_alone_and_keeps_anchors(database_app: Flask, tmp_path: Path) -> None:
    content = tmp_path / "content"
    with database_app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), content)
        changed = DOCUMENT.replace(
            "(一)标题。正文。\n(二)标题二", "(一)新节。新内容不同。\n(二)标题。正文。\n(三)标题二"
        )
        imported = publishing.import_document(write(tmp_path, changed), content)
        assert (imported.changed, imported.release) == (("1",), 2)
        page = catalogue.find_plan("plan").page("1")  # type: ignore[union-attr]
        assert page is not None
        assert page.revision == 2
        assert [(section.label, section.anchor) for section in page.outline.sections] == [
            ("(一)", "s1-3"), ("(二)", "s1-1"), ("(三)", "s1-2"),
        ]  # fmt: skip


def test_a_page_that_is_gone_is_withdrawn_and_can_come_back(database_app: Flask, tmp_path: Path) -> None:
    content = tmp_path / "content"
    with database_app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), content)
        shorter = DOCUMENT.replace("二、第二章\n章首段落。\n", "")
        assert publishing.import_document(write(tmp_path, shorter), content).changed == ("plan", "2")
        assert catalogue.find_plan("plan").page("2") is None  # type: ignore[union-attr]
        assert rows() == (1, 3, 3)
        assert publishing.import_document(write(tmp_path, DOCUMENT), content).release == 3
        assert catalogue.find_plan("plan").page("2") is not None  # type: ignore[union-attr]


def test_content_edited_by_hand_is_imported_and_never_overwritten(app: Flask, tmp_path: Path) -> None:
    content = tmp_path / "content"
    with app.app_context():
        path = write(tmp_path, DOCUMENT)
        publishing.import_document(path, content)
        file = content / "plan" / "1.md"
        file.write_text(file.read_text(encoding="utf-8").replace("正文二", "改过的正文"), encoding="utf-8")
        with pytest.raises(DocumentError, match=r"was edited and not imported: run `plan import"):
            publishing.import_document(path, content)
        assert "改过的正文" in file.read_text(encoding="utf-8")
        assert publishing.import_content([content / "plan"])[0].changed == ("1",)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "1.md").unlink(), "cannot read"),
        (lambda folder: (folder / "plan.md").unlink(), "no plan.md"),
        (lambda folder: (folder / "1.md").write_bytes(b"\xff"), "not UTF-8"),
        (lambda folder: write(folder, (folder / "2.md").read_text(), "1.md"), "says page 2"),
        (
            lambda folder: write(folder, (folder / "1.md").read_text().replace("#s1-2 ", "#s1-1 "), "1.md"),
            "two equal",
        ),
        (
            lambda folder: write(
                folder, (folder / "plan.md").read_text().replace("title", "titel"), "plan.md"
            ),
            "'title'",
        ),
        (
            lambda folder: write(folder, (folder / "plan.md").read_text().replace("'1'", "1"), "plan.md"),
            "in quotes",
        ),
    ],
)
def test_spoiled_content_changes_nothing(app: Flask, tmp_path: Path, spoil, message: str) -> None:  # type: ignore[no-untyped-def]
    content = tmp_path / "content"
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), content)
        before = rows()
        spoil(content / "plan")
        with pytest.raises(DocumentError, match=message) as caught:
            publishing.import_content([content / "plan"])
        assert str(content / "plan") in str(caught.value)
        assert rows() == before


@pytest.mark.parametrize("slug", ["", "UPPER", "a--b", "../etc", "中文", "a/b", "x" * 81, "-a"])
def test_an_odd_slug_is_refused(app: Flask, tmp_path: Path, slug: str) -> None:
    with app.app_context():
        with pytest.raises(DocumentError, match="give --slug"):
            publishing.import_document(write(tmp_path, DOCUMENT), tmp_path / "content", slug)
        assert rows() == (0, 0, 0)
        assert not (tmp_path / "content").exists()


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", "标题\n正文".encode(), "标题\n一、甲\n一、乙".encode()])
def test_the_command_says_one_line_and_changes_nothing(app: Flask, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(data)
    app.config["PORTAL"].content = tmp_path / "content"
    result = app.test_cli_runner().invoke(args=["plan", "import", str(path)])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("Error: ")
    assert result.stdout == ""
    with app.app_context():
        assert rows() == (0, 0, 0)
    assert not (tmp_path / "content").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "import"],
        ["plan", "import", "/no/such"],
        ["plan", "nothing"],
        ["plan", "import", "x", "--bad"],
    ],
)
def test_wrong_arguments_say_one_line(app: Flask, arguments: list[str]) -> None:
    result = app.test_cli_runner().invoke(args=arguments)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize("slugs", [("one", "two"), ("one", "one")])
def test_two_imports_at_once_wait_for_each_other(
    database_app: Flask, tmp_path: Path, slugs: tuple[str, str]
) -> None:
    barrier = Barrier(2)
    failures: list[BaseException] = []
    folders = count()
    document = write(tmp_path, DOCUMENT)

    def run(slug: str) -> None:
        with database_app.app_context():
            barrier.wait()
            try:
                publishing.import_document(document, tmp_path / f"content{next(folders)}", slug)
            except BaseException as error:
                failures.append(error)

    threads = [Thread(target=run, args=(slug,)) for slug in slugs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database_app.app_context():
        assert catalogue.current_release() == len(set(slugs))
        assert {plan.slug for plan in catalogue.list_plans()} == set(slugs)


def test_what_the_plan_says_of_itself_is_a_change_too(app: Flask, tmp_path: Path) -> None:
    content = tmp_path / "content"
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), content)
        changed = DOCUMENT.replace("某局\n2024年3月5日", "另一局\n2024年3月6日")
        imported = publishing.import_document(write(tmp_path, changed), content)
        assert (imported.changed, imported.release) == (("plan",), 2)
        assert catalogue.find_plan("plan").issuer == "另一局"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["plan.md", "6.md", "map.png"])
def test_nothing_in_a_folder_is_lost_by_importing_again(app: Flask, tmp_path: Path, name: str) -> None:
    content = tmp_path / "content"
    with app.app_context():
        path = write(tmp_path, DOCUMENT)
        publishing.import_document(path, content)
        with (content / "plan" / name).open("a") as file:
            file.write("an edit")
        with pytest.raises(DocumentError, match="edited and not imported"):
            publishing.import_document(path, content)
        assert "an edit" in (content / "plan" / name).read_text()


def test_files_that_cannot_be_written_publish_nothing(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = tmp_path / "content"
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), content)
        before, real = rows(), Path.write_text

        def full(path: Path, *args: object, **kwargs: object) -> int:
            if path.name == "2.md":
                raise OSError(28, "No space left on device", str(path))
            return real(path, *args, **kwargs)  # type: ignore[arg-type]

        changed = write(tmp_path, DOCUMENT.replace("章首段落", "章首新段落"))
        monkeypatch.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="No space left"):
            publishing.import_document(changed, content)
        monkeypatch.undo()
        assert rows() == before
        assert [path.name for path in content.iterdir()] == ["plan"]
        assert publishing.import_content([content / "plan"])[0].changed == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda text: text.replace("anchor: s2", "anchor: s1").replace("#s2-", "#s1-"),
            "two equal anchors: s1",
        ),
        (lambda text: text.replace("number: '2'", "number: full"), "says page full"),
    ],
)
def test_pages_may_not_share_an_address(app: Flask, tmp_path: Path, change, message: str) -> None:  # type: ignore[no-untyped-def]
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), tmp_path / "content")
        file = tmp_path / "content" / "plan" / "2.md"
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
        with pytest.raises(DocumentError, match=message):
            publishing.import_content([tmp_path / "content" / "plan"])


def test_a_page_cannot_take_the_address_of_the_whole(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        publishing.import_document(write(tmp_path, DOCUMENT), tmp_path / "content")
        folder = tmp_path / "content" / "plan"
        write(folder, (folder / "plan.md").read_text(encoding="utf-8").replace("'2'", "full"), "plan.md")
        text = (folder / "2.md").read_text(encoding="utf-8").replace("number: '2'", "number: full")
        write(folder, text, "full.md")
        with pytest.raises(DocumentError, match="cannot be numbered 'full'"):
            publishing.import_content([folder])
