"""What is published and replaced as one, with the passages in it, as the index keeps them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from portal.search.results import Passage


class StoredDocument:
    """The passages of one page as an index holds them; they are made when they are shown.

    ``version`` changes whenever any of them does.
    """

    def __init__(self, packed: Sequence[Any]) -> None:
        self.packed = packed
        self.key, self.version, self.plan, self.plan_title, self.page, self.heading = map(str, packed[:6])
        self._contexts: list[tuple[str, list[str]]] = packed[6]
        self._rows: list[tuple[str, str, bool, int]] = packed[7]

    def __len__(self) -> int:
        return len(self._rows)

    @classmethod
    def of(cls, key: str, version: str, passages: Sequence[Passage]) -> "StoredDocument":
        """Packed: what many passages share is kept once."""
        first = passages[0]
        contexts: dict[tuple[str, tuple[str, ...]], int] = {}
        rows = []
        for passage in passages:
            context = contexts.setdefault((passage.title, passage.path), len(contexts))
            rows.append((passage.anchor, passage.text, passage.is_heading, context))
        heading = next((passage.path[0] for passage in passages if passage.path), first.title)
        about = [key, version, first.plan, first.plan_title, first.page, heading]
        return cls([*about, list(contexts), rows])

    @property
    def texts(self) -> list[str]:
        """The texts of the passages."""
        return [row[1] for row in self._rows]

    @property
    def headings(self) -> bytes:
        """For each passage 1 when it is a heading, else 0."""
        return bytes(row[2] for row in self._rows)

    def text(self, number: int) -> str:
        """The text of one passage."""
        return self._rows[number][1]

    def passage(self, number: int) -> Passage:
        """One passage, by its place in the document."""
        anchor, text, is_heading, context = self._rows[number]
        title, path = self._contexts[context]
        return Passage(self.plan, self.plan_title, self.page, anchor, title, tuple(path), text, is_heading)


def dump(documents: Iterable[StoredDocument]) -> bytes:
    """The documents as a file."""
    packed = [document.packed for document in documents]
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":")).encode()


def load(content: bytes) -> list[StoredDocument]:
    """The documents of such a file."""
    return [StoredDocument(packed) for packed in json.loads(content)]
