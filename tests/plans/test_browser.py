"""The record of corrections in a real browser: pages of an own application, styled by the shared server."""

from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from tests.conftest import NewPage
from tests.design.test_pages import SMALL
from tests.plans.corrected import OTHER, SLUG, correct, publish_other, withdraw

PAGES = (
    *("/errata", "/errata?year=2023&q=无", "/errata/JC-20261122-0002", f"/plans/{SLUG}/2"),
    *(f"/plans/{SLUG}/2/history", f"/plans/{SLUG}/2/history/2?compare=sides"),
)


@pytest.fixture
def record(published_app: Flask) -> Flask:
    publish_other(published_app)
    also = (
        (SLUG, "s2-3", "擦亮", "用足"),
        (SLUG, "s2", "引领静安", "带动静安"),
        (OTHER, "s1-p1", "、", "，"),
    )
    correct(published_app, "s2-1-p1", "重点", "着力", also=also, number="JC-20261122-0002", reporter="李**")
    correct(published_app, "s3-1-p1", "产业", "行业", number="KW-20261123-0001")
    withdraw(published_app, "KW-20261123-0001")
    return published_app


def show(page: Page, app: Flask) -> None:
    """Have the page's documents answered by another application than the server's."""

    def answer(route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.path.startswith("/static/"):
            route.continue_()
            return
        response = app.test_client().get(parts.path, query_string=parts.query)
        route.fulfill(body=response.data, content_type=response.content_type, status=response.status_code)

    page.route("**/*", answer)


def test_the_record_is_large_enough_for_a_finger(new_page: NewPage, record: Flask) -> None:
    page = new_page(width=360, height=740)
    show(page, record)
    for path in PAGES:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        for view, least in (("", 44), ("elder", 60)):
            page.evaluate("view => { document.documentElement.dataset.view = view; }", view)
            assert page.evaluate(SMALL.replace("LEAST", str(least))) == [], path


def test_marks_can_be_put_out_of_sight_but_not_off_paper(new_page: NewPage, record: Flask) -> None:
    page = new_page(width=1280)
    show(page, record)
    page.goto(f"/plans/{SLUG}/2")
    marks = page.locator(".erratum-mark")
    expect(marks).to_have_count(3)
    right = page.eval_on_selector(".aside", "e => e.getBoundingClientRect().left")
    for mark in marks.all():
        box = mark.bounding_box()
        assert box
        assert box["x"] + box["width"] < right
    page.get_by_role("button", name="隐藏勘误标记").click()
    page.goto(f"/plans/{SLUG}/full")
    expect(page.locator(".erratum-mark").first).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".erratum-mark").first).to_contain_text("（JC-20261122-0002）")
    expect(page.locator(".erratum-mark").first).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="显示勘误标记").click()
    expect(page.locator(".erratum-mark").first).to_be_visible()


def test_without_scripts_there_is_no_switch(new_page: NewPage, record: Flask) -> None:
    page = new_page(javascript=False)
    show(page, record)
    page.goto(f"/plans/{SLUG}/2")
    assert page.locator(".erratum-mark").first.is_visible()
    assert not page.locator("[data-errata-switch]").is_visible()
