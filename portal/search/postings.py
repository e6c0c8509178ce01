"""The grams of many texts in a Whoosh index; the only file that knows Whoosh."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import Any

import whoosh
from whoosh.analysis import IDAnalyzer
from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3PostingsWriter, W3Segment
from whoosh.fields import FieldType, Schema
from whoosh.filedb.filestore import FileStorage, RamStorage
from whoosh.filedb.structfile import BufferFile
from whoosh.formats import Existence
from whoosh.index import TOC
from whoosh.reading import TermNotFound

from portal.search.analysis import grams
from portal.search.packed import Data

VERSION = whoosh.versionstring()
FIELD = "grams"
NAME = "MAIN"
# A file of our own beside those of Whoosh: all grams as rising numbers, and in how many texts each stands.
# Whoosh takes ten times as long to tell, above all of grams that stand nowhere.
FREQUENCIES = "frequencies"
# A gram as a number: its two characters, or one and none.
CHARACTER_BITS = 21
FORMAT = Existence()
# Whoosh unpacks postings block by block: fewer blocks than its own 128 make frequent grams quick to read.
BLOCK = 4096
# How often a gram stands in a text is kept beside the text's number, in the low bits of one value.
COUNT_BITS = 6
MOST = (1 << COUNT_BITS) - 1

Progress = Callable[[int, int], None]


def schema() -> Schema:
    """One field: text numbers by gram. How often a gram stands in a text is its weight there."""
    return Schema(grams=FieldType(format=FORMAT, analyzer=IDAnalyzer()))


class PostingsWriter(W3PostingsWriter):  # type: ignore[misc]
    """Takes the postings of a gram all at once: Whoosh's own way, one by one, takes five times as long."""

    def add_all(self, postings: "array[int]") -> None:
        """Write the postings: text numbers in rising order, shifted, with the count below."""
        for start in range(0, len(postings), BLOCK):
            if self._ids:
                self._write_block()
            block = postings[start : start + BLOCK]
            self._ids: Any = array("I", [posting >> COUNT_BITS for posting in block])
            self._weights = array("f", [posting & MOST for posting in block])
            self._maxweight = max(self._weights)


def collect(texts: Sequence[str], progress: Progress | None) -> dict[str, "array[int]"]:
    """The postings of every gram."""
    postings: dict[str, array[int]] = {}
    for number, text in enumerate(texts):
        counts: dict[str, int] = {}
        for gram in grams(text):
            counts[gram] = counts.get(gram, 0) + 1
        for gram, count in counts.items():
            posting = number << COUNT_BITS | min(count, MOST)
            try:
                postings[gram].append(posting)
            except KeyError:
                postings[gram] = array("I", (posting,))
        if progress:
            progress(number + 1, len(texts))
    return postings


def write(folder: Path, texts: Sequence[str], progress: Progress | None = None) -> None:
    """Build a Whoosh index of one segment over the texts, which are numbered from 0."""
    storage = FileStorage(str(folder))
    codec = W3Codec(blocklimit=BLOCK, compression=0)
    segment = W3Segment(W3Codec(), NAME, doccount=len(texts))
    documents = codec.per_document_writer(storage, segment)
    for number in range(len(texts)):
        documents.start_doc(number)
        documents.finish_doc()
    documents.close()
    (folder / f"{NAME}.tmp").rmdir()  # Whoosh leaves it behind
    fields = W3FieldWriter(codec, storage, segment)
    fields.start_field(FIELD, schema()[FIELD])
    fields._postwriter = PostingsWriter(fields._postfile, BLOCK, compression=0)
    collected = collect(texts, progress)
    ordered = sorted(collected)  # by code points, as UTF-8 is ordered too
    frequencies = array("I", [len(collected[gram]) for gram in ordered])
    (folder / FREQUENCIES).write_bytes(array("Q", map(as_number, ordered)).tobytes() + frequencies.tobytes())
    for gram in ordered:
        fields.start_term(gram.encode())
        fields._postwriter.add_all(collected[gram])
        fields.finish_term()
    fields.finish_field()
    fields.close()
    TOC(schema(), [segment], 1).write(storage, NAME)


def as_number(gram: str) -> int:
    """The gram as a number; those with the same first character stand together."""
    return ord(gram[0]) << CHARACTER_BITS | (ord(gram[1]) if len(gram) > 1 else 0)


class MappedFile(BufferFile):  # type: ignore[misc]
    """A file as Whoosh reads it, without a copy in memory. It is not closed, since others may read it."""

    def __init__(self, data: Data, name: str) -> None:
        self._buf, self._name, self.file = data, name, BytesIO(data) if isinstance(data, bytes) else data
        self.is_real, self.is_closed, self.onclose = False, False, None
        self.file.seek(0)

    def close(self) -> None:
        """Leave it open."""


class MappedStorage(RamStorage):  # type: ignore[misc]
    """The files of an index, each opened as it is mapped."""

    def open_file(self, name: str, **_: Any) -> MappedFile:
        """One of the files."""
        return MappedFile(self.files[name], name)


class Postings:
    """Reads the postings of an index from its files; all but frequencies one thread at a time."""

    def __init__(self, files: dict[str, Data]) -> None:
        held = memoryview(files[FREQUENCIES])
        end = len(held) // 12 * 8
        self._grams, self._frequencies = held[:end].cast("Q"), held[end:].cast("I")
        storage = MappedStorage()
        storage.files = files
        # All there is of a segment: Whoosh's reader asks each time for deleted texts and other fields.
        self._terms = storage.open_index().reader()._terms

    def frequency(self, gram: str) -> int:
        """In how many texts the gram stands."""
        wanted, grams = as_number(gram), self._grams
        at = bisect_left(grams, wanted)
        return self._frequencies[at] if at < len(grams) and grams[at] == wanted else 0

    def read(self, gram: str) -> tuple["array[int]", bytes]:
        """The numbers of the texts with the gram, rising, and how often each holds it, up to ``MOST``."""
        numbers, counts = array("I"), bytearray()
        try:
            matcher = self._terms.matcher(FIELD, gram.encode(), FORMAT)
        except TermNotFound:
            return numbers, b""
        while matcher.is_active():
            matcher._read_data()
            steps, weights, _ = matcher._data
            numbers.extend(accumulate(steps))
            # One weight stands for all, none for 1.
            equal = not isinstance(weights, tuple)
            counts += bytes([int(weights or 1)]) * len(steps) if equal else bytes(map(int, weights))
            matcher._next_block()
        return numbers, bytes(counts)
