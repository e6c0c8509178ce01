"""How far apart the words of a query stand in a passage."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from portal.search.query import Term, occurrences
from portal.search.reader import FARTHEST, Reader

# More characters than this between two words are as good as any number.
FAR = 10_000
# So many pairs of places are looked at one by one.
PAIRS = 16


def distances(reader: Reader, terms: Sequence[Term]) -> Callable[[int], int]:
    """What tells how far apart the terms stand in a passage: 0 in typed order with nothing between, else 1
    and more, by the logarithm of the characters between them.
    """
    texts, together = reader.texts, "".join([term.word.text for term in terms])
    of_two = len(terms) == 2 and not any(term.synonyms for term in terms)
    first, second = terms[0].word.text, terms[-1].word.text

    def distance(number: int) -> int:
        text = texts[number]
        if together in text:
            return 0
        apart = _of_two(text, first, second) if of_two else -1
        if apart < 0:
            apart = _nearest(text, terms)
        return NEAR[apart] if apart < len(NEAR) else _near(apart)

    return distance


def _near(apart: int) -> int:
    return min(FARTHEST - 1, 1 + int(4 * math.log2(1 + apart)))


# As most words stand apart.
NEAR = tuple(map(_near, range(300)))


def _of_two(text: str, first: str, second: str) -> int:
    """The characters between two words where they stand nearest; -1 where they stand too often, or not at
    all, for a look at every pair.
    """
    one, other = text.find(first), text.find(second)
    if one >= 0 > text.find(first, one + 1) and other >= 0 > text.find(second, other + 1):  # mostly
        gap = other - one - len(first) if one < other else one - other - len(second)
        return 0 if gap < 0 else gap if gap < FAR else FAR
    ones, others = occurrences(text, first), occurrences(text, second)
    if not 0 < len(ones) * len(others) <= PAIRS:
        return -1
    gaps = [
        other - one - len(first) if one < other else one - other - len(second)
        for one in ones
        for other in others
    ]
    return min(max(0, min(gaps)), FAR)


def _nearest(text: str, terms: Sequence[Term]) -> int:
    """The characters between the terms where they stand nearest."""
    places = sorted(
        (start, start + len(word.text), at)
        for at, term in enumerate(terms)
        for word in term.words
        for start in occurrences(text, word.text)
    )
    return _between(places, len(terms))


def _between(places: Sequence[tuple[int, int, int]], terms: int) -> int:
    """The characters between the terms where they stand nearest."""
    best = FAR
    latest: dict[int, tuple[int, int]] = {}
    for start, end, term in places:
        latest[term] = (start, end)
        if len(latest) == terms:
            spans = sorted(latest.values())
            best = min(best, sum(max(0, b[0] - a[1]) for a, b in pairwise(spans)))
    return best
