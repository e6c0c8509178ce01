"""A chapter served: the portal beside bare gunicorn, Flask, Django and nginx, with the same bytes.

All servers run at once and are loaded in turn, a second each, round after round; the ratio of a round is to
bare gunicorn in that round. What is printed are medians over the rounds, with the least and the most.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench import nginx
from tests.bench.contenders import DJANGO, Contender, application, portal
from tests.bench.figures import Bar, Measured, Spread, Table, Target, ratios, rounded, shown
from tests.bench.load import Answer, Load, LoadError, load
from tests.bench.page import ADDRESS, write_page
from tests.bench.progress import report

ROUNDS, SECONDS = 9, 1
BARE = "bare gunicorn"
IDENTITY, BROTLI, UNCHANGED = "the portal", "the portal, Brotli", "the portal, 304"
NGINX, BEHIND = "nginx, static file", "the portal behind nginx"
YARDSTICKS = {
    BARE: "yardsticks:bare",
    "bare gunicorn, all headers": "yardsticks:dressed",
    "Flask, ready bytes": "yardsticks:ready",
    "Flask + Jinja": "yardsticks:rendered",
}
CACHED = "Django, cached page"
NAMES = (IDENTITY, BROTLI, UNCHANGED, *YARDSTICKS, CACHED, NGINX, BEHIND)
HEADS = ("contender", "bytes", "requests a second", "to bare", "CPU µs a request", "to bare", "p99 ms")


def measure(rounds: int = ROUNDS) -> Measured:
    """Start everybody, measure, and judge."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, everybody(Path(name)) as contenders:
        answers = {contender.name: contender.ask() for contender in contenders}
        loads = in_turns(contenders, answers, rounds)
    return judge({name: answer.size for name, answer in answers.items()}, loads)


@contextmanager
def everybody(folder: Path) -> Iterator[list[Contender]]:
    """All contenders, running, with what each is asked."""
    with ExitStack() as started:
        report("serving: starting everybody")
        (folder / "portal").mkdir()
        url, pid, tree = started.enter_context(portal(folder / "portal"))
        page = folder / "page"
        answer = write_page(page, url)
        contenders = [
            Contender(IDENTITY, url + ADDRESS, pid),
            Contender(BROTLI, url + ADDRESS, pid, {"Accept-Encoding": "br"}),
            Contender(UNCHANGED, url + ADDRESS, pid, {"If-None-Match": answer.headers["etag"]}, 304),
        ]
        for name, target in YARDSTICKS.items():
            contenders.append(_yardstick(started, name, target, page))
        contenders.append(_yardstick(started, CACHED, "django_site:app", page, DJANGO))
        port = int(url.rpartition(":")[2])
        for name in (NGINX, BEHIND):
            at, pid = started.enter_context(nginx.serving(tree, port, plainly=name == NGINX))
            contenders.append(Contender(name, f"http://127.0.0.1:{at}{ADDRESS}", pid))
        yield contenders


def _yardstick(started: ExitStack, name: str, target: str, page: Path, *python: Path) -> Contender:
    url, pid = started.enter_context(application(target, page, *python))
    return Contender(name, url + ADDRESS, pid)


def in_turns(
    contenders: Sequence[Contender], answers: Mapping[str, Answer], rounds: int
) -> dict[str, list[Load]]:
    """Load each once a round, in another order each time; a first round only warms up."""
    found: dict[str, list[Load]] = {contender.name: [] for contender in contenders}
    for number in range(rounds + 1):
        start = number % len(contenders)
        for contender in [*contenders[start:], *contenders[:start]]:
            report(f"serving: round {number} of {rounds}, {contender.name}")
            answer = answers[contender.name]
            taken = load(contender.url, contender.headers, contender.pid, SECONDS, answer.size)
            if contender.ask().body != answer.body:
                raise LoadError(f"{contender.name} answers something else than before")
            if number:
                found[contender.name].append(taken)
    return found


def judge(sizes: dict[str, int], loads: dict[str, list[Load]]) -> Measured:
    """The table, the targets and the bars."""
    speed = {name: [one.requests_per_second for one in taken] for name, taken in loads.items()}
    cost = {name: [one.cpu_us for one in taken] for name, taken in loads.items()}
    faster = {name: Spread.over(ratios(figures, speed[BARE])) for name, figures in speed.items()}
    dearer = {name: Spread.over(ratios(figures, cost[BARE])) for name, figures in cost.items()}
    rows = [
        (
            name,
            f"{sizes[name]:,}",
            shown(Spread.over(speed[name])),
            shown(faster[name]),
            shown(Spread.over(cost[name])),
            shown(dearer[name]),
            rounded(Spread.over([one.p99_ms for one in loads[name]]).median),
        )
        for name in loads
    ]
    behind = Spread.over(ratios(cost[BEHIND], cost[NGINX]))
    targets = [
        Target("requests a second, the portal to bare gunicorn", faster[IDENTITY].median, 0.9, at_least=True),
        Target("CPU a request, the portal to bare gunicorn", dearer[IDENTITY].median, 1.1),
        Target("requests a second, 304 to bare gunicorn", faster[UNCHANGED].median, 0.9, at_least=True),
        Target("CPU a request, behind nginx to nginx's own static file", behind.median, 1.1),
    ]
    panels = {
        "A chapter: requests a second; bare gunicorn = 1": faster,
        "A chapter: processor time a request; bare gunicorn = 1": dearer,
    }
    bars = {head: [Bar(name, ratio) for name, ratio in panel.items()] for head, panel in panels.items()}
    return Measured([Table(HEADS, rows)], targets, bars)
