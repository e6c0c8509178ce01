"""The results page, the JSON, what browsers take up, and the command line."""

import html
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from markupsafe import Markup
from sqlalchemy import select

from portal.database import db
from portal.progress import bar
from portal.search import grouping, searching
from portal.search.index import NotReady, SearchIndex
from portal.search.lexicon import Lexicon
from portal.search.models import QueryCount
from portal.search.query import Query
from portal.search.results import Facets, Hit, PageCount, Passage, PlanCount, Results
from portal.search.views import QUERY_LENGTH
from tests.conftest import MakeApp
from tests.search.samples import Published, passages
from tests.support.client import form_of, tree_of

SNIPPET = "推进养老服务“151项目”<mark>建设</mark>, <mark>优</mark>化养老环境；发放养老补贴。"


def paragraph(plan: str, page: str, number: int, text: str) -> Passage:
    title = "（一）节"
    path = (f"{page}章", title)
    return Passage(plan, f"{plan}的标题", page, f"s{page}-1-p{number}", title, path, text, False)


WATER = [paragraph("plan-c", "1", n, f"第{n}段说水") for n in range(45)]
CLOUDS = [paragraph(f"sky-{n:02}", "1", 1, "云") for n in range(12)]
RAIN = [
    *(paragraph("plan-d", "1", n, "雨" * n) for n in range(1, 6)),
    *(paragraph("plan-d", "2", n, "雨和风") for n in range(1, 3)),
    paragraph("plan-e", "1", 1, "雨、苏河湾与人工智能"),
    paragraph("plan-f", "1", 1, "AI应用"),
]

WORDS = Lexicon(("苏河湾",), (("AI", "人工智能"),))


def shelf_of(published: Sequence[Passage], words: Lexicon = WORDS) -> Published:
    """A record of passages that no plan has to be imported for."""
    return Published(published, words)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    shelf = shelf_of([*passages(), *WATER, *CLOUDS, *RAIN])
    return SearchIndex(tmp_path_factory.mktemp("index"), shelf)


@pytest.fixture
def app(app: Flask, index: SearchIndex) -> Flask:
    app.extensions["search"] = index
    return app


def page_of(client: FlaskClient, address: str) -> etree._ElementTree:
    answer = client.get(address)
    assert answer.status_code == 200
    return tree_of(answer)


def texts(tree: etree._ElementTree, path: str) -> list[str]:
    return [" ".join("".join(found.itertext()).split()) for found in tree.xpath(path)]


def heading(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return "".join(tree_of(answer).xpath("//h1//text()"))


def test_the_heading_says_what_was_asked_how_many_and_which_page(client: FlaskClient) -> None:
    assert heading(client, "/search?q=养老") == "“养老”找到2条结果"
    assert heading(client, "/search?q=水&page=2") == "“水”找到45条结果（第2页，共3页）"
    assert heading(client, "/search?q=养老服务社区") == "“养老服务社区”找到3条部分相符的结果"
    assert heading(client, "/search?q=火箭") == "“火箭”没有结果"
    assert heading(client, "/search?q=“养老” 服务") == "“‘养老’ 服务”找到2条结果"
    assert heading(client, "/search") == heading(client, "/search?q=%20") == "搜索文件"
    long = "水 " * 100
    assert heading(client, f"/search?q={long}").startswith(f"“{long[:40]}…”找到45条")


def test_the_tab_names_the_filters_too(client: FlaskClient) -> None:
    for address, scope, told in (
        ("q=雨", "", "找到8条结果"),
        ("q=雨&plan=plan-d", "在《plan-d的标题》中", "找到7条结果"),
        ("q=雨&plan=plan-d&chapter=2", "在《plan-d的标题》“2章”中", "找到2条结果"),
        ("q=雨&plan=plan-c", "在《plan-c的标题》中", "没有结果"),
        ("q=雨&plan=nowhere&chapter=1", "在所选文件所选的一章中", "没有结果"),
    ):
        tree = page_of(client, f"/search?{address}")
        assert "".join(tree.xpath("//h1//text()")) == f"“雨”{told}"
        assert tree.xpath("string(//title)").startswith(f"“雨”{scope}{told}－")


def test_what_is_not_wanted_is_no_question(app: Flask, client: FlaskClient) -> None:
    tree = page_of(client, '/search?q=-雨 -"风"')
    assert texts(tree, "//*[@class='notice']") == ["您只写了不要的词。请再写一个要找的词。"]
    assert tree.xpath("//h2[@id='hints']")
    assert not page_of(client, "/search").xpath("//*[@class='notice']")
    app.extensions["tally"].write()
    with app.app_context():
        assert not db.session.scalars(select(QueryCount)).all()


def test_any_page_number_shows_a_page(client: FlaskClient) -> None:
    shown = {"0": 1, "-3": 1, "abc": 1, "": 1, "3": 3, "4": 3, "9" * 30: 3, "9" * 5000: 1}
    for page, number in shown.items():
        assert heading(client, f"/search?q=水&page={page}").endswith(f"（第{number}页，共3页）"), page


def test_results_lead_to_the_marked_paragraph(client: FlaskClient) -> None:
    answer = client.get("/search?q=151项目")
    assert tree_of(answer).xpath("//ol[@class='results']//a/@href") == [
        "/plans/plan-a/1?q=151%E9%A1%B9%E7%9B%AE#s1-1",
        "/feedback/correction?plan=plan-a&page=1&anchor=s1-1",
    ]
    assert "<mark>151项目</mark>" in answer.text
    assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Set-Cookie" not in answer.headers
    again = client.get("/search?q=151项目", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_results_carry_the_way_back(client: FlaskClient) -> None:
    def back(address: str) -> str:
        return str(page_of(client, f"/search?{address}").xpath("//li[@class='result']//a/@href")[0])

    rain = "/plans/plan-d/1?q=%E9%9B%A8"
    assert back("q=雨&plan=plan-d") == f"{rain}&within=plan#s1-1-p5"
    assert back("q=雨&plan=plan-d&chapter=1&page=9") == f"{rain}&within=chapter#s1-1-p5"
    assert back("q=水&page=2") == "/plans/plan-c/1?q=%E6%B0%B4&results=2#s1-1-p20"


def test_addresses_stay_short_enough_for_servers(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    long = [paragraph(plan, str(n % 3), n, "山水" * 500) for plan in ("long-a", "long-b") for n in range(20)]
    app.extensions["search"] = SearchIndex(tmp_path / "long", shelf_of(long))
    box = page_of(client, "/search").xpath("//input[@name='q']")[0]
    query = "山水" * (int(box.get("maxlength")) // 2)
    seen = 0
    for more in ("", "&page=2", "&plan=long-a&chapter=1"):
        links = page_of(client, f"/search?q={query}{more}").xpath("//main//a/@href | //aside//a/@href")
        assert max(map(len, links)) < 8000
        seen += len(links)
    assert seen > 50


def test_results_of_one_plan_are_a_list(client: FlaskClient) -> None:
    tree = page_of(client, "/search?q=水")
    assert texts(tree, "//h2[@class='result__title']") == ["（一）节"] * 20
    assert not tree.xpath("//*[@class='group']")
    assert texts(tree, "//li[@class='result']/p[@class='meta']")[0] == "正文 plan-c的标题 › 1章"


def test_results_of_several_plans_are_grouped(client: FlaskClient) -> None:
    tree = page_of(client, "/search?q=雨")
    assert texts(tree, "//h2[@class='group__title']") == ["plan-d的标题", "plan-e的标题"]
    assert texts(tree, "//details[@class='group__more']/summary") == ["另有4条"]
    first = "//section[@aria-labelledby='plan-1']"
    assert len(tree.xpath(f"{first}/ol/li")) == 3
    assert len(tree.xpath(f"{first}/details/ol/li")) == 4
    assert tree.xpath(f"{first}/details/ol/@start") == ["4"]
    assert "查看这份文件" not in "".join(texts(tree, "//main"))
    assert texts(tree, f"{first}/ol/li[1]/p[@class='meta']") == ["正文 1章"]


def test_a_group_leads_to_what_the_page_does_not_show(app: Flask, client: FlaskClient) -> None:
    published = [*(paragraph("a", "1", n, "水") for n in range(30)), paragraph("b", "1", 1, "水和云")]
    app.extensions["search"] = SearchIndex(Path(app.instance_path) / "other", shelf_of(published))
    seen = 0
    for number in (1, 2):
        tree = page_of(client, f"/search?q=水&page={number}")
        hits = len(tree.xpath("//section[h2='a的标题']//li"))
        seen += hits
        link = tree.xpath("//section[h2='a的标题']/p/a")[0]
        assert (link.text, link.get("href")) == ("查看这份文件的全部30条", "/search?q=%E6%B0%B4&plan=a")
        alone = not tree.xpath("//section[h2='b的标题']")
        more = texts(tree, "//section[h2='a的标题']/details/summary")
        assert more == ([] if alone else [f"本页另有{hits - 3}条"])
    assert seen == 30


def test_results_can_be_narrowed_and_widened_again(client: FlaskClient) -> None:
    tree = page_of(client, "/search?q=雨")
    side = "//div[@class='facets facets--side']"
    assert texts(tree, f"{side}//a") == ["全部文件8条", "plan-d的标题7条", "plan-e的标题1条"]
    tree = page_of(client, tree.xpath(f"{side}//a/@href")[1])
    chapters = f"{side}/nav[@aria-label='按章筛选']//a"
    assert texts(tree, chapters) == ["全部各章7条", "1章5条", "2章2条"]
    assert texts(tree, f"{side}//a[@aria-current]") == ["plan-d的标题7条", "全部各章7条"]
    tree = page_of(client, tree.xpath(f"{chapters}/@href")[2])
    assert len(tree.xpath("//ol[@class='results']/li")) == 2
    chips = "//ul[@class='chips']//a"
    assert texts(tree, chips) == ["取消筛选：《plan-d的标题》×", "取消筛选：“2章”×"]
    without = tree.xpath(f"{chips}/@href")
    assert heading(client, without[0]).startswith("“雨”找到8条")
    assert heading(client, without[1]).startswith("“雨”找到7条")


def test_chapters_of_the_only_plan_are_offered_at_once(client: FlaskClient) -> None:
    tree = page_of(client, "/search?q=养老服务")
    assert not tree.xpath("//nav[@aria-label='按文件筛选']")
    tree = page_of(client, "/search?q=风 雨")
    assert not tree.xpath("//*[contains(@class, 'facets')]")  # one plan, one chapter: nothing to choose
    assert heading(client, "/search?q=雨&chapter=2").startswith("“雨”找到8条")  # of which plan?


def test_many_plans_are_offered_in_two_steps(client: FlaskClient) -> None:
    tree = page_of(client, "/search?q=云")
    side = "//div[@class='facets facets--side']/nav"
    assert len(tree.xpath(f"{side}/ul//a")) == 9
    assert texts(tree, f"{side}/details/summary") == ["另有4份文件"]
    last = tree.xpath(f"{side}/details//a/@href")[-1]
    assert page_of(client, last).xpath(f"{side}/details/@open")


def test_every_link_of_the_page_has_results(client: FlaskClient) -> None:
    seen = 0
    for address in (
        "/search?q=云",
        "/search?q=雨&plan=plan-d",
        "/search?q=火箭雨",
        "/search?q=雨&plan=plan-a",
    ):
        for link in set(page_of(client, address).xpath("//main//a[starts-with(@href, '/search')]/@href")):
            assert re.search(r"找到[1-9]\d*条", heading(client, link)), link
            seen += 1
    assert seen > 15


def test_no_result_helps(make_app: MakeApp, client: FlaskClient) -> None:
    tree = page_of(client, "/search?q=火箭服")
    text = "".join(texts(tree, "//div[@class='empty']"))
    assert "没有找到“火箭服”" in text or "部分" in heading(client, "/search?q=火箭服")
    empty = page_of(client, "/search?q=火箭")
    assert "没有找到“火箭”。" in "".join(texts(empty, "//div[@class='empty']"))
    link = empty.xpath("//div[@class='empty']//a[contains(@href, 'consultation')]/@href")[0]
    form = form_of(client.get(link), "/feedback/consultation")
    assert form["subject"] == "火箭"


def test_no_result_within_a_filter_leads_out_of_it(client: FlaskClient) -> None:
    links = "//div[@class='empty']//a[starts-with(@href, '/search')]"
    tree = page_of(client, "/search?q=雨&plan=plan-a")
    assert texts(tree, links) == ["在全部文件中查看8条结果"]
    assert texts(tree, "//div[@class='empty']/p") == ["在《plan-a的标题》中没有找到“雨”。"]
    side = "//div[@class='facets facets--side']//a"
    assert texts(tree, side) == ["全部文件8条", "plan-d的标题7条", "plan-e的标题1条", "plan-a的标题0条"]
    assert texts(tree, f"{side}[@aria-current and not(@href)]") == ["plan-a的标题0条"]
    tree = page_of(client, "/search?q=风&plan=plan-d&chapter=1")
    assert texts(tree, links) == ["在《plan-d的标题》中查看2条结果", "在全部文件中查看2条结果"]
    assert texts(tree, "//div[@class='empty']/p") == ["在《plan-d的标题》“1章”中没有找到“风”。"]
    assert texts(tree, f"{side}[@aria-current]") == ["plan-d的标题2条", "1章0条"]
    assert texts(tree, "//nav[@aria-label='按章筛选']//a")[:3] == ["全部各章2条", "1章0条", "2章2条"]
    tree = page_of(client, "/search?q=养老服务社区&plan=plan-c")
    assert texts(tree, links) == ["在全部文件中查看3条部分相符的结果"]


NOTICE = "//div[@class='notice']"


def test_a_shorter_query_asks_less_and_finds_more(client: FlaskClient) -> None:
    for query, shorter in (
        ("雨火箭", "搜索“雨”（8条）"),
        ("雨雨 -雨", "搜索“雨雨”（4条）"),  # not what the words are part of, but what is wanted
        ("火箭人工智", "搜索“人工智能”（2条）"),  # no word ends there
    ):
        tree = page_of(client, f"/search?q={query}")
        link = f"({NOTICE} | //div[@class='empty'])//a[starts-with(., '搜索')]"
        assert texts(tree, link) == [shorter], query
        count = shorter.partition("（")[2].rstrip("）")
        assert f"找到{count}结果" in heading(client, tree.xpath(f"{link}/@href")[0])
    for query in ("？！", "火箭", "雨&plan=plan-a", "苏河弯"):
        tree = page_of(client, f"/search?q={query}")
        assert not tree.xpath("//main//a[starts-with(., '搜索')]"), query


def test_synonyms_are_said_and_can_be_left_out(client: FlaskClient) -> None:
    tree = page_of(client, "/search?q=AI")
    assert texts(tree, NOTICE) == ["已同时查找“AI”的同义词：人工智能。 只查找“AI”（1条）"]
    assert sorted(texts(tree, "//h2[@class='group__title']")) == ["plan-e的标题", "plan-f的标题"]
    marks = tree.xpath("//section[h2='plan-e的标题']//li//a/@href")[0]
    assert "%E4%BA%BA%E5%B7%A5%E6%99%BA%E8%83%BD" in marks  # the word that stands there is marked there
    assert marks.endswith("&searched=AI#s1-1-p1")
    literal = tree.xpath(f"{NOTICE}//a/@href")[0]
    assert heading(client, literal) == "“‘AI’”找到1条结果"
    assert not page_of(client, literal).xpath(NOTICE)


def test_synonyms_that_found_nothing_more_are_not_said(client: FlaskClient) -> None:
    for plan, said in (("plan-e", []), ("plan-f", ["已同时查找“人工智能”的同义词：AI。"])):
        assert texts(page_of(client, f"/search?q=人工智能&plan={plan}"), NOTICE) == said


def test_only_what_is_shown_is_counted(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    pairs = tuple((f"{one}字", f"{one}词") for one in "甲乙丙丁戊己庚")
    said = ["、".join(words) for words in zip(*pairs, strict=True)]
    published = [paragraph("plan", "1", n, text) for n, text in enumerate(said)]
    index = SearchIndex(tmp_path / "words", shelf_of(published, Lexicon((), pairs)))
    app.extensions["search"] = index
    asked: list[str] = []

    def find(query: str, limit: int) -> tuple[int, list[int]]:
        asked.append(query)
        return SearchIndex.find(index, query, limit)

    index.find = find  # type: ignore[method-assign]
    query = " ".join(word for word, _ in pairs)
    tree = page_of(client, f"/search?q={query}")
    assert [line.split("的")[0] for line in texts(tree, NOTICE)] == [
        f"已同时查找“{word}”" for word, _ in pairs[:5]
    ]
    assert len(asked) == 5
    assert "部分相符" in heading(client, f"/search?q={query} 火箭")
    assert heading(client, f"/search?q={query}&plan=nowhere").endswith("没有结果")
    assert len(asked) == 5


def test_pinyin_is_read_and_said(client: FlaskClient) -> None:
    tree = page_of(client, "/search?q=suhewan")
    assert texts(tree, NOTICE) == ["已按拼音“suhewan”查找： 苏河湾"]
    assert tree.xpath(f"{NOTICE}//a/@href") == ["/search?q=%E8%8B%8F%E6%B2%B3%E6%B9%BE"]
    assert texts(tree, "//mark") == ["苏河湾"]


def test_what_was_probably_meant_is_offered(client: FlaskClient) -> None:
    tree = page_of(client, "/search?q=苏河弯")
    assert texts(tree, f"{NOTICE}//a") == ["您是不是要找“苏河湾”（1条）？"]
    link = tree.xpath(f"{NOTICE}//a/@href")[0]
    assert heading(client, link).startswith("“苏河湾”找到1条")
    empty = "//div[@class='empty']//a[starts-with(@href, '/search')]"
    assert texts(page_of(client, "/search?q=苏河弯&plan=plan-c"), empty) == [
        "您是不是要找“苏河湾”（1条）？",
        "在全部文件中查看1条部分相符的结果",
    ]


def test_words_can_be_left_out(client: FlaskClient) -> None:
    assert heading(client, "/search?q=雨 -风").startswith("“雨 -风”找到6条")


TYPED = [
    *("<script>alert(1)</script>", "\x00\x01养老\x1f", "\"'><", "\ufffe\ufdd0\U0001ffff", "%FF", "\u202e雨"),
    *('"', "-", "“”", "“雨", "-雨", '-"', "*", "？！，。", "雨" * 200 + "。" * 200, "水 " * 400),
]
ODD = ["q=%ED%A0%80", "q=%FF%FE", "q=%00", "q", "q=&q=2", "q=水&page[]=1", "q=水&per_page=0", "Q=%2"]


@pytest.mark.parametrize("address", ["/search", "/api/v1/search", "/search/suggestions"])
def test_whatever_is_typed_is_answered_as_text(client: FlaskClient, address: str) -> None:
    for typed in TYPED:
        answer = client.get(address, query_string={"q": typed, "plan": typed, "chapter": typed})
        assert answer.status_code == 200, typed
        assert "<script>alert" not in answer.text or answer.is_json
        assert client.get(address, query_string={"q": typed}).status_code == 200, typed
    for query in ODD:
        assert client.get(f"{address}?{query}").status_code == 200, query


def test_a_query_that_is_too_long_is_kept_and_explained(client: FlaskClient) -> None:
    assert client.get("/search?q=" + "长" * QUERY_LENGTH).status_code == 200
    query = "长" * (QUERY_LENGTH + 1)
    assert heading(client, f"/search?q={query}", 400) == "搜索词太长"
    answer = client.get(f"/search?q={query}")
    assert f"不能超过{QUERY_LENGTH}个字" in answer.text
    assert tree_of(answer).xpath("string(//main//input[@name='q']/@value)") == query
    assert answer.headers["Cache-Control"] == "no-store"
    json = client.get(f"/api/v1/search?q={query}")
    assert (json.status_code, json.json["error"]["status"]) == (400, 400)
    assert client.get(f"/search/suggestions?q={query}").json == {"query": query, "words": [], "headings": []}


def test_json_is_the_same_however_long_it_took(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    took, search = iter(range(1, 9)), searching.search

    def timed(*asked: Any) -> Results[str]:
        return replace(search(*asked), took_ms=next(took))

    monkeypatch.setattr(searching, "search", timed)
    answers = [client.get(f"/api/v1/search?q=雨&asked={number}") for number in (1, 2, 1)]
    assert [answer.json["took_ms"] for answer in answers] == [1, 2, 1]
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"]
    tag = {"If-None-Match": answers[0].headers["ETag"]}
    assert client.get("/api/v1/search?q=雨", headers=tag).status_code == 304
    assert client.get("/api/v1/search?q=雨&page=2", headers=tag).status_code == 200


def test_json(client: FlaskClient) -> None:
    found = client.get("/api/v1/search?q=建设 优").json
    assert found.pop("took_ms") >= 0
    assert found == {
        "query": "建设 优",
        "total": 1,
        "partial": False,
        "suggestion": None,
        "results": [
            {
                "plan": "plan-a",
                "page": "1",
                "anchor": "s1-1",
                "url": "/plans/plan-a/1#s1-1",
                "title": "(一)加强养老服务",
                "path": ["上级", "(一)加强养老服务"],
                "snippet": SNIPPET,
            }
        ],
        "facets": {
            "plans": [{"plan": "plan-a", "title": "plan-a的标题", "count": 1}],
            "pages": [{"plan": "plan-a", "page": "1", "title": "上级", "count": 1}],
        },
    }


def test_json_snippets_hold_marks_alone(client: FlaskClient) -> None:
    snippet = client.get("/api/v1/search?q=计划 b").json["results"][0]["snippet"]
    assert "&lt;<mark>b</mark>&gt;" in snippet
    assert set(re.findall("<[^>]+>", snippet)) == {"<mark>", "</mark>"}
    assert html.unescape(re.sub("<[^>]+>", "", snippet)) == "服务社区科普，发展科技，ＡＢＣ计划<b>。"


def test_json_pages(client: FlaskClient) -> None:
    counts = {"": 20, "per_page=100": 45, "per_page=1000": 45, "per_page=x": 20, "per_page=7&page=7": 3}
    counts |= {"per_page=0": 1, "page=4": 0, "page=x": 20, "page=" + "9" * 30: 0, "plan=plan-a": 0}
    counts |= {"plan=plan-c&chapter=1": 20, "plan=plan-c&chapter=2": 0, "chapter=2": 20}
    for arguments, count in counts.items():
        found = client.get(f"/api/v1/search?q=水&{arguments}").json
        assert len(found["results"]) == count, arguments


def test_suggestions_are_words_and_headings(client: FlaskClient) -> None:
    answer = client.get("/search/suggestions?q=苏河")
    assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert answer.json["query"] == "苏河"
    assert {"text": "苏河湾", "url": "/search?q=%E8%8B%8F%E6%B2%B3%E6%B9%BE"} in answer.json["words"]
    assert client.get("/search/suggestions?q=加强养老").json["headings"] == [
        {
            "title": "(一)加强养老服务",
            "path": ["plan-a的标题", "上级"],
            "url": "/plans/plan-a/1#s1-0",
        }
    ]
    for empty in ("/search/suggestions", "/search/suggestions?q=%20"):
        assert client.get(empty).json == {"query": "", "words": [], "headings": []}
    for typed in ("水", "养", "科", "a", "su"):
        offered = client.get(f"/search/suggestions?q={typed}").json
        assert len(offered["words"]) + len(offered["headings"]) <= 7


def test_the_search_describes_itself_to_browsers(make_app: MakeApp, client: FlaskClient) -> None:
    link = page_of(client, "/guide").xpath("//link[@rel='search']")[0]
    answer = client.get(link.get("href"))
    assert answer.mimetype == link.get("type") == "application/opensearchdescription+xml"
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    root = ElementTree.fromstring(answer.text)
    assert root.tag == f"{space}OpenSearchDescription"
    assert 0 < len(root.findtext(f"{space}ShortName") or "") <= 16
    templates = {url.get("type"): url.get("template", "") for url in root.findall(f"{space}Url")}
    assert all(template.startswith("http://localhost/") for template in templates.values())
    assert (root.findtext(f"{space}Image") or "").startswith("http://localhost/static/")

    def asked(kind: str) -> str:
        return templates[kind].replace("{searchTerms}", "%E8%8B%8F%E6%B2%B3").removeprefix("http://localhost")

    assert heading(client, asked("text/html")).startswith("“苏河”找到1条")
    suggested = client.get(asked("application/x-suggestions+json"))
    assert suggested.mimetype == "application/x-suggestions+json"
    typed, words = suggested.get_json(force=True)
    assert typed == "苏河"
    assert "苏河湾" in words
    other = make_app(site_url="https://plan.example.gov.cn", site_name="一个很长很长很长很长很长的网站名称")
    told = other.test_client().get("/opensearch.xml", base_url="https://plan.example.gov.cn").text
    assert 'template="https://plan.example.gov.cn/search?q={searchTerms}"' in told
    assert "<ShortName>一个很长很长很长很长很长的网站名</ShortName>" in told


def test_questions_are_counted_once_whatever_is_done_with_their_answers(
    app: Flask, client: FlaskClient
) -> None:
    for address in (
        "/search?q=雨",
        "/search?q=雨&page=2&plan=plan-d",
        "/search?q=水&page=2",
        "/search?q=云&plan=sky-01",
        "/search",
        "/search?q=养老服务社区",
        "/api/v1/search?q=水",
        "/search/suggestions?q=水",
    ):
        client.get(address)
    client.head("/search?q=火箭")
    app.extensions["tally"].write()
    with app.app_context():
        counted = {row.query: (row.searches, row.found) for row in db.session.scalars(select(QueryCount))}
    assert counted == {"雨": (1, 8), "养老服务社区": (1, 0)}


def test_an_index_that_is_not_there_asks_to_come_back(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise NotReady

    monkeypatch.setattr(app.extensions["search"], "reader", fail)
    monkeypatch.setattr(app.extensions["search"], "at_hand", lambda: None)
    assert heading(client, "/search?q=水", 503) == "搜索正在准备"
    for address in ("/search?q=水", "/api/v1/search?q=水"):
        answer = client.get(address)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/api/v1/search?q=水").json["error"]["message"] == "搜索正在准备，请稍后再试。"
    assert client.get("/search/suggestions?q=水").json == {"query": "水", "words": [], "headings": []}
    result = app.test_cli_runner().invoke(args=["search", "query", "水"])
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)


def test_command_line(app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    result = runner.invoke(args=["search", "rebuild"])
    assert (result.exit_code, result.stdout) == (0, "The search index holds release 1.\n")
    result = runner.invoke(args=["search", "query", "151项目"])
    assert result.exit_code == 0
    assert result.stdout == (
        "/plans/plan-a/1#s1-1\t(一)加强养老服务\t推进养老服务“151项目”建设, 优化养老环境；发放养老补贴。\n"
    )
    assert result.stderr == "1 of 1\n"
    for arguments in (["query"], ["query", "a", "b"], ["rebuild", "x"]):
        wrong = runner.invoke(args=["search", *arguments])
        assert (wrong.exit_code, len(wrong.stderr.splitlines())) == (1, 1), arguments


@pytest.mark.parametrize(
    ("query", "note"),
    [("AI", "AI: also 人工智能"), ("suhewan", "read as: 苏河湾"), ("苏河弯", "perhaps meant: 苏河湾")],
)
def test_the_command_line_says_what_was_made_of_a_query(app: Flask, query: str, note: str) -> None:
    result = app.test_cli_runner().invoke(args=["search", "query", query])
    assert note in result.stderr.splitlines()
    assert note not in result.stdout


def test_a_rebuild_that_cannot_write_says_so(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    app.extensions["search"] = SearchIndex(tmp_path / "file", shelf_of(passages()))
    result = app.test_cli_runner().invoke(args=["search", "rebuild"])
    assert result.exit_code == 1
    assert "was not rebuilt" in result.stderr


def test_a_progress_bar_on_a_terminal(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    with bar("Indexing") as show:
        assert show is None
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with bar("Indexing") as show:
        assert show

        def both(done: int, total: int) -> None:
            told.append((done, total))
            show(done, total)

        app.extensions["search"].rebuild(both)
    done, total = told[-1]
    assert done == total == len([*passages(), *WATER, *CLOUDS, *RAIN])


def test_the_path_of_a_result_names_what_stands_above_it() -> None:
    def path(title: str, *above: str) -> tuple[str, ...]:
        return grouping.path(Passage("p", "规划", "1", "s1", title, above, "", False))

    assert path("规划") == ()
    assert path("一、章", "一、章") == ("规划",)
    assert path("(一)节", "一、章", "(一)节") == ("规划", "一、章")


def test_a_group_holds_all_hits_of_its_plan_and_stands_where_its_best_stands() -> None:
    hits = [Hit(paragraph(plan, "1", n, "雨"), Markup(), "雨") for n, plan in enumerate("babca")]
    counts = [PlanCount(plan, plan, 9) for plan in "abc"]
    groups = grouping.by_plan(Results(Query.parse("雨"), 27, 0, False, None, hits, Facets(counts, [])))
    assert [(group.plan, [hit.passage.anchor[-1] for hit in group.hits]) for group in groups] == [
        ("b", ["0", "2"]),
        ("a", ["1", "4"]),
        ("c", ["3"]),
    ]


def test_long_names_keep_what_they_name() -> None:
    def named(plan: str, chapter: str) -> list[tuple[str, str]]:
        facets = Facets([PlanCount("a", plan, 1)], [PageCount("a", "1", chapter, 1)])
        return [(used.name, used.short) for used in grouping.filters(facets, "a", "1")]

    assert named("甲", "一、“乙”") == [("《甲》", "《甲》"), ("“一、‘乙’”", "“一、‘乙’”")]
    rules = f"{'某' * 12}关于印发《某区条例细则》的通知"
    assert named(rules, "丙" * 25) == [
        (f"《{'某' * 12}关于印发〈某区条例细则〉的通知》", "《某区条例细则》"),
        (f"“{'丙' * 25}”", f"“{'丙' * 24}…”"),
    ]


def test_a_clause_is_told_by_its_number() -> None:
    def kind(text: str, is_heading: bool = False) -> str:
        return grouping.kind(Passage("p", "规划", "1", "s1", "题", (), text, is_heading))

    assert [kind("第十二条 甲"), kind("第3条"), kind("按第三条"), kind("第一条", True)] == [
        *("第十二条", "第3条", "正文", "标题")
    ]
