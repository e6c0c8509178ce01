"""Marks on the words that were looked for, and excerpts around them."""

import html
import re
from bisect import bisect_left
from functools import partial

from markupsafe import Markup

from portal.search.analysis import LETTERS, located
from portal.search.query import Query, Word, occurrences

Span = tuple[int, int]

# 60 to 100 characters are two lines of a result at most widths.
EXCERPT = 90
LEAD = 30
ELLIPSIS = "…"
SPECIAL = re.compile("[<>&]")
_STOP = re.compile(r"[。！？；!?;]")
_PAUSE = re.compile(r"[，、：。！？；,:!?;]")


def spans(text: str, query: Query, squeezed: str | None = None) -> list[Span]:
    """Where the words and their synonyms stand: ``(start, end)`` in the text, in order, apart from each other
    and never empty. ``squeezed`` is the squeezed text, if it is at hand.

    Punctuation and white space inside a word belong to it. Words that touch make one span.
    """
    squeezed = text.translate(LETTERS) if squeezed is None else squeezed
    word = query.only_word
    if word and (plain := _plain(text, squeezed, word)) is not None:
        found = plain
    else:
        places = _Places(text, squeezed)
        found = sorted(span for term in query.terms for word in term.words for span in places.of(word))
    result: list[Span] = []
    for start, end in found:
        if result and start <= result[-1][1]:
            start, end = result[-1][0], max(end, result.pop()[1])
        result.append((start, end))
    return result


def _plain(text: str, squeezed: str, word: Word) -> list[Span] | None:
    """Where one word stands, if it stands everywhere just as it was typed, as most do; None when that is not
    so, or not told at a glance.
    """
    if word.table is not LETTERS or word.text[0] in word.text[1:]:  # that one may overlap itself
        return None
    direct, size = occurrences(text, word.typed), len(word.typed)
    if len(direct) != squeezed.count(word.text):
        return None
    return [(start, start + size) for start in direct]


class _Places:
    """Finds words in one text, which is translated once for all of them."""

    def __init__(self, text: str, squeezed: str) -> None:
        self._text, self._squeezed = text, squeezed
        self._located: dict[int, tuple[str, list[int]]] = {}

    def of(self, word: Word) -> list[Span]:
        if not word.literal and word.text not in self._squeezed:
            return []
        if word.table is LETTERS:
            # Mostly a word stands in the text just as it was typed.
            direct, size = occurrences(self._text, word.typed), len(word.typed)
            if len(direct) == len(occurrences(self._squeezed, word.text)):
                return [(start, start + size) for start in direct]
        if id(word.table) not in self._located:
            self._located[id(word.table)] = located(self._text, word.table)
        translated, origin = self._located[id(word.table)]
        return [(origin[start], origin[end - 1] + 1) for start, end in word.places(translated) if start < end]


def marked(text: str, query: Query) -> Markup:
    """The text as HTML, escaped, each span in ``<mark>``."""
    return _with_marks(text, spans(text, query), 0, len(text))


def excerpt(text: str, query: Query, squeezed: str | None = None, length: int = EXCERPT) -> Markup:
    """About ``length`` characters where marks are most, as HTML; cuts show as ``…``.

    ``squeezed`` is the squeezed text, if it is at hand.
    """
    found = spans(text, query, squeezed)
    if len(text) <= length + LEAD // 2:
        return _with_marks(text, found, 0, len(text))
    start = _beginning(text, found, length)
    end = min(len(text), start + length)
    if end < len(text):
        end = _ending(text, found, start + length * 2 // 3, end)
    return _with_marks(text, found, start, end, ELLIPSIS)


def _beginning(text: str, found: list[Span], length: int) -> int:
    """Where to cut: some characters before the first mark of the best window, if possible after a stop."""
    if not found:
        return 0
    first = found[0][0]
    if found[-1][0] >= first + length - LEAD:  # not all fit into one window
        starts = [start for start, _ in found]
        # Of equal windows the earliest wins.
        inside = [bisect_left(starts, start + length - LEAD) - at for at, start in enumerate(starts)]
        first = starts[inside.index(max(inside))]
    earliest = max(0, min(first - LEAD, len(text) - length))
    for boundary in (_STOP, _PAUSE):
        if end := boundary.search(text, earliest, first):
            return end.end()
    return earliest


def _ending(text: str, found: list[Span], earliest: int, latest: int) -> int:
    """Where to cut behind: after the last stop or pause, unless a mark would be lost by it."""
    last = 0
    for pause in _PAUSE.finditer(text, earliest, latest):
        last = pause.end()
    for start, end in found if last else ():
        if start < latest and end > last:
            return latest
    return last or latest


def _with_marks(text: str, found: list[Span], start: int, end: int, cut: str = "") -> Markup:
    """The text from ``start`` to ``end``; ``cut`` stands for what is left out on either side."""
    pieces, at = [cut if start else ""], start
    escape = partial(html.escape, quote=False) if SPECIAL.search(text, start, end) else str
    for left, right in found:
        if left >= end:
            break
        if right > at:
            left, right = max(left, at), min(right, end)
            pieces += (escape(text[at:left]), "<mark>", escape(text[left:right]), "</mark>")
            at = right
    pieces += (escape(text[at:end]), cut if end < len(text) else "")
    return Markup("".join(pieces))  # noqa: S704 - all of the text is escaped
