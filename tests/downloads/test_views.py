"""The answers: names, types, caching, and what a reader is told when there is no file."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.downloads import programs, shelf
from portal.downloads.programs import ProgramError
from tests.plans.corrected import SLUG, correct
from tests.support.client import tree_of

TYPES = {
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "epub": "application/epub+zip",
}


@pytest.fixture
def client(published_app: Flask) -> FlaskClient:
    return published_app.test_client()


def test_a_file_has_a_name_a_type_and_one_address(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "run", lambda *_: b"what a program makes")
    for form, kind in TYPES.items():
        answer = client.get(f"/plans/{SLUG}.{form}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == kind
        assert answer.content_length == len(answer.data)
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith(f"attachment; filename={SLUG}-1.{form};")
        assert unquote(disposition).endswith(f"UTF-8''区科委2023年工作要点-第1版.{form}")
        assert answer.headers["Link"] == f'<http://localhost/plans/{SLUG}/>; rel="canonical"'
        assert "public" in answer.headers["Cache-Control"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers

        head = client.head(f"/plans/{SLUG}.{form}")
        assert (head.data, head.content_length) == (b"", answer.content_length)
        again = client.get(f"/plans/{SLUG}.{form}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert answer.headers["Accept-Ranges"] == "bytes"
        part = client.get(f"/plans/{SLUG}.{form}", headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.data) == (206, answer.data[10:20])
        beyond = client.get(f"/plans/{SLUG}.{form}", headers={"Range": f"bytes={answer.content_length}-"})
        assert (beyond.status_code, beyond.headers["Cache-Control"]) == (416, "no-store")
    assert client.get("/plans/none.txt").status_code == 404
    assert client.get(f"/plans/{SLUG}.doc", follow_redirects=True).status_code == 404


def test_a_new_release_is_a_new_file(client: FlaskClient, published_app: Flask) -> None:
    old = client.get(f"/plans/{SLUG}.txt")
    correct(published_app, "s1-1-p1", "重点课题", "重大课题")
    new = client.get(f"/plans/{SLUG}.txt", headers={"If-None-Match": old.headers["ETag"]})
    assert new.status_code == 200
    assert "重大课题" in new.text
    assert f"勘误：已更正1处（http://localhost/errata?plan={SLUG}）" in new.text
    assert f"{SLUG}-2.txt" in new.headers["Content-Disposition"]
    folder = published_app.config["PORTAL"].instance / "downloads"
    assert [path.name.split(".")[1] for path in folder.glob("*.*.*.txt")] == ["2"]


def test_a_file_of_another_site_is_made_anew(client: FlaskClient) -> None:
    first = client.get(f"/plans/{SLUG}.txt")
    other = client.get(f"/plans/{SLUG}.txt", base_url="http://other.example")
    assert "http://other.example/plans/" in other.text
    assert first.headers["ETag"] != other.headers["ETag"]


def test_a_program_that_fails_is_logged_and_another_form_is_offered(
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    published_app: Flask,
) -> None:
    monkeypatch.setattr(programs, "FOLDER", programs.FOLDER / "none")
    answer = client.get(f"/plans/{SLUG}.pdf")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "600"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "请先下载其他格式" in answer.text
    assert f"/plans/{SLUG}.docx" in tree_of(answer).xpath("//main//a/@href")
    assert "No such file" in caplog.text
    assert client.get(f"/plans/{SLUG}.txt").status_code == 200


def test_a_file_that_is_still_being_made(client: FlaskClient, published_app: Flask) -> None:
    kept = published_app.extensions["downloads"]
    for _ in range(shelf.ROOM):
        kept._room.acquire()
    answer = client.get(f"/plans/{SLUG}.pdf")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "文件正在生成" in answer.text


def test_a_program_ends_at_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "FOLDER", tmp_path)
    (tmp_path / "idle.py").write_text("import time\ntime.sleep(60)")
    with pytest.raises(ProgramError, match=r"not done after 0\.1 seconds$"):
        programs.run("idle", "", least=0.01)
    monkeypatch.setattr(programs, "IDLE", 60)
    (tmp_path / "busy.py").write_text("while True:\n    pass")
    with pytest.raises(ProgramError, match="not done after 1 seconds of processor time"):
        programs.run("busy", "", least=1)
    (tmp_path / "large.py").write_text(f"bytes({programs.MEMORY})")
    with pytest.raises(ProgramError, match="MemoryError"):
        programs.run("large", "")


def test_the_files_are_on_the_page_of_the_plan(client: FlaskClient) -> None:
    links = tree_of(client.get(f"/plans/{SLUG}/")).xpath("//section[@class='downloads']//a/@href")
    assert links == [f"/plans/{SLUG}.{form}" for form in ("pdf", "docx", "epub", "txt", "md", "json")]
