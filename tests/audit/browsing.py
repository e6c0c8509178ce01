"""axe-core and the eyes of a ruler: every page on three widths, in four looks, in a real browser."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.audit.findings import NODE, AuditError, Finding, Verdict, shown
from tests.audit.portal import Site
from tests.audit.walking import Document
from tests.support.browser import chromium

WIDTHS = {320: 568, 768: 1024, 1280: 800}
# What a reader has chosen, as the pages keep it.
LOOKS = {
    "light": {"portal-theme": "light"},
    "dark": {"portal-theme": "dark"},
    "contrast": {"portal-theme": "contrast"},
    "elder": {"portal-theme": "light", "portal-view": "elder"},
}
# Off by default, and asked for here; the last one where 7 : 1 is promised.
MORE_RULES = {"target-size": True, "label-content-name-mismatch": True, "color-contrast-enhanced": False}
OPEN = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
AXE = """async rules => {
    const found = await axe.run(document, {resultTypes: ['violations'], rules});
    return found.violations.map(one => [one.id, one.help, one.nodes.length, one.nodes[0].target.join(' ')]);
}"""
FAULTY = "document.querySelector('body').append(document.createElement('select'))"


class Eyes:
    """A browser with a context for each look; pages are as they were answered, styles and scripts live."""

    def __init__(self, browser: Browser) -> None:
        self.axe = (NODE / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
        self.contexts = {look: _context(browser, choices) for look, choices in LOOKS.items()}

    def see(self, document: Document, fault: str = "") -> list[Finding]:
        """What is wrong with a page, look by look; ``fault`` is a script that spoils it first."""
        found: dict[str, list[str]] = {}
        for look, context in self.contexts.items():
            for what, where in self._in(context, look, document, fault):
                found.setdefault(what, []).append(where)
        return [Finding(document.name, f"{what} [{', '.join(where)}]") for what, where in found.items()]

    def _in(
        self, context: BrowserContext, look: str, document: Document, fault: str
    ) -> Iterator[tuple[str, str]]:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.route(document.url, lambda route: _answer(route, document))
        page.goto(document.url)
        page.evaluate(OPEN)
        page.evaluate(fault or "null")
        page.evaluate(self.axe)
        rules = {name: {"enabled": on or look == "contrast"} for name, on in MORE_RULES.items()}
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            yield from ((what, f"{look} {width}") for what in _judged(page, rules))
        page.close()
        yield from ((f"the browser says: {said}", look) for said in complaints if not _expected(said))


def judge(site: Site) -> Verdict:
    """axe-core (with best practices and target sizes), sideways scrolling, and complaints of the browser.

    Raises:
        AuditError: a fault that was put in is not found.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn, initializer=_open_eyes) as pool:
        if not any(
            "select-name" in finding.what for finding in pool.submit(_see, site.pages[0], FAULTY).result()
        ):
            raise AuditError("axe-core finds nothing wrong with a faulty page, so it does not work")
        seen = pool.map(_see, site.pages)
        findings = [finding for page in shown(seen, len(site.pages), "axe") for finding in page]
    return Verdict(len(site.pages), findings)


# Each process of the pool has one pair of eyes, kept open until it ends.
_EYES: list[Eyes] = []
_KEPT = ExitStack()


def _open_eyes() -> None:
    _EYES.append(Eyes(_KEPT.enter_context(chromium())))


def _see(document: Document, fault: str = "") -> list[Finding]:
    return _EYES[0].see(document, fault)


def _context(browser: Browser, choices: dict[str, str]) -> BrowserContext:
    context = browser.new_context(locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    for name, value in choices.items():
        context.add_init_script(f"localStorage.setItem('{name}', '{value}')")
    return context


def _answer(route: Route, document: Document) -> None:
    route.fulfill(status=document.status, headers=document.headers, body=document.body)


def _judged(page: Page, rules: dict[str, Any]) -> Iterator[str]:
    sideways = page.evaluate(SIDEWAYS)
    if sideways > 0:
        yield f"{sideways} px wider than the screen"
    for rule, words, count, target in page.evaluate(AXE, rules):
        yield f"{rule}: {words}: {target}" + (f" and {count - 1} more" if count > 1 else "")


def _expected(said: str) -> bool:
    """A page of an error is answered with the status of the error, and the browser says so."""
    return "the server responded with a status of" in said
