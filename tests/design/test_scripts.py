"""What the scripts add, in a real browser; that everything works without them is for the journeys."""

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import NewPage

CHAPTER = "/plans/2023-work-plan/2"


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
    page.get_by_role("link", name="本段链接").first.click()
    expect(page.locator("[data-copied]")).to_have_text("本段链接已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url
    assert copied.endswith("#s2-1-p1")


@pytest.mark.parametrize("width", [360, 1366])
def test_correction_in_one_step(new_page: NewPage, axe: object, width: int) -> None:
    page = new_page(width=width)
    page.goto(CHAPTER)
    fill_in(page)
    page.get_by_role("button", name="核对纠错内容").click()
    dialog = page.get_by_role("dialog", name="核对您的纠错")
    expect(dialog).to_contain_text("第二行")
    assert callable(axe)
    axe(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="核对纠错内容")).to_be_focused()
    assert page.input_value("#correction-description") == "第一行\n第二行"
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
    assert page.url.endswith(CHAPTER)
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


def test_without_an_answer_the_browser_sends_the_form(page: Page) -> None:
    page.goto(CHAPTER)
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('lost')); }")
    fill_in(page)
    page.get_by_role("button", name="核对纠错内容").click()
    page.wait_for_url("**/feedback/correction")
    expect(page.get_by_role("heading", level=1)).to_have_text("核对您的纠错")


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
