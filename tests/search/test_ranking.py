"""Parts of a query are ranked as a plain sum over each passage says."""

from math import log

import pytest

from portal.search.analysis import squeeze
from portal.search.index import Passage, SearchIndex
from portal.search.query import Query
from portal.search.ranking import QUESTION, RARE, REWEIGHED, SINGLE, TITLE, rank
from portal.search.reader import K1, B, Reader
from tests.search.samples import ROOT, Published

PLAN = ROOT / "seeds" / "2023-work-plan.txt"
QUERIES = (
    "科技创新的营商环境怎么办理",
    "苏河湾的重点产业由谁负责",
    "养老服务和社区食堂有哪些要求",
    "数字化转型是什么",
    "静安区的政府工作",
    "加强",
    "企业 发展的的的",
)


@pytest.fixture(scope="module")
def record() -> Published:
    """Each line of the plan thrice, in turn under different titles."""
    lines = [line.strip() for line in PLAN.read_text(encoding="utf-8").splitlines() if line.strip()] * 3
    return Published(
        Passage(f"plan-{at // 300}", "计划", str(at // 20), f"p{at}", lines[at // 7][:14], (), line, False)
        for at, line in enumerate(lines)
    )


@pytest.fixture(scope="module", params=["one part", "several parts", "all anew"])
def reader(
    tmp_path_factory: pytest.TempPathFactory, record: Published, request: pytest.FixtureRequest
) -> Reader:
    index = SearchIndex(tmp_path_factory.mktemp("index"), record)
    index.catch_up()
    if request.param == "several parts":
        record.held[5:7] = [
            record.held[5]._replace(text="科技创新的环境", title="营商环境怎么样"),
            record.held[6],
        ]
        record.current += 1
        index.catch_up()
    if request.param == "all anew":  # more passages have held a gram than there are now
        record.held[:] = [passage._replace(text=f"{passage.text}。") for passage in record.held]
        record.current += 1
        index.catch_up()
    reader = index.newest()
    assert reader
    assert reader.is_whole == (request.param == "one part")
    return reader


def plainly(reader: Reader, query: Query) -> list[int]:
    """The passages with parts of a query in their order, from a look at the text and the title of each."""
    words = [term.word.text for term in query.terms]
    pairs = list(dict.fromkeys(word[at : at + 2] for word in words for at in range(len(word) - 1)))
    singles = list(dict.fromkeys("".join(words)))
    frequency = {gram: reader.gram(gram).frequency for gram in (*pairs, *singles)}
    counted = {gram: min(n, reader.size) for gram, n in frequency.items()}
    idf = {gram: log(1 + (reader.size - n + 0.5) / (n + 0.5)) for gram, n in counted.items()}
    scores: dict[int, float] = {}
    more: dict[int, float] = {}
    rare = [
        gram for gram in singles if 0 < frequency[gram] * RARE <= reader.size and len(singles) >= QUESTION
    ]
    for number in range(reader.size):
        text, title = reader.texts[number], squeeze(reader.passage(number).title)
        held = K1 * (1 - B + B * len(text) / reader.average)
        found = [text[at : at + 2] for at in range(len(text) - 1)]
        if set(found).isdisjoint(pairs) and set(text).isdisjoint(rare):
            continue
        scores[number] = sum(
            idf[pair] * (K1 + 1) * found.count(pair) / (found.count(pair) + held)
            for pair in sorted(pairs, key=lambda pair: (frequency[pair], pair))
        )
        alone = sum(idf[one] * text.count(one) * (K1 + 1) / (text.count(one) + held) for one in singles)
        more[number] = SINGLE * alone + TITLE * sum(idf[pair] for pair in pairs if pair in title)
    best = sorted(scores, key=lambda number: (-scores[number], number))
    again = sorted(best[:REWEIGHED], key=lambda number: (-(scores[number] + more[number]), number))
    return again + best[REWEIGHED:]


@pytest.mark.parametrize("question", QUERIES)
def test_the_best_stand_first_however_many_are_asked_for(reader: Reader, question: str) -> None:
    query = Query.parse(question)
    expected = plainly(reader, query)
    assert len(expected) > 20
    for most in (1, 3, 20, 100, reader.size):
        best, numbers = rank(reader, query, most)
        assert best[:most] == expected[:most]
        assert sorted(best) == numbers == sorted(expected)


def test_a_passage_that_is_excluded_is_in_no_place(reader: Reader) -> None:
    best, numbers = rank(reader, Query.parse("科技创新的营商环境怎么办理 -企业"), 20)
    assert sorted(best) == numbers
    assert numbers
    assert not any("企业" in reader.texts[number] for number in numbers)
