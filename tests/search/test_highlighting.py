"""Marks stand exactly on what was looked for, and nothing else of the text becomes HTML."""

import html
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from portal.search import highlighting
from portal.search.highlighting import EXCERPT, LEAD
from portal.search.query import Query

TEXTS = st.text(alphabet="展优化一二,，。“” <&>\"'ＡaA１1½㎡\u3000…", max_size=300)


def marked(text: str, query: str) -> str:
    return highlighting.marked(text, Query.parse(query))


def excerpt(text: str, query: str) -> Markup:
    return Markup(highlighting.excerpt(text, Query.parse(query)))


def spans(text: str, query: str) -> list[highlighting.Span]:
    return highlighting.spans(text, Query.parse(query))


def unmarked(shown: str) -> str:
    return shown.replace("<mark>", "").replace("</mark>", "")


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("推进151项目建设", "151项目", "推进<mark>151项目</mark>建设"),
        ("发展, 优化环境", "展优化", "发<mark>展, 优化</mark>环境"),
        ("发展，优化", "优化 发展", "<mark>发展</mark>，<mark>优化</mark>"),
        ("ＡＢＣ计划", "abc", "<mark>ＡＢＣ</mark>计划"),
        ("面积1㎡多", "㎡", "面积1<mark>㎡</mark>多"),
        ("14家和4家", "4家", "14家和<mark>4家</mark>"),
        ("AIGC与ＡＩ", "ai", "AIGC与<mark>ＡＩ</mark>"),
        ("區塊鏈", "区块", "<mark>區塊</mark>鏈"),
        ("科技、创新和科技创新", '"科技创新"', "<mark>科技、创新</mark>和<mark>科技创新</mark>"),
        ("完善养老服务", "服务 养老", "完善<mark>养老服务</mark>"),
        ("科技创新", "科技 -创新", "<mark>科技</mark>创新"),
        ("人人人", "人人", "<mark>人人人</mark>"),
        ("“五大工程”, 以“推动", "”, 以“推", "“五大工程”, <mark>以“推</mark>动"),
        ("完。”又", "。”", "完<mark>。”</mark>又"),
        ("1,2", "，", "1<mark>,</mark>2"),
        ("<b>&养老", "养老", "&lt;b&gt;&amp;<mark>养老</mark>"),
        ("a<script>", "<script>", "a&lt;<mark>script</mark>&gt;"),
        ("养老", "火箭", "养老"),
        ("养老", "", "养老"),
    ],
)
def test_marks(text: str, query: str, expected: str) -> None:
    assert marked(text, query) == expected


@given(TEXTS, TEXTS)
def test_spans_stand_apart_and_the_text_is_whole(text: str, query: str) -> None:
    found = spans(text, query)
    assert all(start < end for start, end in found)
    assert all(before[1] < after[0] for before, after in pairwise(found))
    assert unmarked(marked(text, query)) == html.escape(text, quote=False)


@given(TEXTS, st.data())
def test_what_was_cut_out_of_a_text_is_marked(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : data.draw(st.integers(start, len(text)))]
    if piece.strip():
        query = Query.of_quote(piece)
        assert highlighting.spans(text, query)
        assert "<mark>" in highlighting.excerpt(text, query)


@given(TEXTS, TEXTS)
def test_an_excerpt_is_a_piece_of_the_text(text: str, query: str) -> None:
    shown = excerpt(text, query)
    assert set(re.findall("<[^>]*>", shown)) <= {"<mark>", "</mark>"}
    plain = shown.striptags() if not re.search(r"\s", text) else None
    if plain is not None and "…" not in text:
        assert plain.strip("…") in text
        assert len(plain) <= EXCERPT + LEAD


def test_an_excerpt_begins_after_a_stop_and_shows_where_it_is_cut() -> None:
    text = "甲" * 100 + "。乙乙，" + "养老服务" + "丙" * 200
    assert excerpt(text, "养老服务") == "…乙乙，<mark>养老服务</mark>" + "丙" * (EXCERPT - 7) + "…"
    assert excerpt("养老服务" + "丙" * 200 + "。", "养老").endswith("…")
    assert excerpt("短句", "短") == "<mark>短</mark>句"


def test_an_excerpt_is_where_most_words_are() -> None:
    text = "养老" + "甲" * 200 + "，养老、服务和补贴" + "乙" * 200
    assert excerpt(text, "养老 服务 补贴").count("<mark>") == 3


def test_many_marks_are_quick() -> None:
    assert excerpt("的" * 20_000, "的").startswith("<mark>")
    assert excerpt("的，" * 20_000, "的").startswith("<mark>")
