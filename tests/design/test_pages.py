"""How pages stand on narrow and wide screens, in large text, and on paper."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.conftest import NewPage
from tests.plans.correcting import correct
from tests.support.showing import Stage

PAGES = [
    "/",
    "/plans/2023-work-plan/",
    "/plans/2023-work-plan/2?q=数据",
    "/plans/2023-work-plan/full",
    "/search?q=数据",
    "/guide",
    "/privacy",
    "/feedback/correction",
    "/feedback/status",
    "/nothing-here",
]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Links within a sentence are exempt (WCAG 2.5.8); so is what only a screen reader meets.
SMALL = """
[...document.querySelectorAll('a, button, input, select, textarea, summary')].filter(e => {
  const box = e.getBoundingClientRect();
  if (!box.width || e.closest('.visually-hidden, .skip') || e.matches('.skip')) return false;
  if (e.matches('a') && getComputedStyle(e).display === 'inline') return false;
  if (e.matches('[type=checkbox], [type=radio]')) return false;
  return box.height < LEAST || box.width < Math.min(LEAST, 44);
}).map(e => e.outerHTML.slice(0, 90))
"""


def elder(page: Page) -> None:
    page.add_init_script("localStorage.setItem('portal-view', 'elder')")


@pytest.mark.parametrize(("large", "least"), [(False, 44), (True, 60)])
def test_targets_are_large_enough_for_a_finger(new_page: NewPage, large: bool, least: int) -> None:
    page = new_page(width=360, height=740)
    if large:
        elder(page)
    for path in PAGES:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        assert page.evaluate(SMALL.replace("LEAST", str(least))) == [], path


def test_first_lines_of_a_chapter_show_on_a_phone(new_page: NewPage) -> None:
    page = new_page(width=360, height=740)
    page.goto("/plans/2023-work-plan/2")
    assert page.eval_on_selector("#s2-1-p1", "e => e.getBoundingClientRect().top") < 740 - 3 * 32
    assert page.eval_on_selector(".bar", "e => e.getBoundingClientRect().bottom") <= 108
    # The search box has a row of its own: ten characters fit into it.
    assert page.eval_on_selector("#q", "e => e.clientWidth") >= 200
    assert page.eval_on_selector(".bar__name", "e => e.getBoundingClientRect().height") == 44


def test_a_line_shows_above_the_bar_where_the_chapter_was_corrected(
    browser: Browser, published_app: Flask
) -> None:
    with published_app.app_context():
        correct("s2-1-p1", "云计算", "云端计算", "2023-work-plan", "2")
    stage = Stage(browser, published_app)
    page = stage.show(published_app.test_client().get("/plans/2023-work-plan/2"), 360, 740, unfold=False)
    expect(page.get_by_role("link", name=re.compile("最近更正"))).to_be_visible()
    line = "e => e.getBoundingClientRect().top + parseFloat(getComputedStyle(e).lineHeight)"
    bar = page.eval_on_selector("[data-bottom-bar]", "e => e.getBoundingClientRect().top")
    assert page.eval_on_selector("#s2-1-p1", line) <= bar
    stage.context.close()


@pytest.mark.parametrize(("width", "fewest", "most"), [(360, 17, 24), (414, 17, 24), (1440, 30, 40)])
def test_measure(new_page: NewPage, width: int, fewest: int, most: int) -> None:
    page = new_page(width=width)
    page.goto("/plans/2023-work-plan/2")
    size, line, room = page.eval_on_selector(
        "#s2-1-p1",
        "e => [parseFloat(getComputedStyle(e).fontSize), parseFloat(getComputedStyle(e).lineHeight),"
        " e.clientWidth]",
    )
    assert size >= 18
    assert 1.7 <= line / size <= 1.9
    assert fewest <= int(room / size) <= most


def test_right_edges_stand_in_one_line(new_page: NewPage) -> None:
    page = new_page(width=1366)
    for path, selectors in (
        ("/plans/2023-work-plan/2", ["#s2", "#s2-1-p1", ".chapters", ".related"]),
        ("/plans/2023-work-plan/", [".plan-head h1", ".summary-list", ".toc"]),
        ("/search?q=数据", ["h1", ".search--large", ".results"]),
    ):
        page.goto(path)
        edges = [page.eval_on_selector(s, "e => e.getBoundingClientRect().right") for s in selectors]
        assert len({round(edge) for edge in edges}) == 1, (path, edges)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
@pytest.mark.parametrize("width", [360, 1366])
def test_landing_from_search_shows_the_heading_below_the_bar(
    new_page: NewPage, width: int, javascript: bool
) -> None:
    page = new_page(width=width, height=740, javascript=javascript)
    page.goto("/plans/2023-work-plan/2?q=数据#s2-2-p1")
    heading = page.locator("#s2-2").bounding_box()
    assert heading
    assert 0 <= heading["y"] < 740
    if javascript or width > 768:
        bar = page.locator(".marks" if width > 768 else ".marks__steps").bounding_box()
        assert bar
        assert bar["y"] == 0
        assert bar["height"] < 50
        assert bar["y"] + bar["height"] <= heading["y"]


def test_links_of_the_error_summary_show_the_label(new_page: NewPage) -> None:
    page = new_page(width=360, height=740, javascript=False)
    page.goto("/feedback/correction")
    page.locator("main").get_by_role("button", name="核对纠错内容").click()
    for link in page.locator(".error-summary a").all():
        href = link.get_attribute("href") or ""
        link.click()
        label = page.locator(f"label[for='{href[1:]}']").bounding_box()
        assert label
        assert 0 <= label["y"] < 740, href
        page.locator(".error-summary").scroll_into_view_if_needed()


def test_frames_of_fields_are_strong_in_high_contrast(page: Page) -> None:
    page.add_init_script("localStorage.setItem('portal-theme', 'contrast')")
    page.goto("/feedback/correction")
    for selector in (
        "#correction-error_type",
        "#correction-page_url",
        "#correction-description",
        ".button",
        "#q",
    ):
        width = page.locator(selector).first.evaluate("e => getComputedStyle(e).borderTopWidth")
        assert width == "2px", selector


def test_no_character_is_added_to_what_has_an_anchor(page: Page) -> None:
    page.goto("/plans/2023-work-plan/2")
    heading, paragraph = (page.text_content(f"#{anchor}") or "" for anchor in ("s2-1", "s2-1-p1"))
    assert heading.startswith("(一)")
    assert heading == heading.strip()
    assert paragraph == paragraph.strip()
    assert page.locator("article :is(h2, p)[id] a").count() == 0


def test_paper_shows_the_plan_alone(page: Page) -> None:
    page.goto("/plans/2023-work-plan/full")
    page.emulate_media(media="print", color_scheme="dark")
    for selector in (".menu", ".search", ".reports", ".site-footer", ".crumbs", ".contents"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.locator(".print-only").is_visible()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".print-only")).to_have_text(
        re.compile(
            r"，发文机关：.+，成文日期：.+，第\d+版，没有更正，http.*/plans/2023-work-plan/full，打印于\d{4}年\d{1,2}月\d{1,2}日"
        )
    )
    assert page.eval_on_selector(".meta", "e => getComputedStyle(e).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_long_words_and_captions_stay_within_a_phone(new_page: NewPage) -> None:
    page = new_page(width=320)
    page.goto("/plans/2023-work-plan/?view=elder&size=30")
    page.locator(".toc a").first.evaluate("e => { e.textContent = 'Internationalization'.repeat(4); }")
    assert page.evaluate(SIDEWAYS) <= 0
    page.goto("/plans/2023-work-plan/1")
    table = "<table class='table--stack'><caption>表1 主要指标</caption><tr><td>甲</td></tr></table>"
    page.locator(".plan").evaluate("(e, table) => e.insertAdjacentHTML('beforeend', table)", table)
    assert (page.locator("caption").bounding_box() or {"height": 999})["height"] < 80
