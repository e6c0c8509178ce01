"""What the search benchmark searches in."""

import json
import lzma
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path

from portal.search.analysis import squeeze
from portal.search.index import Passage
from portal.search.lexicon import Lexicon

HAN = re.compile("[\u4e00-\u9fff]+")

Row = tuple[str, str, str]


class CorpusError(Exception):
    """The corpus cannot be used; the message is one line that says why."""


class Corpus:
    """Paragraphs, numbered from 0, and the record of them that the portal builds its index from.

    They are kept as plain strings: a worker that serves has no passages of its own in memory either.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        self.docs = [doc for doc, _, _ in rows]
        self.titles = [title for _, title, _ in rows]
        self.texts = [text for _, _, text in rows]

    @classmethod
    def read(cls, path: Path, size: int) -> "Corpus":
        """The first ``size`` paragraphs of a file with one JSON object a line: id, doc, title, text.

        Raises:
            CorpusError: the file is missing, of another form, or too short.
        """
        opener = lzma.open if path.suffix == ".xz" else open
        try:
            with opener(path, "rt", encoding="utf-8") as lines:
                rows = [_row(line) for line in islice(lines, size)]
        except (ValueError, KeyError, TypeError) as error:
            raise CorpusError(f"{path} holds a line that is no paragraph: {error!r}") from None
        except (OSError, EOFError, lzma.LZMAError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CorpusError(f"{path} cannot be read: {reason}") from None
        if not any(HAN.search(text) for _, _, text in rows):
            raise CorpusError(f"{path} holds no Chinese text")
        if len(rows) < size:
            raise CorpusError(f"{path} holds {len(rows)} paragraphs, fewer than SIZE={size}")
        return cls(rows)

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def squeezed(self) -> list[str]:
        """The paragraphs as they are compared."""
        return list(map(squeeze, self.texts))

    def holding(self, query: str) -> set[int]:
        """The numbers of all paragraphs with every word of the query, by looking at each of them."""
        words = list(map(squeeze, query.split()))
        return {number for number, text in enumerate(self.squeezed) if all(word in text for word in words)}

    # From here on: the record, as the index asks for it.

    def refresh(self) -> None:
        """It never changes."""

    def identity(self) -> str:
        return "corpus"

    def release(self) -> int:
        return 1

    def stamp(self) -> str:
        return ""

    def lexicon(self) -> Lexicon:
        return Lexicon()

    def documents(self) -> list[tuple[str, str]]:
        return [(doc, "1") for doc in self._numbers]

    def passages(self, keys: Iterable[str]) -> Iterator[tuple[str, list[Passage]]]:
        for key in keys:
            yield key, [self._passage(number) for number in self._numbers[key]]

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        numbers: dict[str, list[int]] = {}
        for number, doc in enumerate(self.docs):
            numbers.setdefault(doc, []).append(number)
        return numbers

    def _passage(self, number: int) -> Passage:
        doc, title, text = self.docs[number], self.titles[number], self.texts[number]
        return Passage(doc, title, "1", f"p{number}", title, (), text, is_heading=text == title)


def _row(line: str) -> Row:
    row = json.loads(line)
    return str(row["doc"]), str(row["title"]), str(row["text"])
