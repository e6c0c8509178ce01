"""Answers of the search that are ready to be given again, as long as the index is the same."""

from collections.abc import Hashable
from dataclasses import dataclass, field
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


@dataclass
class _Kept:
    """What was answered from one index, by what was asked, and how many bytes that is."""

    index: Hashable = None
    answers: dict[Hashable, Answer] = field(default_factory=dict)
    size: int = 0


class Answers:
    """What was answered last, by what was asked. When there is no more room all are let go: what is asked
    often is soon there again.

    Threads may answer from different indexes: each takes what is kept once, together with its index.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._kept = most, _Kept()

    def find(self, reader: Reader, asked: Hashable) -> Answer | None:
        """The answer that was given from this index."""
        kept = self._kept
        return kept.answers.get(asked) if kept.index == _name(reader) else None

    def keep(self, reader: Reader, asked: Hashable, answer: Answer) -> None:
        """Keep an answer that was made after the reader was taken."""
        size = len(answer.body)
        if size > LARGEST:
            return
        kept, index = self._kept, _name(reader)
        if kept.index != index or kept.size + size > self._most:
            kept = self._kept = _Kept(index)
        kept.answers[asked] = answer
        kept.size += size


def _name(reader: Reader) -> Hashable:
    """Readers of one name answer alike: the record, its release, and the words of the site."""
    return reader.record, reader.release, reader.stamp
