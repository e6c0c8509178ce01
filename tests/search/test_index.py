"""Real Whoosh in a real folder: everything is found, ranked, counted."""

import random
from pathlib import Path

import pytest

from portal.search.index import Passage, SearchIndex
from tests.search.samples import passages, sample


def index_of(folder: Path, published: list[Passage]) -> SearchIndex:
    return SearchIndex(folder, lambda: 1, lambda: published)


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
        ("51项", ["s1-1"]),
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
    index = index_of(
        tmp_path, [Passage("p", "P", "1", str(n), "", (), t, False) for n, t in enumerate(texts)]
    )
    assert anchors(index, "水") == ["1", "3", "0", "2"]
    # One mention of the rare word is worth more than one of the frequent word.
    assert anchors(index, "一次 水") == ["1", "0"]


def test_parts_are_shown_when_nothing_holds_all(index: SearchIndex) -> None:
    results = index.search("养老服务社区")
    assert results.partial
    assert results.hits[0].passage.anchor == "s1-0"
    assert results.total == 3
    assert "<mark>服务社区</mark>" in results.hits[2].snippet
    assert not index.search("火箭").partial


def test_counts_by_plan_and_page_do_not_depend_on_the_filter(index: SearchIndex) -> None:
    for plan, total in ((None, 3), ("plan-a", 2), ("plan-b", 1), ("no-plan", 0)):
        results = index.search("服务", plan)
        assert results.total == total
        assert [(c.plan, c.title, c.count) for c in results.facets.plans] == [
            ("plan-a", "plan-a的标题", 2),
            ("plan-b", "plan-b的标题", 1),
        ]
        assert [(c.plan, c.page, c.count) for c in results.facets.pages] == [
            ("plan-a", "1", 2),
            ("plan-b", "1", 1),
        ]


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
    """Random substrings of 1 to 8 characters, each with the number of its text."""
    chance = random.Random(2023)
    result = []
    while len(result) < count:
        number = chance.randrange(len(texts))
        start = chance.randrange(len(texts[number]))
        piece = texts[number][start : start + chance.randint(1, 8)]
        if piece.strip():
            result.append((number, piece))
    return result


def assert_each_is_found(index: SearchIndex, published: list[Passage], count: int) -> None:
    for number, piece in pieces([passage.text for passage in published], count):
        results = index.search(piece, per_page=len(published))
        assert not results.partial, piece
        assert published[number] in [hit.passage for hit in results.hits], piece


def test_every_piece_finds_its_passage(index: SearchIndex) -> None:
    published = passages()
    assert_each_is_found(index, published, 1000)


def test_every_piece_of_a_thousand_paragraphs_finds_its_paragraph(tmp_path: Path) -> None:
    published = sample(1000)
    assert_each_is_found(index_of(tmp_path, published), published, 150)
