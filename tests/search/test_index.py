"""Real Whoosh in a real folder: everything is found, ranked, counted."""

import random
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from portal.search import matching
from portal.search.analysis import squeeze
from portal.search.index import Passage, SearchIndex
from portal.search.lexicon import Lexicon
from tests.search.samples import Published, is_cut, passages, sample


def index_of(folder: Path, published: list[Passage], lexicon: Lexicon | None = None) -> SearchIndex:
    return SearchIndex(folder, Published(published, lexicon))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    return index_of(tmp_path_factory.mktemp("index"), passages())


def anchors(index: SearchIndex, query: str, plan: str | None = None) -> list[str]:
    return [hit.passage.anchor for hit in index.search(query, plan).hits]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("养老", ["s1-0", "s1-1"]),  # a heading comes first
        ("养", ["s1-0", "s1-1"]),
        ("151项目", ["s1-1"]),
        ("ABC計劃", ["s1-3"]),
        ("养老 -补贴", ["s1-0"]),
        ('"建设 优化"', ["s1-1"]),
        ("建设, 优", ["s1-1"]),
        ("建设优", ["s1-1"]),
        ("补贴 建设", ["s1-1"]),
        ("”, 以“推", ["s2-2"]),
        ("“七增计划”", ["s2-2"]),
        ("abc计划", ["s1-3"]),
        ("，", ["s1-3", "s1-1", "s2-2"]),  # half width is full width
        ("；", ["s1-1"]),
        ("”、“", ["s2-2"]),
        (">。", ["s1-3"]),
        ("科技", ["s1-3"]),
        ("服务", ["s1-0", "s1-1", "s1-3"]),
    ],
)
def test_finds(index: SearchIndex, query: str, expected: list[str]) -> None:
    results = index.search(query)
    assert [hit.passage.anchor for hit in results.hits] == expected
    assert results.total == len(expected)
    assert not results.partial
    assert results.suggestion is None
    assert all("<mark>" in hit.snippet for hit in results.hits)


def test_more_mentions_come_first_and_equals_keep_the_order_of_the_record(tmp_path: Path) -> None:
    texts = ["水一次", "水和水，再一次水", "另一个水", "又见水，还有水"]
    index = index_of(tmp_path, paragraphs(texts))
    assert anchors(index, "水") == ["1", "3", "0", "2"]
    # One mention of the rare word is worth more than one of the frequent word.
    assert anchors(index, "一次 水") == ["1", "0"]


def test_what_stands_together_and_what_stands_nearer_comes_first(tmp_path: Path) -> None:
    texts = [
        "科技很好，另外再说一说完全不同的别的事，然后创新",
        "创新和科技",
        "科技、创新",
        "科技与创新，创新，创新",
        "科技",
        "创新",
    ]
    index = index_of(tmp_path, paragraphs(texts))
    assert anchors(index, "科技 创新") == ["2", "3", "1", "0"]
    assert anchors(index, "科技 创新 -与") == ["2", "1", "0"]
    assert anchors(index, "-科技") == []


def test_numbers_are_found_whole(tmp_path: Path) -> None:
    index = index_of(tmp_path, paragraphs(["引进14家企业", "引进4家企业", "增长4.5%", "用AI做", "AIGC"]))
    assert anchors(index, "4家") == ["1"]
    assert anchors(index, "14") == ["0"]
    assert anchors(index, "4") == ["1"]
    assert anchors(index, "ai") == ["3"]
    assert anchors(index, "引进 4") == ["1"]
    assert index.search("5%").total == 0


def test_synonyms_are_found_and_named(tmp_path: Path) -> None:
    lexicon = Lexicon(synonyms=(("AI", "人工智能"),))
    index = index_of(tmp_path, paragraphs(["发展人工智能", "用AI做事", "别的"]), lexicon)
    results = index.search("ai")
    assert [(hit.passage.anchor, hit.marks) for hit in results.hits] == [("0", "人工智能"), ("1", "ai")]
    assert results.hits[0].snippet == "发展<mark>人工智能</mark>"
    assert results.synonyms == (("ai", ("人工智能",)),)
    assert anchors(index, '"ai"') == ["1"]
    assert index.search('"ai"').synonyms == ()
    assert anchors(index, "ai 发展") == ["0"]


def test_pinyin_and_wrong_characters_find_what_was_meant(tmp_path: Path) -> None:
    lexicon = Lexicon(words=("苏河湾",))
    index = index_of(tmp_path, paragraphs(["推动苏河湾功能区发展", "人工智能应用"]), lexicon)
    for typed in ("suhewan", "su he wan", "shw"):
        results = index.search(typed)
        assert (results.spelled, anchors(index, typed), results.partial) == (("苏河湾",), ["0"], False)
        assert (results.hits[0].marks, results.suggestion) == ("苏河湾", None)
    for typed in ("suhewan 功能区", "功能区 shw -应用"):
        results = index.search(typed)
        assert (results.spelled, anchors(index, typed), results.partial) == (("苏河湾",), ["0"], False)
    assert index.search("suhewan 应用").partial
    wrong = index.search("人公智能")
    assert (wrong.suggestion, wrong.partial) == ("人工智能", True)
    assert index.search("人工智能").suggestion is None
    assert index.search('"suhewan"').spelled == ()


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("4.5% 人公智能", "4.5% 人工智能"),
        ("4.5%的人公智能", None),
        ('人公智能 -"发展 人工"', '人工智能 -"发展 人工"'),
        ('"人工智能" 人公智能', '"人工智能" 人工智能'),
        ("人公智能 龘龘", None),
        ("2023年重店工作计划", "2023年重点工作计划"),
    ],
)
def test_what_may_be_meant_keeps_all_that_was_right(
    tmp_path: Path, typed: str, suggestion: str | None
) -> None:
    texts = ["人工智能增长4.5%", "人工智能", "2023年重点工作计划"]
    index = index_of(tmp_path, paragraphs(texts))
    assert index.search(typed).suggestion == suggestion


def test_numbers_are_marked_in_parts_of_a_query_too(tmp_path: Path) -> None:
    index = index_of(tmp_path, paragraphs(["增长4.5%，发展养老"]))
    hit = index.search("增长4.5%火箭").hits[0]
    assert hit.snippet == "<mark>增长4.5</mark>%，发展养老"
    assert hit.marks == "增长 4.5"


def test_a_synonym_with_a_space_is_marked_as_one(tmp_path: Path) -> None:
    lexicon = Lexicon(synonyms=(("AI", "Artificial Intelligence"),))
    hit = index_of(tmp_path, paragraphs(["Artificial Intelligence"]), lexicon).search("AI").hits[0]
    assert hit.marks == '"Artificial Intelligence"'


def test_completions_are_words_and_headings_that_have_results(index: SearchIndex) -> None:
    found = index.complete("养")
    assert found.words[0] == "养老"
    assert [passage.anchor for passage in found.headings] == ["s1-0"]
    assert index.complete("").words == index.complete("，").words == ()
    assert all(index.search(word).total for word in found.words)


def test_parts_are_shown_when_nothing_holds_all(index: SearchIndex) -> None:
    results = index.search("养老服务社区")
    assert results.partial
    assert [hit.passage.anchor for hit in results.hits] == ["s1-0", "s1-1", "s1-3"]
    assert "<mark>服务社区</mark>" in results.hits[2].snippet
    assert results.hits[2].marks == "服务社区"
    assert not index.search("火箭").partial
    assert index.search("。！").total == 0


def test_a_question_in_plain_language_finds_its_answer(tmp_path: Path) -> None:
    published = paragraphs(
        ["完善养老服务体系，发放补贴。", "企业可以申报科技项目，由区科委受理。", "开展科普活动。"]
    )
    index = index_of(tmp_path, published)
    results = index.search("请问科技项目要怎么申报呢？")
    assert results.partial
    assert results.hits[0].passage.anchor == "1"
    assert "<mark>申报科技项目</mark>" in results.hits[0].snippet


def test_counts_by_plan_do_not_depend_on_the_filter_and_those_by_page_are_of_one_plan(
    index: SearchIndex,
) -> None:
    for plan, total, pages in (
        (None, 3, []),
        ("plan-a", 2, [("plan-a", "1", "上级", 2)]),
        ("plan-b", 1, [("plan-b", "1", "上级", 1)]),
        ("no-plan", 0, []),
    ):
        results = index.search("服务", plan)
        assert results.total == total
        assert [(c.plan, c.title, c.count) for c in results.facets.plans] == [
            ("plan-a", "plan-a的标题", 2),
            ("plan-b", "plan-b的标题", 1),
        ]
        assert [(c.plan, c.page, c.title, c.count) for c in results.facets.pages] == pages
    assert index.search("养老").facets.pages  # the only plan with results


def test_a_chapter_narrows_a_plan_down(index: SearchIndex) -> None:
    assert index.search("推", "plan-a").total == 2
    assert [hit.passage.anchor for hit in index.search("推", "plan-a", "2").hits] == ["s2-2"]
    assert index.search("推", "plan-a", "3").total == 0


def test_results_do_not_depend_on_how_they_are_counted(tmp_path: Path) -> None:
    """Many results are counted in another way than few."""
    published = [
        Passage(f"plan-{n % 7}", "P", "1", str(n), "", (), "水" + "土" * (n % 3), False)
        for n in sorted(range(300), key=lambda n: n % 7)
    ]
    index = index_of(tmp_path, published)
    for query in ("水", "土", "水土土"):
        results = index.search(query, per_page=300)
        counted = Counter(hit.passage.plan for hit in results.hits)
        assert {count.plan: count.count for count in results.facets.plans} == counted


def paragraphs(texts: list[str]) -> list[Passage]:
    return [Passage("p", "P", "1", str(n), "", (), text, False) for n, text in enumerate(texts)]


def test_pages_hold_everything_once(tmp_path: Path) -> None:
    published = [Passage("p", "P", "1", str(n), "", (), f"第{n}段", False) for n in range(45)]
    index = index_of(tmp_path, published)
    pages = [index.search("段", page=page) for page in (1, 2, 3, 4)]
    assert [len(page.hits) for page in pages] == [20, 20, 5, 0]
    assert {page.total for page in pages} == {45}
    assert [hit.passage for page in pages for hit in page.hits] == published


@pytest.mark.parametrize("query", ["", "   ", "\x00", "\u200b", "火箭", "*", "x OR y", "[", "\\", "(" * 500])
def test_nothing_found_is_not_an_error(index: SearchIndex, query: str) -> None:
    results = index.search(query)
    assert (results.total, results.hits, results.partial) == (0, [], False)


@pytest.mark.parametrize(
    ("query", "shorter"),
    [
        ("养老服务火箭", ("养老服务", 2)),
        ("火箭 科技", ("科技", 1)),
        ("火箭服", ("服", 3)),
        ("火箭", None),
        ("", None),
        ("火" * 200, None),
        ("abcd", None),
        ("2151项目", ("项目", 1)),
    ],
)
def test_a_shorter_query_is_known_to_have_results(
    index: SearchIndex, query: str, shorter: tuple[str, int] | None
) -> None:
    assert index.shorter(query) == shorter


def test_passages_come_back_as_they_were(index: SearchIndex) -> None:
    assert index.search("补贴").hits[0].passage == passages()[1]


def test_an_empty_record_gives_no_results(tmp_path: Path) -> None:
    index = index_of(tmp_path, [])
    assert index.search("水").total == 0
    assert index.release == 1


def pieces(texts: list[str], count: int) -> list[tuple[int, str]]:
    """Random substrings of 1 to 8 characters, numbers and words whole, each with the number of its text."""
    chance = random.Random(2023)
    result = []
    while len(result) < count:
        number = chance.randrange(len(texts))
        start = chance.randrange(len(texts[number]))
        end = start + chance.randint(1, 8)
        piece = texts[number][start:end]
        if piece.strip() and not is_cut(texts[number], start) and not is_cut(texts[number], end):
            result.append((number, piece))
    return result


def assert_each_is_found(index: SearchIndex, published: list[Passage], count: int) -> None:
    for number, piece in pieces([passage.text for passage in published], count):
        results = index.search(piece, per_page=len(published))
        assert not results.partial, piece
        found = [hit.passage for hit in results.hits]
        assert published[number] in found, piece
        if squeeze(piece) and not re.search(r"[\sA-Za-z0-9]|^[-“\"]", unicodedata.normalize("NFKC", piece)):
            holding = {p.anchor for p in published if squeeze(piece) in squeeze(p.text)}
            assert {passage.anchor for passage in found} == holding, piece


def test_every_piece_finds_its_passage(index: SearchIndex) -> None:
    published = passages()
    assert_each_is_found(index, published, 1000)


def test_every_piece_of_a_thousand_paragraphs_finds_its_paragraph(tmp_path: Path) -> None:
    published = sample(1000)
    assert_each_is_found(index_of(tmp_path, published), published, 150)


def test_a_squeezed_text_is_counted_as_a_look_at_every_passage_says(index: SearchIndex) -> None:
    reader = index.reader()
    assert reader.is_whole
    texts = [reader.texts[number] for number in range(reader.size)]
    pieces = {
        text[at : at + size] for text in texts for size in (1, 2, 3) for at in range(len(text) - size + 1)
    }
    for piece in (*pieces, "老养", "科养老", "鑫"):
        if not set(piece) & set("0123456789abc"):  # which are not found inside a number or a word
            assert matching.count_of(reader, piece) == sum(piece in text for text in texts), piece


def test_only_the_best_by_their_words_are_told_apart_by_distance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ("服务，服务，服务的养老，养老", "养老服务", "养老的服务")
    published = [Passage("p", "P", "1", f"p{at}", "题", (), text, False) for at, text in enumerate(texts)]
    index = index_of(tmp_path, published)
    assert anchors(index, "养老 服务") == ["p1", "p0", "p2"]
    monkeypatch.setattr(matching, "MOST_NEAR", 1)
    assert anchors(index, "养老 服务") == ["p0", "p1", "p2"]
