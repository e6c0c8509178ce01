"""What must hold for every address of the site, found by walking the URL map."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.database import Model, db
from tests.conftest import MakeApp
from tests.support.client import PASSWORD, form_of, sign_in, token_of, tree_of

EXAMPLES = {
    "plan": "2023-work-plan",
    "page": "1",
    "number": "JC-20230712-0001",
    "key": "not-a-key",
    "filename": "portal.css",
    "term": 1,
    "n": 1,
    "part": 1,
    "form": "txt",
    "anchor": "s1-1-p1",
}
STAFF_ROOMS = ("moderation", "security")
# Public by nature: they make the session, or end it.
ENTRANCES = {"security.login", "security.logout"}
PRIVATE = {"feedback.receipt"}
HEADERS = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
)
CORRECTION = {
    "error_type": "typo",
    "page_url": "http://localhost/plans/2023-work-plan/1",
    "page_title": "标题",
    "description": "第一段有错别字。",
    "name": "张三",
}
VIEWS = re.compile(r"\b(?:view|theme|size|errata)=")
CONSULTATION = {"kind": "question", "subject": "主题", "content": "请问何时公布？", "name": "李四"}


@pytest.fixture
def site(published_app: Flask) -> Flask:
    return published_app


def routes(app: Flask, method: str) -> Iterator[tuple[Rule, str]]:
    """Each rule that answers a method, with an address that fits it."""
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if method in (rule.methods or ()):
                yield rule, adapter.build(rule.endpoint, {name: EXAMPLES[name] for name in rule.arguments})


def public(rule: Rule) -> bool:
    return not rule.endpoint.startswith(STAFF_ROOMS) and rule.endpoint not in PRIVATE


def everything_stored(app: Flask) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with app.app_context():
        return {
            name: db.session.execute(select(table).order_by(*table.primary_key)).all()
            for name, table in Model.metadata.tables.items()
        }


def send_correction(app: Flask) -> str:
    """Send a correction as a visitor does, and return its number."""
    client = app.test_client()
    check = client.post("/feedback/correction", data=CORRECTION)
    confirmed = client.post("/feedback/correction", data=form_of(check), follow_redirects=True)
    return str(tree_of(confirmed).xpath("string(//@data-receipt-number)"))


def test_every_staff_address_refuses_the_anonymous(site: Flask) -> None:
    number = send_correction(site)
    client = site.test_client()
    token = token_of(client.get("/account/login"))
    asked = 0
    for method in ("GET", "POST"):
        for rule, url in routes(site, method):
            if not rule.endpoint.startswith(STAFF_ROOMS) or rule.endpoint in ENTRANCES:
                continue
            data = {"csrf_token": token} if method == "POST" else None
            answer = client.open(url.replace(EXAMPLES["number"], number), method=method, data=data)
            redirected = answer.status_code in (302, 303) and answer.location.startswith("/account/login")
            assert redirected or answer.status_code in (401, 403), url
            assert CORRECTION["name"] not in answer.text
            asked += 1
    assert asked >= 5


def test_a_post_without_a_token_stores_nothing(site: Flask) -> None:
    number = send_correction(site)
    staff = sign_in(site)
    before = everything_stored(site)
    forms: dict[str, dict[str, str]] = {
        "feedback.correction": CORRECTION,
        "feedback.consultation": CONSULTATION,
        "security.login": {"email": "nobody@example.gov.cn", "password": PASSWORD},
        "moderation.decide": {"decision": "accept", "version": "0", "reply": "已改"},
        "moderation.add_term": {"kind": "word", "text": "静安科技馆"},
    }
    check = {
        endpoint: form_of(site.test_client().post(f"/feedback/{endpoint[9:]}", data=forms[endpoint]))
        for endpoint in ("feedback.correction", "feedback.consultation")
    }
    for rule, url in routes(site, "POST"):
        form = forms.get(rule.endpoint, {}) | check.get(rule.endpoint, {}) | {"confirm": "1"}
        for token in (None, "", "forged"):
            form = {name: value for name, value in form.items() if name != "csrf_token"}
            sent = form if token is None else form | {"csrf_token": token}
            for client in (site.test_client(), staff):
                client.post(url.replace(EXAMPLES["number"], number), data=sent)
    assert everything_stored(site) == before


def test_reading_changes_nothing(site: Flask) -> None:
    number = send_correction(site)
    clients = (site.test_client(), sign_in(site))
    before = everything_stored(site)
    for client in clients:
        for _, url in routes(site, "GET"):
            assert client.get(url.replace(EXAMPLES["number"], number)).status_code < 500, url
    assert everything_stored(site) == before


def answers(site: Flask) -> Iterator[TestResponse]:
    """An answer of every kind."""
    client, staff = site.test_client(), sign_in(site)
    for _, url in routes(site, "GET"):
        yield client.get(url)
        yield staff.get(url)
    yield client.get("/no/such/page")
    yield client.get("/static/no-such-file.css")
    yield client.get("/plans/2023-work-plan")
    yield client.post("/")
    yield client.open("/", method="TRACE")
    yield client.post("/account/login", data={"email": "x"})
    yield client.post("/account/login", data={"password": "长" * 1_000_000})
    yield client.post("/feedback/correction", data=CORRECTION)
    yield client.get("/", headers={"If-None-Match": client.get("/").headers["ETag"]})


def test_every_answer_carries_the_security_headers(site: Flask) -> None:
    seen = set()
    for answer in answers(site):
        for name in HEADERS:
            assert answer.headers.get(name), f"{answer.status} {answer.request.path}: {name}"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        seen.add(answer.status_code)
    assert seen >= {200, 302, 304, 400, 404, 405, 413}


def test_public_pages_are_the_same_for_everybody(site: Flask) -> None:
    visitor, staff = site.test_client(), sign_in(site)
    asked = 0
    for rule, url in routes(site, "GET"):
        answer = visitor.get(url)
        if not public(rule) or answer.status_code != 200:
            continue
        assert "Set-Cookie" not in answer.headers, url
        assert "Cookie" not in answer.headers.get("Vary", ""), url
        if rule.endpoint in ("site.healthz", "site.readyz"):
            continue
        asked += 1
        if answer.mimetype == "text/html":
            assert "csrf_token" not in answer.text, url
            assert answer.headers["Cache-Control"].startswith("public"), url
        if rule.endpoint != "search.results" and not url.startswith("/api/"):
            assert staff.get(url).data == answer.data, url
    assert asked >= 12


def test_staff_pages_and_forms_are_kept_by_nobody(site: Flask) -> None:
    number = send_correction(site)
    staff = sign_in(site)
    for rule, url in routes(site, "GET"):
        if rule.endpoint.startswith(STAFF_ROOMS):
            answer = staff.get(url.replace(EXAMPLES["number"], number))
            assert "no-store" in answer.headers["Cache-Control"], url
    check = site.test_client().post("/feedback/correction", data=CORRECTION)
    assert "no-store" in check.headers["Cache-Control"]


def test_every_public_page_has_both_forms_and_shows_the_way_back(site: Flask) -> None:
    client = site.test_client()
    for rule, url in routes(site, "GET"):
        answer = client.get(url)
        if not public(rule) or answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        actions = [action.partition("?")[0] for action in tree_of(answer).xpath("//form/@action")]
        assert actions.count("/feedback/correction") == 1, url
        assert actions.count("/feedback/consultation") == 1, url
        if url != "/":
            assert tree_of(answer).xpath("//nav[contains(@class, 'breadcrumbs')]"), url


def test_every_link_leads_somewhere(site: Flask) -> None:
    client = site.test_client()
    seen, waiting = {"/"}, ["/"]
    while waiting:
        url = waiting.pop()
        answer = client.get(url, follow_redirects=True)
        assert answer.status_code == 200, url
        if answer.mimetype != "text/html":
            continue
        tree = tree_of(answer)
        for link in tree.xpath("//a/@href | //link/@href | //script/@src | //img/@src"):
            target = urlsplit(urljoin(f"http://localhost{url}", link))
            if target.netloc != "localhost" or target.scheme not in ("http", "https"):
                continue
            # One correction form for each paragraph, and each page in each view, would be the same pages
            # hundreds of times.
            repeated = target.path in ("/feedback/correction", "/display") and len(seen) > 100
            query = "" if repeated or VIEWS.search(target.query) else target.query
            address = target.path + (f"?{query}" if query else "")
            if address not in seen:
                seen.add(address)
                waiting.append(address)
    assert len(seen) > 20


def test_another_host_is_refused(make_app: MakeApp) -> None:
    client = make_app(site_url="https://plan.example.gov.cn").test_client()
    wrong = client.get("/healthz", base_url="https://elsewhere.example")
    assert wrong.status_code == 400
    assert wrong.headers["Content-Security-Policy"]
    right = client.get("/healthz", base_url="https://plan.example.gov.cn")
    assert right.status_code == 200
    assert right.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("host", ['evil.example"><x>', "", "a b", "x" * 64])
def test_what_is_no_host_is_refused(app: Flask, host: str) -> None:
    """Also where the site does not know its own address: links are made of it."""
    wrong = app.test_client().get("/", headers={"Host": host})
    assert (wrong.status_code, wrong.mimetype) == (400, "text/plain")
    assert wrong.headers["Content-Security-Policy"]
    assert wrong.headers["Cache-Control"] == "no-store"


def test_a_fault_shows_a_page_and_nothing_of_the_inside(make_app: MakeApp) -> None:
    app = make_app()
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)

    def fault() -> str:
        raise LookupError("secret detail")

    app.add_url_rule("/fault", view_func=fault)
    app.add_url_rule("/api/fault", endpoint="api_fault", view_func=fault)
    answer = app.test_client().get("/fault")
    assert answer.status_code == 500
    assert "网站出现故障" in answer.text
    assert answer.headers["Content-Security-Policy"]
    for text in (answer.text, app.test_client().get("/api/fault").text):
        assert "secret detail" not in text
        assert "LookupError" not in text
        assert "Traceback" not in text


def test_every_template_compiles(app: Flask) -> None:
    names = app.jinja_env.list_templates(extensions=["html", "txt", "xml"])
    assert len(names) > 15
    for name in names:
        app.jinja_env.get_template(name)


def test_static_files_are_named_for_what_they_are(client: FlaskClient) -> None:
    assert client.get("/static/portal.css").mimetype == "text/css"
    assert client.get("/static/").status_code == 404
