"""The results page, the JSON, and the command line."""

import html
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.search.index import NotReady, Passage, SearchIndex
from portal.search.views import QUERY_LENGTH
from tests.search.samples import passages
from tests.support.client import tree_of

SNIPPET = "推进养老服务“151项目”<mark>建设</mark>, <mark>优</mark>化养老环境；发放养老补贴。"
MANY = [Passage("plan-c", "丙", "1", f"s1-p{n}", "(一)水", (), f"第{n}段说水", False) for n in range(45)]


@pytest.fixture
def app(app: Flask, tmp_path: Path) -> Flask:
    """The application with passages that no plan has to be imported for."""
    app.extensions["search"] = SearchIndex(tmp_path / "index", lambda: 1, lambda: [*passages(), *MANY])
    return app


def heading(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    tree = tree_of(answer)
    text = "".join(tree.xpath("//h1//text()"))
    assert tree.xpath("string(//title)").startswith(text)
    return text


def test_the_heading_says_how_many_and_which_page(client: FlaskClient) -> None:
    assert heading(client, "/search?q=养老") == "“养老”共2条结果（第1页，共1页）"
    assert heading(client, "/search?q=水&page=2") == "“水”共45条结果（第2页，共3页）"
    assert heading(client, "/search?q=养老服务社区") == "“养老服务社区”共3条部分相符的结果（第1页，共1页）"
    assert heading(client, "/search?q=火箭") == "“火箭”没有结果"
    assert heading(client, "/search") == heading(client, "/search?q=%20") == "搜索工作要点"


@pytest.mark.parametrize(
    ("page", "shown"),
    [("0", 1), ("-3", 1), ("abc", 1), ("", 1), ("3", 3), ("4", 3), ("9" * 30, 3), ("9" * 5000, 1)],
)
def test_any_page_number_shows_a_page(client: FlaskClient, page: str, shown: int) -> None:
    assert heading(client, f"/search?q=水&page={page}").endswith(f"（第{shown}页，共3页）")


def test_results_lead_to_the_marked_paragraph(client: FlaskClient) -> None:
    answer = client.get("/search?q=151项目")
    link = tree_of(answer).xpath("//ol[@class='results']//a/@href")
    assert link == ["/plans/plan-a/1?q=151项目#s1-1"] or link == [
        "/plans/plan-a/1?q=151%E9%A1%B9%E7%9B%AE#s1-1"
    ]
    assert "<mark>151项目</mark>" in answer.text
    assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Set-Cookie" not in answer.headers
    again = client.get("/search?q=151项目", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_plans_can_be_chosen(client: FlaskClient) -> None:
    links = tree_of(client.get("/search?q=服务&plan=plan-b")).xpath("//nav[@class='tabs']//a")
    assert ["".join(link.itertext()) for link in links] == [
        "全部（3）",
        "plan-a的标题（2）",
        "plan-b的标题（1）",
    ]
    assert [link.get("aria-current") for link in links] == [None, None, "page"]
    empty = client.get("/search?q=补贴&plan=plan-b").text
    assert "在全部工作要点中查看1条结果" in empty


def test_no_result_helps(client: FlaskClient) -> None:
    text = client.get("/search?q=火箭服").text
    assert "搜索“服”（3条）" in text
    assert "/feedback/consultation" in text


@pytest.mark.parametrize(
    "query", ["<script>alert(1)</script>", "\x00\x01养老\x1f", "\"'><", "\ufffe\ufdd0\U0001ffff", "%FF"]
)
def test_whatever_is_typed_is_shown_as_text(client: FlaskClient, query: str) -> None:
    answer = client.get("/search", query_string={"q": query})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert client.get("/api/v1/search", query_string={"q": query}).status_code == 200


def test_a_query_that_is_too_long_is_kept_and_explained(client: FlaskClient) -> None:
    assert client.get("/search?q=" + "长" * QUERY_LENGTH).status_code == 200
    query = "长" * (QUERY_LENGTH + 1)
    assert heading(client, f"/search?q={query}", 400) == "搜索词太长"
    answer = client.get(f"/search?q={query}")
    assert f"不能超过{QUERY_LENGTH}个字" in answer.text
    assert tree_of(answer).xpath("string(//main//input[@name='q']/@value)") == query
    assert answer.headers["Cache-Control"] == "no-store"
    json = client.get(f"/api/v1/search?q={query}")
    assert (json.status_code, json.json["error"]["status"]) == (400, 400)


def test_json(client: FlaskClient) -> None:
    found = client.get("/api/v1/search?q=建设, 优").json
    assert found.pop("took_ms") >= 0
    assert found == {
        "query": "建设, 优",
        "total": 1,
        "partial": False,
        "suggestion": None,
        "results": [
            {
                "plan": "plan-a",
                "page": "1",
                "anchor": "s1-1",
                "url": "/plans/plan-a/1#s1-1",
                "title": "(一)加强养老服务",
                "path": ["上级", "(一)加强养老服务"],
                "snippet": SNIPPET,
            }
        ],
        "facets": {
            "plans": [{"plan": "plan-a", "title": "plan-a的标题", "count": 1}],
            "pages": [{"plan": "plan-a", "page": "1", "count": 1}],
        },
    }


def test_json_snippets_hold_marks_alone(client: FlaskClient) -> None:
    snippet = client.get("/api/v1/search?q=计划 b").json["results"][0]["snippet"]
    assert "&lt;<mark>b</mark>&gt;" in snippet
    assert set(re.findall("<[^>]+>", snippet)) == {"<mark>", "</mark>"}
    assert html.unescape(re.sub("<[^>]+>", "", snippet)) == "服务社区科普，发展科技，ＡＢＣ计划<b>。"


@pytest.mark.parametrize(
    ("arguments", "count"),
    [("", 20), ("&per_page=100", 45), ("&per_page=1000", 45), ("&per_page=x", 20), ("&per_page=7&page=7", 3),
     ("&page=4", 0), ("&page=x", 20), ("&plan=plan-a", 0)],
)  # fmt: skip
def test_json_pages(client: FlaskClient, arguments: str, count: int) -> None:
    assert len(client.get("/api/v1/search?q=水" + arguments).json["results"]) == count


def test_an_index_that_is_not_there_asks_to_come_back(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise NotReady

    monkeypatch.setattr(app.extensions["search"], "search", fail)
    assert heading(client, "/search?q=水", 503) == "搜索正在准备"
    for address in ("/search?q=水", "/api/v1/search?q=水"):
        answer = client.get(address)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/api/v1/search?q=水").json["error"]["message"] == "搜索正在准备，请稍后再试。"
    result = app.test_cli_runner().invoke(args=["search", "query", "水"])
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)


def test_command_line(app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    result = runner.invoke(args=["search", "rebuild"])
    assert (result.exit_code, result.stdout) == (0, "The search index holds release 1.\n")
    result = runner.invoke(args=["search", "query", "151项目"])
    assert result.exit_code == 0
    assert result.stdout == (
        "/plans/plan-a/1#s1-1\t(一)加强养老服务\t推进养老服务“151项目”建设, 优化养老环境；发放养老补贴。\n"
    )
    assert result.stderr == "1 of 1\n"
    for arguments in (["query"], ["query", "a", "b"], ["rebuild", "x"]):
        wrong = runner.invoke(args=["search", *arguments])
        assert (wrong.exit_code, len(wrong.stderr.splitlines())) == (1, 1), arguments


def test_a_rebuild_that_cannot_write_says_so(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    app.extensions["search"] = SearchIndex(tmp_path / "file", lambda: 1, passages)
    result = app.test_cli_runner().invoke(args=["search", "rebuild"])
    assert result.exit_code == 1
    assert "was not rebuilt" in result.stderr


def test_a_progress_bar_on_a_terminal(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    from portal.search.cli import _rebuild_with_bar

    with app.app_context():
        _rebuild_with_bar(app.extensions["search"])
    assert app.extensions["search"].release == 1
