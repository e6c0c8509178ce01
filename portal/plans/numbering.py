"""Printed numbers of official documents: 一、 （一） 1. （1） (GB/T 9704); 章、节、条 in regulations."""

import re
from dataclasses import dataclass
from enum import IntEnum

DIGITS = {"〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
UNITS = {"十": 10, "百": 100}
HAN = "[〇零一二三四五六七八九十百]+"


class Style(IntEnum):
    """Ways of numbering, from the widest part to the narrowest."""

    PART = 1
    CHAPTER = 2
    SECTION = 3
    ARTICLE = 4
    HAN = 5
    HAN_BRACKETED = 6
    ARABIC = 7
    ARABIC_BRACKETED = 8


SENTENCE_ENDS = "。！？!?"
OPENING, CLOSING = "(（《〈【[", ")）》〉】]"

# A title follows 章 or 节 at once or after a space; 条 is a number only when a space follows,
# since a sentence may begin with 第一条龙舟.
PATTERNS = {
    Style.PART: re.compile(rf"第({HAN}|\d{{1,4}})(?:部分|编)(?=[\s：:]|\w{{1,40}}$|$)"),
    Style.CHAPTER: re.compile(rf"第({HAN}|\d{{1,4}})章(?=\s|\w{{1,40}}$|$)"),
    Style.SECTION: re.compile(rf"第({HAN}|\d{{1,4}})节(?=\s|\w{{1,40}}$|$)"),
    Style.ARTICLE: re.compile(rf"第({HAN}|\d{{1,4}})条(?=\s|$)"),
    Style.HAN: re.compile(rf"({HAN})、"),
    Style.HAN_BRACKETED: re.compile(rf"[(（]({HAN})[)）]、?"),
    Style.ARABIC: re.compile(r"(\d{1,3})(?:[.．](?!\d)|、)"),
    Style.ARABIC_BRACKETED: re.compile(r"[(（](\d{1,3})[)）]"),
}


@dataclass(frozen=True)
class Numbered:
    """A line that begins with a number: ``(一)调研`` has label ``(一)``, value 1 and rest ``调研``."""

    style: Style
    value: int
    label: str
    rest: str


def parse_number(text: str) -> int:
    """The value of a numeral, Chinese up to 999 (``二十三``, ``一百零五``) or Arabic.

    Raises:
        ValueError: the text is no such numeral.
    """
    if text.isdecimal():  # full-width digits too
        return int(text)
    total, digit = 0, 0
    for character in text:
        if character in UNITS:
            total += (digit or 1) * UNITS[character]
            digit = 0
        elif character in DIGITS:
            digit = DIGITS[character]
        else:
            raise ValueError(f"not a numeral: {text!r}")
    return total + digit


def split_number(line: str) -> Numbered | None:
    """Split a line into its printed number and the rest; None when it begins with no number."""
    for style, pattern in PATTERNS.items():
        if match := pattern.match(line):
            rest = line[match.end() :].strip()
            return Numbered(style, parse_number(match[1]), match[0].strip(), rest)
    return None


def split_title(text: str) -> tuple[str, str]:
    """Split a heading's line into its title, which is its first sentence, and the text after it.

    A sentence does not end inside brackets; quotation marks that close right after it belong to it.
    """
    depth = 0
    for place, character in enumerate(text):
        depth += (character in OPENING) - (character in CLOSING)
        if character in SENTENCE_ENDS and depth <= 0:
            rest = text[place + 1 :].lstrip("。！？!?”’」』")
            return text[: len(text) - len(rest)], rest.strip()
    return text, ""
