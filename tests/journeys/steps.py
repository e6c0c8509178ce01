"""Steps that several stories go."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.client import MODERATOR, PASSWORD

READER = "reader@example.org"
Axe = Callable[[Page], None]


def keep_receipt(page: Page, axe: Axe, confirm: str) -> tuple[str, str]:
    """Confirm on the check page (in a dialog where scripts run) and read the receipt."""
    axe(page)
    page.get_by_role("button", name=confirm).first.click()
    page.wait_for_url("**/feedback/receipt/*")
    axe(page)
    receipt = page.locator("[data-receipt-number]")
    number, code = receipt.get_attribute("data-receipt-number"), receipt.get_attribute("data-receipt-code")
    assert number
    assert code
    return number, code


def sign_in(page: Page, axe: Axe) -> None:
    """From the queue's address to the queue."""
    page.goto("/moderation/")
    page.wait_for_url("**/account/login**")
    axe(page)
    page.locator("[name=email]").fill(MODERATOR)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("#main").get_by_role("button", name="登录").click()
    page.wait_for_url("**/moderation/")
    axe(page)


def ask_outcome(page: Page, axe: Axe, receipt: tuple[str, str]) -> str:
    """What the status page says to whoever has number and code."""
    page.goto("/feedback/status")
    axe(page)
    page.locator("#main [name=number]").fill(receipt[0].lower())
    page.locator("#main [name=code]").fill(receipt[1].lower().replace("-", " "))
    page.get_by_role("button", name="查询进度").click()
    expect(page.locator(".timeline")).to_be_visible()
    axe(page)
    return page.locator("#main").inner_text()
