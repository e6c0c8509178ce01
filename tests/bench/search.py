"""``make bench-search``: the portal's search, SQLite FTS5 with the same grams, and Whoosh as usually used.

``python -m tests.bench.search CORPUS SIZE``: the first SIZE paragraphs of a file, one JSON object a line with
id, doc, title and text. All engines answer each query in turn in this one process, so that a busy machine
slows all of them alike: the ratios tell more than the times. HTTP, templates and the database are left out.
"""

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pysqlite3
import whoosh

from tests.bench import measuring
from tests.bench.corpus import Corpus, CorpusError
from tests.bench.measuring import Costs, Speed, quantile
from tests.bench.progress import report
from tests.bench.queries import TOGETHER, Asked, Queries

SIZES = (1_000, 10_000, 100_000)
# Queries for each length and each other kind; rounds after the first.
QUERIES = 40
ROUNDS = 5
USAGE = "make bench-search CORPUS=FILE.jsonl.xz SIZE=1000|10000|100000"

Kinds = dict[str, list[Asked]]


def main() -> None:
    corpus_name, size = (*sys.argv[1:], "", "")[:2]
    try:
        corpus = read(corpus_name, size)
    except CorpusError as error:
        sys.stderr.write(f"bench-search: {error}\n")
        sys.exit(2)
    for line in bench(corpus, QUERIES, ROUNDS):
        print(line)


def read(name: str, size: str) -> Corpus:
    """The corpus that was asked for.

    Raises:
        CorpusError: it cannot be used, or the size is none of those that there are figures for.
    """
    if not name:
        raise CorpusError(f"CORPUS is missing: {USAGE}")
    if size not in map(str, SIZES):
        raise CorpusError(f"SIZE must be 1000, 10000 or 100000, not {size!r}: {USAGE}")
    return Corpus.read(Path(name), int(size))


def bench(corpus: Corpus, count: int, rounds: int) -> Iterator[str]:
    """Measure, and tell line by line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = measuring.build(folder, corpus, report)
        asked = Queries(corpus).make(count)
        speeds = measuring.speeds(folder, asked, rounds, report)
        costs = measuring.costs(folder, corpus, asked, seconds, report)
        report("")
    kinds = by_kind(asked)
    yield f"{len(corpus):,} paragraphs; {len(asked)} queries in a first round and {rounds} more"
    yield (
        f"Python {platform.python_version()}, SQLite {pysqlite3.sqlite_version}, "
        f"Whoosh {whoosh.versionstring()}, {os.cpu_count()} processors"
    )
    yield from speed_table("Finding and ordering the first ten, ms", kinds, speeds, lambda s: s.again)
    yield from speed_table("The same, when it is asked for the first time", kinds, speeds, lambda s: s.first)
    yield from answer_table(kinds, speeds)
    yield from cost_table(costs)
    yield from target_table(len(corpus), kinds, speeds, costs["portal"])


def by_kind(asked: Sequence[Asked]) -> Kinds:
    """The queries of 1 to 8 characters together, as many of each length; then those of each kind."""
    kinds: Kinds = {TOGETHER: [query for query in asked if query.piece]}
    for query in asked:
        kinds.setdefault(query.kind, []).append(query)
    return kinds


def both(times: dict[Asked, float], queries: Sequence[Asked]) -> tuple[float, float]:
    """p50 and p95 over the queries that were asked."""
    taken = [times[query] for query in queries if query in times]
    return quantile(taken, 0.5), quantile(taken, 0.95)


def row(name: str, *cells: str) -> str:
    return f"{name:<20}" + "".join(f"{cell:>18}" for cell in cells)


def pair(figures: tuple[float, float], digits: int = 3) -> str:
    return "".join(f"{figure:>9.{digits}f}" for figure in figures)


def speed_table(
    title: str, kinds: Kinds, speeds: dict[str, Speed], times: Callable[[Speed], dict[Asked, float]]
) -> Iterator[str]:
    yield f"\n{title}"
    yield row("p50 and p95", "portal", "FTS5", "portal/FTS5", "Whoosh", "queries")
    for kind, queries in kinds.items():
        portal, fts5, usual = (both(times(speeds[name]), queries) for name in ("portal", "FTS5", "Whoosh"))
        ratios = portal[0] / fts5[0], portal[1] / fts5[1]
        yield row(kind, pair(portal), pair(fts5), pair(ratios, 2), pair(usual), str(len(queries)))


def answer_table(kinds: Kinds, speeds: dict[str, Speed]) -> Iterator[str]:
    yield "\nThe whole answer, ms: portal with 20 snippets, facets and counts, Whoosh with 10 snippets"
    yield row("p50 and p95", "portal", "first time", "Whoosh", "first time")
    for kind, queries in kinds.items():
        portal, usual = speeds["portal, whole"], speeds["Whoosh, whole"]
        figures = (portal.again, portal.first, usual.again, usual.first)
        yield row(kind, *(pair(both(times, queries)) for times in figures))


def cost_table(costs: dict[str, Costs]) -> Iterator[str]:
    yield "\nMemory: growth of a fresh process that loads and answers, and the most that all of it took"
    yield row("", "build s", "on disk MB", "memory MB", "at most MB", "recall", "precision")
    for name, cost in costs.items():
        yield row(
            name,
            f"{cost.seconds:.1f}",
            f"{cost.disk / 1e6:.1f}",
            f"{cost.memory['growth'] / 1e6:.0f}",
            f"{cost.memory['most'] / 1e6:.0f}",
            f"{cost.recall:.4f}",
            f"{cost.precision:.4f}",
        )


def target_table(size: int, kinds: Kinds, speeds: dict[str, Speed], cost: Costs) -> Iterator[str]:
    """What the portal holds itself to, where there is a figure for the size. A miss is no failure."""
    portal, fts5 = (both(speeds[name].again, kinds[TOGETHER]) for name in ("portal", "FTS5"))
    _, whole = both(speeds["portal, whole"].again, kinds[TOGETHER])
    targets: list[tuple[str, float, dict[int, float]]] = [
        ("p50, portal/FTS5", portal[0] / fts5[0], {10_000: 0.25, 100_000: 0.25}),
        ("p95, portal/FTS5", portal[1] / fts5[1], {1_000: 0.7, 10_000: 0.5, 100_000: 0.5}),
        ("p95, whole answer, ms", whole, {10_000: 1, 100_000: 5}),
        ("build, s", cost.seconds, {100_000: 120}),
        ("memory at most, MB", cost.memory["most"] / 1e6, {100_000: 600}),
    ]
    yield f"\n{f'Targets, {TOGETHER}':<32}{'measured':>12}{'target':>12}"
    for name, measured, limits in targets:
        if size in limits:
            yield target(name, measured, f"<= {limits[size]:g}", measured <= limits[size])
    yield target("recall", cost.recall, "= 1", cost.recall == 1)
    yield target("precision", cost.precision, "= 1", cost.precision == 1)


def target(name: str, measured: float, wanted: str, is_met: bool) -> str:
    return f"{name:<32}{measured:>12.4f}{wanted:>12}  {'met' if is_met else 'missed'}"


if __name__ == "__main__":
    main()
