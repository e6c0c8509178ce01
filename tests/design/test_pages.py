"""How pages stand on narrow and wide screens, in large text, and on paper."""

import pytest
from playwright.sync_api import Page

from tests.conftest import NewPage

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


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_nothing_scrolls_sideways(new_page: NewPage, width: int) -> None:
    page, large = new_page(width=width), new_page(width=width)
    elder(large)
    for path in PAGES:
        for shown in (page, large):
            shown.goto(path)
            assert shown.evaluate(SIDEWAYS) <= 0, path


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
    assert page.eval_on_selector(".bar", "e => e.getBoundingClientRect().bottom") <= 56


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
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
