"""``make pictures``: takes the pictures of real pages that the guide and the READMEs show.

A portal of its own is prepared and served, and a browser goes the ways that the guide describes. The places
to press are marked on the page itself, so a mark cannot miss its place. A test takes the same pictures again
and compares them: when a page has changed, it asks for ``make pictures``.
"""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import BrowserType, Locator, Page

from tests.support.browser import chromium
from tests.support.server import ROOT, Server, serving

GUIDE = Path("portal/static/pictures")
READMES = Path("docs/images")
# What the pages call themselves: no port, which is another in each run, stands in a picture.
SITE = "http://plan.example.gov.cn"
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
LAPTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
WINDOW: dict[str, Any] = {"viewport": {"width": 480, "height": 700}}
DENSITY = 2  # pixels of a picture for each pixel of the page
QUALITY = 25
Keep = Callable[[Path, Image.Image], None]
CHAPTER = "/plans/2023-work-plan/2"
NUMBER, CODE = "JC-20240116-0001", "K7M4P2X9"
WRONG, RIGHT = "苏河湾功能区", "苏州河湾功能区"

# Numbers, codes and days of the run give way to fixed ones; those of the plan are all of 2023.
FIX = """() => {
    const receipt = document.querySelector("[data-receipt-code]");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode;
        const fixed = receipt && text.data.trim() === receipt.dataset.receiptCode ? "CODE" : text.data
            .replace(/JC-[0-9]{8}-[0-9]{4}/g, "NUMBER")
            .replace(/20(2[4-9]|[3-9][0-9])年[0-9]{1,2}月[0-9]{1,2}日/g, "2024年1月16日")
            .replace(/[0-9]{2}:[0-9]{2}/g, "10:30");
        if (fixed !== text.data) text.data = fixed;  // Writing takes a selection away.
    }
}""".replace("NUMBER", NUMBER).replace("CODE", CODE)
# A ring around a place, with its number; drawn by properties, which the site's CSP allows.
MARK = """(place, number) => {
    const draw = (style, text) => {
        const drawn = document.createElement("div");
        Object.assign(drawn.style, {position: "absolute", zIndex: 9, boxSizing: "border-box",
            boxShadow: "0 0 0 2px #FFFFFF"}, style);
        drawn.textContent = text;
        drawn.dataset.drawn = "";
        document.body.append(drawn);
    };
    const at = place.getBoundingClientRect(), gap = 4, room = document.documentElement.clientWidth;
    const left = Math.max(at.left - gap, 3), right = Math.min(at.right + gap, room - 3);
    const top = at.top - gap + scrollY, height = at.height + 2 * gap, disc = 30;
    // On the corner of what is wide; above what is narrow, whose words it would hide, or below, at the top.
    const narrow = right - left < 120, over = top - disc + 8, middle = (left + right - disc) / 2;
    const x = Math.min(narrow ? middle : right - disc / 2, room - disc - 3);
    const y = !narrow ? top - disc / 2 : over > scrollY ? over : top + height - 8;
    draw({left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${height}px`,
        border: "4px solid #B45F06", borderRadius: "8px"}, "");
    draw({left: `${x}px`, top: `${y}px`, width: `${disc}px`, height: `${disc}px`, borderRadius: "50%",
        zIndex: 10, background: "#B45F06", color: "#FFFFFF", textAlign: "center",
        font: `700 20px/${disc}px sans-serif`}, String(number));
}"""
# A voice, so that the control for reading aloud appears; nothing is heard.
VOICE = """
    const said = {getVoices: () => [{lang: "zh-CN", localService: true}], speak() {}, cancel() {}};
    Object.defineProperty(window, "speechSynthesis", {value: said});
    window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""
# What is fixed to the window stays where it is.
SCROLL = """(place, above) => {
    for (let part = place; part; part = part.parentElement) {
        if (getComputedStyle(part).position === "fixed") return;
    }
    scrollTo(0, place.getBoundingClientRect().top + scrollY - above);
}"""
CLEAR = "() => document.querySelectorAll('[data-drawn]').forEach(drawn => drawn.remove())"
# Where the words begin and end on the screen.
ENDS = """([anchor, words]) => {
    const text = document.getElementById(anchor).firstChild, at = text.data.indexOf(words);
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + words.length);
    text.parentElement.scrollIntoView();
    const rects = range.getClientRects(), first = rects[0], last = rects[rects.length - 1];
    return [first.left + 1, first.top + first.height / 2, last.right - 1, last.top + last.height / 2];
}"""


class Camera:
    """Takes pictures of one tab; ``keep`` gets each with the file it belongs into, from the repository."""

    def __init__(self, page: Page, keep: Keep) -> None:
        self.page = page
        self.keep = keep

    def take(
        self,
        name: str,
        height: int,
        *places: str | Locator,
        top: str | Locator = "",
        above: int = 28,
        folder: Path = GUIDE,
    ) -> None:
        """A strip of the page, ``height`` high, that begins ``above`` pixels above ``top`` (else the first
        place, or with the page). The places are marked and numbered in order.
        """
        marked = [self._find(place) for place in places]
        first = self._find(top) if top else marked[0] if marked else None
        for place in marked:
            place.wait_for()
        self.page.wait_for_load_state()
        self.page.evaluate(FIX)
        start = self._scroll_to(first, above) if first else 0.0
        for number, place in enumerate(marked, 1):
            place.evaluate(MARK, number)
        width = (self.page.viewport_size or {})["width"]
        clip: Any = {"x": 0, "y": start, "width": width, "height": height}
        shot = self.page.screenshot(clip=clip, animations="disabled")
        self.page.evaluate(CLEAR)
        self.keep(folder / f"{name}.webp", Image.open(io.BytesIO(shot)).convert("RGB"))

    def _find(self, place: str | Locator) -> Locator:
        return (self.page.locator(place) if isinstance(place, str) else place).first

    def _scroll_to(self, place: Locator, above: int) -> float:
        """Bring a place near the top of the window; gives where the picture begins there."""
        place.evaluate(SCROLL, above)
        box = place.bounding_box()
        assert box is not None, place
        return max(box["y"] - above, 0)


def reading(camera: Camera) -> None:
    """From the home page to the end of a chapter."""
    page = camera.page
    page.goto("/")
    camera.take("home", 300, "#plans ~ * h3 a", "#plans ~ * ol li:nth-child(2) a", top="#plans")
    page.goto(CHAPTER)
    camera.take("chapter", 350, ".contents--top summary", top=".plan h1")
    camera.take("next-chapter", 240, ".chapters a[rel=next]", page.get_by_role("link", name="阅读全文"))


def searching(camera: Camera) -> None:
    """From a word to the paragraph that holds it."""
    page = camera.page
    page.goto("/")
    page.locator("#q").press_sequentially("苏河湾")
    page.locator(".search__option").first.wait_for()
    camera.take("search", 300, "#q", ".search__button", ".search__option")
    page.goto("/search?q=苏河湾")
    camera.take("results", 380, ".result a", top="main h1")
    page.locator(".result a").first.click()
    page.locator("[data-marks-steps]").wait_for()
    camera.take("found", 240, "[data-marks-step='1']", top="mark", above=130)


def asking(camera: Camera) -> None:
    """Where a question can be sent from."""
    camera.page.goto(CHAPTER)
    camera.take("reports", 210, "#report-consultation", top=".reports")


def selecting(camera: Camera) -> None:
    """Words drawn over with the mouse."""
    page = camera.page
    page.goto(f"{CHAPTER}#s2-1-p1")
    left, top, right, bottom = page.evaluate(ENDS, ["s2-1-p1", WRONG])
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(right, bottom, steps=4)
    page.mouse.up()
    camera.take("selecting", 200, ".selection", above=100)


def correcting(camera: Camera) -> None:
    """From a wrong word to the outcome."""
    page = camera.page
    page.goto(f"{CHAPTER}#s2-1-p1")
    camera.take("paragraph", 200, page.get_by_role("link", name="纠错本段"), above=130)
    page.goto(f"/feedback/correction?plan=2023-work-plan&page=2&anchor=s2-1-p1&quote={WRONG}")
    form = page.locator("#main form")
    form.locator("[name=suggestion]").fill(RIGHT)
    form.locator(".difference").first.wait_for()  # it follows a moment later
    form.locator("[name=error_type]").select_option("typo")
    form.locator("[name=description]").fill("读到这里，发现少了一个字。")
    form.locator("[name=name]").fill("张三")
    camera.take("suggestion", 260, form.locator("[name=suggestion]"))
    camera.take("correction", 420, form.locator("[name=error_type]"), form.locator("[name=name]"))
    form.get_by_role("button", name="核对纠错内容").click()
    buttons = [page.get_by_role("button", name=name) for name in ("提交纠错", "返回修改")]
    camera.take("check", 180, *buttons)
    page.get_by_role("button", name="提交纠错").first.click()
    page.wait_for_url("**/feedback/receipt/*")
    receipt = page.locator("[data-receipt-number]")
    number, code = receipt.get_attribute("data-receipt-number"), receipt.get_attribute("data-receipt-code")
    camera.take("receipt", 350, ".receipt__number", ".receipt__code", top="main h1")
    page.goto("/feedback/status")
    page.locator("#main [name=number]").fill(NUMBER)
    page.locator("#main [name=code]").fill(CODE)
    press = page.get_by_role("button", name="查询进度")
    camera.take("status", 400, "#main [name=number]", "#main [name=code]", press, top="#main form")
    page.locator("#main [name=number]").fill(number or "")
    page.locator("#main [name=code]").fill(code or "")
    press.click()
    page.locator(".timeline").wait_for()
    camera.take("progress", 272, "dd:has(.tag)", top="#progress-heading")


def enlarging(camera: Camera) -> None:
    """The view for those who see less well, and what else can be chosen."""
    page = camera.page
    page.goto(CHAPTER)
    camera.take("large", 160, ".view-switch:visible")
    page.locator(".view-switch:visible").first.click()
    camera.take("elder", 360)
    page.locator(".view-switch:visible").first.click()
    page.goto("/display")
    camera.take("display", 420, *(f"fieldset:has([name={name}])" for name in ("view", "size")))


def listening(camera: Camera) -> None:
    """A chapter read aloud, in a browser that has a voice."""
    page = camera.page
    page.add_init_script(VOICE)
    page.goto(CHAPTER)
    page.locator("[data-speak]:visible").wait_for()
    tools = [page.locator(f".reading-tools button:has-text('{name}')") for name in ("增大", "朗读", "阅读尺")]
    camera.take("tools", 220, *tools, top=".reading-tools")
    page.locator("[data-speak]").click()
    page.locator(".spoken").first.evaluate(SCROLL, 540)
    camera.take("speaking", 246, "[data-speaking-pause]", "[data-speaking-stop]", above=198)


def keeping(camera: Camera) -> None:
    """A plan to take along, and to pass on."""
    page = camera.page
    page.goto("/plans/2023-work-plan/")
    camera.take("downloads", 330, ".downloads li a", top="#downloads")
    page.goto(CHAPTER)
    page.get_by_text("分享本章", exact=True).click()
    page.locator("img.qr").evaluate("code => { code.loading = 'eager'; return code.decode(); }")
    camera.take("sharing", 420, "img.qr", top=".sharing details:has(.qr)")


def introducing(camera: Camera) -> None:
    """The home page and a chapter as the READMEs show them."""
    page = camera.page
    page.goto("/")
    camera.take("home", 800, folder=READMES)
    page.goto(CHAPTER)
    camera.take("chapter", 800, folder=READMES)


def introducing_elder_view(camera: Camera) -> None:
    """The same on a phone, in the elder view."""
    camera.page.goto(f"{CHAPTER}?view=elder")
    camera.take("elder", 740, folder=READMES)


JOURNEYS = [
    (PHONE, reading),
    (PHONE, searching),
    (PHONE, correcting),
    (PHONE, asking),
    (PHONE, enlarging),
    (PHONE, listening),
    (PHONE, keeping),
    (PHONE, introducing_elder_view),
    (WINDOW, selecting),
    (LAPTOP, introducing),
]


def take_all(keep: Keep, server: Server, kind: BrowserType | None = None) -> None:
    """Take every picture of a fresh portal; ``kind`` as for ``chromium``."""
    here = f"--host-resolver-rules=MAP {urlsplit(SITE).netloc}:80 {urlsplit(server.url).netloc}"
    with chromium(here, kind=kind) as browser:
        for screen, journey in JOURNEYS:
            context = browser.new_context(
                base_url=SITE,
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                color_scheme="light",
                reduced_motion="reduce",
                device_scale_factor=DENSITY,
                **screen,
            )
            context.set_default_timeout(30_000)
            journey(Camera(context.new_page(), keep))
            context.close()


def write(file: Path, picture: Image.Image) -> None:
    """Put a picture in its place."""
    (ROOT / file.parent).mkdir(parents=True, exist_ok=True)
    picture.save(ROOT / file, quality=QUALITY, method=6)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="portal-pictures-") as folder, serving(Path(folder)) as fresh:
        take_all(write, fresh)
