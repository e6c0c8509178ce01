"""What was typed is read as people mean it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.analysis import LETTERS, SPACED
from portal.search.lexicon import Lexicon
from portal.search.query import MOST_WORDS, Query, Word


@pytest.mark.parametrize(
    ("typed", "words", "excluded"),
    [
        ("养老服务", ("养老服务",), ()),
        (" 养老\u3000服务 养老 ", ("养老", "服务"), ()),
        ("展,优化", ("展优化",), ()),
        ("”, 以“推", ("以推",), ()),
        ("“养老” “", ("养老",), ()),
        ("。”", ("。”",), ()),
        ("”, “", ("”,", "“"), ()),
        ('"养老 服务"', ("养老服务",), ()),
        ("“养老 服务”", ("养老服务",), ()),
        ('"养老 服务" 科技', ("养老服务", "科技"), ()),
        ("“静”和“动”", ("静和动",), ()),
        ('科技"创新', ("科技创新",), ()),
        ('"科技 创新', ("科技", "创新"), ()),
        ("科技 -创新", ("科技",), ("创新",)),
        ("科技 －创新", ("科技",), ("创新",)),
        ('科技 -"创新 政策"', ("科技",), ("创新政策",)),
        ("-科技", (), ("科技",)),
        ("科技 - 创新", ("科技", "创新"), ()),
        ("上海-张江", ("上海张江",), ()),
        ("-", ("-",), ()),
        ('"""', ('"""',), ()),
        ('""', ('""',), ()),
        ("4.5 45", ("45", "45"), ()),
        ("", (), ()),
        (" \x00\u200b ", (), ()),
    ],
)
def test_parsing(typed: str, words: tuple[str, ...], excluded: tuple[str, ...]) -> None:
    query = Query.parse(typed)
    assert query.words == words
    assert tuple(word.text for word in query.excluded) == excluded
    assert bool(query) == bool(words)


def stands(typed: str, text: str) -> bool:
    word = Word.read(typed)
    return any(True for _ in word.places(text.translate(word.table)))


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("4家", "引进4家企业", True),
        ("4家", "引进14家企业", False),
        ("4家", "引进1.4家", False),
        ("家4", "十家4个", True),
        ("家4", "十家45个", False),
        ("5%", "增长4.5%", False),
        (".5%", "增长4.5%", True),
        ("4.5", "增长4.5%", True),
        ("4.5", "增长45%", False),
        ("45", "增长4.5%", False),
        ("4", "增长4.5%", False),
        ("4", "4。", True),
        ("1000家", "1,000家", True),
        ("2023年", "1.2023年", True),
        ("151项目", "1.151项目", True),
        ("2023年", "①2023年", True),
        ("①2023年", "①2023年", True),
        ("2023", "2023.7.12", True),
        ("151项目", "“151”项目", True),
        ("51项", "151项目", False),
        ("2023-2025", "2023—2025年", True),
        ("20232025", "2023—2025年", False),
        ("AI", "AIGC", False),
        ("AI", "用AI做", True),
        ("AI", "open AI GC", True),
        ("ＡＩ", "ai", True),
        ("AI2023", "AI 2023", True),
        ("G", "建设5G网", False),
        ("5G", "建设5G网", True),
        ("RD", "R&D投入", True),
        ("m²", "10 m²", True),
        ("3+1中", "3+1中心", True),
        ("科技", "科、技", True),
        ("AI，", "AIGC", False),
        ("(AI)", "AIGC", False),
        ("(4家)", "有4.4家", False),
        ("“AI”应用", "OpenAI应用", False),
        ("14，", "145家", False),
        ("4.", "45家", False),
        ("145，", "145，又", True),
        ("500家", "1,500家企业", False),
        ("000家", "1,000家", False),
        ("4", "4,000家", False),
        ("1,000家", "1000家", True),
        ("151项目", "到2023,151项目", True),
        ("500家", "100，500家", True),
        ("100", "100，500家", True),
        ("RD", "R_D", True),
    ],
)
def test_a_word_does_not_stand_inside_a_longer_number_or_word(typed: str, text: str, found: bool) -> None:
    assert stands(typed, text) is found


@given(st.text(alphabet="展优4a.，,- ①", min_size=1), st.data())
def test_what_is_cut_out_at_its_boundaries_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    piece = text[start:end]
    run = re.compile(r"[4a.,①]")
    inside = [
        at for at in (start, end) if 0 < at < len(text) and run.match(text[at - 1]) and run.match(text[at])
    ]
    if piece.translate(LETTERS) and not inside and not run.match(piece[0]) and not run.match(piece[-1]):
        assert stands(piece, text)


def test_synonyms_go_with_their_word_unless_it_is_quoted() -> None:
    lexicon = Lexicon(synonyms=(("AI", "人工智能"), ("区科委", "科学技术委员会")))
    assert [word.typed for word in Query.parse("ai 产业", lexicon).terms[0].synonyms] == ["人工智能"]
    assert [word.typed for word in Query.parse("人工智能", lexicon).terms[0].synonyms] == ["AI"]
    assert Query.parse("AI产业", lexicon).terms[0].synonyms == ()
    for typed in ('"AI"', 'AI "AI"', '"AI" AI'):
        assert [term.synonyms for term in Query.parse(typed, lexicon).terms] == [()]


@given(st.text())
def test_anything_can_be_typed(typed: str) -> None:
    query = Query.parse(typed)
    assert len(query.terms) <= MOST_WORDS
    for term in query.terms:
        assert term.word.grams
        assert term.word.text
        assert not any(True for _ in term.word.places("".translate(SPACED)))
