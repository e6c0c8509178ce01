"""One answer of the application in a real browser, looked at in every view: axe-core, reflow, focus."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Route
from werkzeug.test import TestResponse

ADDRESS = "http://localhost"
WIDTHS = (320, 768, 1280)
# All rules are asked for once; again only what depends on the theme, or on width and size.
EVERYTHING = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
CROWDED = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "target-size"]}
CONTRAST = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
ENHANCED = {
    "resultTypes": ["violations"],
    "runOnly": ["color-contrast-enhanced"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
# Width, view, theme, and what axe-core is asked.
VIEWS: tuple[tuple[int, str, str, dict[str, Any]], ...] = (
    (1280, "", "light", EVERYTHING),
    (320, "elder", "light", CROWDED),
    (768, "", "dark", CONTRAST),
    (320, "", "contrast", ENHANCED),
)
SHOW = """([view, theme]) => {
  const root = document.documentElement;
  if (view) { root.dataset.view = view; } else { delete root.dataset.view; }
  root.dataset.theme = theme;
}"""
RUN = """([within, options]) => axe.run(within, options).then(found => found.violations.map(one =>
  one.id + ': ' + one.nodes.map(node => node.target.join(' ') + ' ' + node.any.concat(node.all, node.none)
    .map(check => check.message).join('; ')).join('\\n    ')))"""
# Pages of one frame have the same sheets; their head and foot are judged in every view with the first.
FRAME = "[...document.styleSheets].map(sheet => sheet.href).join(' ')"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Stage:
    """A browser tab in which answers are shown; scripts and styles come from the same application."""

    def __init__(self, browser: Browser, app: Flask) -> None:
        self.complaints: list[str] = []
        self._app = app
        self._shown: TestResponse | None = None
        self._judged: set[str] = set()
        self.context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
        self.context.route("**/*", self._answer)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def show(
        self, answer: TestResponse, width: int = 1280, height: int = 800, *, unfold: bool = True
    ) -> Page:
        """Open an answer at its address, with everything unfolded."""
        self.complaints.clear()
        self._shown = answer
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.goto(ADDRESS + answer.request.path)
        if unfold:
            self.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        return self.page

    def judge(self) -> list[str]:
        """What is wrong with the page that is shown, in any width, view or theme."""
        self.page.evaluate(AXE_SCRIPT)
        frame, found = self.page.evaluate(FRAME), []
        for width, view, theme, options in VIEWS:
            within = "main" if frame in self._judged and options is not EVERYTHING else "html"
            self.page.set_viewport_size({"width": width, "height": 800})
            self.page.evaluate(SHOW, [view, theme])
            faults = self.page.evaluate(RUN, [within, options])
            found += [f"{width} {view} {theme} {fault}" for fault in faults]
        self._judged.add(frame)
        for view in ("", "elder"):
            self.page.evaluate(SHOW, [view, "contrast"])
            for width in WIDTHS:
                self.page.set_viewport_size({"width": width, "height": 800})
                if (over := self.page.evaluate(SIDEWAYS)) > 0:
                    found.append(f"{width} {view} {over} px wider than the screen")
        return found + self.complaints

    def _answer(self, route: Route) -> None:
        shown = self._shown if route.request.is_navigation_request() else None
        answer = shown or self._app.test_client().get(route.request.url.removeprefix(ADDRESS))
        # A page of an error is looked at as any other.
        headers = {name: value for name, value in answer.headers.items() if name != "Content-Encoding"}
        route.fulfill(status=200, headers=headers, body=answer.data)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)
