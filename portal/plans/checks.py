"""What may have gone wrong in a new version of a page: warnings for whoever reviews it, none of them a stop.

What the earlier version shows already is the plan's own way of writing: it is warned about again only in a
paragraph that has changed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise

from portal.plans.confusables import Confusables, confused
from portal.plans.numbering import split_number
from portal.plans.ordering import misnumbered, misnumbered_inside
from portal.plans.punctuation import Widths, doubled_signs, unbalanced, unusual_widths, widths
from portal.plans.rendering import RenderedPage, render
from portal.plans.writing import heading

# In characters, on each side of what is quoted.
CONTEXT = 8
_HAN = "[㐀-鿿]"
# After a date, the name of who decided that day follows.
_SPACED = re.compile(rf"(?<={_HAN})(?<!\d日)\s+(?={_HAN})")
_AGAIN = re.compile(rf"(?:({_HAN})\1)+")
_LONG_AGAIN = re.compile(rf"({_HAN}{{3,12}})\1")
_WIDE_DIGIT, _NARROW_DIGIT = re.compile("[０-９]+"), re.compile("[0-9]")
# Characters that are doubled to mean every one, or very much so (the dictionary knows more such words), and
# numerals: 十五五.
_REDOUBLED = set(
    "人天年月周日时事处家户个件条项样种层步代常往刚渐仅好慢早紧牢深大小高远轻满实稳点滴"
    "〇零一二三四五六七八九十百千万"
)
# Words of one character that stand beside longer ones: 健全全流程, 市市场监管局, 目的的, 可以以.
_SHORT_WORDS = set("全市区县的以")


class Problem(StrEnum):
    """What a warning is about."""

    NUMBERING = "numbering"
    WIDTH = "width"
    DOUBLED = "doubled"
    UNBALANCED = "unbalanced"
    LOST = "lost"
    CONFUSABLE = "confusable"
    SPACE = "space"
    DIGITS = "digits"
    EMPTY = "empty"

    @property
    def label(self) -> str:
        """The words on the screen."""
        return _LABELS[self]


_LABELS = {
    Problem.NUMBERING: "编号不连续",
    Problem.WIDTH: "标点全角半角不一致",
    Problem.DOUBLED: "文字或标点重复",
    Problem.UNBALANCED: "括号或引号不成对",
    Problem.LOST: "固定链接丢失",
    Problem.CONFUSABLE: "可能是错别字",
    Problem.SPACE: "汉字之间有空格",
    Problem.DIGITS: "数字全角半角混用",
    Problem.EMPTY: "段落没有文字",
}


@dataclass(frozen=True)
class Finding:
    """One warning: at which anchor, the words that it is about with a little context, and what to do."""

    problem: Problem
    anchor: str
    text: str
    hint: str


# Where it is in a text, and the hint.
_Spot = tuple[int, int, str]


def check(before_source: str, after_source: str, confusables: Confusables) -> list[Finding]:
    """What is new and looks wrong in the second of two versions of a page's file, in reading order.

    Raises:
        DocumentError: one of the versions is no page.
    """
    before, after = render(before_source), render(after_source)
    old, new = _texts(before), _texts(after)
    changed = {anchor for anchor, text in new.items() if old.get(anchor) != text}
    empty = {block.anchor for block in after.blocks if not block.text.strip() and "<img" not in block.html}
    found = [*_lost(old, new), *_misnumbered(before, after, changed)]
    usual = widths(old.values())
    for anchor in new:
        if anchor in changed & empty:
            found.append(Finding(Problem.EMPTY, anchor, "", "请写出文字，或者删去这一段"))
        elif anchor in changed:
            found += _in_text(anchor, new[anchor], usual, confusables)
    order = {anchor: place for place, anchor in enumerate([*new, *old])}
    return sorted(dict.fromkeys(found), key=lambda finding: order[finding.anchor])


def _texts(page: RenderedPage) -> dict[str, str]:
    """The plain text of each block, and the heading of the page, by anchor."""
    title = {page.anchor: heading(page.label, page.title)} if page.title else {}
    return title | {block.anchor: block.text for block in page.blocks}


def _lost(old: dict[str, str], new: dict[str, str]) -> Iterator[Finding]:
    for anchor, text in old.items():
        if anchor not in new:
            start = text if len(text) <= 3 * CONTEXT else text[: 3 * CONTEXT] + "…"
            yield Finding(Problem.LOST, anchor, start, "指向这里的链接将失效，确认要删去吗？")


def _misnumbered(before: RenderedPage, after: RenderedPage, changed: set[str]) -> Iterator[Finding]:
    known = {(one.previous, one.label) for one in misnumbered(before.blocks)}
    for one in misnumbered(after.blocks):
        if one.anchor in changed or (one.previous, one.label) not in known:
            follows = f"前面是“{one.previous}”，" if one.previous else ""
            yield Finding(Problem.NUMBERING, one.anchor, one.label, f"{follows}请核对编号")


def _in_text(anchor: str, text: str, page: Widths, confusables: Confusables) -> Iterator[Finding]:
    number = split_number(text)
    start = text.index(number.label) + len(number.label) if number else 0
    body = text[start:]
    checks: list[tuple[Problem, Callable[[], Iterator[_Spot]]]] = [
        (Problem.CONFUSABLE, lambda: _confused(body, confusables)),
        (Problem.DOUBLED, lambda: _doubled(body)),
        (Problem.UNBALANCED, lambda: unbalanced(text)),
        (Problem.WIDTH, lambda: unusual_widths(body, page)),
        (Problem.NUMBERING, lambda: misnumbered_inside(text)),
        (Problem.SPACE, lambda: _spaced(body)),
        (Problem.DIGITS, lambda: _digits(text)),
    ]
    for problem, spots in checks:
        whole = text if problem in (Problem.UNBALANCED, Problem.NUMBERING, Problem.DIGITS) else body
        for first, last, hint in spots():
            yield Finding(problem, anchor, _excerpt(whole, first, last), hint)


def _confused(text: str, confusables: Confusables) -> Iterator[_Spot]:
    for place, wrong, right in confused(text, confusables):
        yield place, place + len(wrong), f"是否应为“{right}”？"


def _doubled(text: str) -> Iterator[_Spot]:
    yield from doubled_signs(text)
    for match in _LONG_AGAIN.finditer(text):
        yield match.start(), match.end(), f"“{match[1]}”连着写了两遍"
    twice = [match for match in _AGAIN.finditer(text) if match[1] not in _REDOUBLED]
    between = _between_words(text) if twice else {}
    for match in twice:
        several = len(set(match[0])) > 1  # 团团伙伙
        if not several and not _explained(between.get(match.start() + 1)):
            yield match.start(), match.end(), f"“{match[1]}”连着写了两遍，是否多了一个？"


def _between_words(text: str) -> dict[int, tuple[str, str]]:
    """The words of a text by the places where they meet."""
    # Only a process that meets such a text loads the dictionary.
    import rjieba

    words = rjieba.cut(text, False)
    return dict(zip(accumulate(map(len, words)), pairwise(words), strict=False))


def _explained(words: tuple[str, str] | None) -> bool:
    """Whether a character may stand on both sides of a place: as in 常常, or in 工作 and 作风."""
    if words is None:
        return True
    return all(len(word) > 1 or word in _SHORT_WORDS for word in words) and len("".join(words)) > 2


def _spaced(text: str) -> Iterator[_Spot]:
    done = open_ = 0
    for match in _SPACED.finditer(text):
        # “才聚江西 智荟赣鄱” is how slogans are printed.
        open_ += text.count("“", done, match.start()) - text.count("”", done, match.start())
        done = match.start()
        if not open_:
            yield match.start(), match.end(), "请删去空格"


def _digits(text: str) -> Iterator[_Spot]:
    if _NARROW_DIGIT.search(text):
        for match in _WIDE_DIGIT.finditer(text):
            yield match.start(), match.end(), "同一段里另有半角数字，请统一"


def _excerpt(text: str, start: int, end: int) -> str:
    first, last = max(start - CONTEXT, 0), min(end + CONTEXT, len(text))
    return ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")
