"""The home page and the list of plans, with one plan and with many."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import event

from portal.database import db, transaction
from portal.plans import catalogue, structured
from portal.plans.models import Page, Plan, Revision
from tests.plans.corrected import OTHER_FILES
from tests.support.client import tree_of

MANY = 60


@pytest.fixture
def many(app: Flask) -> Flask:
    """Sixty plans of six years, and one without a date."""
    with app.app_context(), transaction() as session:
        session.add(plan(0, None))
        session.add_all(plan(n, date(2015 + n // 10, 1 + n % 10, 15)) for n in range(1, MANY + 1))
    return app


def plan(n: int, issued_on: date | None) -> Plan:
    revision = Revision(number=1, release=1, source=OTHER_FILES["1.md"], author="import", reason="")
    page = Page(number="1", position=0, revisions=[revision])
    return Plan(slug=f"plan-{n}", title=f"第{n}号工作要点", issued_on=issued_on, pages=[page])


def test_the_home_page_shows_the_newest_and_leads_to_all(many: Flask) -> None:
    tree = tree_of(many.test_client().get("/"))
    titles = tree.xpath("//section[@aria-labelledby='plans']//h3/a/text()")
    assert titles == [f"第{n}号工作要点" for n in (60, 59, 58, 57, 56, 55)]
    assert tree.xpath("//section[@aria-labelledby='plans']//a[@href='/plans/']/text()") == [
        "查看全部61份文件"
    ]


def test_what_the_home_page_reads_does_not_grow_with_the_plans(many: Flask) -> None:
    read: list[int] = []

    def count(*args: object) -> None:
        read.append(len(str(args)))

    with many.app_context():
        event.listen(Revision, "load", count)
        event.listen(db.engine, "before_cursor_execute", count)
    try:
        many.test_client().get("/")
    finally:
        event.remove(Revision, "load", count)
    # Six plans of one page each, and a handful of questions.
    assert len(read) <= 6 + 8


def test_the_list_for_machines_is_whole_and_reads_no_text(many: Flask) -> None:
    read: list[object] = []

    def note(*args: object) -> None:
        read.append(args)

    with many.app_context():
        known = [structured.about(plan) for plan in catalogue.list_plans()]
    event.listen(Revision, "load", note)
    try:
        assert many.test_client().get("/api/v1/plans").get_json() == {"plans": known}
    finally:
        event.remove(Revision, "load", note)
    assert not read


def test_the_list_of_plans_goes_by_year_and_page(many: Flask) -> None:
    client = many.test_client()
    first, last = tree_of(client.get("/plans/")), tree_of(client.get("/plans/?page=2"))
    years = [tree.xpath("//section[@class='years']/h2/text()") for tree in (first, last)]
    assert years == [
        ["2021年", "2020年", "2019年", "2018年", "2017年", "2016年"],
        ["2016年", "2015年", "没有注明日期"],
    ]
    shown = [
        title for tree in (first, last) for title in tree.xpath("//section[@class='years']//li/a/text()")
    ]
    assert len(shown) == len(set(shown)) == MANY + 1
    assert shown[-1] == "第0号工作要点"
    for asked, same in (("99", last), ("x", first)):
        tree = tree_of(client.get(f"/plans/?page={asked}"))
        assert tree.xpath("string(//main)") == same.xpath("string(//main)")


def test_an_empty_list_says_so(app: Flask) -> None:
    assert "还没有" in app.test_client().get("/plans/").text
