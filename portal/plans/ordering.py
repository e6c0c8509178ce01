"""Printed numbers that do not follow on each other."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.plans.numbering import Style, parse_number, split_number
from portal.plans.rendering import Block

_DIGITS = "[一二三四五六七八九十]{1,3}"
# Ways of numbering inside a paragraph, each with the numeral as its group.
_INSIDE = (
    re.compile(rf"(?:^|(?<=[。；;：:，,、\s]))(?=({_DIGITS})是)"),
    re.compile(r"(?:^|(?<=[。；;：:，,、\s]))(?=([1-9]\d?)(?:[.．](?!\d)|、))"),
    re.compile(r"(?<!第)(?=[(（]([1-9]\d?)[)）])"),
    re.compile(rf"(?<!第)(?=[(（]({_DIGITS})[)）])"),
    re.compile("(?=([①-⑳]))"),
)


@dataclass(frozen=True)
class Misnumbered:
    """A printed number that follows on another as it should not; ``previous`` is empty for a first one."""

    anchor: str
    label: str
    previous: str


def misnumbered(blocks: Sequence[Block]) -> Iterator[Misnumbered]:
    """The headings and paragraphs of a page whose numbers have gaps, repeats or a wrong order.

    A wider number begins the narrower ones again, and those of paragraphs may begin again after one that has
    no number. 条 are counted through the whole document, and so may begin with any.
    """
    last: dict[Style, tuple[int, str]] = {}
    headings = {number.style for block in blocks if block.label and (number := split_number(block.label))}
    plain: set[Style] = set()  # what may begin again
    for block in blocks:
        number = split_number(block.text)
        if number is None:
            plain.update(last.keys() - headings)
            continue
        value, label = last.get(number.style, (0, ""))
        begins = number.style is Style.ARTICLE and not value
        again = number.value == 1 and (not value or number.style in plain)
        if not (number.value == value + 1 or begins or again):
            yield Misnumbered(block.anchor, number.label, label)
        last = {style: seen for style, seen in last.items() if _stays(style, number.style)}
        last[number.style] = (number.value, number.label)
        plain.discard(number.style)


def misnumbered_inside(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and a hint (in Chinese) for each number in a paragraph that does not follow on the last.

    So are numbered: 一是 … 三是, 1. … 3., (1) … (3), ① … ③.
    """
    for pattern in _INSIDE:
        before = 0
        for match in pattern.finditer(text):
            value = _value(match[1])
            if before and value != before + 1 and (value > 1 or before == 1):
                yield match.start(1), match.end(1), f"前面是第{before}项，请核对编号"
            before = value


def _stays(style: Style, begun: Style) -> bool:
    return style <= begun or style is Style.ARTICLE


def _value(numeral: str) -> int:
    return ord(numeral) - ord("①") + 1 if "①" <= numeral <= "⑳" else parse_number(numeral)
