import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.feedback.names import mask


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三丰", "张**"),
        ("欧阳娜娜", "欧**"),
        ("张", "张**"),
        (" 𠮷田 ", "𠮷**"),
        ("Anna Smith", "A**"),
        ("（王）小明", "王**"),
        ("", ""),
        (" \u3000", ""),
        ("13800138000", ""),
        ("<b>", "b**"),
    ],
)
def test_a_name_shows_one_letter(name: str, masked: str) -> None:
    assert mask(name) == masked


@settings(max_examples=50)
@given(st.text())
def test_never_more_than_one_letter(name: str) -> None:
    assert mask(name) in {"", *(f"{letter}**" for letter in name if letter.isalpha())}
