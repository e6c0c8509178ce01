"""What counts as the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.analysis import TABLE_SIZE, Query, _Table, fold, grams, located, squeeze, word_grams

CHINESE = "展,优化（一）“推动”151项目 ＡＢc・\u3000。𠮷"
TEXTS = st.one_of(st.text(), st.text(alphabet=CHINESE))


@pytest.mark.parametrize(
    ("text", "squeezed"),
    [
        ("（一）发展, 优化", "一发展优化"),
        ("ＡＢＣ　１５１项目", "abc151项目"),
        ("〇二三㎡", "〇二三m2"),
        ("Café CAFÉ cafe\u0301", "cafecafecafe"),
        ("“”,。 \t\x00\u200b", ""),
        ("𠮷野", "𠮷野"),
    ],
)
def test_squeezing_leaves_letters_and_digits(text: str, squeezed: str) -> None:
    assert squeeze(text) == squeezed


@given(TEXTS, st.data())
def test_what_is_cut_out_of_a_text_folds_to_a_part_of_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : data.draw(st.integers(start, len(text)))]
    assert squeeze(piece) in squeeze(text)
    assert fold(piece) in fold(text)
    assert squeeze(text) == "".join(filter(str.isalnum, fold(text)))
    assert squeeze(squeeze(text)) == squeeze(text)


@given(TEXTS, st.data())
def test_every_word_cut_out_of_a_text_shares_its_grams(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    query = Query.parse(text[start : data.draw(st.integers(start, len(text)))])
    known = set(grams(text))
    for word in query.words:
        assert word in query.reduced(text)
        assert known.issuperset(word_grams(word))


def test_grams_pair_letters_across_punctuation_and_punctuation_with_itself() -> None:
    assert sorted(grams("展,优”, ")) == sorted(["展", "优", "展优", ",", "”", ",", "”,"])


@pytest.mark.parametrize(
    ("typed", "words", "literal"),
    [
        ("养老服务", ("养老服务",), False),
        (" 养老\u3000服务 养老 ", ("养老", "服务"), False),
        ("展,优化", ("展优化",), False),
        ("”, 以“推", ("以推",), False),
        ("“养老” “", ("养老",), False),
        ("。”", ("。”",), True),
        ("，", (",",), True),
        ("”, “", ("”,", "“"), True),
        ("", (), False),
        (" \x00\u200b ", (), True),
    ],
)
def test_parsing(typed: str, words: tuple[str, ...], literal: bool) -> None:
    query = Query.parse(typed)
    assert query.words == words
    assert bool(query) == bool(words)
    assert query.literal == literal or not words


def test_parts_are_pairs_or_single_characters() -> None:
    assert Query.parse("养老服务 水").parts().words == ("养老", "老服", "服务", "水")


@given(TEXTS)
def test_positions_lead_back_to_the_text(text: str) -> None:
    for query in (Query("", ("x",)), Query("", ("x",), literal=True)):
        reduced, origin = located(text, query)
        assert reduced == query.reduced(text)
        assert origin == sorted(origin)
        assert all(
            character in query.reduced(text[at]) for character, at in zip(reduced, origin, strict=True)
        )


def test_the_table_does_not_grow_without_end() -> None:
    table = _Table(str.isalnum)
    for codepoint in range(TABLE_SIZE + 10):
        chr(codepoint + 0x10000).translate(table)
    assert len(table) == TABLE_SIZE
