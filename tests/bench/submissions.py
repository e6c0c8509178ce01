"""What ``posts.measure`` finds on each database with 1, 2 and 4 workers, told and judged."""

from typing import Any

from tests.bench import posts
from tests.bench.figures import Bar, Measured, Spread, Table, Target, rounded, shown
from tests.bench.progress import report

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
# With so many workers the slowest hundredth is judged.
MOST_WORKERS = max(posts.WORKERS)
HEADS = (
    "database, workers",
    "posts a second",
    "bare insert",
    "insert in Flask",
    "to bare",
    "p99 ms",
    "bare p99 ms",
    "CPU ms a post",
    "errors",
)


def measure() -> Measured:
    """Both databases, one number of workers after another."""
    found = []
    for database in posts.DATABASES:
        for workers in posts.WORKERS:
            report(f"posts: {database}, {workers} workers")
            found.append(posts.measure(database, workers))
    return judge(found)


def judge(found: list[dict[str, Any]]) -> Measured:
    """The table, the targets and the bars."""
    named = {f"{NAMES[one['database']]}, {one['workers']}": one for one in found}
    table = Table(HEADS, [_row(name, one) for name, one in named.items()])
    bars = [Bar(name, Spread.over(one["ratios"])) for name, one in named.items()]
    targets = []
    for database, shown_as in NAMES.items():
        its = [one for one in found if one["database"] == database]
        least = min(Spread.over(one["ratios"]).median for one in its)
        slowest = max(one["portal"]["p99_ms"] for one in its if one["workers"] == MOST_WORKERS)
        targets += [
            Target(f"posts a second to the bare insert, {shown_as}, the least", least, 0.6, at_least=True),
            Target(f"p99 of a post, {shown_as}, {MOST_WORKERS} workers", slowest, 100, unit="ms"),
            Target(f"posts with an error, lost or numbered twice, {shown_as}", sum(map(_wrong, its)), 0),
        ]
    return Measured([table], targets, {"Submissions: posts a second; a bare insert = 1": bars})


def _row(name: str, one: dict[str, Any]) -> tuple[str, ...]:
    portal, bare, route = one["portal"], one["bare"], one["route"]
    return (
        name,
        *(shown(_rate(contender)) for contender in (portal, bare, route)),
        shown(Spread.over(one["ratios"])),
        *(rounded(figure) for figure in (portal["p99_ms"], bare["p99_ms"], portal["cpu_ms"])),
        str(_wrong(one)),
    )


def _rate(contender: dict[str, Any]) -> Spread:
    return Spread(contender["posts_per_second"], contender["slowest_round"], contender["fastest_round"])


def _wrong(one: dict[str, Any]) -> int:
    """Posts that failed; one more where the record does not hold exactly those that were answered."""
    return int(one["portal"]["errors"]) + (not one["whole"])
