"""How well questions find the paragraphs that answer them."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.search.index import SearchIndex
from portal.search.lexicon import Lexicon
from portal.search.results import Passage

DEPTH = 10


class EvaluationError(ValueError):
    """A file cannot be read as what it should be; the message names it and the line."""


@dataclass(frozen=True)
class Paragraphs:
    """A record of paragraphs, one to a document: what the index is built from."""

    by_id: dict[str, Passage]

    def refresh(self) -> None:
        """It never changes."""

    def identity(self) -> str:
        """Nothing else is kept in the same folder."""
        return ""

    def release(self) -> int:
        """It never changes."""
        return 1

    def documents(self) -> Sequence[tuple[str, str]]:
        """Every paragraph by its identity."""
        return [(key, "") for key in self.by_id]

    def passages(self, keys: Sequence[str]) -> Iterator[tuple[str, Sequence[Passage]]]:
        """The paragraph of each identity."""
        return ((key, [self.by_id[key]]) for key in keys)

    def lexicon(self) -> Lexicon:
        """No words of a site."""
        return Lexicon()

    def stamp(self) -> str:
        """It never changes."""
        return ""


@dataclass(frozen=True)
class Scores:
    """The share of questions with a right paragraph first, and among the first ten; and the mean of 1 / rank
    of the first right one, 0 where none is among them.
    """

    hit_1: float
    hit_10: float
    mrr_10: float


def evaluate(paragraphs: Path, questions: Path, progress: Callable[[int, int], None] | None = None) -> Scores:
    """Ask every question of an index of the paragraphs alone.

    Raises:
        EvaluationError: a file is no such table.
        OSError: a file cannot be read.
    """
    record = Paragraphs(_read_paragraphs(paragraphs))
    asked = _read_questions(questions, record.by_id)
    ranks = []
    with tempfile.TemporaryDirectory() as folder:
        index = SearchIndex(Path(folder), record)
        for done, (question, right) in enumerate(asked.values(), 1):
            hits = index.search(question, per_page=DEPTH).hits
            ranks.append(next((n for n, hit in enumerate(hits, 1) if hit.passage.anchor in right), None))
            if progress:
                progress(done, len(asked))
    found = [rank for rank in ranks if rank]
    return Scores(
        sum(rank == 1 for rank in found) / len(ranks),
        len(found) / len(ranks),
        sum(1 / rank for rank in found) / len(ranks),
    )


def _read_paragraphs(path: Path) -> dict[str, Passage]:
    found = {}
    for number, (key, title, text) in _rows(path, 3):
        if key in found:
            raise EvaluationError(f"{path}, line {number}: the paragraph {key} is there twice")
        found[key] = Passage(key, title, "1", key, title, (title,), text, False)
    return found


def _read_questions(path: Path, known: dict[str, Passage]) -> dict[str, tuple[str, set[str]]]:
    """Each question with the identities of the paragraphs that answer it."""
    asked: dict[str, tuple[str, set[str]]] = {}
    for number, (key, question, paragraph) in _rows(path, 3):
        if paragraph not in known:
            raise EvaluationError(f"{path}, line {number}: there is no paragraph {paragraph}")
        asked.setdefault(key, (question, set()))[1].add(paragraph)
    return asked


def _rows(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    """The first columns of a tab-separated file, with the number of the line; empty lines are passed over."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise EvaluationError(f"{path} is not UTF-8 text") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            row = line.rstrip("\r").split("\t")
            if len(row) < columns:
                raise EvaluationError(f"{path}, line {number}: {columns} columns are needed, divided by tabs")
            yield number, row[:columns]
    if not any(line.strip() for line in lines):
        raise EvaluationError(f"{path} is empty")
