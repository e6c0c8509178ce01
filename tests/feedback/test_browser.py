"""Both forms in a real browser, with JavaScript and without."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import NewPage


@pytest.mark.parametrize(("javascript", "width"), [(True, 360), (False, 1366)], ids=["javascript", "plain"])
def test_from_the_foot_of_a_page_to_the_outcome(
    new_page: NewPage, axe: Callable[[Page], None], javascript: bool, width: int
) -> None:
    page = new_page(javascript=javascript, width=width)
    page.goto("/feedback/status")
    page.get_by_text("本页内容有误？我要纠错").click()
    form = page.locator("#report-correction")
    form.get_by_label("错误类").select_option("typo")
    form.get_by_label(re.compile("操作经过")).fill("\n第一行\n第二行")
    form.get_by_role("button", name="核对纠错内容").click()
    # The name is missing.
    expect(page.locator(".error-summary")).to_contain_text("请填写您的姓名")
    if javascript:  # the dialog; what stands on pages is judged with all pages
        axe(page)
    where = page.locator(".dialog") if javascript else page.locator("main")
    expect(where.get_by_label(re.compile("操作经过"))).to_have_value("\n第一行\n第二行")
    where.get_by_label("您的姓名").fill("张三")
    where.get_by_role("button", name="核对纠错内容").click()
    expect(page.get_by_text("请核对以下内容，还没有提交。")).to_be_visible()
    page.get_by_role("button", name="提交纠错").click()
    expect(page.locator("h1")).to_have_text("已收到您的纠错")
    receipt = page.locator("[data-receipt-number]")
    number = receipt.get_attribute("data-receipt-number") or ""
    code = receipt.get_attribute("data-receipt-code") or ""
    page.get_by_role("link", name="查询处理进度").click()
    page.get_by_label("受理编号").fill(number.lower())
    page.get_by_label("查询码").fill(code.replace("-", ""))
    page.get_by_role("button", name="查询进度").click()
    expect(page.locator(".timeline")).to_contain_text("收到来件")


def consult(page: Page, clicks: int) -> int:
    """Send a consultation, pressing the last button so many times; the running number on its receipt."""
    page.goto("/feedback/consultation")
    main = page.locator("main")
    main.get_by_label("主题").fill("创新券")
    main.get_by_label(re.compile("^内容")).fill("什么时候可以申请？")
    main.get_by_label("您的姓名").fill("李四")
    main.get_by_role("button", name="核对咨询内容").click()
    main.get_by_role("button", name="提交咨询").click(click_count=clicks)
    expect(page.locator("h1")).to_have_text("已收到您的咨询")
    number = page.locator("[data-receipt-number]").get_attribute("data-receipt-number") or ""
    return int(number.rpartition("-")[2])


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_a_double_click_is_one_submission(new_page: NewPage, javascript: bool) -> None:
    page = new_page(javascript=javascript)
    first = consult(page, clicks=2)
    assert consult(page, clicks=1) == first + 1
