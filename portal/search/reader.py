"""An index in use: all passages of one release, numbered in the order of the record, and their grams.

Its files are mapped, so that all processes share them; what a process keeps of its own is bounded.
"""

import json
import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from portal.search import vocabulary
from portal.search.analysis import SPACED
from portal.search.documents import Document
from portal.search.lexicon import Lexicon
from portal.search.packed import Kept
from portal.search.part import Part
from portal.search.results import Passage

# What a process keeps of the grams that were looked for, and of the passages that were looked at, before they
# are read afresh.
KEPT_BYTES = 3_000_000
KEPT_GRAMS = 10_000
KEPT_TEXTS = 10_000
KEPT_SPACED = 4_000
KEPT_DOCUMENTS = 1_000
KEPT_LENGTHS = 2_000
# Of those that were shown, about 1 kB each.
KEPT_SHOWN = 1_500
POSTING_BYTES = 5
RESULT_BYTES = WEIGHT_BYTES = 8

# How soon a gram that is repeated says nothing new, and how much long passages are held back: the usual
# parameters of Okapi BM25, by which ranking.py weighs passages.
K1 = 1.2
B = 0.75

# A result is one number, so that the smallest are the best and sorting is quick. From the highest bit:
# whether it is no heading, how far apart the words stand, how little it scores, its number in the record.
NUMBER_BITS = 28
SCORE_BITS = 24
NEAR_BITS = 6
NUMBER = (1 << NUMBER_BITS) - 1
MOST_SCORE = (1 << SCORE_BITS) - 1
FARTHEST = (1 << NEAR_BITS) - 1
NEAR_SHIFT = NUMBER_BITS + SCORE_BITS
TEXT_RANK = 1 << (NEAR_SHIFT + NEAR_BITS)


class Gram:
    """The passages that hold a gram. ``frequency`` may count passages that are no longer in use.

    ``weights`` are what the gram adds to the scores of the passages, where parts of a query are looked for.
    """

    __slots__ = ("counts", "frequency", "numbers", "ranked", "weights")

    def __init__(self, frequency: int) -> None:
        self.frequency = frequency
        self.numbers: array[int] | None = None
        self.counts = b""
        self.ranked: array[int] | None = None
        self.weights: array[float] | None = None


class Shown(NamedTuple):
    """A passage as answers in JSON have it (see ``Document.written``), with its text."""

    document: Document
    before: str
    after: str
    text: str


class Reader:
    """Everything that searches of one release are answered from; it never changes.

    ``contents`` is what the index says about itself: of the documents in order the part and the place there,
    and the lexicon. ``documents``, ``texts`` (squeezed), ``spaced`` (folded, with their spaces) and
    ``shown`` are read by number at their first use.
    """

    def __init__(self, record: str, release: int, contents: Any, parts: Sequence[Part]) -> None:
        self.record, self.release, self.stamp = record, release, contents["stamp"]
        self.parts = parts
        self.lexicon = Lexicon(
            tuple(contents["lexicon"]["words"]), tuple(map(tuple, contents["lexicon"]["synonyms"]))
        )
        # Of each document: its part, and its place there.
        self._part, self._place = bytes(contents["parts"]), array("I", contents["places"])
        self.starts, self.lengths = array("I", [0]), array("I")
        self._headings = bytearray()
        for part, start, end in map(self._span, range(len(self._part))):
            self.starts.append(self.starts[-1] + end - start)
            self.lengths.extend(part.lengths[start:end])
            self._headings += part.headings[start:end]
        # One part whose passages all stand as they were written needs no translation of numbers, and tells
        # how many hold a gram.
        self.is_whole = len(parts) == 1 and self._place == array("I", range(len(parts[0].starts) - 1))
        # Which title a passage has; the same may have several numbers.
        self.titled: Callable[[int], int] = parts[0].titled.__getitem__ if self.is_whole else self._titled
        self.documents = Kept(self._document, KEPT_DOCUMENTS)
        self.texts = Kept(self._squeezed, KEPT_TEXTS)
        self.spaced = Kept(lambda number: self.text(number).translate(SPACED), KEPT_SPACED)
        self.shown = Kept(self._shown, KEPT_SHOWN)
        # What stands against the occurrences of a gram in a passage of this length.
        self.held = Kept(lambda length: K1 * (1 - B + B * length / self.average), KEPT_LENGTHS)
        self.grams: dict[str, Gram] = {}
        self._kept = 0
        # Whoosh's readers seek in shared files, so that one thread reads at a time.
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """The number of passages."""
        return len(self.lengths)

    @property
    def versions(self) -> list[tuple[str, str]]:
        """Key and version of every document, in order."""
        held = [list(part.versions.items()) for part in self.parts]
        return [held[part][place] for part, place in zip(self._part, self._place, strict=True)]

    @cached_property
    def base(self) -> "array[int]":
        """What the results for each passage are made of: all but the score."""
        return array(
            "Q",
            (
                (0 if heading else TEXT_RANK) | MOST_SCORE << NUMBER_BITS | number
                for number, heading in enumerate(self._headings)
            ),
        )

    @cached_property
    def average(self) -> float:
        """The average length of a passage, in squeezed characters."""
        return max(1.0, sum(self.lengths) / max(1, self.size))

    def _span(self, at: int) -> tuple[Part, int, int]:
        """Where the passages of a document are in its part."""
        part, place = self.parts[self._part[at]], self._place[at]
        return part, part.starts[place], part.starts[place + 1]

    def _document(self, at: int) -> Document:
        return self.parts[self._part[at]].document(self._place[at])

    def _stored(self, number: int) -> tuple[Part, int]:
        """The part that a passage is in, and its number there."""
        if self.is_whole:
            return self.parts[0], number
        at = bisect_right(self.starts, number) - 1
        part, start, _ = self._span(at)
        return part, start + number - self.starts[at]

    def _squeezed(self, number: int) -> str:
        part, there = self._stored(number)
        return part.squeezed[there]

    def text(self, number: int) -> str:
        """The text of a passage as it was published."""
        part, there = self._stored(number)
        return part.texts[there]

    def _row(self, number: int) -> tuple[Document, str, str]:
        """A passage as it is kept: its document, the rest of where it is, and its text."""
        part, there = self._stored(number)
        document = self.documents[bisect_right(self.starts, number) - 1]
        return document, part.rows[there], part.texts[there]

    def _titled(self, number: int) -> int:
        at = bisect_right(self.starts, number) - 1
        part, start, _ = self._span(at)
        return part.titled[start + number - self.starts[at]] * len(self.parts) + self._part[at]

    def titles(self, pair: str) -> list[int]:
        """The titles that hold the pair of characters."""
        if self.is_whole:
            return self.parts[0].titles(pair)
        parts = self.parts
        return [title * len(parts) + at for at, part in enumerate(parts) for title in part.titles(pair)]

    def passage(self, number: int) -> Passage:
        """A passage as it was published."""
        document, row, text = self._row(number)
        return document.passage(row, text)

    def _shown(self, number: int) -> Shown:
        document, row, text = self._row(number)
        return Shown(document, *document.written(row), text)

    def page(self, plan: str, page: str) -> range:
        """The passages of a page; none when the index does not hold it."""
        at = self._at(plan, page)
        return range(0) if at is None else range(self.starts[at], self.starts[at + 1])

    def version(self, plan: str, page: str) -> str | None:
        """Which version of a page the index holds."""
        at = self._at(plan, page)
        return None if at is None else self.documents[at].version

    def _at(self, plan: str, page: str) -> int | None:
        first, last = self.plans.get(plan, (0, 0))
        return next((at for at in range(first, last) if self.documents[at].page == page), None)

    def section(self, number: int) -> tuple[int, int]:
        """The passages of the section that a passage stands in: its heading, and one behind its last."""
        at = bisect_right(self.starts, number) - 1
        start, end = self.starts[at], self.starts[at + 1]
        first = max(start, self._headings.rfind(1, start, number + 1))
        last = self._headings.find(1, number + 1, end)
        return first, end if last < 0 else last

    @cached_property
    def plans(self) -> dict[str, tuple[int, int]]:
        """For each plan the documents of it: the first, and one behind the last."""
        runs, at = {}, 0
        places = zip(self._part, self._place, strict=True)
        for plan, group in groupby(self.parts[part].plans[place] for part, place in places):
            count = sum(1 for _ in group)
            runs[plan] = (at, at + count)
            at += count
        return runs

    @cached_property
    def plan_bounds(self) -> list[int]:
        """The first passage of each plan, and one behind the last of all."""
        return [*(self.starts[first] for first, _ in self.plans.values()), self.size]

    @cached_property
    def plan_titles(self) -> list[tuple[str, str]]:
        """Address and title of each plan, in the same order."""
        firsts = [self.documents[first] for first, _ in self.plans.values()]
        return [(document.plan, document.plan_title) for document in firsts]

    @cached_property
    def vocabulary(self) -> vocabulary.Vocabulary:
        """The words of the site, for what is meant by a query."""
        return vocabulary.Vocabulary([json.loads(part.words[:]) for part in self.parts], self.lexicon.words)

    @cached_property
    def _mapped(self) -> list["array[int]"]:
        """For each part the number of each of its passages; -1 for what is in use no more."""
        mapped = [array("i", [-1]) * part.size for part in self.parts]
        for at, start in enumerate(self.starts[:-1]):
            _, first, last = self._span(at)
            mapped[self._part[at]][first:last] = array("i", range(start, start + last - first))
        return mapped

    def gram(self, text: str) -> Gram:
        """What is known of a gram; its passages are read when they are asked for."""
        gram = self.grams.get(text)
        if gram is None:
            if len(self.grams) > KEPT_GRAMS:
                self.grams = {}
            gram = self.grams[text] = Gram(self.frequency(text))
        return gram

    def frequency(self, text: str) -> int:
        """In how many passages the gram stands, or stood in parts of the index that are in use no more."""
        if self.is_whole:
            return self.parts[0].postings.frequency(text)
        return sum([part.postings.frequency(text) for part in self.parts])

    def about(self, text: str) -> int:
        """About how many passages hold the gram, as the largest part tells, which is quicker to ask."""
        return self._largest.postings.frequency(text)

    @cached_property
    def _largest(self) -> Part:
        return max(self.parts, key=lambda part: part.size)

    def numbers(self, text: str, gram: Gram) -> "array[int]":
        """The passages with the gram, rising; their counts are then in ``gram.counts``."""
        if gram.numbers is None:
            gram.counts, gram.numbers = self._read(text)
            self.keep(text, gram, POSTING_BYTES * len(gram.numbers))
        return gram.numbers

    def ranked(self, text: str, gram: Gram) -> "array[int]":
        """The passages with the gram as results, best first."""
        if gram.ranked is None:
            base, numbers = self.base, self.numbers(text, gram)
            counted = zip(numbers, gram.counts, strict=True)
            keys = [base[number] - (count << NUMBER_BITS) for number, count in counted]
            gram.ranked = array("Q", sorted(keys))
            self.keep(text, gram, RESULT_BYTES * len(keys))
        return gram.ranked

    def _read(self, text: str) -> tuple[bytes, "array[int]"]:
        with self._lock:
            read = [part.postings.read(text) for part in self.parts]
        if self.is_whole:
            numbers, counts = read[0]
            return counts, numbers
        pairs = [
            (mapped[number], count)
            for mapped, (numbers, counts) in zip(self._mapped, read, strict=True)
            for number, count in zip(numbers, counts, strict=True)
            if mapped[number] >= 0
        ]
        pairs.sort()
        return bytes(count for _, count in pairs), array("I", [number for number, _ in pairs])

    def keep(self, text: str, gram: Gram, size: int) -> None:
        """Count what is kept; beyond the limit all but this gram are let go, and read again when needed."""
        self._kept += size
        if self._kept > KEPT_BYTES:
            self.grams, self._kept = {text: gram}, size
