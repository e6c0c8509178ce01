"""Errors that help: what may have been meant, where withdrawn text went, what is said without a database."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import Conflict, default_exceptions
from werkzeug.test import TestResponse

from portal import errors
from portal.database import db
from portal.errors import words
from portal.errors.offers import offers
from portal.plans import departed, publishing
from portal.plans.departed import withdrawn
from tests.conftest import MakeApp, build, close
from tests.support.client import form_of, sign_in, tree_of
from tests.support.services import Postgres

SLUG = "2023-work-plan"
MOVED = "深化“一网通办”改革，推动政务服务从能办向好办转变，让群众办事更加方便。"
SAME = "推进苏河湾功能区建设，加快重点项目落地，提升滨水空间的品质和活力。"
OWN = "第三章自己的正文，一直没有改动过。" * 12
DOCUMENT = f"""某某工作要点

一、第一章
(一)第一节。开头的正文，只说明这一节要做什么。
二、第二章
(一)旧的一节。{MOVED}
{SAME}
只有旧章才有的一句话，后来没有再写，也没有别的去处。
三、第三章
(一)第三节。{OWN}

某某委员会
2023年2月1日
"""
LATER = DOCUMENT.replace("二、第二章\n", "").replace(
    f"(一)旧的一节。{MOVED}\n{SAME}\n只有旧章才有的一句话，后来没有再写，也没有别的去处。\n", ""
).replace(
    OWN,
    f"{OWN}\n{MOVED.replace('更加方便', '更方便')}\n(二)苏河湾。{SAME}",
)  # fmt: skip
HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")


def links(answer: TestResponse) -> list[str]:
    return [str(url) for url in tree_of(answer).xpath("//ul[@class='link-list']/li/a/@href")]


@pytest.fixture(scope="module")
def site(published_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The published plan, for what changes nothing."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(published_files, folder, dirs_exist_ok=True)
    app = build(folder, content=folder / "content")
    yield app
    close(app)


@pytest.fixture
def reader(site: Flask) -> FlaskClient:
    return site.test_client()


@pytest.fixture
def shortened(app: Flask, tmp_path: Path) -> Flask:
    """A plan whose second chapter an import has withdrawn; most of it stands in the third one now."""
    file, content = tmp_path / "plan.txt", tmp_path / "content"
    with app.app_context():
        for text in (DOCUMENT, LATER):
            file.write_text(text, encoding="utf-8")
            publishing.import_document(file, content)
    return app


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("/guides", ["/guide"]),
        ("/Guide/", ["/guide"]),
        ("/guide.html", ["/guide"]),
        ("/使用说明", ["/guide"]),
        ("/help", ["/guide"]),
        ("/privcy", ["/privacy"]),
        ("/errata/JC-20230712-9999", ["/errata"]),
        ("/feedback/corection", ["/feedback/correction"]),
        ("/feedback", ["/feedback/consultation"]),
        (f"/plans/{SLUG}/9", [f"/plans/{SLUG}/"]),
        (f"/plans/{SLUG}/2/", [f"/plans/{SLUG}/2", f"/plans/{SLUG}/"]),
        (f"/plans/{SLUG}/2.html。", [f"/plans/{SLUG}/2", f"/plans/{SLUG}/"]),
        (f"/PLANS/{SLUG.upper()}/２", [f"/plans/{SLUG}/2", f"/plans/{SLUG}/"]),
        (f"/plans/{SLUG}/第二章", [f"/plans/{SLUG}/2", f"/plans/{SLUG}/"]),
        (f"/plans/{SLUG}/chapter-02", [f"/plans/{SLUG}/2", f"/plans/{SLUG}/"]),
        (f"/plans/{SLUG}/s2-3-p1", [f"/plans/{SLUG}/2#s2-3-p1", f"/plans/{SLUG}/"]),
        (f"/plans/{SLUG}/prefase", [f"/plans/{SLUG}/preface", f"/plans/{SLUG}/"]),
        (f"/plans/{SLUG}/Full/", [f"/plans/{SLUG}/full", f"/plans/{SLUG}/"]),
        (f"/plans/{SLUG}/2/history/99", [f"/plans/{SLUG}/2/history", f"/plans/{SLUG}/2", f"/plans/{SLUG}/"]),
        ("/plans/2023-workplan/3", [f"/plans/{SLUG}/3", f"/plans/{SLUG}/"]),
        (f"/{SLUG}", [f"/plans/{SLUG}/"]),
        (f"/plans/{SLUG}.doc/", [f"/plans/{SLUG}/"]),
        ("/wp-login.php", []),
        ("/plans/nothing-of-the-kind/1", []),
    ],
)
def test_a_missing_address_leads_to_the_nearest_pages(
    reader: FlaskClient, asked: str, offered: list[str]
) -> None:
    answer = reader.get(asked)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert tree_of(answer).xpath("string(//h1)") == "没有找到这个页面"
    assert links(answer) == offered
    assert len(tree_of(answer).xpath("//form[@role='search']")) == 1
    assert all(reader.get(url).status_code == 200 for url in offered)


def test_the_offers_are_shown_as_the_reader_has_chosen(reader: FlaskClient) -> None:
    assert links(reader.get("/guides?view=elder")) == ["/guide?view=elder"]


@settings(max_examples=30)
@given(st.lists(st.text(max_size=12) | st.just("一" * 40), max_size=3))
def test_what_is_searched_for_is_short(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    assert len(words.searched(path, "")) <= words.SEARCHED_LENGTH
    assert words.searched(path, "苏河湾  在哪里") == "苏河湾 在哪里"


@settings(max_examples=30)
@given(parts=st.lists(st.text(max_size=12) | st.sampled_from(["plans", SLUG, "2", "full"]), max_size=5))
def test_every_offer_leads_to_a_page(site: Flask, parts: list[str]) -> None:
    with site.test_request_context():
        found = offers("/" + "/".join(parts))
    client = site.test_client()
    assert all(client.get(offer.url).status_code == 200 for offer in found)


def test_what_was_asked_for_is_shown_harmless_and_short(reader: FlaskClient) -> None:
    answer = reader.get("/<script>alert(1)</script>/" + "苏河湾" * 60)
    asked = tree_of(answer).xpath("string(//code)")
    assert asked.startswith("/<script>alert(1)</script>/苏河湾")
    assert len(asked) == 80
    assert "<script>alert" not in answer.text
    assert tree_of(answer).xpath("string(//input[@name='q']/@value)") == "苏河湾" * 13 + "苏"
    assert tree_of(reader.get("/serach?q=151")).xpath("string(//input[@name='q']/@value)") == "151"


def test_of_a_long_address_the_beginning_is_looked_at(
    reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def note(path: str, *_: str) -> str:
        looked_at.append(path)
        return ""

    monkeypatch.setattr(errors, "offers", note)
    monkeypatch.setattr(words, "searched", note)
    path = "/" + "a" * 100_000
    assert reader.get(path).status_code == 404
    assert looked_at == [path[:200]] * 2


def test_a_withdrawn_chapter_says_where_it_went(shortened: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = shortened.test_client()
    answer = client.get("/plans/plan/2")
    assert answer.status_code == 410
    assert answer.headers["Cache-Control"] == "no-store"
    text = tree_of(answer).xpath("string(//main)")
    assert "这一章已撤下" in text
    assert "“二、第二章”" in text
    found = links(answer)
    assert found == ["/plans/plan/3#s3-1", "/plans/plan/3#s3-2", "/plans/plan/2/history", "/plans/plan/"]
    for url in found:
        page = client.get(url)
        assert page.status_code == 200
        assert not (anchor := url.partition("#")[2]) or tree_of(page).xpath(f"//*[@id='{anchor}']")
    data = client.get("/plans/plan/2", headers={"Accept": "application/json"}).get_json()["error"]
    assert data["status"] == 410
    assert data["moved_to"] == found[:2]
    assert data["withdrawn_at"].endswith("+00:00")
    monkeypatch.setattr(departed, "_moved", None)  # what was compared once is known
    assert links(client.get("/plans/plan/2")) == found
    assert client.get("/plans/plan/2/qr.svg").status_code == 410
    assert client.get("/plans/plan/4").status_code == 404
    assert client.get("/plans/plan/2/history/9").status_code == 404


def test_a_withdrawn_chapter_is_nowhere_to_be_found(shortened: Flask) -> None:
    client = shortened.test_client()
    for address in ("/sitemap.xml", "/plans/plan/", "/plans/plan/full", "/api/v1/plans/plan", "/errata.atom"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "/plans/plan/2" not in answer.text, address
        assert "只有旧章才有" not in answer.text, address
    assert client.get("/api/v1/search?q=只有旧章才有的一句话").get_json()["total"] == 0
    assert client.get("/plans/plan/2/history").status_code == 200


def test_text_that_stands_nowhere_else_has_gone_nowhere(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    with app.app_context():
        for text in (
            DOCUMENT,
            DOCUMENT.replace(f"三、第三章\n(一)第三节。{OWN}\n", ""),
        ):
            file.write_text(text, encoding="utf-8")
            publishing.import_document(file, tmp_path / "content")
        gone = withdrawn("plan", "3")
        assert gone is not None
        assert gone.moved == ()
        assert withdrawn("plan", "1") is None
        assert withdrawn("none", "1") is None
    answer = app.test_client().get("/plans/plan/3")
    assert links(answer) == ["/plans/plan/3/history", "/plans/plan/"]


def fail(app: Flask, error: Exception, path: str = "/fault") -> FlaskClient:
    """A visitor of an application on which an address fails."""
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)

    def fault() -> Response:
        raise error

    app.add_url_rule(path, endpoint=path, view_func=fault, methods=["GET", "POST"])
    return app.test_client()


def test_no_error_page_blames_or_shows_a_code(app: Flask) -> None:
    for status, (heading, advice) in words.WORDS.items():
        assert not re.search(r"\d{3}|错误|！", heading), status
        assert all(len(sentence) <= 40 for sentence in re.split("[。？]", advice)), status


@pytest.mark.parametrize("status", [400, 405, 413, 429, 500, 503])
def test_each_error_has_a_page_that_helps(make_app: MakeApp, status: int) -> None:
    app = make_app(contact_phone="021-12345678")
    client = fail(app, default_exceptions[status]())
    for method in ("GET", "POST"):
        answer = client.open("/fault", method=method)
        assert answer.status_code == status
        tree = tree_of(answer)
        assert tree.xpath("string(//h1)") == words.WORDS[status].heading
        assert (words.NOT_SENT in answer.text) == (method == "POST")
        assert tree.xpath("//main//a[@href='tel:021-12345678']")
        assert bool(tree.xpath("//form")) == (status < 500)
        assert not tree.xpath("//form[@method='post']")
        assert answer.headers["Cache-Control"] == "no-store"
        assert ("Retry-After" in answer.headers) == (status in (429, 503))
        if "Retry-After" in answer.headers:
            assert answer.headers["Retry-After"] == "60"
            assert "请在1分钟后（" in answer.text
            assert tree.xpath("//main//time/@datetime")
            assert len(tree.xpath("//main//a[@href='/fault']")) == (method == "GET")
    data = client.get("/fault", headers={"Accept": "application/json"}).get_json()
    assert data == {"error": {"status": status, "message": words.WORDS[status].heading}}


def test_who_asks_too_often_is_told_until_when(make_app: MakeApp) -> None:
    client = make_app(rate_limits="on", status_lookups="1 per hour").test_client()
    wrong = {"number": "JC-20230712-0001", "code": "ABCD-EFGH"}
    client.post("/feedback/status", data=wrong)
    answer = client.post("/feedback/status", data=wrong)
    assert answer.status_code == 429
    seconds = int(answer.headers["Retry-After"])
    assert 3500 < seconds <= 3601
    assert re.search("请在(59|60|61)分钟后（", answer.text)
    assert words.NOT_SENT in answer.text


def test_a_form_that_was_open_too_long_says_so(make_app: MakeApp) -> None:
    app = make_app()
    client = fail(app, LookupError())
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post("/fault")
    assert answer.status_code == 400
    assert words.EXPIRED.heading in answer.text


def spoil(app: Flask) -> None:
    """Replace the database by something that is none, as a broken disk would."""
    close(app)
    with app.app_context():
        file = Path(str(db.engine.url.database))
    for beside in file.parent.glob("portal.sqlite3*"):
        beside.unlink()
    file.write_bytes(b"no database" * 1000)


def lose_tables(app: Flask) -> None:
    """An empty database: `flask db upgrade` was never run."""
    close(app)
    with app.app_context():
        file = Path(str(db.engine.url.database))
    for beside in file.parent.glob("portal.sqlite3*"):
        beside.unlink()


def assert_closed(app: Flask, staff: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    """What needs the database is 503 with a page; what does not is there."""
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    visitor = app.test_client()
    caplog.clear()
    for client, address in (
        *(
            (visitor, path)
            for path in ("/", f"/plans/{SLUG}/1", f"/plans/{SLUG}/99", "/errata", "/sitemap.xml")
        ),
        (visitor, f"/plans/{SLUG}/1/history"),
        *((staff, path) for path in ("/moderation/", "/", "/moderation/submissions/JC-20230712-0001")),
    ):
        answer = client.get(address)
        assert answer.status_code == 503, address
        assert tree_of(answer).xpath("string(//h1)") == "网站暂时打不开", address
        assert tree_of(answer).xpath("//link[@rel='stylesheet']"), address
        assert not tree_of(answer).xpath("//form"), address
        assert answer.headers["Retry-After"] == "60"
        assert answer.headers["Cache-Control"] == "no-store"
        assert all(answer.headers.get(name) for name in HEADERS)
    problems = [record for record in caplog.records if record.name.startswith("portal.errors")]
    assert len(problems) == 9
    assert all(record.exc_info is None for record in problems)
    assert "JC-2023" not in caplog.text
    for address in ("/api/v1/plans", f"/api/v1/plans/{SLUG}", "/api/v1/errata"):
        answer = visitor.get(address)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert answer.get_json()["error"] == {"status": 503, "message": "网站暂时打不开"}
    for address in ("/guide", "/privacy", "/static/portal.css", "/robots.txt", "/healthz"):
        assert visitor.get(address).status_code == 200, address
    assert visitor.get("/guides").status_code == 404
    assert visitor.get("/readyz").status_code == 503


@pytest.mark.parametrize("outage", [spoil, lose_tables])
def test_without_its_database_the_site_says_so(
    published_app: Flask, outage: Callable[[Flask], None], caplog: pytest.LogCaptureFixture
) -> None:
    staff = sign_in(published_app)
    check = published_app.test_client()
    form = form_of(
        check.post(
            "/feedback/consultation",
            data={"kind": "question", "subject": "主题", "content": "何时公布？", "name": "李四"},
        )
    )
    outage(published_app)
    assert_closed(published_app, staff, caplog)
    caplog.clear()
    answer = check.post("/feedback/consultation", data=form)
    assert answer.status_code == 503
    assert words.NOT_SENT in answer.text
    assert "李四" not in caplog.text


def test_a_postgresql_that_is_away_is_an_outage_that_ends(
    make_app: MakeApp, postgres: Postgres, migrated_postgres: str
) -> None:
    name = postgres.create(migrated_postgres)
    app = make_app(database_url=postgres.url(name))
    client = app.test_client()
    socket = postgres.folder / ".s.PGSQL.5432"
    away = socket.rename(socket.with_name("away"))
    assert client.get("/").status_code == 503
    assert client.get("/guide").status_code == 200
    away.rename(socket)
    assert client.get("/").status_code == 200
    # The connections that are open end as they would with the server.
    postgres.drop(name)
    assert client.get("/").status_code == 503


def test_a_fault_of_the_code_is_no_outage(app: Flask) -> None:
    client = fail(app, IntegrityError("INSERT", None, ValueError("secret detail")))
    answer = client.get("/fault")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text


def test_what_a_conflict_says_is_kept(app: Flask) -> None:
    conflict = Conflict(response=Response("说明", 409, mimetype="text/plain"))
    assert fail(app, conflict).get("/fault").text == "说明"


def test_even_without_templates_there_is_a_page(app: Flask) -> None:
    client = fail(app, LookupError("secret detail"))
    app.jinja_env.loader = DictLoader({})
    for path, status in (("/no/such/page", 404), ("/fault", 500)):
        answer = client.get(path)
        assert answer.status_code == status
        assert words.WORDS[status].heading in answer.text
        assert "secret detail" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert all(answer.headers.get(name) for name in HEADERS)
