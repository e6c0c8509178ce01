"""One part of an index: its files, how they are written, and what they hold."""

import json
from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path

from portal.search import postings, vocabulary
from portal.search.analysis import squeeze
from portal.search.documents import Document, Filled, as_json, row
from portal.search.folder import Checksums
from portal.search.packed import Data, Texts, dump_texts, numbers

# A pair of characters of a title and the title are one number: this is the part of the title.
TITLE_BITS = 64 - 2 * postings.CHARACTER_BITS
# The files of a part beside those of Whoosh. Of each document: what it is, its version, its plan, and the
# number of its first passage. Of each passage: all but its text, the text, that squeezed and the length of
# this, whether it is a heading, and which title it has. Of titles, which pairs of characters they hold.
DOCUMENTS, VERSIONS, PLANS, STARTS = "documents", "versions.json", "plans", "starts"
ROWS, TEXTS, SQUEEZED, LENGTHS, HEADINGS = "rows", "texts", "squeezed", "lengths", "headings"
TITLED, TITLES = "titled", "titles"
WORDS = "words.json"
FILES = (DOCUMENTS, VERSIONS, PLANS, STARTS, ROWS, TEXTS, SQUEEZED, LENGTHS, HEADINGS, TITLED, TITLES, WORDS)


class Part:
    """One part of an index, which never changes once it is written."""

    def __init__(self, name: str, checksums: Checksums, files: Mapping[str, Data]) -> None:
        self.name, self.checksums = name, checksums
        self.words, self._versions = files[WORDS], files[VERSIONS]
        self._documents, self.plans = Texts(files[DOCUMENTS]), Texts(files[PLANS])
        self.rows, self.texts, self.squeezed = Texts(files[ROWS]), Texts(files[TEXTS]), Texts(files[SQUEEZED])
        self.starts, self.lengths = numbers(files[STARTS]), numbers(files[LENGTHS])
        self.headings = files[HEADINGS]
        self.titled, self._titles = numbers(files[TITLED]), memoryview(files[TITLES]).cast("Q")
        self.postings = postings.Postings(
            {name: content for name, content in files.items() if name not in FILES}
        )

    @property
    def size(self) -> int:
        """The number of passages."""
        return len(self.lengths)

    def document(self, at: int) -> Document:
        """A document by its place."""
        return Document.load(self._documents[at])

    def filled(self, at: int) -> Filled:
        """A document with its passages."""
        document = self.document(at)
        held = range(self.starts[at], self.starts[at + 1])
        return document, [document.passage(self.rows[number], self.texts[number]) for number in held]

    def titles(self, pair: str) -> list[int]:
        """The titles that hold the pair of characters."""
        held = self._titles
        first = postings.as_number(pair) << TITLE_BITS
        low = bisect_left(held, first)
        high = bisect_left(held, first + (1 << TITLE_BITS), low)
        return [number - first for number in held[low:high]]

    # Who builds looks at these; who only answers does not read them.

    @cached_property
    def versions(self) -> dict[str, str]:
        """The version of each document, in order."""
        versions: dict[str, str] = json.loads(self._versions[:])
        return versions

    @cached_property
    def by_key(self) -> dict[str, int]:
        """Where each document is."""
        return {key: at for at, key in enumerate(self.versions)}

    def length(self, key: str) -> int:
        """How many passages a document has."""
        at = self.by_key[key]
        return self.starts[at + 1] - self.starts[at]

    def forget(self) -> None:
        """Let go of what only who builds looks at; it is read again when it is asked for."""
        for name in ("versions", "by_key"):
            vars(self).pop(name, None)


# The folder, the documents, the site's own words, whether it is the first part, who is told how far it is.
WritePart = Callable[[Path, Sequence[Filled], Sequence[str], bool, postings.Progress | None], None]


def write_part(
    folder: Path,
    filled: Sequence[Filled],
    words: Sequence[str],
    is_first: bool,
    progress: postings.Progress | None,
) -> None:
    """Write the files of a part; ``words`` are the site's own. The first part has common characters too,
    and those beside it need not describe them again.
    """
    documents = [document for document, _ in filled]
    passages = [passage for _, held in filled for passage in held]
    texts = [passage.text for passage in passages]
    squeezed = list(map(squeeze, texts))
    titles = [squeeze(passage.title) for passage in passages]
    places = {title: at for at, title in enumerate(dict.fromkeys(titles))}
    paired = {
        postings.as_number(a + b) << TITLE_BITS | at
        for title, at in places.items()
        for a, b in pairwise(title)
    }
    common = vocabulary.common_characters()
    collected = vocabulary.collect(texts, words, *((common, ()) if is_first else ((), common)))
    files = {
        DOCUMENTS: dump_texts(document.dump() for document in documents),
        VERSIONS: as_json({document.key: document.version for document in documents}).encode(),
        PLANS: dump_texts(document.plan for document in documents),
        STARTS: array("I", accumulate((len(held) for _, held in filled), initial=0)).tobytes(),
        ROWS: dump_texts(map(row, passages)),
        TEXTS: dump_texts(texts),
        SQUEEZED: dump_texts(squeezed),
        LENGTHS: array("I", map(len, squeezed)).tobytes(),
        HEADINGS: bytes(passage.is_heading for passage in passages),
        TITLED: array("I", map(places.__getitem__, titles)).tobytes(),
        TITLES: array("Q", sorted(paired)).tobytes(),
        WORDS: as_json(collected).encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    postings.write(folder, texts, progress)
