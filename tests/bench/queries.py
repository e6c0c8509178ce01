"""What the search benchmark asks."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.bench.corpus import HAN, Corpus

SEED = 20261124
# Attempts at a query that was not made before; a small corpus has no more to offer.
ATTEMPTS = 5000

TOGETHER = "1 to 8 characters"
# Which lengths count as one kind.
LENGTHS = {1: "1 character", 2: "2 characters"}
LENGTHS |= dict.fromkeys((3, 4), "3 or 4 characters") | dict.fromkeys(range(5, 9), "5 to 8 characters")
QUESTIONS = ("怎么办理", "有哪些要求", "是什么", "由谁负责")


@dataclass(frozen=True)
class Asked:
    """A query and its kind; ``pieces``: it is a piece of some paragraph, of 1 to 8 characters."""

    text: str
    kind: str
    piece: bool = False


class Queries:
    """Makes queries from a corpus; the same corpus gives the same."""

    def __init__(self, corpus: Corpus) -> None:
        self._random = random.Random(SEED)
        self._corpus = corpus
        self._paragraphs = [runs for text in corpus.texts if (runs := HAN.findall(text))]
        self._runs = [run for runs in self._paragraphs for run in runs]
        self._titles = [run for title in dict.fromkeys(corpus.titles) for run in HAN.findall(title)]

    def make(self, count: int) -> list[Asked]:
        """``count`` distinct queries for each length of 1 to 8 characters and for each other kind."""
        asked = []
        for length, kind in LENGTHS.items():
            asked += self._distinct(count, kind, partial(self._piece, self._runs, length, length), piece=True)
        asked += self._distinct(count, "two words", self._two_words)
        asked += self._distinct(count, "words of titles", partial(self._piece, self._titles, 2, 6))
        asked += self._distinct(count, "questions", self._question)
        asked += self._distinct(count, "absent words", self._absent)
        return asked

    def _distinct(self, count: int, kind: str, make: Callable[[], str], piece: bool = False) -> list[Asked]:
        made: dict[str, None] = {}
        for _ in range(ATTEMPTS):
            if len(made) == count:
                break
            if text := make():
                made[text] = None
        return [Asked(text, kind, piece) for text in made]

    def _piece(self, runs: list[str], shortest: int, longest: int) -> str:
        """Some consecutive Han characters; empty when the run that was picked is too short."""
        if not runs:
            return ""
        length, run = self._random.randint(shortest, longest), self._random.choice(runs)
        start = self._random.randrange(max(1, len(run) - length + 1))
        return run[start : start + length] if len(run) >= length else ""

    def _two_words(self) -> str:
        """Two pieces of one paragraph."""
        runs = self._random.choice(self._paragraphs)
        first, second = self._piece(runs, 2, 3), self._piece(runs, 2, 3)
        return f"{first} {second}" if first and second and first != second else ""

    def _question(self) -> str:
        """Two pieces of one paragraph in a sentence that stands in none."""
        runs = self._random.choice(self._paragraphs)
        first, second = self._piece(runs, 2, 6), self._piece(runs, 2, 6)
        return f"{first}的{second}{self._random.choice(QUESTIONS)}" if first and second else ""

    def _absent(self) -> str:
        """Characters that each stand somewhere, and nowhere together."""
        text = "".join(self._piece(self._runs, 1, 1) for _ in range(self._random.randint(2, 6)))
        return "" if self._corpus.holding(text) else text
