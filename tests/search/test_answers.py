"""Answers are given again only as long as the index is the same."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask import Flask

from portal.feedback.models import Kind
from portal.moderation import decisions
from portal.moderation.corrections import Draft, Edit
from portal.moderation.decisions import Decision
from portal.plans import catalogue
from portal.plans.editing import text_at
from portal.search import searching
from portal.search.answers import LARGEST, LONGEST, Answer, Answers
from portal.search.reader import Reader
from tests.moderation.support import send

PLAN = "2023-work-plan"
ADDRESSES = ("/search?q=苏河湾", "/api/v1/search?q=苏河湾", "/search/suggestions?q=苏河")


def index(record: str = "record", release: int = 1, stamp: str = "") -> Reader:
    return cast(Reader, SimpleNamespace(record=record, release=release, stamp=stamp))


def test_an_answer_is_found_in_its_own_index_alone() -> None:
    answers, answer = Answers(), Answer.of("found")
    assert answers.find(index(), "asked") is None
    answers.keep(index(), "asked", answer)
    assert answers.find(index(), "asked") is answer
    assert answers.find(index(), "asked otherwise") is None
    for other in (index(record="other"), index(release=2), index(stamp="other words")):
        assert answers.find(other, "asked") is None
    answers.keep(index(release=2), "another", answer)
    assert answers.find(index(release=1), "asked") is None
    assert answers.find(index(release=2), "asked") is None


def test_an_answer_from_an_old_index_is_never_one_of_the_new() -> None:
    """Somebody keeps an answer from the new index, while one from the old is being kept."""
    answers, old, new = Answers(), index(), index(release=2)
    answers.keep(old, "before", Answer.of("old"))

    class Slow:
        record, release = old.record, old.release

        @property
        def stamp(self) -> str:
            answers.keep(new, "meanwhile", Answer.of("new"))
            return old.stamp

    answers.keep(cast(Reader, Slow()), "asked", Answer.of("old"))
    assert answers.find(new, "asked") is None


def test_no_more_is_kept_than_there_is_room_for() -> None:
    answers = Answers(most=100)
    for number in range(10):
        answers.keep(index(), number, Answer.of("x" * 30))
        kept = [at for at in range(10) if answers.find(index(), at)]
        assert number in kept
        assert len(kept) <= 3
    answers = Answers()
    answers.keep(index(), "large", Answer.of("x" * (LARGEST + 1)))
    assert answers.find(index(), "large") is None


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was searched for in the index, each time."""
    asked: list[str] = []

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(reader: Reader, typed: str, *others: Any) -> Any:
            asked.append(typed)
            return function(reader, typed, *others)

        return run

    for name in ("search", "complete"):
        monkeypatch.setattr(searching, name, watched(getattr(searching, name)))
    return asked


def without_time(text: str) -> str:
    return re.sub(r'"took_ms":[0-9.]+', "", text)


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_same_question_has_the_same_answer(
    published_app: Flask, searched: list[str], address: str
) -> None:
    client = published_app.test_client()
    first = client.get(address)
    assert searched
    searched.clear()
    second = client.get(address)
    assert not searched
    assert without_time(second.text) == without_time(first.text)
    assert second.headers["ETag"] == first.headers["ETag"]
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert client.get(f"{address}&view=elder").text != first.text or "suggestions" in address
    assert searched


def test_a_long_question_is_not_kept(published_app: Flask, searched: list[str]) -> None:
    client = published_app.test_client()
    for _ in range(2):
        client.get("/api/v1/search?q=苏河湾&x=" + "x" * LONGEST)
    assert searched == ["苏河湾"] * 2


def test_a_new_release_is_in_the_next_answer(published_app: Flask) -> None:
    client = published_app.test_client()
    words, addresses = "苏河湾两岸贯通", ("/search?q=", "/api/v1/search?q=")
    assert not any(f"<mark>{words}</mark>" in client.get(address + words).text for address in addresses)
    number = send(published_app, Kind.CORRECTION)
    with published_app.app_context():
        plan = catalogue.find_plan(PLAN)
        assert plan
        page = plan.pages[1]
        anchor = page.blocks[1].anchor
        edit = Edit(PLAN, page.number, anchor, page.revision, text_at(page.source, anchor) + f"{words}。")
        decisions.decide(number, Decision.ACCEPT, "", 0, "a@b.cn", draft=Draft((edit,), "补充。"))
        published_app.extensions["search"].catch_up()
    for address in addresses:
        assert f"<mark>{words}</mark>" in client.get(address + words).text
