"""Searches as JSON that are answered ahead of Flask are answered as Flask would, and nothing else is."""

import gzip
import re
from collections.abc import Iterator
from typing import Any

import brotli
import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient

from portal.search import searching
from portal.search.answers import Answers
from portal.search.direct import ADDRESS
from portal.search.index import SearchIndex
from tests.conftest import MakeApp
from tests.search.samples import Published, passages


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    found = SearchIndex(tmp_path_factory.mktemp("index"), Published(passages()))
    found.reader()
    # Nobody looks at the record any more, however long these tests take.
    found._checked_at = float("inf")
    return found


@pytest.fixture
def app(app: Flask, index: SearchIndex) -> Flask:
    app.extensions["search"] = index
    index.answers = Answers()
    return app


@pytest.fixture
def passed_on(app: Flask) -> Iterator[list[str]]:
    """What Flask was asked, each time."""
    seen: list[str] = []

    def note(sender: Any, **_: Any) -> None:
        seen.append("asked")

    with request_started.connected_to(note, app):
        yield seen


UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
QUERIES = (
    *(
        "q=建设",
        "q=养老 服务",
        "q=yanglao",
        "q=养老服物",
        "q=怎样申请养老补贴",
        'q="养老服务" -补贴',
        "q=",
        "",
        "q=。",
    ),
    *(
        "q=养老&plan=plan-a",
        "q=养老&plan=plan-a&chapter=1",
        "q=养老&chapter=1",
        "q=养老&plan=none",
        "plan=plan-a",
    ),
    *(
        "q=建设&page=2&per_page=1",
        "q=建设&page=x&per_page=0",
        "q=建设&per_page=1000",
        "q=建设&other=1&q=养老",
    ),
    *(
        "q=%E5%BB%BA%E8%AE%BE+%E4%BC%98",
        "q=%ff%fe",
        "q=%E5%BB%ba%ff",
        "q=%00a%09b",
        "q=a&&=b",
        "q=%3Cb%3E%22%5C",
    ),
)


@pytest.mark.parametrize("query", QUERIES)
def test_answers_are_those_of_flask(
    client: FlaskClient, index: SearchIndex, monkeypatch: pytest.MonkeyPatch, passed_on: list[str], query: str
) -> None:
    for encoding in ("", "br", "gzip;q=0.5, br;q=0", "identity", "*"):
        answers = []
        for is_direct in (True, False):
            index.answers = Answers()
            with monkeypatch.context() as patch:
                if not is_direct:
                    patch.setattr(index, "at_hand", lambda: None)
                answer = client.get(f"{ADDRESS}?{query}", headers={"Accept-Encoding": encoding})
            assert len(passed_on) == (not is_direct)
            passed_on.clear()
            assert len(answer.data) == answer.content_length
            headers = sorted((name, value) for name, value in answer.headers if name != "Content-Length")
            body = UNPACK[answer.headers.get("Content-Encoding", "")](answer.data)
            answers.append((answer.status, headers, without_time(body)))
        assert answers[0] == answers[1]


def without_time(body: bytes) -> bytes:
    return re.sub(rb'"took_ms":[0-9.]+', b"", body)


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("q=建设&theme=dark", {}, 200),
        ("q=建设&view=elder", {}, 200),
        ("q=" + "建" * 1001, {}, 400),
        ("q=建设", {"Host": "a b"}, 400),
        ("q=建设", {"If-None-Match": '"a"'}, 200),
        ("q=建设", {"If-None-Match": "*"}, 304),
        ("q=建设", {"Range": "bytes=0-1"}, 200),
    ],
)
def test_what_is_unusual_is_passed_on(
    client: FlaskClient, passed_on: list[str], query: str, headers: dict[str, str], status: int
) -> None:
    client.get(f"{ADDRESS}?q=建设")
    passed_on.clear()
    answer = client.get(f"{ADDRESS}?{query}", headers=headers)
    assert (answer.status_code, passed_on) == (status, ["asked"])
    if "theme" in query:
        assert "?theme=dark#" in answer.json["results"][0]["url"]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 405), ("OPTIONS", 200)])
def test_other_methods_are_passed_on(
    client: FlaskClient, passed_on: list[str], method: str, status: int
) -> None:
    answer = client.open(f"{ADDRESS}?q=建设", method=method)
    assert (answer.status_code, passed_on) == (status, ["asked"])


def test_the_same_words_are_searched_once_by_both(
    client: FlaskClient, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(f"{ADDRESS}?q=建设")
    monkeypatch.setattr(searching, "search", None)
    again = client.get(f"{ADDRESS}?q=建设")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert again.data == first.data
    assert client.get(f"{ADDRESS}?q=建设", headers=tag).status_code == 304


def test_links_stay_below_where_the_site_is_mounted(client: FlaskClient, passed_on: list[str]) -> None:
    for root, begin in (("", "/plans/"), ("/below", "/below/plans/"), ("", "/plans/")):
        answer = client.get(f"{ADDRESS}?q=建设", environ_overrides={"SCRIPT_NAME": root})
        assert answer.json["results"][0]["url"].startswith(begin)
    assert passed_on == ["asked"]


def test_a_host_that_is_not_ours_is_refused(make_app: MakeApp, index: SearchIndex) -> None:
    app = make_app(site_url="https://plans.example.gov.cn")
    app.extensions["search"] = index
    client = app.test_client()
    for host, status in (("plans.example.gov.cn", 200), ("other.example.cn", 400)):
        answer = client.get(f"{ADDRESS}?q=建设", headers={"Host": host})
        assert answer.status_code == status
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_goes_wrong_is_told_by_flask(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, passed_on: list[str]
) -> None:
    def broken(*asked: Any) -> None:
        raise OSError("the index is gone")

    monkeypatch.setattr(searching, "search", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get(f"{ADDRESS}?q=建设")
    assert (answer.status_code, passed_on) == (500, ["asked"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
