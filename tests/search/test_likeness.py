"""Sections that are about the same things are told by the index alone."""

from pathlib import Path

import pytest

from portal.search.analysis import squeeze
from portal.search.index import Passage, SearchIndex
from portal.search.likeness import nearest
from portal.search.reader import Reader
from tests.search.samples import Published

SECTIONS = {
    "港口": "推进港口码头建设，提升集装箱吞吐能力，完善港口集疏运体系。",
    "航运": "发展港口航运服务，建设集装箱码头。",
    "教育": "办好义务教育，扩大学前教育学位供给，建设智慧学校。",
    "学校": "新建学校，增加义务教育学位。",
    "单字": "水",
}


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    passages = [
        Passage("p", "P", name, f"s{at}", name, (name,), text, is_heading)
        for at, (name, held) in enumerate(SECTIONS.items())
        for text, is_heading in ((name, True), (held, False))
    ]
    return SearchIndex(tmp_path, Published(passages)).reader()


def names(reader: Reader, *texts: str, own: str = "", limit: int = 9) -> list[str]:
    found = nearest(reader, [SECTIONS.get(text, text) for text in texts], reader.page("p", own), limit)
    return [reader.passage(first).title for first in found]


def test_the_nearest_are_about_the_same(reader: Reader) -> None:
    assert names(reader, "港口", own="港口") == ["航运"]
    assert names(reader, "教育", own="教育") == ["学校"]
    assert names(reader, "新建学校和码头，增加学位") == ["学校", "教育", "航运", "港口"]
    assert names(reader, "新建学校和码头，增加学位", limit=1) == ["学校"]


def test_each_text_has_its_own_nearest(reader: Reader) -> None:
    assert set(names(reader, "港口", "教育")) == {"港口", "教育", "航运", "学校"}


@pytest.mark.parametrize("text", ["单字", "没有的词语", "", "，。"])
def test_nothing_by_chance(reader: Reader, text: str) -> None:
    assert names(reader, text) == []


def test_no_texts_have_nothing_near(reader: Reader) -> None:
    assert nearest(reader, [], (), 5) == []


def test_a_section_ends_where_the_next_begins(reader: Reader) -> None:
    for number in range(reader.size):
        first, last = reader.section(number)
        assert (first, last) == (number - number % 2, number - number % 2 + 2)
    assert squeeze(reader.passage(2).text) == "航运"
