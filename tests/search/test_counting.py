"""Searches are counted by day, and nothing is kept that tells who asked."""

import os
import re
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, Response, current_app
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import event, inspect, select

from portal.database import db, transaction
from portal.search import counting
from portal.search.counting import Frequent, countable, frequent
from portal.search.models import QueryCount
from tests.conftest import MakeApp

DAY = date(2026, 11, 24)


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "today", lambda: DAY)


def rows() -> list[tuple[date, str, int, int]]:
    columns = (QueryCount.day, QueryCount.query, QueryCount.searches, QueryCount.found)
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(*columns))]


def record(query: str, found: int) -> None:
    """Count a search, and write it at once."""
    tally = current_app.extensions["tally"]
    tally.add(query, found)
    tally.write()


def keep(*counts: tuple[int, str, int, int]) -> None:
    """Write counts: days ago, query, searches, found."""
    with transaction() as session:
        for ago, query, searches, found in counts:
            session.add(QueryCount(day=DAY - timedelta(ago), query=query, searches=searches, found=found))


# What is kept of a query


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  苏河湾　功能区\t", "苏河湾 功能区"),
        ("ＡＩ", "ai"),
        ("5G", "5g"),
        ('"一网通办" -科创', '"一网通办" -科创'),
        ("苏\u200b河\u202e湾\x00", "苏河湾"),
        ("2023年7月12日", "2023年7月12日"),
        ("151项目", "151项目"),
        ("2023-07-12 会议", "2023-07-12 会议"),
        ("2023.7.12", "2023.7.12"),
        ("从2023/07/12到2024/1/31", "从2023/07/12到2024/1/31"),
        ("2023-07-12 13800138000 王五", "＊ 王五"),
        ("6223-07-12王五", "＊王五"),
        ("2023-13-12王五", "＊王五"),
        ("138_0013_8000王五", "＊王五"),
        ("138/0013/8000王五", "＊王五"),
        ("138，0013,8000王五", "＊王五"),
        ("1*3*8*0*0*1*3*8王五", "＊王五"),
        ("查询码KX7M2PQ9", "查询码＊"),
        ("kx7m2pq9 进度", "＊ 进度"),
        ("ＫＸ７Ｍ２ＰＱＸ的进度", "＊的进度"),
        ("KX7M2PQ9", ""),
        ("kechuang", "kechuang"),
        ("covid19 h7n9", "covid19 h7n9"),
        ("kx7m2pq9z型", "kx7m2pq9z型"),
        ("财政2023 500000元", "财政＊元"),
        ("王五 13800138000", "王五 ＊"),
        ("王五138-0013-8000的投诉", "王五＊的投诉"),
        ("１３８　００１３　８０００ 号码", "＊ 号码"),
        ("电话(021)6247-8888", "电话(＊"),
        ("电话+86 138 0013 8000", "电话+＊"),
        ("证件31010619490101123X", "证件＊"),
        ("١٢٣٤٥٦٧ 号", "＊ 号"),
        ("1\u200b2\u200b3\u200b4\u200b5\u200b6\u200b7号", "＊号"),
        ("写信 zhang@example.cn 收", "写信 ＊ 收"),
        ("写信 zhang＠example.cn", "写信 ＊"),
        ("写信 zhang @ example.cn", "写信 ＊"),
        ("写信 zhang @example @cn", "写信 ＊"),
        ("zhang@example.cn", ""),
        ("13800138000", ""),
        ("？！", ""),
        ("", ""),
        ("字" * 50, "字" * 50),
        ("字" * 51, ""),
        ("﷽" * 4, ""),
    ],
)
def test_what_is_kept_of_a_query(typed: str, kept: str) -> None:
    assert countable(typed) == kept


@given(st.text(max_size=60))
def test_nothing_long_numbered_or_unseen_is_kept(typed: str) -> None:
    kept = countable(typed)
    assert len(kept) <= 50
    assert kept.isprintable()
    assert not re.search(r"\S\s*@\s*\S", kept)


@given(st.text("0123456789 -－_/，０１２", min_size=7, max_size=50))
@example("2023-07-12")
@example("2023-07-12-1")
def test_no_seven_digits_in_a_row_are_kept(typed: str) -> None:
    kept = countable(f"甲{typed}乙")[1:-1]
    digits = "".join(character for character in kept if character.isdigit())
    assert len(digits) < 7 or re.fullmatch(r"\W*(19|20)\d\d([-/])\d\d?\2\d\d?[\W_]*", kept)


def test_there_is_no_room_for_who_asked(app: Flask) -> None:
    with app.app_context():
        names = {column["name"] for column in inspect(db.engine).get_columns("query_counts")}
    assert names == {"day", "query", "searches", "found"}


# Counting


@pytest.mark.usefixtures("today")
def test_the_same_words_count_as_one_with_what_was_found_last(database_app: Flask) -> None:
    with database_app.app_context():
        for typed, found in (
            ("AI 大模型", 0),
            ("ＡＩ　大模型", 3),
            ("ai  大模型 ", 2),
            ("一网通办", 1),
            ("？", 0),
        ):
            record(typed, found)
        assert rows() == [(DAY, "ai 大模型", 3, 2), (DAY, "一网通办", 1, 1)]


def test_a_day_begins_at_midnight_in_shanghai(monkeypatch: pytest.MonkeyPatch) -> None:
    for hour, day in ((15, 24), (16, 25)):
        moment = datetime(2026, 11, 24, hour, 59, tzinfo=UTC)
        monkeypatch.setattr(counting, "now", lambda moment=moment: moment)
        assert counting.today() == date(2026, 11, day)


@pytest.mark.usefixtures("today")
def test_a_flood_of_different_queries_does_not_fill_the_database(
    database_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_A_DAY", 3)
    with database_app.app_context():
        keep((1, "昨天", 1, 1))
        for typed in ("甲", "乙", "丙", "丁", "甲"):
            record(typed, 1)
        assert {query: searches for _, query, searches, _ in rows()} == {"昨天": 1, "甲": 2, "乙": 1, "丙": 1}


@pytest.mark.usefixtures("today")
def test_old_days_are_deleted_on_the_way(database_app: Flask) -> None:
    with database_app.app_context():
        keep((401, "很久以前", 9, 1), (400, "还算近", 1, 1))
        record("今天", 1)
        assert [query for _, query, *_ in rows()] == ["还算近", "今天"]


@pytest.mark.usefixtures("today")
def test_searches_at_the_same_time_are_all_counted(database_app: Flask) -> None:
    def search() -> None:
        with database_app.app_context():
            for _ in range(5):
                record("苏河湾", 6)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database_app.app_context():
        assert rows() == [(DAY, "苏河湾", 20, 6)]


# After the answer


def with_search(app: Flask) -> Flask:
    """The application with an address that counts as the search page does."""

    @app.get("/counted")
    def counted() -> Response:
        response = Response("found", mimetype="text/plain")
        counting.after(response, "苏河湾", 6)
        app.extensions["tally"].write()
        with app.app_context():
            assert rows() == []
        return response

    return app


@pytest.mark.usefixtures("today")
def test_a_search_is_counted_once_its_answer_is_sent(make_app: MakeApp) -> None:
    app = with_search(make_app())
    client = app.test_client()
    client.head("/counted")
    client.get("/counted?from=desk")
    assert client.get("/counted?from=elsewhere").text == "found"
    app.extensions["tally"].write()
    with app.app_context():
        assert rows() == [(DAY, "苏河湾", 1, 6)]


@pytest.mark.usefixtures("today")
def test_searches_wait_to_be_written_together(app: Flask) -> None:
    tally = app.extensions["tally"]
    for query, found in (("苏河湾", 6), ("养老", 3), ("苏河湾", 7)):
        tally.add(query, found)
    with app.app_context():
        assert rows() == []
    with app.app_context():
        commits: list[object] = []
        event.listen(db.engine, "commit", lambda connection: commits.append(connection))
        tally.write()
        tally.write()
        assert len(commits) == 1
        assert rows() == [(DAY, "养老", 1, 3), (DAY, "苏河湾", 2, 7)]


@pytest.mark.usefixtures("today")
def test_what_waits_is_written_by_itself(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    written = threading.Event()
    monkeypatch.setattr(counting, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(counting, "_write", lambda waiting: written.set())
    app.extensions["tally"].add("苏河湾", 6)
    assert written.wait(10)


def test_a_process_that_ends_writes_what_waits(app: Flask) -> None:
    settings = app.config["PORTAL"]
    code = "import portal; portal.create_app().extensions['tally'].add('苏河湾', 6)"
    environment = {
        **os.environ,
        "PORTAL_INSTANCE": str(settings.instance),
        "PORTAL_SEARCH_INDEX": str(settings.search_index),
        "PORTAL_SECRET_KEY": "only for these tests",
    }
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)
    with app.app_context():
        assert [row[1:] for row in rows()] == [("苏河湾", 1, 6)]


def test_a_failure_is_logged_and_never_shown(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = with_search(make_app())
    monkeypatch.setattr(counting, "COUNT", counting.text("INSERT INTO nothing VALUES (:day, :query, :found)"))
    answer = app.test_client().get("/counted")
    app.extensions["tally"].write()
    assert (answer.status_code, answer.text) == (200, "found")
    assert "Searches were not counted: 1" in caplog.text
    assert "苏河湾" not in caplog.text


# What the staff see


@pytest.mark.usefixtures("today")
def test_the_most_frequent_of_some_days(database_app: Flask) -> None:
    with database_app.app_context():
        keep(
            (0, "甲", 1, 5),
            (6, "甲", 2, 0),
            (7, "甲", 9, 0),
            (3, "乙", 2, 0),
            (29, "丙", 8, 0),
            (29, "丁", 3, 0),
            (2, "丁", 1, 4),
        )
        assert list(frequent(7)) == [Frequent("甲", 3, 5), Frequent("乙", 2, 0), Frequent("丁", 1, 4)]
        assert list(frequent(30))[:2] == [Frequent("甲", 12, 5), Frequent("丙", 8, 0)]
        assert list(frequent(30, unanswered=True)) == [Frequent("丙", 8, 0), Frequent("乙", 2, 0)]


@pytest.mark.usefixtures("today")
def test_a_list_ends_after_fifty(app: Flask) -> None:
    with app.app_context():
        keep(*((0, f"词{number}", number, 0) for number in range(1, 61)))
        found = frequent(7, unanswered=True)
        assert [one.searches for one in found] == list(range(60, 10, -1))
