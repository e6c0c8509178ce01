"""The whole story in a real browser: read, search, correct, sign in, decide, see the outcome."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.steps import READER, Axe, ask_outcome, keep_receipt, sign_in
from tests.support.browser import Visitor
from tests.support.server import Server
from tests.support.services import Mailbox


@pytest.fixture(params=[True, False], ids=["javascript", "no-javascript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(params=[(1280, 800), (360, 740)], ids=["desktop", "phone"])
def reader(
    request: pytest.FixtureRequest, browser: Browser, site: Server, javascript: bool
) -> Iterator[Visitor]:
    width, height = request.param
    visitor = Visitor(browser, site.url, javascript=javascript, width=width, height=height)
    yield visitor
    visitor.context.close()
    assert visitor.complaints == []


def open_report(page: Page, kind: str) -> Locator:
    """Unfold one of the two forms at the foot of the page."""
    report = page.locator(f"#report-{kind}")
    report.locator("summary").click()
    return report


def find_151(page: Page, axe: Axe) -> None:
    """From the home page to the paragraph that holds the words."""
    page.goto("/")
    axe(page)
    page.get_by_role("link", name="区科委2023年工作要点").first.click()
    axe(page)
    page.locator("#main").get_by_role("link", name="前言").first.click()
    axe(page)
    box = page.get_by_label("搜索文件")
    box.fill("151项目")
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("找到1条结果")
    axe(page)
    page.locator("#main a", has_text="完善基础设施建设").first.click()
    assert page.url.endswith("#s4-3-p1")
    expect(page.locator("#s4-3-p1 mark")).to_have_text("151项目")
    expect(page.locator("#s4-3-p1")).to_be_in_viewport()
    axe(page)


def send_correction(page: Page, axe: Axe) -> tuple[str, str]:
    report = open_report(page, "correction")
    axe(page)
    report.locator("[name=error_type]").select_option("typo")
    assert "/plans/2023-work-plan/4" in report.locator("[name=page_url]").input_value()
    assert "四、坚持把促进科技创新应用" in report.locator("[name=page_title]").input_value()
    report.locator("[name=description]").fill("读到“151项目”一句，\n数字似乎有误。")
    report.locator("[name=name]").fill("张三丰")
    report.locator("[name=contact]").fill(READER)
    report.get_by_role("button", name="核对纠错内容").click()
    expect(page.get_by_text("数字似乎有误。").last).to_be_visible()
    return keep_receipt(page, axe, "提交纠错")


def send_consultation(page: Page, axe: Axe) -> tuple[str, str]:
    page.goto("/guide")
    axe(page)
    report = open_report(page, "consultation")
    report.locator("[name=kind]").select_option("question")
    report.locator("[name=subject]").fill("地下车库信号")
    report.locator("[name=content]").fill("哪些小区会覆盖？")
    report.get_by_role("button", name="核对咨询内容").click()
    # A required answer was left out: the page says so, and keeps what was typed.
    wrong = page.locator(".error-summary").last
    expect(wrong).to_be_visible()
    axe(page)
    form = page.locator("form:has([name=content])", has=page.locator(".field--wrong")).last
    assert form.locator("[name=content]").input_value() == "哪些小区会覆盖？"
    form.locator("[name=name]").fill("李四")
    form.get_by_role("button", name="核对咨询内容").click()
    return keep_receipt(page, axe, "提交咨询")


def decide(page: Page, axe: Axe, number: str, reply: str, button: str) -> None:
    page.goto("/moderation/")
    page.get_by_role("link", name=number).first.click()
    axe(page)
    page.locator("[name=reply]").fill(reply)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".timeline")).to_contain_text(reply)
    axe(page)


def test_from_reading_to_the_answer(
    reader: Visitor, browser: Browser, site: Server, smtp: Mailbox, javascript: bool, axe: Axe
) -> None:
    page = reader.open_page()
    find_151(page, axe)
    correction = send_correction(page, axe)
    consultation = send_consultation(page, axe)
    assert "待处理" in ask_outcome(page, axe, correction)

    office = Visitor(browser, site.url, javascript=javascript, width=1366, height=768)
    staff = office.open_page()
    sign_in(staff, axe)
    decide(staff, axe, correction[0], "感谢指正，已核实。", "采纳纠错")
    decide(staff, axe, consultation[0], "名单见区政府网站。", "答复来件")
    office.context.close()
    assert office.complaints == []

    outcome = ask_outcome(page, axe, correction)
    assert "已采纳" in outcome
    assert "感谢指正，已核实。" in outcome
    assert "张三丰" not in outcome
    assert "名单见区政府网站。" in ask_outcome(page, axe, consultation)

    site.flask("mail", "deliver")
    assert [message["To"] for message in smtp.messages] == [READER, READER]
    assert "感谢指正，已核实。" in smtp.messages[1].get_content()
    assert "accepted\t1" in site.flask("queue", "count").split("\n")
