"""A page of a plan in a real browser: lines, contents, address, what is copied, and the bar on phones."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.conftest import NewPage
from tests.plans.corrected import OTHER
from tests.plans.test_browser import show
from tests.plans.test_departed import client as departed_client

TODAY = "new Date().toLocaleDateString('sv')"  # as ISO 8601 writes it
CHAPTER = "/plans/2023-work-plan/2"
__all__ = ["departed_client"]
# How the lines of the plan are set: characters that begin or end one and must not, figures that are parted,
# and pairs of Han characters with more than 0.15 em between them.
LINES = r"""() => {
  const found = [], range = document.createRange();
  document.querySelectorAll('.plan :is(h1, h2, h3, p)[id]').forEach(block => {
    const size = parseFloat(getComputedStyle(block).fontSize), chars = [];
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    for (let node; node = walker.nextNode();) for (let at = 0; at < node.length; at++) {
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const box = range.getBoundingClientRect();
      if (box.width) chars.push({char: node.data[at], left: box.left, top: box.top, bottom: box.bottom});
    }
    chars.slice(1).forEach((next, at) => {
      const one = chars[at], pair = one.char + next.char;
      const broken = next.top >= one.bottom - 2;
      const wrong = broken ? /.[，。、；：！？）》”]|[（《“].|\d[\d年月日%个家项]/ : /^$/;
      const wide = !broken && /[\u4e00-\u9fff]{2}/.test(pair) && (next.left - one.left) / size > 1.15;
      if (wrong.test(pair) || wide) found.push(block.id + ' ' + pair);
    });
  });
  return found;
}"""


@pytest.fixture
def phone(new_page: NewPage) -> Page:
    return new_page(width=360, height=740)


def test_no_line_is_set_badly(page: Page) -> None:
    page.goto("/plans/2023-work-plan/full")
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(LINES) == [], width


def test_contents_progress_and_address_follow(page: Page) -> None:
    page.goto("/")
    # Links get cut off on their way: half a character after the sign turns nothing off.
    page.goto(f"{CHAPTER}?q=数据#%E4%B8%E")
    expect(page.locator("[data-marks-count]")).to_have_text(re.compile("^第1处"))
    expect(page.locator(".contents__place").first).to_have_text("第2章，共5章，已读0%")
    page.locator("#s2-3-p1").evaluate("e => window.scrollTo(0, e.getBoundingClientRect().top - 100)")
    current = page.locator(".contents--side a[aria-current=true]")
    expect(current).to_have_text(re.compile(r"^\(三\)"))
    expect(page).to_have_url(re.compile(r"\?q=[^#]*#s2-3-p1$"))
    assert int(page.locator("[data-progress]").get_attribute("value") or 0) > 0
    # Not while words are selected.
    page.evaluate("getSelection().selectAllChildren(document.getElementById('s2-3-p1'))")
    page.evaluate("window.scrollTo(0, 0)")
    expect(page.locator("[data-progress]")).to_have_attribute("value", "0")
    page.wait_for_function("() => window.scrollY === 0")
    assert page.url.endswith("#s2-3-p1")
    page.go_back()
    expect(page).to_have_url(re.compile("/$"))


def test_what_the_address_leads_to_is_shown_for_a_while(page: Page) -> None:
    page.clock.install()
    page.goto(f"{CHAPTER}#s2-2-p1")
    target = page.locator("#s2-2-p1")
    expect(target).to_be_focused()
    bar = "e => getComputedStyle(e, '::before').content"
    assert target.evaluate(bar) != "none"
    assert target.evaluate("e => getComputedStyle(e).outlineStyle") == "none"
    assert (page.locator("#s2-2").bounding_box() or {"y": -1})["y"] >= 16
    page.clock.fast_forward(3100)
    assert target.evaluate(bar) == "none"
    page.keyboard.press("Tab")
    expect(target).not_to_have_attribute("tabindex", "-1")
    assert not page.locator("[data-departed]").is_visible()
    page.evaluate("location.hash = 's2-99'")
    expect(page.locator("[data-departed]")).to_be_visible()
    expect(page.locator("[data-elsewhere]")).to_be_hidden()
    # The anchor names another chapter.
    page.evaluate("location.hash = 's3-1-p1'")
    expect(page.locator("[data-elsewhere]")).to_be_visible()
    page.locator("[data-elsewhere] a").click()
    expect(page).to_have_url(re.compile("/3#s3-1-p1$"))
    expect(page.locator("#s3-1-p1")).to_be_focused()


def test_a_link_to_what_left_says_so_without_scripts(
    new_page: NewPage, published_app: Flask, departed_client: object
) -> None:
    page = new_page(javascript=False)
    show(page, published_app)
    page.goto(f"/plans/{OTHER}/1#s1-p3")
    expect(page.get_by_text("您要看的段落已不在本页。")).to_be_visible()
    assert (page.locator("[data-departed]").bounding_box() or {"y": -1})["y"] >= 0
    page.goto(f"/plans/{OTHER}/1")
    expect(page.get_by_text("您要看的段落")).to_have_count(2)
    assert not page.get_by_text("您要看的段落").first.is_visible()
    page.goto(f"/plans/{OTHER}/full#s1-p2")
    expect(page.get_by_text("您要看的段落现在在")).to_be_visible()
    page.locator("#s1-p2 a").click()
    expect(page).to_have_url(re.compile(r"/2#s2-p1$"))


def test_references_and_addresses_are_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(CHAPTER)
    page.get_by_text("引用本章").click()
    page.get_by_role("button", name="复制引用格式").click()
    expect(page.get_by_role("button", name="已复制引用格式")).to_be_visible()
    copied, today = page.evaluate("navigator.clipboard.readText()"), page.evaluate(TODAY)
    assert f"[EB/OL]. (2023-07-12)[{today}]. " in copied
    assert copied.endswith(f"{CHAPTER}.")
    expect(page.locator("[data-today-note]")).to_be_hidden()
    page.locator("a[href='#s2-1-p1'][data-permalink]").click()
    expect(page.locator("[data-copied]")).to_have_text("已复制本段链接")
    lines = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert lines[0].startswith("《区科委2023年工作要点》，(一)")
    assert lines[1].endswith(f"{CHAPTER}#s2-1-p1")
    with page.expect_request("**/plans/2023-work-plan/3") as asked:
        page.locator(".chapters a[rel=next]").hover()
    assert asked.value.headers.get("sec-purpose", "prefetch") == "prefetch"
    response = asked.value.response()
    assert response
    assert response.ok


def test_the_drawer_of_contents_closes_in_every_way(phone: Page, axe: Callable[[Page], None]) -> None:
    phone.goto("/")
    phone.goto(f"{CHAPTER}#s2-3-p1")
    button, drawer = phone.get_by_role("button", name="目录", exact=True), phone.get_by_role("dialog")
    for close in (
        lambda: phone.keyboard.press("Escape"),
        lambda: phone.go_back(),
        lambda: phone.mouse.click(355, 300),
        lambda: drawer.get_by_role("button", name="关闭目录").click(),
    ):
        button.click()
        expect(drawer).to_be_visible()
        box, current = drawer.bounding_box(), drawer.locator("a[aria-current=true]").bounding_box()
        assert box
        assert current
        assert (box["y"], box["height"]) == (0, 740)
        assert 0 <= current["y"] < 740
        close()
        expect(drawer).to_be_hidden()
        expect(button).to_be_focused()
        phone.wait_for_function("() => !(history.state && history.state.drawer)")
    button.click()
    axe(phone)
    drawer.get_by_role("link", name="(一)").click()
    # A moment later the address names the paragraph that is read there.
    expect(phone).to_have_url(re.compile("#s2-1(-p1)?$"))
    phone.go_back()
    expect(phone).to_have_url(re.compile("#s2-3-p1$"))


def test_the_bar_on_a_phone_leads_far_and_covers_nothing(phone: Page) -> None:
    phone.goto(CHAPTER)
    bar = phone.locator("[data-bottom-bar]")
    assert [button.inner_text() for button in bar.locator("button").all()] == ["目录", "搜索", "字号", "纠错"]
    bar.get_by_text("纠错").click()
    expect(phone.locator("#report-correction > summary")).to_be_focused()
    assert phone.locator("#report-correction").get_attribute("open") is not None
    bar.get_by_text("搜索").click()
    expect(phone.locator("#q")).to_be_focused()
    expect(bar).to_be_hidden()  # the keyboard needs the room
    edge = 740 - 48
    for _ in range(40):
        phone.keyboard.press("Tab")
        if bar.is_visible() and not phone.evaluate("!!document.activeElement.closest('[data-bottom-bar]')"):
            bottom = phone.evaluate("document.activeElement.getBoundingClientRect().bottom")
            assert bottom <= edge, phone.evaluate("document.activeElement.outerHTML")


def test_without_scripts_or_dialogs_the_contents_stand_at_the_top(new_page: NewPage) -> None:
    plain, old = (new_page(width=360, height=740, javascript=on) for on in (False, True))
    plain.goto(CHAPTER)
    assert not plain.locator(
        "[data-bottom-bar], [data-progress], [data-copy], [data-print]"
    ).first.is_visible()
    old.add_init_script("delete window.HTMLDialogElement")  # as an old WebView
    old.goto(CHAPTER)
    old.get_by_role("button", name="目录", exact=True).click()
    expect(old.locator(".contents--top > summary")).to_be_focused()
    expect(old.locator(".contents--top a").first).to_be_visible()
