"""Marks on the words that were looked for, and excerpts around them."""

import html
import re
from bisect import bisect_left

from markupsafe import Markup

from portal.search.analysis import LETTERS, located
from portal.search.query import Query, Word

Span = tuple[int, int]

# 60 to 100 characters are two lines of a result at most widths.
EXCERPT = 90
LEAD = 30
ELLIPSIS = "…"
_STOP = re.compile(r"[。！？；!?;]")
_PAUSE = re.compile(r"[，、：。！？；,:!?;]")
_TO_LAST_PAUSE = re.compile(f".*{_PAUSE.pattern}", re.DOTALL)


def spans(text: str, query: Query, squeezed: str | None = None) -> list[Span]:
    """Where the words and their synonyms stand: ``(start, end)`` in the text, in order, apart from each other
    and never empty. ``squeezed`` is the squeezed text, if it is at hand.

    Punctuation and white space inside a word belong to it. Words that touch make one span.
    """
    squeezed = text.translate(LETTERS) if squeezed is None else squeezed
    found: list[Span] = []
    places: _Places | None = None
    for word in query.searched:
        if word.table is LETTERS:
            typed, wanted = word.typed, word.text
            start, there = text.find(typed), squeezed.find(wanted)
            if there < 0:
                continue
            # Once, and just as it was typed, as most words stand.
            if start >= 0 > text.find(typed, start + 1) and squeezed.find(wanted, there + 1) < 0:
                found.append((start, start + len(typed)))
                continue
        direct = _direct(text, squeezed, word)
        if direct is None:
            places = places or _Places(text)
            direct = places.of(word, squeezed)
        found += direct
    return _apart(found)


def _direct(text: str, squeezed: str, word: Word) -> list[Span] | None:
    """Where a word stands, if it stands everywhere just as it was typed, as most do; else None."""
    if word.table is not LETTERS:
        return None
    typed, wanted = word.typed, word.text
    found, size, start = [], len(typed), text.find(typed)
    held, there = 0, squeezed.find(wanted)
    while start >= 0:
        found.append((start, start + size))
        start = text.find(typed, start + 1)
    while there >= 0:
        held += 1
        there = squeezed.find(wanted, there + 1)
    return found if len(found) == held else None


def _apart(found: list[Span]) -> list[Span]:
    """The spans in order, those that touch made one."""
    if len(found) < 2:
        return found
    if len(found) == 2:  # as most results for two words have
        one, other = found
        if one[1] < other[0]:
            return found
        if other[1] < one[0]:
            return [other, one]
    result: list[Span] = []
    last = -1
    for start, end in sorted(found):
        if start <= last:
            start, end = result.pop()[0], max(last, end)
        result.append((start, end))
        last = end
    return result


class _Places:
    """Finds words in one text, which is translated once for all of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._located: dict[int, tuple[str, list[int]]] = {}

    def of(self, word: Word, squeezed: str) -> list[Span]:
        if not word.literal and word.text not in squeezed:
            return []
        if id(word.table) not in self._located:
            self._located[id(word.table)] = located(self._text, word.table)
        translated, origin = self._located[id(word.table)]
        return [(origin[start], origin[end - 1] + 1) for start, end in word.places(translated) if start < end]


def marked(text: str, query: Query) -> Markup:
    """The text as HTML, escaped, each span in ``<mark>``."""
    return Markup(_with_marks(text, spans(text, query), 0, len(text)))  # noqa: S704 - all of it is escaped


def excerpt(text: str, query: Query, squeezed: str | None = None, length: int = EXCERPT) -> str:
    """About ``length`` characters where marks are most, as HTML; cuts show as ``…``.

    ``squeezed`` is the squeezed text, if it is at hand.
    """
    found = spans(text, query, squeezed)
    if len(text) <= length + LEAD // 2:
        return _with_marks(text, found, 0, len(text))
    start = _beginning(text, found, length)
    end = start + length
    if end < len(text):
        end = _ending(text, found, start + length * 2 // 3, end)
    return _with_marks(text, found, start, min(end, len(text)), ELLIPSIS)


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
    earliest = min(first - LEAD, len(text) - length)
    if earliest < 0:
        earliest = 0
    cut = _STOP.search(text, earliest, first) or _PAUSE.search(text, earliest, first)
    return cut.end() if cut else earliest


def _ending(text: str, found: list[Span], earliest: int, latest: int) -> int:
    """Where to cut behind: after the last stop or pause, unless a mark would be lost by it."""
    pause = _TO_LAST_PAUSE.match(text, earliest, latest)
    if not pause:
        return latest
    last = pause.end()
    for start, end in found:
        if start < latest and end > last:
            return latest
    return last


def _with_marks(text: str, found: list[Span], start: int, end: int, cut: str = "") -> str:
    """The text from ``start`` to ``end`` as HTML; ``cut`` stands for what is left out on either side."""
    before, after = cut if start else "", cut if end < len(text) else ""
    is_plain = not ("&" in text or "<" in text or ">" in text)
    if is_plain and len(found) == 1 and start <= found[0][0] and found[0][1] <= end:  # as most are
        left, right = found[0]
        return f"{before}{text[start:left]}<mark>{text[left:right]}</mark>{text[right:end]}{after}"
    pieces: list[str] = []
    at = start
    for left, right in found:
        if left >= end:
            break
        if right > at:
            left, right = left if left > at else at, right if right < end else end
            pieces += (text[at:left], "<mark>", text[left:right], "</mark>")
            at = right
    pieces.append(text[at:end])
    if not is_plain:
        pieces[::2] = [html.escape(piece, quote=False) for piece in pieces[::2]]
    return f"{before}{''.join(pieces)}{after}"
