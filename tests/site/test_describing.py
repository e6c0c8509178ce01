import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.site.describing import KEYWORDS, LENGTH, description, keywords

SENTENCE = "推动科技创新。"


def test_a_short_text_is_its_own_description() -> None:
    assert description(["第一段。", "第二段。"]) == "第一段。第二段。"
    assert description([]) == ""


def test_a_long_text_ends_with_a_sentence() -> None:
    found = description([SENTENCE * 40])
    assert found == SENTENCE * (LENGTH // len(SENTENCE))


def test_a_text_without_stops_is_cut_and_says_so() -> None:
    found = description(["长" * 500])
    assert (found, len(found)) == ("长" * (LENGTH - 2) + "……", LENGTH)


@pytest.mark.parametrize("mark", ["\U000e0100", "\u0301", "\u200d\U0001f469"])
def test_no_mark_is_parted_from_its_character(mark: str) -> None:
    for ahead in range(LENGTH - 6, LENGTH):
        text = "长" * ahead + "葛" + mark + "长" * 99
        kept = description([text]).removesuffix("……")
        after = text.removeprefix(kept)[0]
        assert unicodedata.category(after) != "Mn"
        assert "\u200d" not in (kept[-1], after)


@given(st.lists(st.text(), max_size=5), st.integers(min_value=4, max_value=LENGTH))
def test_a_description_is_one_line_from_the_beginning(texts: list[str], length: int) -> None:
    found = description(texts, length)
    assert len(found) <= length
    assert (
        " ".join("".join(texts).split())
        .replace(" ", "")
        .startswith(found.removesuffix("……").replace(" ", ""))
    )
    assert not any(unicodedata.category(character) == "Zl" for character in found)


def test_keywords_are_titles_without_their_stops() -> None:
    assert keywords(["区科委2023年工作要点", "", "开展调研。", "开展调研", "培育新动能,支持创新"]) == [
        "区科委2023年工作要点",
        "开展调研",
        "培育新动能，支持创新",
    ]
    assert len(keywords(map(str, range(100)))) == KEYWORDS
