"""A first-time reader on the home page: two clicks lead to what the portal exists for."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.conftest import NewPage

WORD = "苏河湾"


def test_with_two_clicks_a_reader_finds_the_words_the_form_and_the_large_text(page: Page) -> None:
    page.goto("/")
    page.locator("#q").fill(WORD)
    page.get_by_role("button", name="搜索", exact=True).click()
    page.locator(".result__title a").first.click()
    expect(page.locator("mark").first).to_have_text(WORD)

    page.goto("/")
    page.locator("#q").fill(WORD)
    page.get_by_role("button", name="搜索", exact=True).click()
    page.get_by_role("link", name="纠错本段").first.click()
    expect(page.locator("main [name=quote]")).to_have_value(re.compile(WORD))

    page.goto("/")
    page.get_by_role("link", name="看大字版").click()
    expect(page.locator("html")).to_have_attribute("data-view", "elder")
    assert (
        float(page.evaluate("parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)")) >= 18
    )


def test_the_same_without_scripts(new_page: NewPage, axe: Callable[[Page], None]) -> None:
    page = new_page(javascript=False, width=360)
    page.goto("/")
    page.locator("#q").fill(WORD)
    page.get_by_role("button", name="搜索", exact=True).click()
    page.locator(".result__title a").first.click()
    expect(page.locator("mark").first).to_have_text(WORD)
    page.go_back()
    page.get_by_role("link", name="纠错本段").first.click()
    expect(page.locator("main [name=quote]")).to_have_value(re.compile(WORD))
    page.goto("/")
    page.get_by_role("link", name="看大字版").click()
    expect(page.locator("html")).to_have_attribute("data-view", "elder")
    page.goto("/plans/?view=elder")
    axe(page)
