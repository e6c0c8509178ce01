"""The public record of corrections: the list, one erratum, and what machines read."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy import event
from werkzeug.test import TestResponse

from portal.database import db
from portal.plans import errata
from portal.plans.errata_views import COLUMNS
from portal.plans.models import ErratumState
from tests.plans.corrected import OTHER, SLUG, correct, publish_other, withdraw
from tests.support.client import tree_of

NEWER, OLDER = "JC-20261122-0002", "JC-20250302-0001"
REASON = '地名应写全称。<见>"规范" & 通知。'
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def app(published_app: Flask) -> Flask:
    """Two plans, and two errata: an old one, and a new one with three places in both plans."""
    publish_other(published_app)
    correct(
        published_app,
        "s2-2-p1",
        "培育工作,",
        "培育工作、",
        number=OLDER,
        reason="标点有误。",
        reported_on=date(2025, 3, 2),
        # Still 2025 in Asia/Shanghai's calendar of the day after.
        at=datetime(2024, 12, 31, 17, tzinfo=UTC),
    )
    correct(
        published_app,
        "s2-3-p1",
        "苏河湾",
        "苏州河湾<&>",
        also=((SLUG, "s2", "引领静安", "带动静安"), (OTHER, "s1-p1", "“金融”", "“金融<”")),
        number=NEWER,
        reason=REASON,
        reporter="李**",
        reported_on=date(2026, 11, 22),
        at=datetime(2026, 11, 23, 3, tzinfo=UTC),
    )
    return published_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def text_of(response: TestResponse) -> str:
    """The words in the page's own part."""
    return " ".join(str(tree_of(response).xpath("string(//main)")).split())


def numbers_on(response: TestResponse) -> list[str]:
    links = tree_of(response).xpath("//main//li[contains(@class, 'erratum')]//h2//a/@href")
    return [link.rsplit("/", 1)[-1] for link in links]


def test_the_list_shows_what_changed_why_and_on_whose_report(client: FlaskClient) -> None:
    response = client.get("/errata")
    assert numbers_on(response) == [NEWER, OLDER]
    newer = tree_of(response).xpath("//main//ol/li")[0]
    words = " ".join(newer.xpath("string()").split())
    for said in (
        REASON,
        "李**",
        "收到日期2026年11月22日",
        f"受理编号{NEWER}",
        "2026年11月23日更正",
        "已更正",
    ):
        assert said in words.replace(" ", "") or said in words, said
    assert (
        "区科委2023年工作要点 › 二、坚持把科技创新作为引领区域经济发展的新动能,支持带动静安数智产业创新发展"
        in words
    )
    assert "(三)用好擦亮各类国家和市级牌子。" in words
    hrefs = newer.xpath(".//a/@href")
    for href in (
        f"/plans/{SLUG}/2#s2-3-p1",
        f"/plans/{OTHER}/1#s1-p1",
        f"/plans/{SLUG}/2/history/3",
        f"/errata/{NEWER}",
    ):
        assert href in hrefs
    assert [e.xpath("string(text()[normalize-space()])") for e in newer.xpath(".//ins")]
    assert "纠错人" not in tree_of(response).xpath("string(//main//ol/li[2])")


def test_the_list_is_narrowed_by_its_address(client: FlaskClient) -> None:
    cases: list[tuple[dict[str, str], list[str]]] = [
        ({"plan": SLUG}, [NEWER, OLDER]),
        ({"plan": OTHER}, [NEWER]),
        ({"year": "2025"}, [OLDER]),
        ({"year": "2026"}, [NEWER]),
        ({"year": "later"}, [NEWER, OLDER]),
        ({"q": "苏州河湾<&>"}, [NEWER]),
        ({"q": "科技服务业 规范"}, [NEWER]),
        ({"q": "%%"}, []),
        ({"q": "_"}, []),
        ({"q": "jc-2025"}, [OLDER]),
        ({"q": "培育", "year": "2025", "plan": SLUG}, [OLDER]),
        ({"page": "99999999999999999999999"}, [NEWER, OLDER]),
        ({"page": "-1"}, [NEWER, OLDER]),
        ({"page": "x"}, [NEWER, OLDER]),
    ]
    for asked, found in cases:
        assert numbers_on(client.get("/errata", query_string=asked)) == found, asked


def test_ten_different_words_are_looked_for(app: Flask, client: FlaskClient) -> None:
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for words, looked_for in (("jc JC jC " * 16, 1), ("a b c d e f g h i j k l", 10)):
        asked.clear()
        client.get("/errata", query_string={"q": words})
        counted = next(query for query in asked if "count(errata.id)" in query)
        assert counted.count("EXISTS") == looked_for
    ten = "j c jc 培 育 培育 c- -2 -20 202 "
    assert numbers_on(client.get("/errata", query_string={"q": ten + "nowhere"})) == [OLDER]
    assert numbers_on(client.get("/errata", query_string={"q": "nowhere " + ten})) == []


def test_each_filter_can_be_taken_off(client: FlaskClient) -> None:
    asked = {"plan": SLUG, "year": "2025", "q": "培育"}
    tree = tree_of(client.get("/errata", query_string=asked))
    left = [href.partition("?")[2] for href in tree.xpath("//ul[contains(@class, 'chips')]//a/@href")]
    assert [sorted(part.partition("=")[0] for part in one.split("&") if part) for one in left] == [
        ["q", "year"],
        ["plan", "q"],
        ["plan", "year"],
        [],
    ]
    form = tree.xpath("//main//form")[0]
    assert form.xpath("string(.//select[@name='plan']/option[@selected]/@value)") == SLUG
    assert form.xpath("string(.//select[@name='year']/option[@selected]/@value)") == "2025"
    assert form.xpath("string(.//input[@name='q']/@value)") == "培育"


def test_that_nothing_was_corrected_is_said_as_a_fact(client: FlaskClient) -> None:
    response = client.get("/errata?year=2023")
    assert "2023年暂无更正。" in text_of(response)
    assert [
        href for href in tree_of(response).xpath("//main//*[@class='empty']//a/@href") if "year" in href
    ] == ["/errata?year=2026", "/errata?year=2025"]
    assert "没有找到含“<b>无‘此’字”的勘误。" in text_of(
        client.get("/errata", query_string={"q": "<b>无“此”字"})
    )
    other = client.get(f"/errata?plan={OTHER}&year=2025")
    assert "《区科委2024年工作要点》2025年暂无更正。" in text_of(other)


def test_a_site_without_errata_says_so(published_app: Flask) -> None:
    client = published_app.test_client()
    assert "暂无更正。" in text_of(client.get("/errata"))
    assert "《区科委2023年工作要点》暂无更正。" in text_of(client.get(f"/errata?plan={SLUG}"))
    assert client.get("/api/v1/errata").get_json() == {"errata": []}
    assert client.get("/errata.csv").data.decode("utf-8-sig").strip() == ",".join(COLUMNS)
    feed = etree.fromstring(client.get("/errata.atom").data)
    assert feed.findtext("a:updated", namespaces=ATOM)
    assert "最近更正" not in client.get("/").text


def test_long_lists_have_pages(app: Flask, client: FlaskClient) -> None:
    for count in range(20):
        before, after = ("服务", "服务务") if count % 2 == 0 else ("服务务", "服务")
        correct(app, "s5-5-p1", before, after, number=f"KW-20261124-{count + 1:04d}")
    first, second = client.get("/errata"), client.get("/errata?page=2")
    assert len(numbers_on(first)) == errata.PER_PAGE
    assert numbers_on(second) == numbers_on(client.get("/errata?page=9")) == [NEWER, OLDER]
    assert "第2页，共2页" in second.text
    more = tree_of(client.get("/errata?q=jc-2&plan=" + SLUG)).xpath("//nav[@class='pagination']")
    assert not more
    following = tree_of(client.get("/errata?q=-2")).xpath("string(//a[@rel='next']/@href)")
    assert following == "/errata?q=-2&page=2"


def test_an_erratum_has_its_own_page(client: FlaskClient) -> None:
    response = client.get(f"/errata/{NEWER}")
    words = text_of(response)
    assert REASON in words
    assert tree_of(response).xpath("count(//main//*[@class='difference'])") == 3
    for number in ("JC-20261122-0003", "x", "%00", "JC-20261122-00021111111111", "JC-２０２６1122-0002"):
        assert client.get(f"/errata/{number}").status_code == 404


def test_what_was_withdrawn_stays_in_the_record(app: Flask, client: FlaskClient) -> None:
    withdraw(app, NEWER, "原文与印发件<一致>。", datetime(2026, 11, 24, 2, tzinfo=UTC))
    listed, own = text_of(client.get("/errata")), text_of(client.get(f"/errata/{NEWER}"))
    assert "已撤回" in listed
    assert "撤回日期2026年11月24日" in listed.replace(" ", "")
    for words in (listed, own):
        assert "原文与印发件<一致>。" in words
    assert "已于2026年11月24日撤回" in own
    assert [row["withdrawn"] for row in client.get("/api/v1/errata").get_json()["errata"]] == [True] * 3 + [
        False
    ]
    entry = etree.fromstring(client.get("/errata.atom").data).findall("a:entry", ATOM)[0]
    assert entry.findtext("a:updated", namespaces=ATOM) == "2026-11-24T02:00:00+00:00"
    assert "已撤回" in (entry.findtext("a:title", namespaces=ATOM) or "")


def test_what_is_only_proposed_is_nowhere(app: Flask, client: FlaskClient) -> None:
    number = "KW-20261124-0077"
    correct(app, "s5-5-p1", "服务", "服侍", number=number, reason="待定。", state=ErratumState.PROPOSED)
    assert client.get(f"/errata/{number}").status_code == 404
    for path in (
        *("/errata", "/errata?q=服侍", "/errata.csv", "/errata.atom", "/api/v1/errata", "/", "/sitemap.xml"),
        *(f"/plans/{SLUG}/5", f"/plans/{SLUG}/full", f"/plans/{SLUG}/", f"/plans/{SLUG}/5/history"),
    ):
        response = client.get(path)
        assert response.status_code == 200
        assert number not in response.text, path
        assert "待定。" not in response.text, path


def test_the_json_is_that_of_the_contract(client: FlaskClient) -> None:
    found = client.get("/api/v1/errata").get_json()
    assert set(found) == {"errata"}
    assert [tuple(row) for row in found["errata"]] == [COLUMNS] * 4
    row = next(row for row in found["errata"] if row["anchor"] == "s2-3-p1")
    assert row["after"] == row["before"].replace("苏河湾", "苏州河湾<&>", 1)
    del row["before"], row["after"]
    assert row == {
        "number": NEWER,
        "plan": SLUG,
        "page": "2",
        "anchor": "s2-3-p1",
        "url": f"/plans/{SLUG}/2#s2-3-p1",
        "reason": REASON,
        "reported_on": "2026-11-22",
        "corrected_on": "2026-11-23",
        "withdrawn": False,
    }
    assert found["errata"][-1]["number"] == OLDER
    assert found["errata"][-1]["corrected_on"] == "2025-01-01"
    found = client.get(f"/api/v1/errata?plan={OTHER}").get_json()
    assert [row["anchor"] for row in found["errata"]] == ["s1-p1"]
    search = client.get("/api/v1/search?q=示范区牌子").get_json()["results"][0]
    assert search["url"] == row["url"]


def test_the_table_opens_in_a_spreadsheet_and_runs_nothing_there(app: Flask, client: FlaskClient) -> None:
    for at, start in enumerate("=+-@"):
        correct(app, "s5-5-p1", "服务", f"服务{at}", number=f"KW-20261124-{at + 1:04d}", reason=f"{start}1+1")
    response = client.get("/errata.csv")
    assert response.mimetype == "text/csv"
    assert response.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))
    assert [tuple(row) for row in rows] == [COLUMNS] * 8
    assert [row["reason"] for row in rows[:4]] == ["'@1+1", "'-1+1", "'+1+1", "'=1+1"]
    json = client.get("/api/v1/errata").get_json()["errata"]
    assert [row["before"] for row in rows] == [row["before"] for row in json]
    assert rows[0]["reported_on"] == ""
    assert json[0]["reported_on"] is None
    assert {row["withdrawn"] for row in rows} == {"false"}
    assert len(client.get(f"/errata.csv?plan={OTHER}").text.splitlines()) == 2


def test_the_feed_is_one(client: FlaskClient) -> None:
    response = client.get("/errata.atom")
    assert response.mimetype == "application/atom+xml"
    feed = etree.fromstring(response.data)
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    for element in ("id", "title", "updated", "author"):
        assert feed.find(f"a:{element}", ATOM) is not None, element
    assert feed.findtext("a:updated", namespaces=ATOM) == "2026-11-23T03:00:00+00:00"
    entry = feed.findall("a:entry", ATOM)[0]
    assert entry.findtext("a:id", namespaces=ATOM) == f"http://localhost/errata/{NEWER}"
    content = entry.find("a:content", ATOM)
    assert content is not None
    assert content.get("type") == "html"
    html = etree.HTML(content.text)
    words = html.xpath("string()")
    assert REASON in words
    assert "苏州河湾<&>" in words
    assert html.xpath("string(//ins)") == "州"
    other = etree.fromstring(client.get(f"/errata.atom?plan={OTHER}").data)
    assert [e.findtext("a:id", namespaces=ATOM) for e in other.findall("a:entry", ATOM)] == [
        f"http://localhost/errata/{NEWER}"
    ]


def test_a_plan_that_is_not_there_is_404(client: FlaskClient) -> None:
    for path in ("/errata", "/errata.csv", "/errata.atom", "/api/v1/errata"):
        for plan in ("none", "%00", "a'b", "%EF%BF%BF", SLUG.upper()):
            assert client.get(f"{path}?plan={plan}").status_code == 404, (path, plan)


def test_the_record_may_be_kept_by_caches(client: FlaskClient) -> None:
    own = ("/errata", f"/errata/{NEWER}", "/errata.csv", "/errata.atom", "/api/v1/errata", "/errata?q=无")
    for path in own:
        response = client.get(path)
        assert response.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert "Set-Cookie" not in response.headers
        assert client.get(path, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
        assert client.head(path).status_code == 200


def test_both_databases_read_the_record_alike(database_app: Flask) -> None:
    publish_other(database_app)
    correct(
        database_app, "s1-p1", "“金融”", "“金融100%”", plan=OTHER, number="JC-20261124-0001", reason="R_D。"
    )
    client = database_app.test_client()
    for asked in ({"q": "100%"}, {"q": "r_d"}, {"year": "2026"}, {"plan": OTHER}, {"q": "\0金融"}):
        assert numbers_on(client.get("/errata", query_string=asked)) == ["JC-20261124-0001"], asked
    for asked in ({"q": "100_"}, {"year": "2025"}):
        assert numbers_on(client.get("/errata", query_string=asked)) == []
    assert client.get("/errata/%00").status_code == 404
    assert client.get("/errata?page=99999999999999999999").status_code == 200
    assert len(client.get("/api/v1/errata").get_json()["errata"]) == 1
    assert client.get("/errata.atom").status_code == 200
    assert "金融" in client.get(f"/plans/{OTHER}/1/history/2").text
    assert client.get(f"/plans/{OTHER}/1/history/2147483648").status_code == 404
    assert client.get(f"/plans/{OTHER}/%00/history").status_code == 404


def test_the_home_page_and_the_sitemap_name_the_newest(client: FlaskClient) -> None:
    home = tree_of(client.get("/"))
    assert home.xpath("//section[@aria-labelledby='errata']//h3/a/@href") == [
        f"/errata/{NEWER}",
        f"/errata/{OLDER}",
    ]
    sitemap = client.get("/sitemap.xml").text
    assert f"<loc>http://localhost/errata/{NEWER}</loc><lastmod>2026-11-23T" in sitemap


def test_search_leads_to_the_record(client: FlaskClient) -> None:
    for query in ("苏州河湾", "龘龘"):
        tree = tree_of(client.get("/search", query_string={"q": query}))
        assert tree.xpath("count(//main//a[starts-with(@href, '/errata?q=')])") == 1
        assert f"在勘误公示中查找“{query}”" in tree.xpath("string(//main)")
