"""What helps those who write: the room that is left, the draft on the device, the copy of a receipt."""

import re

from playwright.sync_api import Page, expect

from tests.conftest import NewPage

CHAPTER = "/plans/2023-work-plan/2"
STORED = "JSON.stringify(Object.entries(localStorage))"


def write(page: Page, text: str = "第三段写错了") -> None:
    page.click("#report-correction summary")
    page.fill("#correction-description", text)
    page.fill("#correction-name", "张三")
    page.fill("#correction-contact", "zhangsan@example.com")


def test_room_left_is_told_from_three_quarters_on(page: Page) -> None:
    page.goto("/feedback/consultation")
    subject = page.locator("main").get_by_label("主题")
    told = page.locator("main .field:has([name=subject]) .field__count")
    spoken = page.locator("main .field:has([name=subject]) [role=status]")
    subject.fill("字" * 74)
    expect(told).to_have_text("")
    # An emoji is one character for the server too.
    subject.fill("字" * 79 + "😀")
    expect(told).to_have_text("还可输入20字")
    expect(spoken).to_have_text("还可输入20字")
    subject.fill("字" * 103)
    expect(told).to_have_text("超出3字，请删去")
    expect(subject).to_have_value("字" * 103)
    page.locator("main").get_by_role("button", name="核对咨询内容").click()
    expect(page.locator(".error-summary")).to_contain_text("请删去3字")


def test_a_draft_stays_on_the_device_without_name_and_contact(page: Page) -> None:
    page.goto(CHAPTER)
    write(page)
    page.wait_for_function("() => localStorage.length > 0")
    kept = page.evaluate(STORED)
    assert "第三段写错了" in kept
    assert "张三" not in kept
    assert "zhangsan" not in kept
    # On another page there is nothing to bring back.
    page.goto("/guide")
    expect(page.locator("#correction-description")).to_have_value("")
    page.goto(CHAPTER)
    expect(page.locator("#correction-description")).to_have_value("第三段写错了")
    notice = page.locator("#report-correction").get_by_role("status").filter(has_text="已恢复")
    expect(notice).to_have_text(re.compile(r"已恢复\d{4}年\d{1,2}月\d{1,2}日\d{1,2}:\d\d的草稿"))
    page.get_by_role("button", name="清除草稿").click()
    expect(page.locator("#correction-description")).to_have_value("")
    expect(page.locator("#correction-error_type")).to_be_focused()
    assert page.evaluate("localStorage.length") == 0


def test_a_draft_goes_after_a_week(page: Page) -> None:
    page.goto(CHAPTER)
    write(page)
    page.wait_for_function("() => localStorage.length > 0")
    page.evaluate(
        """() => {
            const key = Object.keys(localStorage).find(name => name.startsWith("portal-draft"));
            const draft = JSON.parse(localStorage[key]);
            localStorage[key] = JSON.stringify({...draft, at: draft.at - 8 * 24 * 3600 * 1000});
        }"""
    )
    page.reload()
    page.wait_for_function("() => document.querySelector('[data-typing-script]')")
    expect(page.locator("#correction-description")).to_have_value("")
    page.wait_for_function("() => localStorage.length === 0")


def test_what_was_sent_is_no_draft_any_more_and_the_receipt_is_copied(new_page: NewPage) -> None:
    page = new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(CHAPTER)
    write(page)
    # The error type is missing: the rest is written in the dialog.
    page.get_by_role("button", name="核对纠错内容").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("错误类").select_option("typo")
    page.wait_for_function(f"() => {STORED}.includes('typo')")
    assert "第三段写错了" in page.evaluate(STORED)
    dialog.get_by_role("button", name="核对纠错内容").click()
    dialog.get_by_role("button", name="提交纠错").click()
    page.wait_for_url("**/feedback/receipt/*")
    # Its address opens it, so it stands in no other.
    settings = page.get_by_role("link", name="显示设置")
    expect(settings).to_have_attribute("href", "/display?from=/feedback/status")
    assert page.evaluate("localStorage.length") == 0
    page.get_by_role("button", name="复制编号和查询码").click()
    expect(page.locator("[data-receipt-said]")).to_have_text("已复制")
    receipt = page.locator("[data-receipt-number]")
    copied = page.evaluate("navigator.clipboard.readText()")
    for name in ("data-receipt-number", "data-receipt-code"):
        assert str(receipt.get_attribute(name)) in copied
    expect(page.get_by_role("button", name="打印回执")).to_be_visible()
    # On plain http there is no clipboard to write to, but the old way.
    page.evaluate("navigator.clipboard.writeText('')")
    page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})"
    )
    page.reload()
    page.get_by_role("button", name="复制编号和查询码").click()
    expect(page.locator("[data-receipt-said]")).to_have_text("已复制")
    assert page.evaluate("delete navigator.clipboard && navigator.clipboard.readText()") == copied
