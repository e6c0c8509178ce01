"""Every page of the portal, public and staff, in each of its states, in a real browser and in every view."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.test import TestResponse

from portal.plans.models import ErratumState
from tests.conftest import NewPage, build, close
from tests.feedback.sending import check_page, confirm, receipt
from tests.moderation.support import send
from tests.plans.corrected import correct
from tests.support.browser import Visitor
from tests.support.client import form_of, sign_in
from tests.support.server import Server
from tests.support.showing import Stage

PLAN = "/plans/2023-work-plan"
PUBLIC = [
    *("/", "/plans/", f"{PLAN}/", f"{PLAN}/preface", f"{PLAN}/2", f"{PLAN}/2?q=科技", f"{PLAN}/full"),
    *(
        "/search",
        "/search?q=企业",
        "/search?q=kechuang",
        "/search?q=-科技",
        "/search?q=龘龘",
        "/search?q=龘科技",
    ),
    "/search?q=科技&plan=2023-work-plan",
    *("/feedback/correction", "/feedback/consultation", "/feedback/status"),
    "/feedback/correction?plan=2023-work-plan&page=2&anchor=s2-1-p1",
    *(
        "/errata",
        "/errata?year=2026&q=产业",
        "/errata?q=龘",
        "/errata/KW-20261124-0001",
        "/errata/KW-20261124-0003",
    ),
    *(f"{PLAN}/2/history", f"{PLAN}/2/history/1", f"{PLAN}/2/history/2", f"{PLAN}/2/history/2?compare=sides"),
    *("/guide", "/privacy", "/accessibility", "/components", "/display", "/no/such/page", f"{PLAN}/77"),
    "/account/login",
]
DESK = [
    *(
        "/moderation/",
        "/moderation/?state=closed",
        "/moderation/?q=龘",
        "/moderation/?since=x",
        "/moderation/plans",
    ),
    *("/moderation/plans/2023-work-plan/2", "/moderation/plans/2023-work-plan/2/s2-1-p1"),
    *("/moderation/errata", "/moderation/errata?state=declined", "/moderation/errata/KW-20261124-0001"),
    *(
        "/moderation/proposals/KW-20261124-0002",
        "/moderation/searches",
        "/moderation/none",
        "/account/change",
    ),
]
# What answers GET with something else than a page.
# What a form leads to, and what has a number of its own.
LED_TO = [
    *(
        "submission",
        "submission without a place",
        "decision refused",
        "correction refused",
        "correction checked",
    ),
    *(
        "consultation refused",
        "consultation checked",
        "receipt",
        "progress",
        "progress refused",
        "sign-in refused",
    ),
]
# What answers GET with something else than a page.
MACHINES = {"static", "site.healthz", "site.readyz", "moderation.attachment", "moderation.terms"}
Show = Callable[[], TestResponse]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, published_files: Path) -> Iterator[Flask]:
    """A portal in which something of everything has happened."""
    folder = tmp_path_factory.mktemp("office") / "files"
    shutil.copytree(published_files, folder)
    app = build(folder, content=folder / "content")
    correct(app, "s2-1-p1", "重点", "着力", number="KW-20261124-0001")
    correct(app, "s2-2-p1", "数据", "资料", number="KW-20261124-0002", state=ErratumState.PROPOSED)
    correct(app, "s3-1-p1", "产业", "行业", number="KW-20261124-0003", state=ErratumState.WITHDRAWN)
    yield app
    close(app)


@pytest.fixture(scope="module")
def states(office: Flask) -> dict[str, Show]:
    """The name of each page, and what gives the answer."""
    visitor, desk = office.test_client(), sign_in(office)
    shown = {address: _get(visitor, address) for address in PUBLIC}
    shown |= {address: _get(desk, address) for address in DESK}
    return shown | _of_visitors(visitor) | _of_staff(office, desk)


def _get(client: FlaskClient, address: str) -> Show:
    return lambda: client.get(address)


def _of_visitors(visitor: FlaskClient) -> dict[str, Show]:
    sent = confirm(visitor, "correction", check_page(visitor, "correction"))
    asked = dict(zip(("number", "code"), receipt(visitor, sent), strict=True))
    return {
        "correction refused": lambda: visitor.post("/feedback/correction", data={"name": "张三"}),
        "consultation refused": lambda: visitor.post("/feedback/consultation", data={}),
        "correction checked": lambda: check_page(visitor, "correction", suggestion="改为", quote="改成"),
        "consultation checked": lambda: check_page(visitor, "consultation"),
        "receipt": _get(visitor, sent.headers["Location"]),
        "progress": lambda: visitor.post("/feedback/status", data=asked),
        "progress refused": lambda: visitor.post("/feedback/status", data={"number": "JC"}),
        "sign-in refused": lambda: visitor.post(
            "/account/login", data=form_of(visitor.get("/account/login")) | {"email": "x"}
        ),
    }


def _of_staff(office: Flask, desk: FlaskClient) -> dict[str, Show]:
    found = "/moderation/submissions/" + send(office, quote="科技", suggestion="科学", anchor="s2-1-p1")
    lost = "/moderation/submissions/" + send(office, description="第一行\n第二行")
    decision = form_of(desk.get(lost), f"{lost}/decision") | {"decision": "reject", "reply": ""}
    return {
        "submission": _get(desk, found),
        "submission without a place": _get(desk, lost),
        "decision refused": lambda: desk.post(f"{lost}/decision", data=decision),
    }


@pytest.fixture(scope="module")
def stage(browser: Browser, office: Flask) -> Iterator[Stage]:
    """The tab that all are shown in."""
    stage = Stage(browser, office)
    yield stage
    stage.context.close()


@pytest.mark.parametrize("name", [*PUBLIC, *DESK, *LED_TO])
def test_a_page_is_faultless_in_every_view(states: dict[str, Show], stage: Stage, name: str) -> None:
    stage.show(states[name]())
    assert stage.judge() == []


def test_no_page_is_left_out(office: Flask, states: dict[str, Show]) -> None:
    """Whatever answers GET is in the lists above, or is no page."""
    adapter = office.url_map.bind("localhost")
    paths = {show().request.path for show in states.values()}
    seen = {adapter.match(path, method="GET")[0] for path in paths if adapter.test(path, method="GET")}
    example = {"plan": "2023-work-plan", "page": "2", "part": 1, "form": "txt"}
    for rule in office.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in seen | MACHINES:
            address = adapter.build(rule.endpoint, {name: example[name] for name in rule.arguments})
            answer = office.test_client().get(address)
            page = answer.mimetype == "text/html" and answer.status_code not in (301, 302, 303, 308)
            assert not page, f"{rule.endpoint} is a page: name it above"


def test_the_stage_sees_faults(stage: Stage, office: Flask) -> None:
    page = stage.show(office.test_client().get("/privacy"))
    page.evaluate("document.querySelector('main').append(document.createElement('select'))")
    page.evaluate("document.querySelector('h1').setAttribute('dir', 'sideways')")
    page.evaluate("document.querySelector('h1').style.width = '1400px'")
    page.evaluate("document.querySelector('main p').style.color = '#888'")
    wrong = "\n".join(stage.judge())
    assert "select-name" in wrong
    assert "320 elder" in wrong
    assert "px wider than the screen" in wrong
    assert "320  contrast color-contrast-enhanced" in wrong


# The first page of each kind: what the keyboard meets there.
WALKED = ["/", f"{PLAN}/2", "/search?q=企业", "correction refused", "/components", "/moderation/"]
FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at), box = at.getBoundingClientRect();
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height, 40) / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  at.dataset.walked = (Number(at.dataset.walked) || 0) + 1;
  return {
    name: at.outerHTML.slice(0, 90), times: Number(at.dataset.walked),
    // A field for a date has stops of its own inside, with rings of the browser's.
    ring: style.outlineStyle !== 'none' && style.boxShadow !== 'none' || at.type === 'date',
    covered: !(top && (at.contains(top) || top.contains(at))),
  };
}"""
UNREACHED = """() => [...document.querySelectorAll(
  'a[href], button, input:not([type=hidden], [type=radio]), select, textarea, summary, [tabindex="0"]'
)].filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && !e.dataset.walked
  && e.tabIndex >= 0).map(e => e.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("name", WALKED)
def test_the_keyboard_reaches_everything(states: dict[str, Show], stage: Stage, name: str) -> None:
    page = stage.show(states[name]())
    assert page.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    for _ in range(300):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        # Past the last one, the walk goes on from the first: an error summary has the focus when it is shown.
        if focused is None and page.evaluate(UNREACHED) == []:
            break
        if focused is None:
            continue
        assert focused["ring"], focused
        assert not focused["covered"], focused
    assert page.evaluate(UNREACHED) == []


SPACED = """* {
  line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important;
}
p { margin-bottom: 2em !important; }"""
CLIPPED = """() => [...document.querySelectorAll('main *, header *')].filter(e => {
  const style = getComputedStyle(e);
  return e.clientWidth > 2 && style.overflowY === 'hidden' && style.textOverflow !== 'ellipsis'
    && e.scrollHeight > e.clientHeight + 2;
}).map(e => e.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("name", WALKED)
def test_nothing_is_clipped_when_text_is_spaced(states: dict[str, Show], stage: Stage, name: str) -> None:
    page = stage.show(states[name](), width=320)
    # The CSP of the page keeps out a <style> of ours, not a sheet that a script makes.
    page.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);"
        " document.adoptedStyleSheets = [sheet]; }",
        SPACED,
    )
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_pages_load_nothing_from_elsewhere_and_keep_nothing(states: dict[str, Show], stage: Stage) -> None:
    requests: list[str] = []
    stage.page.on("request", lambda request: requests.append(request.url))
    for name in WALKED:
        stage.show(states[name]())
    assert requests
    assert [url for url in requests if not url.startswith("http://localhost/")] == []


def test_a_complaint_of_the_browser_is_noticed(browser: Browser, server: Server) -> None:
    visitor = Visitor(browser, server.url, javascript=True, width=360, height=740)
    page = visitor.open_page()
    page.goto("/")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('p'), {innerHTML: '<b style=\"x:y\">'}))"
    )
    page.evaluate(
        "document.head.append(Object.assign(document.createElement('script'), {src: '//other.invalid/'}))"
    )
    page.wait_for_timeout(200)
    visitor.context.close()
    assert any("style" in complaint for complaint in visitor.complaints)
    assert any("script" in complaint for complaint in visitor.complaints)


def test_axe_judges_pages_without_scripts_too(new_page: NewPage, axe: Callable[[Page], None]) -> None:
    page = new_page(javascript=False)
    page.goto("/plans/2023-work-plan/2")
    axe(page)
    page.evaluate("document.querySelector('main').append(document.createElement('select'))")
    with pytest.raises(AssertionError, match="select-name"):
        axe(page)
