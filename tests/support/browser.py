"""Chromium, and the outside judge of accessibility."""

import contextlib
import shutil
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

# Without the last ones Chromium looks for hosts of its maker at every start.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A machine that runs other tests too may take longer than the five seconds that a page mostly has.
expect.set_options(timeout=20_000)
# Only what is wrong is worked out in full: the rest takes half of the time.
RULES = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
# What a <noscript> holds are elements only where scripts are off.
SCRIPTS_RUN = """() => {
    const holder = document.createElement("div");
    holder.innerHTML = "<noscript><i></i></noscript>";
    return holder.querySelector("i") === null;
}"""


COPIES: WeakKeyDictionary[BrowserContext, tuple[Page, dict[str, str]]] = WeakKeyDictionary()


@contextlib.contextmanager
def chromium(*arguments: str, kind: BrowserType | None = None) -> Iterator[Browser]:
    """Debian's Chromium, headless; ``kind`` is the ``browser_type`` of one that this process runs already."""
    with contextlib.ExitStack() as stack:
        kind = kind or stack.enter_context(sync_playwright()).chromium
        browser = kind.launch(executable_path=shutil.which("chromium"), args=[*ARGUMENTS, *arguments])
        stack.callback(browser.close)
        yield browser


class Visitor:
    """Opens pages as one reader, and remembers every complaint of the browser (script errors,
    blocked styles and scripts, failed loads).
    """

    def __init__(self, browser: Browser, url: str, *, javascript: bool, width: int, height: int) -> None:
        self.complaints: list[str] = []
        self.context = browser.new_context(
            base_url=url,
            java_script_enabled=javascript,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
        )
        self.context.set_default_timeout(10_000)

    def open_page(self) -> Page:
        """A new tab."""
        page = self.context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        return page

    def _console(self, message: ConsoleMessage) -> None:
        # An answer of 4xx that a test asks for is no fault of the page.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.complaints.append(f"{message.location.get('url')}: {message.text}")


def assert_accessible(page: Page) -> None:
    """axe-core finds nothing on the page as it stands, once it has arrived."""
    page.wait_for_load_state()
    if page.evaluate(SCRIPTS_RUN):
        _judge(page)
    else:
        _judge_copy(page)


def _judge(page: Page) -> None:
    results = Axe().run(page, options=RULES)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"


def _judge_copy(page: Page) -> None:
    """axe-core needs scripts to run: judge the same document where they may, with none of its own loaded."""
    copy, documents = _copy_of(page.context)
    address = page.url.partition("#")[0]
    documents.clear()
    documents[address] = page.content()
    copy.set_viewport_size(page.viewport_size or {"width": 1280, "height": 800})
    copy.goto(address)
    _judge(copy)


def _copy_of(context: BrowserContext) -> tuple[Page, dict[str, str]]:
    """A tab with scripts for a reader without, and what its addresses are answered with; opened once."""
    if context in COPIES:
        return COPIES[context]
    browser, documents = context.browser, dict[str, str]()
    assert browser is not None
    beside = browser.new_context(locale="zh-CN")
    context.on("close", lambda _: beside.close())
    beside.route("**/*.js", lambda route: route.abort())
    beside.route(
        lambda url: url in documents,
        lambda route: route.fulfill(body=documents[route.request.url], content_type="text/html"),
    )
    COPIES[context] = beside.new_page(), documents
    return COPIES[context]
