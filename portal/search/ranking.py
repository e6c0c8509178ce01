"""The best answers to what no passage holds as a whole, such as a question in plain language."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence

from portal.search.analysis import SPACED, squeeze
from portal.search.matching import containing
from portal.search.query import RUN, Query, Word
from portal.search.reader import NUMBER_BITS, Reader

# Okapi BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009) over grams, with its usual
# parameters: how soon a gram that is repeated says nothing new, and how much long passages are held back.
K1 = 1.2
B = 0.75
# Against pairs, single characters say little, but they find what is called by one alone, and what is worded
# in another order. The heading above a passage says what it is about. Tried on 1,002 questions.
SINGLE = 0.3
TITLE = 0.8
# One in so many passages has a rare character; a query of so many different ones may be a question.
RARE = 100
QUESTION = 6
LATIN = re.compile(f"[{RUN}]+")
# A whole number or Latin word, beside its pairs.
RUN_WEIGHT = 1.0
# Numbers with their points, Latin words, and what stands between them.
RUNS = re.compile(rf"\d+(?:\.\d+)*|[{RUN}]+|[^\W_{RUN}]+")
# Passages looked at: those with the rarest grams, until so many have been counted; frequent ones tell little.
MOST_POSTINGS = 60_000
# The best by their pairs are weighed again with everything.
REWEIGHED = 200


def rank(reader: Reader, query: Query) -> list[int]:
    """The passages with parts of the query and no excluded word, as results, best first."""
    pairs, singles = _grams(query, 2), _grams(query, 1)
    scores = _by_pairs(reader, pairs or singles)
    _add_runs(reader, query, scores)
    # What is called by one rare character alone may stand in no pair of a question.
    for text in singles if len(singles) >= QUESTION else ():
        if (gram := reader.gram(text)).frequency * RARE <= reader.size:
            scores.update((number, 0.0) for number in reader.numbers(text, gram) if number not in scores)
    for word in query.excluded:
        for number in containing(reader, word, list(scores)):
            del scores[number]
    best = sorted([(-score, number) for number, score in scores.items()])
    weigh = _Weigher(reader, pairs, singles)
    again = sorted([(score - weigh.more(number), number) for score, number in best[:REWEIGHED]])
    ordered = [number for _, number in again + best[REWEIGHED:]]
    # Their order is all that counts from here on.
    return [place << NUMBER_BITS | number for place, number in enumerate(ordered)]


def _grams(query: Query, size: int) -> list[str]:
    """The grams of the query; none of numbers and Latin words alone: letters and digits say nothing."""
    texts = [term.word.text for term in query.terms]
    if all(map(LATIN.fullmatch, texts)):
        return []
    return list(dict.fromkeys(t[at : at + size] for t in texts for at in range(len(t) - size + 1)))


def _add_runs(reader: Reader, query: Query, scores: dict[int, float]) -> None:
    """Count the passages with the numbers and Latin words of the query, each as a whole."""
    typed = (term.word.typed.translate(SPACED) for term in query.terms if term.word.table is SPACED)
    for run in dict.fromkeys(run for text in typed for run in RUNS.findall(text)):
        word = Word.read(run)
        if word.table is SPACED:
            found = containing(reader, word)
            weight = RUN_WEIGHT * _idf(reader, len(found))
            for number in found:
                scores[number] = scores.get(number, 0.0) + weight


def _idf(reader: Reader, frequency: int) -> float:
    return math.log(1 + (reader.size - frequency + 0.5) / (frequency + 0.5))


def _by_pairs(reader: Reader, grams: Sequence[str]) -> dict[int, float]:
    lengths, average = reader.lengths, reader.average
    known = sorted((frequency, gram) for gram in grams if (frequency := reader.gram(gram).frequency))
    scores: dict[int, float] = {}
    counted = 0
    for frequency, text in known:
        if counted and counted + frequency > MOST_POSTINGS:
            break
        counted += frequency
        gram = reader.gram(text)
        numbers, idf = reader.numbers(text, gram), _idf(reader, frequency) * (K1 + 1)
        for number, count in zip(numbers, gram.counts, strict=True):
            held = K1 * (1 - B + B * lengths[number] / average)
            scores[number] = scores.get(number, 0.0) + idf * count / (count + held)
    return scores


class _Weigher:
    """What single characters and the heading add to a passage's score."""

    def __init__(self, reader: Reader, pairs: Iterable[str], singles: Iterable[str]) -> None:
        self._reader = reader
        self._pairs = [(gram, _idf(reader, reader.gram(gram).frequency)) for gram in pairs]
        self._singles = [(gram, _idf(reader, reader.gram(gram).frequency)) for gram in singles]
        self._titles: dict[str, float] = {}

    def more(self, number: int) -> float:
        text = self._reader.texts[number]
        held = K1 * (1 - B + B * len(text) / self._reader.average)
        score = 0.0
        for gram, idf in self._singles:
            if count := text.count(gram):
                score += idf * count * (K1 + 1) / (count + held)
        title = self._reader.title(number)
        if title not in self._titles:
            squeezed = squeeze(json.loads(title))
            self._titles[title] = TITLE * sum(idf for gram, idf in self._pairs if gram in squeezed)
        return SINGLE * score + self._titles[title]


def pieces(query: Query, squeezed: str, text: str) -> list[str]:
    """The longest parts of the query that stand in a text: what is marked in it.

    Numbers and Latin words count as they are typed, and whole. Single Chinese characters are left out where
    there is anything longer: they mark too much.
    """
    found: dict[str, None] = {}
    spaced = ""
    for term in query.terms:
        if term.word.table is not SPACED:
            found.update(dict.fromkeys(_longest(term.word.text, squeezed)))
            continue
        spaced = spaced or text.translate(SPACED)
        for run in RUNS.findall(term.word.typed.translate(SPACED)):
            word = Word.read(run)
            if word.table is not SPACED:
                found.update(dict.fromkeys(_longest(word.text, squeezed)))
            elif any(True for _ in word.places(spaced)):
                found[run] = None
    return [piece for piece in found if len(piece) > 1] or list(found)


def _longest(word: str, text: str) -> Iterator[str]:
    at = 0
    while at < len(word):
        size = 1
        while at + size <= len(word) and word[at : at + size] in text:
            size += 1
        if size > 1:
            yield word[at : at + size - 1]
        at += max(1, size - 1)
