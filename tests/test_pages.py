"""Every public page in a real browser: accessible, quiet on the console, and fitting the narrowest phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import NewPage
from tests.support.browser import Visitor
from tests.support.server import Server

ADDRESSES = [
    "/",
    "/plans/2023-work-plan/",
    "/plans/2023-work-plan/preface",
    "/plans/2023-work-plan/2",
    "/plans/2023-work-plan/full",
    "/search",
    "/search?q=企业",
    "/search?q=龘龘",
    "/feedback/correction",
    "/feedback/correction?plan=2023-work-plan&page=2&anchor=s2-1-p1",
    "/feedback/consultation",
    "/feedback/status",
    "/guide",
    "/privacy",
    "/no/such/page",
    "/account/login",
]
WIDTHS = {"phone": 360, "laptop": 1366}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_a_page_is_accessible_and_fits(
    new_page: NewPage, axe: Callable[[Page], None], address: str, width: int
) -> None:
    page = new_page(width=width)
    page.goto(address)
    axe(page)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{overflow} px wider than the screen"


@pytest.mark.parametrize(
    "address", ["/", "/plans/2023-work-plan/2", "/search?q=企业", "/feedback/correction"]
)
def test_a_page_is_accessible_in_the_dark(
    new_page: NewPage, axe: Callable[[Page], None], address: str
) -> None:
    page = new_page()
    page.emulate_media(color_scheme="dark")
    page.goto(address)
    axe(page)


def test_a_page_loads_nothing_from_elsewhere(new_page: NewPage, server: Server) -> None:
    page = new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for address in ADDRESSES:
        page.goto(address)
    assert requests
    assert [url for url in requests if not url.startswith(f"{server.url}/")] == []
    assert page.context.cookies() == [] or page.url.endswith("/account/login")


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


def test_axe_notices_a_fault(new_page: NewPage, axe: Callable[[Page], None]) -> None:
    page = new_page()
    page.goto("/")
    page.evaluate("document.querySelector('main').append(document.createElement('select'))")
    with pytest.raises(AssertionError, match="select-name"):
        axe(page)


def test_axe_judges_pages_without_scripts_too(new_page: NewPage, axe: Callable[[Page], None]) -> None:
    page = new_page(javascript=False)
    page.goto("/plans/2023-work-plan/2")
    axe(page)
    page.evaluate("document.querySelector('main').append(document.createElement('select'))")
    with pytest.raises(AssertionError, match="select-name"):
        axe(page)
