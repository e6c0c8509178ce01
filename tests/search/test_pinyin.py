"""What is pinyin, and what is taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search import pinyin


@pytest.mark.parametrize(
    "typed",
    [
        "suhewan",
        "su he wan",
        "Sūhéwān",
        "SUHEWAN",
        "su'he'wan",
        "su’he’wan",
        "sūhéwān",
        "su\u0304hewan",
        "ｓｕhewan",
    ],
)
def test_tones_capitals_and_divisions_do_not_count(typed: str) -> None:
    assert pinyin.letters(typed) == "suhewan"


@pytest.mark.parametrize("typed", ["lǜse", "lüse", "lvse", "lu se", "LÜSE", "lu\u0308se"])
def test_what_stands_for_u_with_dots(typed: str) -> None:
    assert pinyin.letters(typed) == "luse"


@pytest.mark.parametrize(
    "typed", ["", " ", "苏hewan", "su-he", "su2he2", "151", "vpn", "naïveté.", "жэ", "su\x00he"]
)
def test_what_is_no_pinyin(typed: str) -> None:
    assert pinyin.letters(typed) == ""


@given(st.text(max_size=30))
def test_letters_are_always_plain(typed: str) -> None:
    letters = pinyin.letters(typed)
    assert not letters or (letters.isascii() and letters.isalpha() and letters.islower())
    assert pinyin.letters(letters) == letters


@pytest.mark.parametrize(
    ("character", "syllables"),
    [
        ("科", ("ke",)),
        ("长", ("zhang", "chang")),
        ("绿", ("lu",)),
        ("女", ("nu",)),
        ("会", ("hui",)),
        ("A", ()),
    ],
)
def test_readings(character: str, syllables: tuple[str, ...]) -> None:
    assert pinyin.readings(character) == syllables


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("zhi", "zi"),
        ("chen", "cheng"),
        ("shi", "si"),
        ("ni", "li"),
        ("nan", "lang"),
        ("xin", "xing"),
        ("zhang", "zan"),
    ],
)
def test_syllables_that_sound_alike(one: str, other: str) -> None:
    assert other in pinyin.alike(one)
    assert one in pinyin.alike(other)


@pytest.mark.parametrize(("one", "other"), [("ke", "ge"), ("bu", "pu"), ("an", "en"), ("ke", "ke")])
def test_syllables_that_do_not(one: str, other: str) -> None:
    assert other not in pinyin.alike(one)


def test_the_ways_to_read_a_word_are_few() -> None:
    assert list(pinyin.spellings([("zhang", "chang"), ("ning",)])) == [("zhang", "ning"), ("chang", "ning")]
    assert len(list(pinyin.spellings([("a", "b")] * 20))) == pinyin.SPELLINGS
