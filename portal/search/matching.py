"""Which passages answer a query, and in which order."""

import json
import math
from collections import Counter
from functools import cached_property
from typing import Protocol

from portal.search.analysis import Query, word_grams
from portal.search.results import Facets, PageCount, Passage, PlanCount

# With so few candidates left, reading them is quicker than narrowing them down further.
FEW = 30
# How much of a word without results is taken apart in search of a shorter one.
SHORTEN_CHARACTERS = 20


class Source(Protocol):
    """The index, seen from here: passages are numbered from 0 in the order of the record."""

    def frequency(self, gram: str) -> int: ...  # noqa: D102
    def postings(self, gram: str) -> dict[int, int]: ...  # noqa: D102
    def size(self) -> int: ...  # noqa: D102
    def place(self, number: int) -> bytes: ...  # noqa: D102
    def passage(self, number: int) -> Passage: ...  # noqa: D102


def holding(source: Source, query: Query, word: str) -> dict[int, int]:
    """How often each passage that contains the word contains it."""
    names = sorted(word_grams(word), key=source.frequency)
    found = source.postings(names[0])
    if len(word) <= 2:  # the word is its own gram
        return found
    candidates = set(found)
    for name in names[1:]:
        if len(candidates) <= FEW:
            break
        candidates &= source.postings(name).keys()
    counts = {number: query.reduced(source.passage(number).text).count(word) for number in candidates}
    return {number: count for number, count in counts.items() if count}


def containing_all(source: Source, query: Query) -> dict[int, float]:
    """The passages that contain every word, and the number of occurrences, rarer words weighing more."""
    scores: dict[int, float] | None = None
    for word in query.words:
        counts = holding(source, query, word)
        weight = math.log(1 + source.size() / max(1, len(counts)))
        before = dict.fromkeys(counts, 0.0) if scores is None else scores
        scores = {n: before[n] + counts[n] * weight for n in before.keys() & counts.keys()}
        if not scores:
            break
    return scores or {}


def containing_parts(source: Source, query: Query) -> dict[int, float]:
    """The passages that hold any gram of the words, with the number of grams that they hold."""
    held: Counter[int] = Counter()
    for gram in query.parts().words:
        held.update(source.postings(gram).keys())
    return dict(held)


class Matches:
    """The passages that answer a query. ``partial``: none holds all of it, these hold parts."""

    def __init__(self, source: Source, query: Query) -> None:
        self._source = source
        self._scores = containing_all(source, query)
        self.partial = False
        if not self._scores:
            self._scores = containing_parts(source, query)
            self.partial = bool(self._scores)

    @cached_property
    def _places(self) -> dict[int, tuple[str, str, bool]]:
        known: dict[bytes, tuple[str, str, bool]] = {}
        places = {}
        for number in self._scores:
            place = self._source.place(number)
            if place not in known:
                known[place] = tuple(json.loads(place))
            places[number] = known[place]
        return places

    def ranked(self, plan: str | None = None) -> list[int]:
        """The numbers of the passages of one plan or of all, best first.

        Headings come before paragraphs, as they say what a whole section is about; then what mentions the
        words most; then what stands earlier in the record. Of partial matches, those that hold most of the
        query come first. So the same index always gives the same order.
        """
        numbers = [number for number, place in self._places.items() if plan is None or place[0] == plan]

        def order(number: int) -> tuple[float, float, int]:
            below, score = not self._places[number][2], -self._scores[number]
            return (score, below, number) if self.partial else (below, score, number)

        return sorted(numbers, key=order)

    def facets(self) -> Facets:
        """The matches counted by plan and by page."""
        plans: Counter[str] = Counter()
        pages: Counter[tuple[str, str]] = Counter()
        examples: dict[str, int] = {}
        for number in sorted(self._places):
            plan, page, _ = self._places[number]
            plans[plan] += 1
            pages[plan, page] += 1
            examples.setdefault(plan, number)
        return Facets(
            [PlanCount(p, self._source.passage(examples[p]).plan_title, n) for p, n in plans.most_common()],
            [PageCount(plan, page, n) for (plan, page), n in pages.items()],
        )


def shorter(source: Source, query: Query) -> str | None:
    """The longest part that some passage contains: one of the words, or a piece of the longest word."""
    words = sorted(query.words, key=len, reverse=True)
    pieces = words[:SHORTEN_CHARACTERS] if len(words) > 1 else []
    longest = words[0][:SHORTEN_CHARACTERS] if words else ""
    for size in range(len(longest) - 1, 0, -1):
        pieces += [longest[at : at + size] for at in range(len(longest) - size + 1)]
    return next((piece for piece in pieces if holding(source, query, piece)), None)
