"""What the scripts add, in a real browser; that everything works without them is for the journeys."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import NewPage
from tests.support.server import Server

CHAPTER = "/plans/2023-work-plan/2"
OFFLINE = "网络已断开，内容还在。请联网后再提交。"


def fill_in(page: Page) -> None:
    page.click("#report-correction summary")
    page.select_option("#correction-error_type", "typo")
    page.fill("#correction-description", "第一行\n第二行")
    page.fill("#correction-name", "张三")


def test_large_text_is_kept_for_the_next_page(page: Page) -> None:
    page.goto(CHAPTER)
    paragraph = "#s2-1-p1"
    before = page.eval_on_selector(paragraph, "e => parseFloat(getComputedStyle(e).fontSize)")
    page.get_by_role("button", name="大字版").click()
    after = page.eval_on_selector(paragraph, "e => parseFloat(getComputedStyle(e).fontSize)")
    assert (before, after) == (18, 22)
    page.goto("/guide")
    assert page.evaluate("document.documentElement.dataset.view") == "elder"
    page.get_by_role("button", name="标准版").click()
    assert page.evaluate("document.documentElement.dataset.view") is None


def test_theme_is_chosen_at_the_foot(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="深色").click()
    expect(page.get_by_role("button", name="深色")).to_have_attribute("aria-pressed", "true")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 28)"


def test_large_text_switch_is_within_the_first_three_stops(page: Page) -> None:
    page.goto("/")
    stops = []
    for _ in range(3):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.textContent"))
    assert stops == ["跳到正文", "工作要点公开平台", "大字版"]


def test_permalink_copies_its_address_and_says_so(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(CHAPTER)
    page.get_by_role("link", name="复制本段链接").first.click()
    expect(page.locator("[data-copied]")).to_have_text("已复制本段链接")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"《区科委2023年工作要点》，(一)持续推进产业发展和功能布局。\n{page.url}"
    assert copied.endswith("#s2-1-p1")


@pytest.mark.parametrize("width", [360, 1366])
def test_correction_in_one_step(new_page: NewPage, axe: object, width: int) -> None:
    page = new_page(width=width)
    page.goto(CHAPTER)
    fill_in(page)
    page.get_by_role("button", name="核对纠错内容").click()
    dialog = page.get_by_role("dialog", name="核对您的纠错")
    expect(dialog).to_contain_text("第二行")
    gap = "e => e.getBoundingClientRect().top - e.previousElementSibling.getBoundingClientRect().bottom"
    assert dialog.locator(".meta").evaluate(gap) >= 8
    assert callable(axe)
    axe(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="核对纠错内容")).to_be_focused()
    expect(page.locator("#correction-description")).to_have_value("第一行\n第二行")
    page.get_by_role("button", name="核对纠错内容").click()
    dialog.get_by_role("button", name="提交纠错").dblclick()
    page.wait_for_url("**/feedback/receipt/*")
    expect(page.locator("[data-receipt-number]")).to_be_visible()


def test_mistakes_are_shown_in_the_dialog(page: Page) -> None:
    page.goto(CHAPTER)
    page.click("#report-consultation summary")
    page.fill("#consultation-content", "为什么？")
    page.get_by_role("button", name="核对咨询内容").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_be_focused()
    dialog.get_by_role("link", name="请填写主题").click()
    expect(dialog.get_by_label("主题")).to_be_focused()
    assert urlsplit(page.url).path == CHAPTER
    dialog.get_by_label("主题").fill("科普")
    dialog.get_by_label("您的姓名").fill("李四")
    dialog.get_by_role("button", name="核对咨询内容").click()
    expect(page.get_by_role("dialog", name="核对您的咨询")).to_contain_text("为什么？")


def test_what_the_answer_shows_is_text(page: Page) -> None:
    page.goto(CHAPTER)
    fill_in(page)
    page.fill("#correction-suggestion", "<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="核对纠错内容").click()
    expect(page.get_by_role("dialog")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("dialog img").count() == 0


def test_closing_the_dialog_keeps_what_was_typed_there(page: Page) -> None:
    page.goto(CHAPTER)
    page.click("#report-consultation summary")
    page.get_by_role("button", name="核对咨询内容").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("主题").fill("科普")
    dialog.get_by_label("您的姓名").fill("李四")
    dialog.get_by_label(re.compile("可以公开")).check()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("#consultation-subject")).to_have_value("科普")
    expect(page.locator("#consultation-name")).to_have_value("李四")
    expect(page.locator("#consultation-publish")).to_be_checked()
    page.fill("#consultation-content", "第一行\n第二行")
    page.get_by_role("button", name="核对咨询内容").click()
    expect(dialog).to_contain_text("第二行")
    dialog.get_by_role("button", name="关闭").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#consultation-content")).to_have_value("第一行\n第二行")
    expect(page.locator("#consultation-publish")).to_be_checked()


def test_back_from_the_check_is_the_form_of_the_page(page: Page) -> None:
    page.goto(CHAPTER)
    page.click("#report-correction summary")
    page.fill("#correction-name", "张三")
    page.get_by_role("button", name="核对纠错内容").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("错误类").select_option("typo")
    dialog.get_by_label(re.compile("操作经过")).fill("写在对话框里")
    dialog.get_by_role("button", name="核对纠错内容").click()
    dialog.get_by_role("button", name="返回修改").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#correction-error_type")).to_be_focused()
    expect(page.locator("#correction-error_type")).to_be_in_viewport()
    assert urlsplit(page.url).path == CHAPTER
    expect(page.locator("#correction-error_type")).to_have_value("typo")
    expect(page.locator("#correction-description")).to_have_value("写在对话框里")
    expect(page.locator("#correction-name")).to_have_value("张三")


def test_the_page_behind_the_dialog_stands_still(new_page: NewPage) -> None:
    page = new_page(width=360, height=740)
    page.goto(CHAPTER)
    page.click("#report-consultation summary")
    page.get_by_role("button", name="核对咨询内容").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("link", name="请填写您的姓名").click()
    label = dialog.get_by_text("您的姓名").last.bounding_box()
    row = dialog.locator(".dialog__close").bounding_box()
    assert label
    assert row
    assert label["y"] >= row["y"] + row["height"]
    before = page.evaluate("window.scrollY")
    page.mouse.move(180, 400)
    for _ in range(3):
        page.mouse.wheel(0, -3000)
        page.wait_for_timeout(100)
    assert page.evaluate("window.scrollY") == before
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert "behind" not in page.evaluate("document.documentElement.className").split()


def test_an_unexpected_answer_makes_the_browser_send_the_form(page: Page) -> None:
    page.goto(CHAPTER)
    page.evaluate("() => { window.fetch = () => Promise.resolve(new Response('', {status: 409})); }")
    fill_in(page)
    page.get_by_role("button", name="核对纠错内容").click()
    page.wait_for_url("**/feedback/correction")
    expect(page.get_by_role("heading", level=1)).to_have_text("核对您的纠错")
    page.get_by_role("button", name="大字版").click()
    assert page.evaluate("document.documentElement.dataset.view") == "elder"
    expect(page.get_by_role("heading", level=1)).to_have_text("核对您的纠错")


def test_without_a_network_nothing_is_lost(browser: Browser, server: Server) -> None:
    # A tab of its own: the browser itself complains of the lost network on the console.
    with browser.new_context(base_url=server.url, locale="zh-CN") as context:
        page = context.new_page()
        page.goto(CHAPTER)
        fill_in(page)
        context.set_offline(True)
        page.get_by_role("button", name="核对纠错内容").click()
        expect(page.get_by_role("alert")).to_have_text(OFFLINE)
        expect(page.locator("#correction-name")).to_have_value("张三")
        context.set_offline(False)
        page.get_by_role("button", name="核对纠错内容").click()
        dialog = page.get_by_role("dialog")
        expect(page.get_by_text(OFFLINE)).to_have_count(0)
        context.set_offline(True)
        dialog.get_by_role("button", name="提交纠错").click()
        expect(dialog.get_by_role("alert")).to_have_text(OFFLINE)
        context.set_offline(False)
        dialog.get_by_role("button", name="提交纠错").click()
        page.wait_for_url("**/feedback/receipt/*")


def test_marks_are_gone_through_and_cleared_in_place(page: Page) -> None:
    page.goto(f"{CHAPTER}?q=数据#s2-2-p1")
    count = page.locator("[data-marks-count]")
    expect(count).to_have_text(re.compile(r"^第2处，共\d+处$"))
    expect(page.locator("#s2-2-p1 .mark--now")).to_have_text("数据")
    page.get_by_role("button", name="上一处").click()
    page.get_by_role("button", name="上一处").click()
    expect(count).to_have_text(re.compile(r"^第(\d+)处，共\1处$"))
    expect(page.locator(".mark--now")).to_be_in_viewport()
    page.get_by_role("button", name="下一处").click()
    expect(page.locator("#s2-1-p1 .mark--now")).to_be_in_viewport()
    page.get_by_role("link", name="清除标记").click()
    page.wait_for_url(f"**{CHAPTER}#s2-1-p1")
    assert page.locator("mark").count() == 0


@pytest.mark.parametrize(
    "events",
    [
        "input.dispatchEvent(enter({isComposing: true}))",
        "input.dispatchEvent(enter({keyCode: 229}))",
        "(input.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true})), "
        "input.dispatchEvent(enter({})))",
    ],
)
def test_enter_that_confirms_a_candidate_does_nothing(page: Page, events: str) -> None:
    page.goto("/guide")
    script = """
      const input = document.querySelector('#q');
      const enter = more => new KeyboardEvent('keydown',
        {key: 'Enter', bubbles: true, cancelable: true, ...more});
      return %s;
    """
    assert page.evaluate(f"() => {{ {script % events} }}") is False
    page.wait_for_timeout(100)
    assert page.evaluate(f"() => {{ {script % 'input.dispatchEvent(enter({}))'} }}") is True
