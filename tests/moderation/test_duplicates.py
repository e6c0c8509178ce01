"""Open corrections about the same words."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, update

from portal.database import db, transaction
from portal.feedback.models import Kind, Status, Submission
from portal.moderation import duplicates, queue
from tests.moderation.support import send
from tests.moderation.test_elsewhere import publish

PLAN = "http://localhost/plans/2023-work-plan"
# 持续推进静安区大数据产业示范基地建设,精准定位数据智能产业招商, …
PLACE: dict[str, Any] = {"page_url": f"{PLAN}/2", "anchor": "s2-3-p1"}


def found(app: Flask, number: str) -> list[str]:
    with app.test_request_context("/"):
        submission = queue.find(number)
        assert submission
        return [one.number for one in duplicates.find(submission)]


def test_the_same_place_with_overlapping_quotes(published_app: Flask) -> None:
    first = send(published_app, **PLACE, quote="大数据产业示范基地")
    send(published_app, **PLACE, quote="精准定位")
    overlapping = send(published_app, **PLACE, quote="示范基地建设")
    unquoted = send(published_app, **PLACE)
    send(published_app, page_url=f"{PLAN}/2", anchor="s2-2-p1", quote="示范基地建设", release=1)
    assert found(published_app, first) == [overlapping, unquoted]
    assert found(published_app, overlapping) == [first, unquoted]
    assert len(found(published_app, unquoted)) == 3


def test_the_context_says_which_of_two_equal_words_is_meant(published_app: Flask) -> None:
    one = send(published_app, **PLACE, quote="产业", prefix="推进静安区大数据", suffix="示范基地建设,精准")
    send(published_app, **PLACE, quote="产业", prefix="精准定位数据智能", suffix="招商,引进龙头企业")
    whole = send(published_app, **PLACE, quote="大数据产业示范")
    assert found(published_app, one) == [whole]


@pytest.mark.parametrize(
    ("page_url", "anchor"),
    [
        (f"{PLAN}/2", ""),
        (f"{PLAN}/2#s2-3-p1", ""),
        (f"{PLAN}/full#s2-3-p1", ""),
        (f"{PLAN}/2?q=基地", "s2-3-p1"),
        ("http://127.0.0.1:8000/plans/2023-work-plan/2", "s2-3-p1"),
        ("plans/2023-work-plan/2", "s2-3-p1"),
    ],
)
def test_other_ways_to_point_there(published_app: Flask, page_url: str, anchor: str) -> None:
    this = send(published_app, **PLACE, quote="大数据产业示范基地")
    other = send(published_app, page_url=page_url, anchor=anchor, quote="大数据产业示范基地")
    assert found(published_app, this) == [other]
    assert found(published_app, other) == [this]


def test_what_does_not_count(published_app: Flask) -> None:
    publish(published_app, "2023-work-plan-2", [["甲"], ["乙", "丙", "丁"]])
    this = send(published_app, **PLACE)
    send(published_app, Kind.CONSULTATION)
    decided = send(published_app, **PLACE)
    send(published_app, page_url="http://localhost/plans/2023-work-plan-2/2", anchor="s2-3-p1")
    with published_app.app_context(), transaction() as session:
        session.execute(update(Submission).where(Submission.number == decided).values(status=Status.REJECTED))
    assert found(published_app, this) == []


def test_what_points_nowhere_is_compared_by_address_and_quote(app: Flask) -> None:
    this = send(app, page_url="打不开的那一页", quote="错字")
    other = send(app, page_url="打不开的那一页", quote=" 错字 ")
    send(app, page_url="打不开的那一页", quote="别的")
    send(app, page_url="打不开的那一页")
    assert found(app, this) == [other]
    asked = send(app, Kind.CONSULTATION)
    assert found(app, asked) == []


def test_words_that_are_gone_are_compared_with_each_other(published_app: Flask) -> None:
    this = send(published_app, **PLACE, quote="早已改掉的一句话")
    part = send(published_app, **PLACE, quote="改掉的一句")
    send(published_app, **PLACE, quote="另外一个说法")
    assert found(published_app, this) == [part]


def copy(app: Flask, times: int, changed: Callable[[int], dict[str, str]]) -> None:
    """Put copies of the one submission into the record, each with something of its own."""
    with app.app_context():
        columns = Submission.__table__.columns
        first = db.session.scalars(db.session.query(Submission).statement).one()
        row = {c.name: getattr(first, c.name) for c in columns if c.name != "id"}
        rows = [row | {"number": f"JC-{n}", "key_digest": str(n)} | changed(n) for n in range(times)]
        db.session.execute(insert(Submission), rows)
        db.session.commit()


@pytest.mark.parametrize(
    ("address", "anchor"), [("/history/{}", "s2-3-p1"), ("?from={}#s2-3-p1", ""), ("?from={}", "")]
)
def test_the_plan_is_not_read_for_every_address(published_app: Flask, address: str, anchor: str) -> None:
    number = send(published_app, **PLACE, quote="大数据产业示范基地")
    copy(published_app, 100, lambda n: {"page_url": f"{PLAN}/2{address.format(n)}", "anchor": anchor})
    asked: list[object] = []
    with published_app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given))
    assert len(found(published_app, number)) == duplicates.MOST
    assert len(asked) < 30


def test_quick_among_thousands(published_app: Flask) -> None:
    number = send(published_app, **PLACE, quote="大数据产业示范基地")
    copy(
        published_app,
        5000,
        lambda n: {
            "page_url": f"{PLAN}/{n % 5 + 1}?from={n}",
            "anchor": f"s{n % 5 + 1}-{n % 3 + 1}-p1",
        },
    )
    started = time.process_time()
    assert len(found(published_app, number)) == duplicates.MOST
    assert time.process_time() - started < 3  # 0.1 s on a quiet machine
