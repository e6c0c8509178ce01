"""The public site as files: whole, in one step, and only what has changed anew."""

import gzip
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import brotli
import pytest
from click.testing import Result
from flask import Flask

from portal.site import exporting
from tests.conftest import build, close

ORIGIN = "https://plan.example.gov.cn"
PLAN = "plans/2023-work-plan"
# What only the portal can answer, and what is left out for its time.
ELSEWHERE = re.compile(r"/search|/moderation/|.*\.(?:pdf|docx)$")


def export(app: Flask, folder: Path, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["site", "export", str(folder), "--origin", ORIGIN, *options])


@pytest.fixture
def folder(published_app: Flask, tmp_path: Path) -> Path:
    """An export of the first plan."""
    done = export(published_app, tmp_path / "public")
    assert done.exit_code == 0, done.output
    return tmp_path / "public"


@pytest.fixture(scope="module")
def whole(published_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Path]]:
    """The same, only to be read, with the portal that it comes from."""
    home = tmp_path_factory.mktemp("export")
    shutil.copytree(published_files, home, dirs_exist_ok=True)
    app = build(home, content=home / "content")
    done = export(app, home / "public")
    assert done.exit_code == 0, done.output
    yield app, home / "public"
    close(app)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def file_at(folder: Path, address: str) -> Path | None:
    """What a web server finds that tries the address, with two endings, and the index of a folder."""
    tried = [address, f"{address}.html", f"{address}.json", f"{address}/index.html"]
    return next((path for name in tried if (path := folder / name.lstrip("/")).is_file()), None)


def test_every_link_of_every_page_leads_to_a_file(whole: tuple[Flask, Path]) -> None:
    _, folder = whole
    pages = list(folder.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"(?:href|src)=\"((?:/|https://plan\.example\.gov\.cn)[^\"]*)\"", text):
            parts = urlsplit(link)
            address = unquote(parts.path)
            if not (parts.query and not address.startswith("/static/")) and not ELSEWHERE.match(address):
                assert file_at(folder, address), f"{page.name}: {link}"


def test_it_is_what_the_portal_answers(whole: tuple[Flask, Path]) -> None:
    app, folder = whole
    client = app.test_client()
    for address in ("/", f"/{PLAN}/1", f"/{PLAN}.txt", f"/api/v1/{PLAN}", f"/{PLAN}.qr.svg", "/robots.txt"):
        file = file_at(folder, address)
        assert file
        answer = client.get(address, base_url=ORIGIN, headers={"Accept-Encoding": "identity"})
        assert file.read_bytes() == answer.data, address
    assert "没有找到这个页面" in (folder / "404.html").read_text(encoding="utf-8")
    assert "您要打开的地址" not in (folder / "404.html").read_text(encoding="utf-8")


def test_compressed_forms_lie_beside(whole: tuple[Flask, Path]) -> None:
    _, folder = whole
    for name in ("index.html", f"{PLAN}/1.html", f"{PLAN}.md", "static/portal.css", "404.html"):
        plain = (folder / name).read_bytes()
        assert gzip.decompress((folder / f"{name}.gz").read_bytes()) == plain
        assert brotli.decompress((folder / f"{name}.br").read_bytes()) == plain
    assert not [name for name in names(folder) if name.endswith((".meta", ".new", ".png.gz"))]


def test_only_what_has_changed_is_written_again(published_app: Flask, folder: Path, tmp_path: Path) -> None:
    before = {name: (folder / name).stat().st_ino for name in names(folder)}
    assert export(published_app, folder).output.endswith(" 0 of them written\n")
    changed = tmp_path / "changed" / "2023-work-plan"
    shutil.copytree(tmp_path / "content" / "2023-work-plan", changed)
    page = changed / "1.md"
    page.write_text(
        page.read_text(encoding="utf-8").replace("安心发展。", "安心发展，甲。"), encoding="utf-8"
    )
    imported = published_app.test_cli_runner().invoke(args=["plan", "import", str(changed)])
    assert imported.exit_code == 0, imported.output
    assert export(published_app, folder).exit_code == 0
    now = {name: (folder / name).stat().st_ino for name in names(folder)}
    anew = {name for name in now if now[name] != before.get(name)}
    assert {f"{PLAN}/1.html", f"{PLAN}/1.html.br", f"{PLAN}.txt", f"{PLAN}/1/history/2.html"} <= anew
    assert not anew & {"static/portal.css", "guide.html", "plans/2023-work-plan.qr.svg"}
    assert "安心发展，甲。" in (folder / PLAN / "1.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["a file", "another folder", "nowhere"])
def test_nothing_but_an_export_is_replaced(published_app: Flask, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "other" / "thing"
    if kind != "nowhere":
        target.parent.mkdir()
    if kind == "a file":
        target.write_text("mine")
    if kind == "another folder":
        target.mkdir()
        (target / "mine").write_text("mine")
    done = export(published_app, target)
    assert done.exit_code == 1
    assert len(done.output.splitlines()) == 1
    assert names(tmp_path / "other") == {"a file": {"thing"}, "another folder": {"thing/mine"}}.get(
        kind, set()
    )


def test_an_export_that_fails_leaves_the_one_before(
    published_app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, around = names(folder), sorted(folder.parent.iterdir())
    monkeypatch.setattr(exporting, "QUICK", ("txt", "none"))
    done = export(published_app, folder)
    assert done.exit_code == 1
    assert re.fullmatch(rf"Error: /{PLAN}\.none: the portal answered .*\n", done.output)
    assert (names(folder), sorted(folder.parent.iterdir())) == (before, around)
