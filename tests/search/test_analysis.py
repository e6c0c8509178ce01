"""What counts as the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.analysis import (
    LETTERS,
    SPACED,
    TABLE_SIZE,
    VISIBLE,
    Table,
    fold,
    grams,
    located,
    squeeze,
    word_grams,
)

CHINESE = "展,优化（一）“推动”151项目 ＡＢc・\u3000。𠮷"
TEXTS = st.one_of(st.text(), st.text(alphabet=CHINESE))


@pytest.mark.parametrize(
    ("text", "squeezed"),
    [
        ("（一）发展, 优化", "一发展优化"),
        ("ＡＢＣ　１５１项目", "abc151项目"),
        ("〇二三㎡", "〇二三m2"),
        ("Café CAFÉ cafe\u0301", "cafecafecafe"),
        ("“”,。 \t\x00\u200b\udcff", ""),
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
def test_every_piece_of_a_text_shares_its_grams(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : data.draw(st.integers(start, len(text)))]
    known = set(grams(text))
    for cut in (squeeze(piece), "".join(character for character in fold(piece) if not character.isalnum())):
        if cut and (cut.isalnum() or cut in fold(text)):
            assert known.issuperset(word_grams(cut))


def test_grams_pair_letters_across_punctuation_and_punctuation_with_itself() -> None:
    assert sorted(grams("展,优”, ")) == sorted(["展", "优", "展优", ",", "”", ",", "”,"])


@pytest.mark.parametrize(
    ("text", "simplified"),
    [
        ("區塊鏈應用創新", "区块链应用创新"),
        ("後臺與裏面", "后台与里面"),
        ("瞭解徵收乾燥象徵", "了解征收干燥象征"),
        ("著名", "著名"),
        ("以后", "以后"),
    ],
)
def test_traditional_characters_are_simplified_one_by_one(text: str, simplified: str) -> None:
    assert squeeze(text) == simplified


def test_a_number_in_one_sign_stands_apart() -> None:
    assert "①2023年，ＡＢ\u3000c".translate(SPACED) == " 1 2023年、ab c"


@given(TEXTS)
def test_positions_lead_back_to_the_text(text: str) -> None:
    for table in (LETTERS, VISIBLE, SPACED):
        translated, origin = located(text, table)
        assert translated == text.translate(table)
        assert origin == [at for at, character in enumerate(text) for _ in character.translate(table)]


def test_the_table_does_not_grow_without_end() -> None:
    table = Table(str.upper)
    for codepoint in range(TABLE_SIZE + 10):
        chr(codepoint + 0x10000).translate(table)
    assert len(table) == TABLE_SIZE
