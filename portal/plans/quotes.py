"""Quotes that are found again after the text has changed: words, with what stood before and after them.

The selector is the W3C's text quote (https://www.w3.org/TR/annotation-model/#text-quote-selector). White
space and full- or half-width forms of the same character make no difference.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from portal.search.analysis import Table, located

# Characters kept of what stands before and after.
CONTEXT = 32
# A place that is less sure is none. This and the weights below were tried out on the plan of 2023: of quotes
# that were changed up to three times 0.97 are found again, of those deleted with their sentence 0.02.
THRESHOLD = 0.55
# From here on a place is not doubted, and none is looked for in another way.
SURE = 0.8
# Words that are less similar are other words.
SAME_WORDS = 0.4
# Context that is less similar speaks against a place.
SAME_CONTEXT = 0.6
# What weighs as much as so many characters of the quote; of these not more than so many count.
CONTEXT_WEIGHT, ANCHOR_WEIGHT, MOST_WORDS = 10, 2, 32
# Of pairs of characters that the quote repeats, only so many are looked for.
MOST_REPEATS = 8
# Marks in which people put words that they repeat.
QUOTATION_MARKS = ("“”", "‘’", "「」", "『』", '""', "''")
# The side of a quote that is more like what it was; the other may have been parted from it.
BETTER_SIDE = 0.7


@dataclass(frozen=True)
class Quote:
    """Words of a text, with up to 32 characters of what stood around them."""

    exact: str
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Found:
    """Where the words are now: offsets into the text with this anchor.

    ``score`` is how sure that is, from ``THRESHOLD`` to 1. 1 says that the words stand there as they were,
    and that nothing around them speaks against it.
    """

    anchor: str
    start: int
    end: int
    score: float


@dataclass(frozen=True)
class _Text:
    """A text with the forms of its characters made one, and where each of them stands in the original."""

    anchor: str
    text: str
    at: list[int]


@dataclass(frozen=True)
class _Place:
    """Where the words may be; ``rank`` decides between places."""

    text: _Text
    start: int
    end: int
    score: float
    rank: tuple[float, float]


@dataclass(frozen=True)
class _Run:
    """Characters that stand in a row both in what is looked for and in a text."""

    start: int
    end: int
    text_start: int
    text_end: int


def quote(text: str, start: int, end: int) -> Quote:
    """The words from ``start`` to ``end``, with what stands around them."""
    return Quote(text[start:end], text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT])


def find(quote: Quote, texts: Sequence[tuple[str, str]], anchor: str = "") -> Found | None:
    """Where a quote stands now in the texts of a page (anchor and text of each), or None where it is gone.

    ``anchor`` is where it stood. Words that stand unchanged among the same ones come first; then whatever the
    words, what is around them and the anchor together speak for most.
    """
    wanted = Quote(one_form(quote.exact), one_form(quote.prefix), one_form(quote.suffix))
    if not wanted.exact:
        return None
    page = [_Text(name, *located(text, FORMS)) for name, text in texts]
    places = [
        _judged(wanted, text, start, end, anchor)
        for text in page
        for start, end in _unchanged(wanted.exact, text.text)
    ]
    # With what stood around it, which tells it from the like; alone, for it may have moved.
    for needle in (wanted, Quote(wanted.exact)):
        if not any(place.score >= SURE for place in places):
            spans = [(text, span) for text in page if (span := _changed(needle, text.text))]
            places += [_judged(wanted, text, start, end, anchor) for text, (start, end) in spans]
    best = max(places, key=lambda place: place.rank, default=None)
    if best is None or best.score < THRESHOLD:
        return None
    return Found(best.text.anchor, best.text.at[best.start], best.text.at[best.end - 1] + 1, best.score)


def everywhere(words: str, texts: Iterable[tuple[str, str]]) -> list[Found]:
    """Every place where words stand unchanged in texts (anchor and text of each), in their order."""
    wanted = one_form(words)
    found = []
    for anchor, text in texts:
        if wanted and wanted in one_form(text):
            form, at = located(text, FORMS)
            found += [Found(anchor, at[a], at[b - 1] + 1, 1.0) for a, b in _unchanged(wanted, form)]
    return found


def across(words: str, texts: Sequence[tuple[str, str]]) -> list[Found]:
    """The places of each line of words that run over several texts; empty unless they stand there so.

    The first line closes a text, the last one opens a text, and those between are whole.
    """
    lines = [form for line in words.split("\n") if (form := one_form(line))]
    page = [_Text(name, form, at) for name, text in texts for form, at in [located(text, FORMS)] if form]
    for first in range(len(page) - len(lines) + 1) if len(lines) > 1 else ():
        own = page[first : first + len(lines)]
        whole = all(line == text.text for line, text in zip(lines[1:-1], own[1:-1], strict=True))
        if whole and own[0].text.endswith(lines[0]) and own[-1].text.startswith(lines[-1]):
            starts = (len(own[0].text) - len(lines[0]), *[0] * (len(lines) - 1))
            spans = [(text, at, at + len(line)) for text, at, line in zip(own, starts, lines, strict=True)]
            return [Found(text.anchor, text.at[a], text.at[b - 1] + 1, 1.0) for text, a, b in spans]
    return []


def unquoted(text: str) -> str:
    """Words without the quotation marks and the white space around them."""
    words = text.strip()
    marked = len(words) > 2 and words[0] + words[-1] in QUOTATION_MARKS
    return words[1:-1].strip() if marked else words


def one_form(text: str) -> str:
    """A text as it is compared: characters in their usual width, no white space."""
    return text.translate(FORMS)


def _form(character: str) -> str:
    """The character in its usual width; white space and what cannot be seen is nothing."""
    if character.isspace() or unicodedata.category(character) in ("Cc", "Cf"):
        return ""
    other_width = unicodedata.decomposition(character).startswith(("<wide>", "<narrow>"))
    return unicodedata.normalize("NFKC", character) if other_width else character


FORMS = Table(_form)


def _judged(wanted: Quote, text: _Text, start: int, end: int, anchor: str) -> _Place:
    words = Indel.normalized_similarity(wanted.exact, text.text[start:end])
    context = _context(wanted, text.text, start, end)
    same_anchor = not anchor or anchor == text.anchor
    weights = (
        min(len(wanted.exact), MOST_WORDS),
        CONTEXT_WEIGHT * (len(wanted.prefix) + len(wanted.suffix)) / (2 * CONTEXT),
        ANCHOR_WEIGHT if anchor else 0,
    )
    evidence = zip(weights, (words, context, same_anchor), strict=True)
    score = sum(weight * value for weight, value in evidence) / sum(weights)
    if words < SAME_WORDS:
        score = 0.0
    elif words == 1 and context >= SAME_CONTEXT:
        score = 1.0
    elif words == 1 and anchor == text.anchor:
        score = max(score, THRESHOLD)
    return _Place(text, start, end, score, (score, context + same_anchor / 10))


def _context(wanted: Quote, text: str, start: int, end: int) -> float:
    """How much what stands around a place is like what stood around the quote; 1 where nothing did."""
    sides = []
    if wanted.prefix:
        before = text[max(0, start - len(wanted.prefix)) : start]
        sides.append(Indel.normalized_similarity(wanted.prefix, before))
    if wanted.suffix:
        sides.append(Indel.normalized_similarity(wanted.suffix, text[end : end + len(wanted.suffix)]))
    return BETTER_SIDE * max(sides) + (1 - BETTER_SIDE) * min(sides) if sides else 1.0


def _unchanged(words: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(words)
    while start >= 0:
        yield start, start + len(words)
        start = text.find(words, start + 1)


def _changed(wanted: Quote, text: str) -> tuple[int, int] | None:
    """Where the words open and close in the stretch that is most like them and what stood around them."""
    needle = wanted.prefix + wanted.exact + wanted.suffix
    growth = len(wanted.exact) // 2 + 8
    shifts = _likest_shifts(needle, text, growth)
    if shifts is None:
        return None
    first, last = max(0, shifts[0] - 8), max(0, shifts[1] + len(needle))
    runs = _runs(needle, text[first:last], least=2 if len(wanted.exact) > 8 else 1)
    if not runs:
        return None
    opening, closing = len(wanted.prefix), len(wanted.prefix) + len(wanted.exact)
    start = max(0, first + _boundary(opening, runs, opening=True))
    end = min(len(text), first + _boundary(closing, runs, opening=False))
    return (start, end) if start < end else None


def _likest_shifts(needle: str, text: str, slack: int) -> tuple[int, int] | None:
    """The shifts of the needle, not more than ``slack`` apart, by which most pairs of its characters fit."""
    where: dict[str, list[int]] = {}
    for at in range(len(needle) - 1):
        where.setdefault(needle[at : at + 2], []).append(at)
    shifts = sorted(
        at - place for at in range(len(text) - 1) for place in where.get(text[at : at + 2], ())[:MOST_REPEATS]
    )
    most, best, first = -1, None, 0
    for last, shift in enumerate(shifts):
        while shift - shifts[first] > slack:
            first += 1
        if last - first > most:
            most, best = last - first, (shifts[first], shift)
    return best


def _runs(needle: str, text: str, least: int) -> list[_Run]:
    """What both have, in order: at least so many characters, for a single one may stand anywhere."""
    runs = (
        _Run(code.src_start, code.src_end, code.dest_start, code.dest_end)
        for code in Indel.opcodes(needle, text)
        if code.tag == "equal"
    )
    return [run for run in runs if run.end - run.start >= least]


def _boundary(at: int, runs: list[_Run], *, opening: bool) -> int:
    """Where the words open (or close), which they do before this character of the needle, in the text.

    What stands there instead of missing characters belongs to the words as far as these are the words' own;
    not much more than that, for what was put in beside them is not theirs.
    """
    across = next((run for run in runs if run.start < at < run.end), None)
    if across:
        return across.text_start + at - across.start
    left = next((run for run in reversed(runs) if run.end <= at), None)
    right = next((run for run in runs if run.start >= at), None)
    before = at - left.end if left else 0
    after = right.start - at if right else 0
    if right is None:
        return left.text_end + before if left else 0
    if left is None:
        return right.text_start - after
    own = after if opening else before
    gap = right.text_start - left.text_end
    share = min(round(gap * own / (before + after)), 2 * own + 2) if own else 0
    return right.text_start - share if opening else left.text_end + share
