"""Which sections are about the same things: TF-IDF over character pairs, compared by cosine."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from heapq import nsmallest
from itertools import pairwise
from math import log, sqrt
from typing import Generic, TypeVar

from portal.search.analysis import squeeze

# Of a section, only its most telling pairs are compared: the rest costs time and adds next to nothing.
TERMS = 200
# Below this cosine, a resemblance is chance: every text shares some pairs with every other.
CLOSE = 0.1

Key = TypeVar("Key", bound=Hashable)


class Corpus(Generic[Key]):
    """A fixed set of sections, each with a key; answers which are nearest to some of them."""

    def __init__(self, sections: Iterable[tuple[Key, str]]) -> None:
        counts = {key: Counter(map("".join, pairwise(squeeze(text)))) for key, text in sections}
        spread = Counter(pair for count in counts.values() for pair in count)
        self._order = {key: place for place, key in enumerate(counts)}
        self._weights: dict[Key, dict[str, float]] = {}
        self._postings: dict[str, list[tuple[Key, float]]] = defaultdict(list)
        for key, count in counts.items():
            for pair, weight in _weigh(count, spread, len(counts)).items():
                self._weights.setdefault(key, {})[pair] = weight
                self._postings[pair].append((key, weight))

    def nearest(self, keys: Sequence[Key], limit: int) -> list[Key]:
        """Up to ``limit`` other keys that resemble any of ``keys``, the nearest first."""
        scores: dict[Key, float] = {}
        for key in keys:
            for other, score in self._scores(key).items():
                scores[other] = max(scores.get(other, 0.0), score)
        close = [(other, score) for other, score in scores.items() if score >= CLOSE and other not in keys]
        ranked = nsmallest(limit, close, key=lambda found: (-found[1], self._order[found[0]]))
        return [other for other, _ in ranked]

    def _scores(self, key: Key) -> dict[Key, float]:
        scores: dict[Key, float] = defaultdict(float)
        for pair, weight in self._weights.get(key, {}).items():
            for other, other_weight in self._postings[pair]:
                scores[other] += weight * other_weight
        return scores


def _weigh(count: Counter[str], spread: Counter[str], total: int) -> dict[str, float]:
    """The unit vector of a section's most telling pairs, among those that it shares with any other."""
    raw = {
        pair: (1 + log(times)) * log(total / spread[pair])
        for pair, times in count.items()
        if 1 < spread[pair] < total
    }
    telling = dict(nsmallest(TERMS, raw.items(), key=lambda item: (-item[1], item[0])))
    length = sqrt(sum(weight * weight for weight in telling.values())) or 1.0
    return {pair: weight / length for pair, weight in telling.items()}
