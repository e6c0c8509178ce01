"""Words selected in a plan lead to their correction: with a mouse, by keys, and on a touch screen."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import NewPage
from tests.support.server import Server

CHAPTER = "/plans/2023-work-plan/2"
WORDS = "苏河湾功能区"
FIND = """([anchor, words]) => {
    const block = document.getElementById(anchor);
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    const places = [];
    while (walker.nextNode()) {
        for (let at = 0; at < walker.currentNode.length; at++) places.push([walker.currentNode, at]);
    }
    const start = block.textContent.indexOf(words);
    const [first, last] = [places[start], places[start + words.length - 1]];
    const range = document.createRange();
    range.setStart(...first);
    range.setEnd(last[0], last[1] + 1);
    return range;
}"""
RECTS = f"""target => {{
    const range = ({FIND})(target);
    document.getElementById(target[0]).scrollIntoView({{block: "center"}});
    const rects = [...range.getClientRects()];
    const [first, last] = [rects[0], rects[rects.length - 1]];
    return [first.left + 1, first.top + first.height / 2, last.right - 1, last.top + last.height / 2];
}}"""
SELECT = f"""target => {{
    const range = ({FIND})(target);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
}}"""
SELECT_FROM_TO = """([from, to]) => {
    const [start, end] = [from, to].map(name => document.querySelector(name));
    getSelection().setBaseAndExtent(start, 0, end, end.childNodes.length);
}"""
SELECTED = (
    "() => { const r = getSelection().getRangeAt(0).getBoundingClientRect(); return [r.top, r.bottom]; }"
)


def drag(page: Page, anchor: str, words: str) -> None:
    """Draw a selection with the mouse; nothing shows before the button is released."""
    left, top, right, bottom = page.evaluate(RECTS, [anchor, words])
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(right, bottom, steps=5)
    page.keyboard.press("Shift")
    page.wait_for_timeout(200)
    assert bar(page).count() == 0
    page.mouse.up()


def select(page: Page, script: str, target: list[str]) -> None:
    """Select as a script can, and release a key."""
    page.evaluate(script, target)
    page.keyboard.press("Shift")
    page.wait_for_timeout(150)


def bar(page: Page) -> Locator:
    return page.get_by_role("group", name="选中的文字")


def send(page: Page, suggestion: str) -> str:
    """From the form that the words have opened to the receipt; where its link leads back to."""
    main = page.locator("main")
    expect(main.get_by_label("出错的文字")).to_have_value(WORDS)
    expect(main.get_by_label("建议改为")).to_have_value(WORDS)
    expect(page.locator(".suggested")).to_be_hidden()
    main.get_by_label("建议改为").fill(suggestion)
    expect(page.locator(".suggested ins")).to_contain_text("园")
    main.get_by_label("错误类").select_option("typo")
    main.get_by_label(re.compile("操作经过")).fill("读到这里")
    main.get_by_label("您的姓名", exact=False).first.fill("张三")
    main.get_by_role("button", name="核对纠错内容").click()
    expect(page.locator("main ins, .dialog ins").first).to_be_visible()
    page.get_by_role("button", name="提交纠错").click()
    expect(page.locator("h1")).to_have_text("已收到您的纠错")
    return page.get_by_role("link", name="回到刚才的页面").get_attribute("href") or ""


def test_with_the_mouse_to_the_receipt(page: Page, axe: Callable[[Page], None]) -> None:
    page.goto(CHAPTER)
    drag(page, "s2-1-p1", WORDS)
    expect(bar(page)).to_be_visible()
    assert page.evaluate("getSelection().toString()") == WORDS
    box, words = bar(page).bounding_box(), page.evaluate(SELECTED)
    assert box
    assert box["y"] >= words[1] or box["y"] + box["height"] <= words[0]
    assert all(part.bounding_box()["height"] >= 44 for part in bar(page).locator("a, button").all())
    axe(page)
    page.keyboard.press("Escape")
    expect(bar(page)).to_have_count(0)
    page.mouse.click(5, 300)
    drag(page, "s2-1-p1", WORDS)
    page.mouse.click(5, 300)
    expect(bar(page)).to_have_count(0)
    drag(page, "s2-1-p1", WORDS)
    bar(page).get_by_role("link", name="纠错").click()
    expect(page.locator("h1")).to_have_text("我要纠错")
    axe(page)
    assert send(page, "苏河湾功能园区").endswith(f"{CHAPTER}#s2-1-p1")


def test_by_keys(page: Page) -> None:
    page.goto(CHAPTER)
    drag(page, "s2-1-p1", WORDS[:2])
    page.keyboard.press("Escape")
    for _ in WORDS[2:]:
        page.keyboard.press("Shift+ArrowRight")
    expect(bar(page)).to_be_visible()
    assert page.evaluate("getSelection().toString()") == WORDS
    link = bar(page).get_by_role("link", name="纠错")
    expect(link).to_have_attribute("href", re.compile(f"quote={quote(WORDS)}&"))  # it follows a moment later
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_label("出错的文字")).to_have_value(WORDS)
    assert f"anchor=s2-1-p1&quote={WORDS}" in page.evaluate("decodeURIComponent(location.search)")


def test_copying_is_left_alone_and_a_quotation_has_its_source(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(CHAPTER)
    text = page.locator("#s2-2-p1").text_content()
    left, top, _, _ = page.evaluate(RECTS, ["s2-2-p1", (text or "")[:9]])
    page.mouse.click(left, top, click_count=3)
    page.wait_for_timeout(200)
    page.keyboard.press("ControlOrMeta+c")
    assert page.evaluate("navigator.clipboard.readText()").strip() == text
    drag(page, "s2-1-p1", WORDS)
    bar(page).get_by_role("button", name="复制引文").click()
    expect(bar(page)).to_contain_text("已复制引文")
    quotation = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert quotation[0] == f"“{WORDS}”"
    assert quotation[1].startswith("《区科委2023年工作要点》，(一)")
    assert quotation[2] == page.evaluate("location.origin") + f"{CHAPTER}#s2-1-p1"


def test_what_is_no_part_of_one_paragraph_has_no_bar(page: Page) -> None:
    page.goto(CHAPTER)
    for script, target in [
        (SELECT_FROM_TO, ["#s2-1-p1", "#s2-2-p1"]),
        (SELECT_FROM_TO, ["#s2-1", "#s2-1-p1"]),
        (SELECT_FROM_TO, ["main .meta", "main .meta"]),
        (SELECT_FROM_TO, [".tools", ".tools"]),
        (SELECT_FROM_TO, ["#s2-1-p1", "#s2-1-p1 ~ .tools"]),
        (SELECT_FROM_TO, [".menu", ".menu"]),
        (SELECT, ["s2-1-p1", "苏"]),
    ]:
        select(page, script, target)
        assert bar(page).count() == 0, target
    select(page, SELECT, ["s2-1", page.locator("#s2-1").text_content() or ""])
    expect(bar(page)).to_be_visible()
    # A paragraph that is too long to be judged at a glance.
    page.locator("#s2-1-p1").evaluate("block => block.append('多'.repeat(300))")
    select(page, SELECT_FROM_TO, ["#s2-1-p1", "#s2-1-p1"])
    expect(bar(page)).to_have_text("请缩小到一句话")


def test_on_the_whole_text_and_in_a_table(page: Page) -> None:
    page.goto("/plans/2023-work-plan/full")
    page.evaluate(
        """() => {
            const table = document.createElement("table");
            table.id = "s2-1-p9";
            table.innerHTML = "<tr><td>第一格</td><td>第二格</td></tr>";
            document.getElementById("s2-1-p1").after(table);
        }"""
    )
    select(page, SELECT, ["s2-1-p9", "格第"])
    assert bar(page).count() == 0
    select(page, SELECT, ["s2-1-p9", "二格"])
    address = bar(page).get_by_role("link", name="纠错").get_attribute("href") or ""
    for part in ("plan=2023-work-plan", "page=2", "anchor=s2-1-p9", "release="):
        assert part in address


@pytest.fixture
def phone(browser: Browser, server: Server) -> Iterator[Page]:
    """A touch screen."""
    complaints: list[Any] = []
    with browser.new_context(
        base_url=server.url,
        locale="zh-CN",
        has_touch=True,
        is_mobile=True,
        viewport={"width": 390, "height": 844},
    ) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(error))
        yield page
    assert not complaints


def test_on_a_touch_screen(phone: Page, axe: Callable[[Page], None]) -> None:
    phone.goto(CHAPTER)
    phone.evaluate(RECTS, ["s2-1-p1", WORDS])
    phone.evaluate(SELECT, ["s2-1-p1", WORDS])
    strip = bar(phone)
    expect(strip).to_have_text("已选6字复制引文纠错这段")
    box = strip.bounding_box()
    assert box
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 390, 844)
    axe(phone)
    phone.evaluate("getSelection().removeAllRanges()")
    expect(strip).to_have_count(0)
    phone.evaluate(SELECT, ["s2-1-p1", WORDS])
    # A browser may take the selection away as soon as the finger is down.
    link = strip.get_by_role("link", name="纠错这段")
    link.dispatch_event("pointerdown")
    phone.evaluate("getSelection().removeAllRanges()")
    phone.wait_for_timeout(200)
    link.tap()
    expect(phone.locator("main").get_by_label("出错的文字")).to_have_value(WORDS)


def test_without_scripts_a_paragraph_is_corrected(new_page: NewPage) -> None:
    page = new_page(javascript=False, width=390, height=844)
    page.goto(CHAPTER)
    text = page.locator("#s2-1-p1").text_content() or ""
    page.locator(".block", has=page.locator("#s2-1-p1")).get_by_role("link", name="纠错本段").click()
    suggestion = page.locator("main").get_by_label("建议改为")
    expect(page.locator("main").get_by_label("出错的文字")).to_have_value(text)
    expect(suggestion).to_have_value(text)
    suggestion.fill(text.replace(WORDS, "苏河湾功能园区"))
    page.locator("main").get_by_label("错误类").select_option("typo")
    page.locator("main").get_by_label(re.compile("操作经过")).fill("读到这里")
    page.locator("main").get_by_label("您的姓名").fill("张三")
    page.get_by_role("button", name="核对纠错内容").click()
    expect(page.locator("main ins").first).to_contain_text("园")
    page.get_by_role("button", name="提交纠错").click()
    page.get_by_role("link", name="回到刚才的页面").click()
    assert page.url.endswith(f"{CHAPTER}#s2-1-p1")
