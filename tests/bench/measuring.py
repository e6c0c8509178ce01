"""Measures the engines of the search benchmark: in turns in this process, memory each in its own."""

import json
import math
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.corpus import Corpus
from tests.bench.engines import ENGINES, Engine, Fts5, Portal, WhooshWords
from tests.bench.queries import SEED, Asked
from tests.support.server import ROOT

# Whoosh takes part in every so manieth query only: it would take most of the time.
WHOOSH_EVERY = 8
# Above so many paragraphs, fewer queries are compared with what is really there.
COMPARED_IN_FULL = 25_000

Report = Callable[[str], None]


@dataclass(frozen=True)
class Speed:
    """Milliseconds that each query took: asked for the first time, and the median of the rounds after."""

    first: dict[Asked, float]
    again: dict[Asked, float]


@dataclass(frozen=True)
class Costs:
    """Seconds to build, bytes on disk and in memory; and how right the answers are, from 0 to 1."""

    seconds: float
    disk: int
    memory: dict[str, int]
    recall: float
    precision: float


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; NaN without any."""
    return math.nan if not values else sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def build(folder: Path, corpus: Corpus, report: Report) -> dict[str, float]:
    """Build each engine in a folder of its name; the seconds that it took."""
    seconds = {}
    for name, engine in ENGINES.items():
        report(f"building {name}")
        (folder / name).mkdir()
        began = time.perf_counter()
        engine.build(folder / name, corpus)
        seconds[name] = time.perf_counter() - began
    return seconds


def speeds(folder: Path, asked: Sequence[Asked], rounds: int, report: Report) -> dict[str, Speed]:
    """Ask every query in a first round and ``rounds`` more.

    Portal and FTS5 take turns query by query, now one first and now the other. What takes long comes after
    them, so that it does not drive both from the processor's caches between two queries.
    """
    few = asked[::WHOOSH_EVERY]
    turns = [
        [Runner("portal", Portal, folder, asked), Runner("FTS5", Fts5, folder, asked)],
        # An index of its own, so that the first time is a first time here too.
        [Runner("portal, whole", Portal, folder, asked, whole=True)],
        [Runner("Whoosh", WhooshWords, folder, few), Runner("Whoosh, whole", WhooshWords, folder, few, True)],
    ]
    order = random.Random(SEED).sample(asked, len(asked))
    for number in range(rounds + 1):
        report(f"asking, round {number + 1} of {rounds + 1}")
        for runners in turns:
            for query in order:
                for runner in runners:
                    runner.ask(query)
            runners.reverse()
    return {runner.name: runner.speed() for runners in turns for runner in runners}


class Runner:
    """One engine doing one thing, with the times that it took."""

    def __init__(
        self, name: str, engine: type[Engine], folder: Path, asked: Sequence[Asked], whole: bool = False
    ) -> None:
        self.name = name
        opened = engine(folder / engine.name, Corpus(()))
        self._answer = opened.answer if whole else opened.first_ten
        self._times: dict[Asked, list[int]] = {query: [] for query in asked}

    def ask(self, query: Asked) -> None:
        """Take the time of a query that this engine is asked."""
        times = self._times.get(query)
        if times is None:
            return
        began = time.perf_counter_ns()
        self._answer(query.text)
        times.append(time.perf_counter_ns() - began)

    def speed(self) -> Speed:
        first = {query: times[0] / 1e6 for query, times in self._times.items()}
        again = {query: statistics.median(times[1:]) / 1e6 for query, times in self._times.items()}
        return Speed(first, again)


def costs(
    folder: Path, corpus: Corpus, asked: Sequence[Asked], seconds: dict[str, float], report: Report
) -> dict[str, Costs]:
    """What each engine costs, and how right its answers to the pieces of paragraphs are."""
    pieces = [query.text for query in asked if query.piece]
    pieces = pieces[:: max(1, len(corpus) // COMPARED_IN_FULL)]
    result = {}
    for name, engine in ENGINES.items():
        report(f"comparing what {name} finds")
        compared = pieces[::WHOOSH_EVERY] if engine is WhooshWords else pieces
        recall, precision = accuracy(engine(folder / name, Corpus(())), corpus, compared)
        report(f"loading {name} alone")
        disk = sum(path.stat().st_size for path in (folder / name).rglob("*") if path.is_file())
        result[name] = Costs(seconds[name], disk, memory(name, folder, asked), recall, precision)
    return result


def accuracy(engine: Engine, corpus: Corpus, queries: Sequence[str]) -> tuple[float, float]:
    """Recall and precision against a look at every paragraph: the means over the queries.

    A query that finds nothing finds nothing wrong.
    """
    recalls, precisions = [], []
    for query in queries:
        true, found = corpus.holding(query), engine.every(query)
        recalls.append(len(true & found) / len(true))
        precisions.append(len(true & found) / len(found) if found else 1.0)
    return statistics.fmean(recalls), statistics.fmean(precisions)


def memory(name: str, folder: Path, asked: Sequence[Asked]) -> dict[str, int]:
    """What a fresh process takes that loads one engine and answers the queries."""
    queries = asked[::WHOOSH_EVERY] if name == WhooshWords.name else asked
    command = [sys.executable, "-m", "tests.bench.engine_memory", name, str(folder / name)]
    texts = json.dumps([query.text for query in queries])
    done = subprocess.run(command, cwd=ROOT, input=texts, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, int] = json.loads(done.stdout)
    return result
