"""What a moderator sees without scrolling, in a real browser."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from tests.conftest import NewPage
from tests.support.client import PASSWORD
from tests.support.server import Server

ADDRESS = "looker@example.gov.cn"
QUOTE = "落地,促进"


@pytest.fixture(scope="module")
def busy(server: Server) -> Server:
    """The server with someone on its staff and more submissions than a screen shows."""
    server.flask("staff", "add", ADDRESS, "--role", "moderator", "--password-stdin", typed=PASSWORD + "\n")
    return server


def sign_in(page: Page, address: str = ADDRESS) -> None:
    page.goto("/account/login")
    page.fill("[name=email]", address)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", name="来件队列")).to_be_visible()


def send(page: Page, times: int) -> None:
    for turn in range(times):
        page.goto(f"/feedback/correction?plan=2023-work-plan&page=2&anchor=s2-1-p1&quote={quote(QUOTE)}")
        page.locator("main [name=error_type]").select_option("typo")
        page.locator("main [name=suggestion]").fill("落地，促进")
        page.locator("main [name=description]").fill(f"逗号是半角的，第{turn}次说")
        page.locator("main [name=name]").fill("张三")
        page.get_by_role("button", name="核对纠错内容").click()
        page.get_by_role("button", name="提交纠错").click()
        page.wait_for_url("**/feedback/receipt/*")


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_the_queue_and_a_submission_fit(busy: Server, new_page: NewPage) -> None:
    send(new_page(javascript=False), 12)
    page = new_page()
    sign_in(page)
    rows = page.locator("tbody tr")
    assert rows.count() >= 12
    for row in range(12):
        box = rows.nth(row).bounding_box()
        assert box is not None
        assert box["height"] <= 45
        assert box["y"] + box["height"] <= 768
    link = rows.first.locator("th a").bounding_box()
    assert link is not None
    assert link["height"] >= 24
    page.mouse.wheel(0, 400)
    expect(page.locator("thead th").first).to_be_in_viewport(ratio=1)

    page.goto("/moderation/?q=%E5%8D%8A%E8%A7%92")
    rows.first.locator("th a").click()
    for seen in (
        page.locator("#review-difference del"),
        page.locator("#review-difference ins"),
        page.get_by_text("期限："),
        page.get_by_text("未留联系方式"),
        page.get_by_label("最终文字"),
        page.get_by_label("公开的更正原因"),
        page.get_by_label("回复或理由"),
        *page.locator("[name=decision]").all(),
    ):
        expect(seen).to_be_in_viewport(ratio=1)
    assert overflow(page) == 0


def test_on_a_phone(busy: Server, new_page: NewPage) -> None:
    send(new_page(javascript=False), 1)
    page = new_page(width=360, height=780)
    sign_in(page)
    assert overflow(page) == 0
    labels = "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    assert page.locator("tbody tr:first-child > *").evaluate_all(labels) == [
        f'"{name}"' for name in ("期限", "编号", "类型", "位置", "摘要", "状态")
    ]
    page.locator("tbody th a").first.click()
    assert overflow(page) == 0
    page.get_by_role("link", name="去作处理决定").click()
    expect(page.get_by_role("heading", name="处理决定")).to_be_in_viewport()


def test_the_difference_follows_the_wording(
    busy: Server, new_page: NewPage, axe: Callable[[Page], None]
) -> None:
    send(new_page(javascript=False), 1)
    page = new_page()
    sign_in(page)
    page.goto("/moderation/?q=%E5%8D%8A%E8%A7%92&order=newest")
    page.locator("tbody th a").first.click()
    outcome, wording = page.locator("#review-outcome"), page.get_by_label("最终文字")
    expect(outcome).to_have_text("采纳后更正原文，并公布勘误。")
    published = page.locator("#review-difference").get_attribute("data-before") or ""
    wording.fill(published)
    expect(page.locator("#review-difference :is(del, ins)")).to_have_count(0)
    expect(outcome).to_have_text("采纳后不改原文。")
    wording.fill(published.replace("苏河湾功能区", "苏河湾城区"))
    expect(page.locator("#review-difference ins")).to_contain_text("城")
    boxes = page.locator("[name=elsewhere]")
    expect(boxes.first).to_be_visible()
    boxes.first.check()
    ticked = boxes.first.get_attribute("value") or ""
    wording.fill(published.replace("苏河湾功能区", "苏河湾城区").replace("云计算", "云的的计算"))
    expect(page.get_by_text("文字或标点重复")).to_be_visible()
    expect(page.locator(f"[name=elsewhere][value='{ticked}']")).to_be_checked()
    wording.fill("")
    expect(outcome).to_have_text("请写出最终文字。")
    axe(page)
    # The server is shared: the text stays as it is. What was typed before the script came counts as well.
    scripts: list[Route] = []
    page.route("**/review.js*", lambda route: scripts.append(route))
    page.goto(page.url, wait_until="commit")
    wording.fill(published)
    while not scripts:
        page.wait_for_timeout(10)
    scripts[0].continue_()
    expect(outcome).to_have_text("采纳后不改原文。")
    page.get_by_role("button", name="采纳纠错", exact=True).click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("原文没有改动。")
