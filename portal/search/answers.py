"""Answers of the search that are ready to be given again, as long as the index is the same."""

from collections.abc import Hashable
from dataclasses import dataclass
from hashlib import sha1

from portal.search.reader import Reader

# Bytes in a process: some hundred answers for machines, or fifty pages.
MOST = 2 * 1024 * 1024
# One that is larger is made anew each time, and so is one to a longer question.
LARGEST, LONGEST = 128 * 1024, 500


@dataclass(frozen=True)
class Answer:
    """An answer as it is sent, with its ETag; ``counted`` is the query and how many passages hold it."""

    body: bytes
    etag: str
    counted: tuple[str, int] | None = None

    @classmethod
    def of(cls, text: str, counted: tuple[str, int] | None = None) -> "Answer":
        """The answer with this text."""
        body = text.encode()
        return cls(body, sha1(body, usedforsecurity=False).hexdigest(), counted)


class Answers:
    """What was answered last, by what was asked. When there is no more room all are let go: what is asked
    often is soon there again.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._size = most, 0
        self._index: Hashable = None
        self._kept: dict[Hashable, Answer] = {}

    def find(self, reader: Reader, asked: Hashable) -> Answer | None:
        """The answer that was given from this index."""
        return self._kept.get(asked) if self._index == _name(reader) else None

    def keep(self, reader: Reader, asked: Hashable, answer: Answer) -> None:
        """Keep an answer that was made after the reader was taken."""
        size = len(answer.body)
        if size > LARGEST:
            return
        if self._index != _name(reader) or self._size + size > self._most:
            self._index, self._kept, self._size = _name(reader), {}, 0
        self._kept[asked] = answer
        self._size += size


def _name(reader: Reader) -> Hashable:
    """Readers of one name answer alike: the record, its release, and the words of the site."""
    return reader.record, reader.release, reader.stamp
