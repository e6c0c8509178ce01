"""What ``posts.measure`` finds on each database with 1, 2 and 4 workers, told and judged."""

from typing import Any

from tests.bench import posts
from tests.bench.figures import Bar, Measured, Spread, Table, Target, ratios, shown
from tests.bench.progress import report

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
HEADS = (
    "database, workers",
    "posts a second",
    "bare insert",
    "insert in Flask",
    "to bare",
    "p99 ms",
    "p99 ms, bare",
    "CPU ms a post",
    "CPU ms, bare",
    "wrong",
)
# What was found, by database and number of workers.
Found = dict[tuple[str, int], dict[str, Any]]


def measure() -> Measured:
    """Both databases, one number of workers after another."""
    found: Found = {}
    for database in posts.DATABASES:
        for workers in posts.WORKERS:
            report(f"posts: {NAMES[database]}, {workers} workers")
            found[database, workers] = posts.measure(database, workers)
    return judge(found)


def judge(found: Found) -> Measured:
    """The table, the targets and the bars."""
    table = Table(HEADS, [(_name(*key), *_row(one)) for key, one in found.items()])
    bars = [Bar(_name(*key), _to_bare(one)) for key, one in found.items()]
    targets = []
    for database, name in NAMES.items():
        its = {workers: one for (where, workers), one in found.items() if where == database}
        least = min(_to_bare(one).median for one in its.values())
        slowest = Spread.over(its[max(its)]["portal"]["p99_ms"]).median
        targets += [
            Target(f"posts a second to the bare insert, {name}, the least", least, 0.6, at_least=True),
            Target(f"p99 of a post, {name}, {max(its)} workers", slowest, 100, unit="ms"),
            Target(f"posts refused, lost or numbered twice, {name}", sum(map(_wrong, its.values())), 0),
        ]
    return Measured([table], targets, {"Submissions: posts a second; a bare insert = 1": bars})


def _name(database: str, workers: int) -> str:
    return f"{NAMES[database]}, {workers} worker{'s' if workers > 1 else ''}"


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    rates = [one[contender]["posts_per_second"] for contender in ("portal", "bare", "flask")]
    others = [one[contender][key] for key in ("p99_ms", "cpu_ms") for contender in ("portal", "bare")]
    return (
        *(shown(Spread.over(figures)) for figures in rates),
        shown(_to_bare(one)),
        *(shown(Spread.over(figures)) for figures in others),
        str(_wrong(one)),
    )


def _to_bare(one: dict[str, Any]) -> Spread:
    return Spread.over(ratios(one["portal"]["posts_per_second"], one["bare"]["posts_per_second"]))


def _wrong(one: dict[str, Any]) -> int:
    """Posts that failed; one more where the record does not hold exactly those that were answered."""
    return int(one["portal"]["errors"]) + (not one["whole"])
