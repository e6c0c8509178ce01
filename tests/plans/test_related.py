"""What a page shows of others stands there now, whatever the index still says."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from portal.plans import catalogue, publishing
from portal.plans.catalogue import Place
from portal.plans.reading import PageOutline, Paragraph, PlanOutline, Section
from portal.plans.related import places_now, related
from portal.plans.writing import write_plan
from portal.search.index import SearchIndex

TEXTS = {
    "1": ("港口", "推进港口码头建设，提升集装箱吞吐能力，完善港口集疏运体系。"),
    "2": ("学校", "办好义务教育，扩大学前教育学位供给，建设智慧学校。"),
}
PLANS = ("a-plan", "b-plan")


def plan(texts: dict[str, tuple[str, str]], title: str = "文件") -> PlanOutline:
    pages = tuple(
        PageOutline(
            number,
            "",
            "" if number == "1" else f"第{number}章",
            f"s{number}",
            (Paragraph(f"s{number}-p1", text),) if number == "1" else (),
            (Section("(一)", name, f"s{number}-1", (Paragraph(f"s{number}-1-p1", text),)),),
        )
        for number, (name, text) in texts.items()
    )
    return PlanOutline(title, "", None, "", pages)


def publish(content: Path, slug: str, outline: PlanOutline) -> None:
    folder = content / slug
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in write_plan(outline).items():
        (folder / name).write_text(text, encoding="utf-8")
    publishing.import_content([folder])


@pytest.fixture
def index(database_app: Flask, tmp_path: Path) -> SearchIndex:
    """The index of two plans about the same things, on both databases."""
    index: SearchIndex = database_app.extensions["search"]
    with database_app.app_context():
        for slug in PLANS:
            publish(tmp_path, slug, plan(TEXTS))
        index.catch_up()
    return index


def found(index: SearchIndex, page: str | None = "2") -> list[Place]:
    published = catalogue.find_plan("a-plan")
    assert published
    return related(index, published, published.page(page) if page else None)


def test_a_page_leads_to_the_same_things_elsewhere(database_app: Flask, index: SearchIndex) -> None:
    with database_app.app_context():
        place = Place("b-plan", "2", "s2-1", "(一)学校", "第2章", "文件")
        assert found(index) == [place]
        assert found(index, "1")[0] == Place("b-plan", "1", "s1-1", "(一)港口", "前言", "文件")
        assert {place.plan for place in found(index, None)} == {"b-plan"}
        assert places_now(index, [("b-plan", "2", "s2-1")]) == {("b-plan", "2", "s2-1"): place}
        # The first page, which has no title, begins with the title of its plan.
        assert places_now(index, [("b-plan", "1", "s1")]) == {
            ("b-plan", "1", "s1"): Place("b-plan", "1", "s1", "前言", "前言", "文件")
        }


def test_what_has_changed_is_shown_as_it_is_now(
    database_app: Flask, index: SearchIndex, tmp_path: Path
) -> None:
    with database_app.app_context():
        before = found(index)[0]
        texts = TEXTS | {"2": ("教育", TEXTS["2"][1])}
        publish(tmp_path, "b-plan", plan(texts, "新的文件"))
        now = replace(before, heading="(一)教育", plan_title="新的文件")
        assert found(index) == [now]  # the index is behind
        key = (before.plan, before.page, before.anchor)
        assert places_now(index, [key]) == {key: now}
        index.catch_up()
        assert found(index) == [now]
        assert places_now(index, [key]) == {key: now}


@pytest.mark.parametrize("caught_up", [False, True])
def test_what_is_gone_is_not_shown(
    database_app: Flask, index: SearchIndex, tmp_path: Path, caught_up: bool
) -> None:
    with database_app.app_context():
        publish(tmp_path, "b-plan", plan({"1": TEXTS["1"]}))
        if caught_up:
            index.catch_up()
        assert found(index) == []
        keys = [("b-plan", "2", "s2-1"), ("b-plan", "1", "s1-9"), ("c-plan", "1", "s1")]
        assert places_now(index, keys) == {}
