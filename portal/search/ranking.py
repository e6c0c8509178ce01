"""The best answers to what no passage holds as a whole, such as a question in plain language."""

import math
import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappush, heappushpop

from portal.search.analysis import SPACED
from portal.search.matching import containing
from portal.search.query import RUN, Query, Word
from portal.search.reader import K1, WEIGHT_BYTES, Gram, Reader

# Okapi BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009) over grams. Against pairs,
# single characters say little, but they find what is called by one alone, and what is worded in another
# order. The heading above a passage says what it is about. Tried on 1,002 questions.
SINGLE = 0.3
TITLE = 0.8
# What the most occurrences add, by how rare they are.
SATURATED = K1 + 1
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


def rank(reader: Reader, query: Query, most: int) -> tuple[list[int], list[int]]:
    """The passages with parts of the query and no excluded word: as results, the best first, as many of them
    as are asked for, with the others behind them in no order; and as numbers in the order of the record.
    """
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
    numbers = sorted(scores)
    best = _best_first(numbers, scores)
    best[:REWEIGHED] = _Weigher(reader, pairs, singles).again(best[:REWEIGHED], scores, most)
    return best, numbers  # a number is a result too, where the order is told


def _best_first(numbers: Sequence[int], scores: Mapping[int, float]) -> list[int]:
    """The numbers by their scores; equals stay as they are."""
    return sorted(numbers, key=scores.__getitem__, reverse=True)


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
    # It may count passages that are in use no more, but nothing is held by more than all there are.
    frequency = min(frequency, reader.size)
    return math.log(1 + (reader.size - frequency + 0.5) / (frequency + 0.5))


def _by_pairs(reader: Reader, grams: Sequence[str]) -> dict[int, float]:
    known = sorted([(frequency, gram) for gram in grams if (frequency := reader.gram(gram).frequency)])
    scores: dict[int, float] = {}
    get = scores.get
    counted = 0
    for frequency, text in known:
        if counted and counted + frequency > MOST_POSTINGS:
            break
        counted += frequency
        gram = reader.gram(text)
        for number, weight in zip(reader.numbers(text, gram), _weights(reader, text, gram), strict=True):
            scores[number] = get(number, 0.0) + weight
    return scores


def _weights(reader: Reader, text: str, gram: Gram) -> "array[float]":
    """What a pair adds to the score of each passage that holds it."""
    if gram.weights is None:
        lengths, held = reader.lengths, reader.held
        idf = _idf(reader, gram.frequency) * SATURATED
        counted = zip(reader.numbers(text, gram), gram.counts, strict=True)
        weights = [idf * count / (count + held[lengths[number]]) for number, count in counted]
        gram.weights = array("d", weights)
        reader.keep(text, gram, WEIGHT_BYTES * len(weights))
    return gram.weights


class _Weigher:
    """What single characters and the heading add to a passage's score."""

    def __init__(self, reader: Reader, pairs: Iterable[str], singles: Iterable[str]) -> None:
        self._reader = reader
        self._pairs = pairs
        self._singles = [(gram, self._idf(gram)) for gram in singles if reader.gram(gram).frequency]
        # However often it stands there, a character adds less than this; the most telling ones first.
        most = ((SINGLE * idf * SATURATED, gram) for gram, idf in self._singles)
        self._most = sorted(most, reverse=True)
        self._all = sum([most for most, _ in self._most])

    def _idf(self, gram: str) -> float:
        return _idf(self._reader, self._reader.gram(gram).frequency)

    def again(self, best: Sequence[int], scores: Mapping[int, float], most: int) -> list[int]:
        """Passages in their new order, of which only the first ``most`` have to be right: what cannot be
        among these any more is not weighed in full.
        """
        titled, titles = self._reader.titled, self._titles()
        all_that_may_come = self._all + max(titles.values(), default=0.0)
        weighed: dict[int, float] = {}
        others: list[int] = []
        leading: list[float] = []
        for at, number in enumerate(best):
            score, leads = scores[number], len(leading) < most
            if not leads and leading[0] - score > all_that_may_come:
                others += best[at:]
                break
            title = titles.get(titled(number), 0.0)
            if not leads and not self._may_add(number, leading[0] - score - title):
                others.append(number)
                continue
            score = weighed[number] = score + (self._of_singles(number) + title)
            (heappush if leads else heappushpop)(leading, score)
        return _best_first(sorted(weighed), weighed) + others

    def _titles(self) -> dict[int, float]:
        """What a heading adds, for those that add anything."""
        sums: dict[int, float] = {}
        for pair in self._pairs:
            idf = self._idf(pair)
            for title in self._reader.titles(pair):
                sums[title] = sums.get(title, 0.0) + idf
        return {title: TITLE * idf for title, idf in sums.items()}

    def _may_add(self, number: int, wanted: float) -> bool:
        """Whether single characters may add so much, by those that the passage has not."""
        rest = self._all
        if rest < wanted:
            return False
        text = self._reader.texts[number]
        for most, gram in self._most:
            if gram not in text:
                rest -= most
                if rest < wanted:
                    return False
        return True

    def _of_singles(self, number: int) -> float:
        """What single characters add."""
        text = self._reader.texts[number]
        held = self._reader.held[len(text)]
        return SINGLE * sum(
            [
                idf * (count := text.count(gram)) * SATURATED / (count + held)
                for gram, idf in self._singles
                if gram in text
            ]
        )


def pieces(query: Query, squeezed: str, text: str) -> tuple[str, ...]:
    """The longest parts of the query that stand in a text: what is marked in it.

    Numbers and Latin words count as they are typed, and whole. Single Chinese characters are left out where
    there is anything longer: they mark too much.
    """
    longer = [piece for piece in _parts(query, squeezed, text, 2) if len(piece) > 1]
    return tuple(dict.fromkeys(longer or _parts(query, squeezed, text, 1)))


def _parts(query: Query, squeezed: str, text: str, least: int) -> list[str]:
    """The longest parts of the query in a text: Chinese ones of at least so many characters, 1 or 2."""
    found, spaced = [], ""
    for term in query.terms:
        if term.word.table is not SPACED:
            found += _longest(term.word, squeezed, least)
            continue
        spaced = spaced or text.translate(SPACED)
        for run in RUNS.findall(term.word.typed.translate(SPACED)):
            word = Word.read(run)
            if word.table is not SPACED:
                found += _longest(word, squeezed, least)
            elif any(True for _ in word.places(spaced)):
                found.append(run)
    return found


def _longest(word: Word, text: str, least: int) -> list[str]:
    """The pieces of at least so many characters that stand in the text and go no further there."""
    found, whole, end = [], word.text, 0
    # Where pieces may begin, for most words stand in no text as a whole.
    for at in [at for at, gram in enumerate(word.grams if least == 2 else whole) if gram in text]:
        if at >= end:
            end = at + least
            while end < len(whole) and whole[at : end + 1] in text:
                end += 1
            found.append(whole[at:end])
    return found
