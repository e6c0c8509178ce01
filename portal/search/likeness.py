"""Which sections are about the same things as some texts: TF-IDF over character pairs, compared by cosine.

The index answers: nothing is built for it after a release, and nothing is kept in memory.
"""

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from heapq import nlargest
from itertools import pairwise
from math import log, sqrt

from portal.search.analysis import squeeze
from portal.search.reader import TEXT_RANK, Reader

# Of a text, only its most telling pairs are compared: the rest costs time and adds next to nothing.
TERMS = 200
# Below this cosine, a resemblance is chance: every text shares some pairs with every other.
CLOSE = 0.1
# For all texts together: passages looked at, those with the most telling pairs; and sections that are then
# compared in whole, those of the most promising passages. FEWEST of these are compared with each text.
POSTINGS = 4_000
COMPARED = 40
FEWEST = 3


def nearest(reader: Reader, texts: Sequence[str], own: Container[int], limit: int) -> list[int]:
    """Up to ``limit`` sections that resemble any of the texts, by their first passage, the nearest first.

    ``own`` are the passages that the texts are made of.
    """
    wanted = [_Wanted(reader, squeeze(text)) for text in texts]
    most = max(FEWEST, COMPARED // max(1, len(wanted)))
    scores: dict[int, float] = {}
    for one in wanted:
        promising = one.promising(reader, own, POSTINGS // len(wanted), most)
        for first, last in {reader.section(number) for number in promising}:
            score = one.cosine("".join(map(reader.texts.__getitem__, range(first, last))))
            if score >= max(CLOSE, scores.get(first, 0.0)):
                scores[first] = score
    return nlargest(limit, scores, key=lambda first: (scores[first], -first))


class _Wanted:
    """The most telling pairs of a text, each with its rarity and with its share of the whole."""

    def __init__(self, reader: Reader, squeezed: str) -> None:
        weights, rarity = {}, {}
        for pair, count in Counter(map("".join, pairwise(squeezed))).items():
            if 1 < (frequency := reader.about(pair)) < reader.size:
                rarity[pair] = log(reader.size / frequency)
                weights[pair] = (1 + log(count)) * rarity[pair]
        telling = nlargest(TERMS, weights, key=lambda pair: (weights[pair], pair))
        length = sqrt(sum(weights[pair] ** 2 for pair in telling)) or 1.0
        self._pairs = [(pair, rarity[pair], weights[pair] / length) for pair in telling]
        self._rarity = sum(rarity[pair] for pair in telling) / (len(telling) or 1)

    def promising(self, reader: Reader, own: Container[int], postings: int, most: int) -> Iterator[int]:
        """Paragraphs elsewhere that share the most telling pairs, the best first."""
        scores: dict[int, float] = {}
        for pair, _, weight in self._pairs:
            gram = reader.gram(pair)
            if (postings := postings - gram.frequency) < 0:
                break
            for number in reader.numbers(pair, gram):
                scores[number] = scores.get(number, 0.0) + weight * weight
        base = reader.base
        others = [number for number in scores if base[number] >= TEXT_RANK and number not in own]
        yield from nlargest(most, others, key=lambda number: (scores[number], -number))

    def cosine(self, text: str) -> float:
        """How near another squeezed text is; its other pairs are taken to be as rare as those of this one."""
        shared = sum(
            weight * rarity * (1 + log(count))
            for pair, rarity, weight in self._pairs
            if (count := text.count(pair))
        )
        return shared / (self._rarity * sqrt(len(text) - 1)) if shared else 0.0
