"""A loaded index: all passages of one release, numbered in the order of the record, and their grams."""

import json
import threading
from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any

from portal.search import documents, postings, vocabulary
from portal.search.analysis import SPACED, squeeze
from portal.search.documents import StoredDocument
from portal.search.folder import Checksums
from portal.search.lexicon import Lexicon
from portal.search.results import Passage

PASSAGES = "passages.json"
WORDS = "words.json"
# What is kept in memory of the grams that were looked for, before they are read afresh.
KEPT_BYTES = 100_000_000
KEPT_GRAMS = 300_000
KEPT_TEXTS = 50_000
POSTING_BYTES = 5
RESULT_BYTES = 8

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


class Part:
    """One part of an index, which never changes once it is written."""

    def __init__(self, name: str, checksums: Checksums, files: Mapping[str, bytes]) -> None:
        self.name, self.checksums = name, checksums
        self.words = files[WORDS]
        self.documents = documents.load(files[PASSAGES])
        self.starts = [0, *accumulate(map(len, self.documents))]
        self.postings = postings.Postings(
            {name: content for name, content in files.items() if name not in (PASSAGES, WORDS)}
        )

    @property
    def size(self) -> int:
        """The number of passages."""
        return self.starts[-1]

    @cached_property
    def texts(self) -> list[list[str]]:
        """The squeezed texts of each document."""
        return [list(map(squeeze, document.texts)) for document in self.documents]

    @cached_property
    def by_key(self) -> dict[str, int]:
        """Where each document is."""
        return {document.key: at for at, document in enumerate(self.documents)}

    @cached_property
    def versions(self) -> dict[str, str]:
        """The version of each document."""
        return {document.key: document.version for document in self.documents}


def write_part(
    folder: Path,
    stored: Sequence[StoredDocument],
    words: Sequence[str],
    is_first: bool,
    progress: postings.Progress | None,
) -> None:
    """Write the files of a part; ``words`` are the site's own. The first part has common characters too."""
    texts = [text for document in stored for text in document.texts]
    (folder / PASSAGES).write_bytes(documents.dump(stored))
    collected = vocabulary.collect(texts, words, vocabulary.common_characters() if is_first else ())
    (folder / WORDS).write_text(json.dumps(collected, ensure_ascii=False), encoding="utf-8")
    postings.write(folder, texts, progress)


class Gram:
    """The passages that hold a gram. ``frequency`` may count passages that are no longer in use."""

    __slots__ = ("counts", "frequency", "numbers", "ranked")

    def __init__(self, frequency: int) -> None:
        self.frequency = frequency
        self.numbers: array[int] | None = None
        self.counts = b""
        self.ranked: array[int] | None = None


class Reader:
    """Everything that searches of one release are answered from; it lives in memory and never changes.

    ``contents`` is what the index says about itself: the documents in order, each with its part and its place
    there, and the lexicon.
    """

    def __init__(self, record: str, release: int, contents: Any, parts: Sequence[Part]) -> None:
        self.record, self.release, self.stamp = record, release, contents["stamp"]
        self.parts = parts
        self.lexicon = Lexicon(
            tuple(contents["lexicon"]["words"]), tuple(map(tuple, contents["lexicon"]["synonyms"]))
        )
        self.documents: list[StoredDocument] = []
        self.texts: list[str] = []
        self._mapped = [array("l", [-1]) * part.size for part in parts]
        self._headings = headings = bytearray()
        for part, at in contents["documents"]:
            document, start = parts[part].documents[at], parts[part].starts[at]
            numbers = range(len(self.texts), len(self.texts) + len(document))
            self._mapped[part][start : start + len(document)] = array("l", numbers)
            self.documents.append(document)
            self.texts += parts[part].texts[at]
            headings += document.headings
        self.starts = [0, *accumulate(map(len, self.documents))]
        self.base = array(
            "Q",
            [
                (0 if heading else TEXT_RANK) | MOST_SCORE << NUMBER_BITS | number
                for number, heading in enumerate(headings)
            ],
        )
        # One part whose passages stand as they were written needs no translation of numbers.
        self._is_whole = len(parts) == 1 and self._mapped[0] == array("l", range(self.size))
        self._spaced: dict[int, str] = {}
        self.grams: dict[str, Gram] = {}
        self._kept = 0
        # Whoosh's readers seek in shared files, so that one thread reads at a time.
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """The number of passages."""
        return len(self.texts)

    @cached_property
    def average(self) -> float:
        """The average length of a passage, in squeezed characters."""
        return max(1.0, sum(map(len, self.texts)) / max(1, self.size))

    def text(self, number: int) -> str:
        """The text of a passage as it was published."""
        at = bisect_right(self.starts, number) - 1
        return self.documents[at].text(number - self.starts[at])

    def spaced(self, number: int) -> str:
        """The same, folded, with its spaces; kept, since words with digits are looked for in many."""
        text = self._spaced.get(number)
        if text is None:
            text = self.text(number).translate(SPACED)
            if len(self._spaced) > KEPT_TEXTS:
                self._spaced = {}
            self._spaced[number] = text
        return text

    def passage(self, number: int) -> Passage:
        """A passage as it was published."""
        at = bisect_right(self.starts, number) - 1
        return self.documents[at].passage(number - self.starts[at])

    def page(self, plan: str, page: str) -> range:
        """The passages of a page; none when the index does not hold it."""
        at = self._document(plan, page)
        return range(0) if at is None else range(self.starts[at], self.starts[at + 1])

    def version(self, plan: str, page: str) -> str | None:
        """Which version of a page the index holds."""
        at = self._document(plan, page)
        return None if at is None else self.documents[at].version

    def _document(self, plan: str, page: str) -> int | None:
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
        for plan, group in groupby(self.documents, key=lambda document: document.plan):
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
        return vocabulary.Vocabulary([json.loads(part.words) for part in self.parts], self.lexicon.words)

    def gram(self, text: str) -> Gram:
        """What is known of a gram; its passages are read when they are asked for."""
        gram = self.grams.get(text)
        if gram is None:
            if len(self.grams) > KEPT_GRAMS:
                self.grams = {}
            with self._lock:
                frequency = sum(part.postings.frequency(text) for part in self.parts)
            gram = self.grams[text] = Gram(frequency)
        return gram

    def numbers(self, text: str, gram: Gram) -> "array[int]":
        """The passages with the gram, rising; their counts are then in ``gram.counts``."""
        if gram.numbers is None:
            gram.counts, gram.numbers = self._read(text)
            self._keep(text, gram, POSTING_BYTES * len(gram.numbers))
        return gram.numbers

    def ranked(self, text: str, gram: Gram) -> "array[int]":
        """The passages with the gram as results, best first."""
        if gram.ranked is None:
            base, numbers = self.base, self.numbers(text, gram)
            counted = zip(numbers, gram.counts, strict=True)
            keys = [base[number] - (count << NUMBER_BITS) for number, count in counted]
            gram.ranked = array("Q", sorted(keys))
            self._keep(text, gram, RESULT_BYTES * len(keys))
        return gram.ranked

    def _read(self, text: str) -> tuple[bytes, "array[int]"]:
        with self._lock:
            read = [part.postings.read(text) for part in self.parts]
        if self._is_whole:
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

    def _keep(self, text: str, gram: Gram, size: int) -> None:
        """Count what is kept; beyond the limit all but this gram are let go, and read again when needed."""
        self._kept += size
        if self._kept > KEPT_BYTES:
            self.grams, self._kept = {text: gram}, size
