"""Submissions a second: the portal's confirming post beside a bare insert under the same gunicorn.

``python -m tests.bench.posts [sqlite|postgresql [WORKERS]]``. All contenders are started at once and take
turns in each round, so that a busy machine slows all of them alike. The check pages are fetched before; what
is timed are the confirmations alone, each with a text of its own, over connections that are kept.
"""

import http.client
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from lxml import html
from sqlalchemy import create_engine, text

from tests.bench import inserting
from tests.bench.clients import Client, together
from tests.bench.contenders import answers, gunicorn_settings
from tests.bench.measuring import quantile
from tests.bench.processes import cpu_seconds
from tests.support.server import ROOT, Server, installation
from tests.support.services import private_postgres, running, wait_until

DATABASES, WORKERS = ("sqlite", "postgresql"), (1, 2, 4)
CLIENTS, ROUNDS, SECONDS, WARM_UP = 16, 7, 1.5, 0.5
# A correction of a reader who has only the form of the footer.
FORM = {
    "error_type": "typo",
    "page_url": "http://127.0.0.1/plans/2023-work-plan/2",
    "page_title": "二、强化科技创新策源功能",
    "description": "第二行多了一个字",
    "name": "张三",
}
ADDRESS = "/feedback/correction"


@dataclass
class Contender:
    """Who takes the posts: its processes, its visitors, and what came of it round by round."""

    process: int
    clients: list[Client]
    rounds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    places: list[str] = field(default_factory=list)
    errors: int = 0

    def take(self, seconds: float, count: bool = True) -> None:
        """One round; one to get warm does not count."""
        before = cpu_seconds(self.process)
        done = together(self.clients, seconds)
        spent, posts = cpu_seconds(self.process) - before, len(done.seconds)
        self.places += done.places
        self.errors += done.errors
        if count and posts:
            self.rounds["posts_per_second"].append(posts / done.took)
            self.rounds["p50_ms"].append(1000 * quantile(done.seconds, 0.50))
            self.rounds["p99_ms"].append(1000 * quantile(done.seconds, 0.99))
            self.rounds["most_ms"].append(1000 * max(done.seconds))
            self.rounds["cpu_ms"].append(1000 * spent / posts)

    def figures(self) -> dict[str, Any]:
        """The figures of each round, and what holds for all of them."""
        return {**self.rounds, "posts": len(self.places), "errors": self.errors}


def measure(database: str, workers: int, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Figures of the ``portal``, of the ``bare`` insert and of one in a ``flask`` route, each a list with a
    figure for each round: posts a second, milliseconds of a post (p50, p99, the most), CPU of the servers.

    ``whole`` tells that the portal's record holds each post that was answered, numbered without gap or twin.
    """
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="posts-", dir=ROOT / "build") as name, ExitStack() as stack:
        url, other = stack.enter_context(databases(database, Path(name)))
        contenders = {
            "portal": stack.enter_context(serving_portal(Path(name), url, workers)),
            "bare": stack.enter_context(serving_insert(Path(name), "bare", other, workers)),
            "flask": stack.enter_context(serving_insert(Path(name), "route", other, workers)),
        }
        for turn in range(-1, rounds):
            for contender in contenders.values():
                contender.take(WARM_UP if turn < 0 else seconds, count=turn >= 0)
        figures = {name: contender.figures() for name, contender in contenders.items()}
        return {**figures, "whole": _whole(url, contenders["portal"])}


def _whole(url: str, portal: Contender) -> bool:
    engine = create_engine(url)
    with engine.connect() as connection:
        numbers = connection.scalars(text("SELECT number FROM submissions")).all()
    engine.dispose()
    counted = sorted(int(number.rpartition("-")[2]) for number in numbers)
    return len(set(portal.places)) == len(portal.places) == len(numbers) and counted == list(
        range(1, len(numbers) + 1)
    )


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The addresses of two databases, both on a real disk and as durable as in real use."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/portal.sqlite3", f"sqlite:///{folder}/bare.sqlite3"
        return
    with private_postgres(durable=True) as postgres:
        yield postgres.url(postgres.create()), postgres.url(postgres.create())


@contextmanager
def serving_portal(folder: Path, url: str, workers: int) -> Iterator[Contender]:
    """The portal as ``make run`` prepares it, and visitors who have a check page each."""
    server = installation(folder, database_url=url)
    server.flask("site", "prepare")
    with serving(server, ["wsgi:app"], workers) as process:
        begun = replace(server, process=process.pid)
        wait_until(lambda: begun.complete(workers), process, "the portal")
        port = int(server.environment["PORT"])
        clients = [Client(port, partial(confirmation, port, *check_page(port))) for _ in range(CLIENTS)]
        yield Contender(process.pid, clients)
        _hang_up(clients)


@contextmanager
def serving_insert(folder: Path, name: str, url: str, workers: int) -> Iterator[Contender]:
    """One of the yardsticks, under the settings that the portal has."""
    server, settings = installation(folder), folder / f"{name}.py"
    server.environment["BENCH_DATABASE"] = url
    # Of many who made it ready at once, some would find it locked.
    inserting.connect(url).close()
    port = int(server.environment["PORT"])
    gunicorn_settings(settings)
    with settings.open("a", encoding="utf-8") as file:
        file.write(f'bind = "127.0.0.1:{port}"\nworkers = {workers}\n')
    with serving(server, ["-c", str(settings), f"tests.bench.inserting:{name}"], workers) as process:
        clients = [Client(port, partial(confirmation, port, "/", FORM, "")) for _ in range(CLIENTS)]
        yield Contender(process.pid, clients)
        _hang_up(clients)


@contextmanager
def serving(server: Server, arguments: list[str], workers: int) -> "Iterator[subprocess.Popen[bytes]]":
    """gunicorn with so many workers."""
    environment = server.environment | {"WEB_CONCURRENCY": str(workers)}
    command = [sys.executable, "-m", "gunicorn", *arguments]
    with running(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{environment['PORT']}/"
        wait_until(lambda: answers(url), process, arguments[-1])
        yield process


def check_page(port: int) -> tuple[str, dict[str, str], str]:
    """Where a check page sends its form, what the form holds, and the cookie that came with it."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(
        "POST", ADDRESS, urlencode(FORM), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    answer = connection.getresponse()
    tree = html.fromstring(answer.read().decode())
    connection.close()
    form = tree.xpath("//form[.//input[@name='csrf_token']]")[0]
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    return ADDRESS, {**dict(form.form_values()), "confirm": "1"}, cookie


def confirmation(port: int, address: str, form: dict[str, str], cookie: str, number: int) -> bytes:
    """The bytes of a confirming post; each number is a text of its own, so a submission of its own."""
    body = urlencode(form | {"description": f"{FORM['description']}（{number}）"})
    return (
        f"POST {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _hang_up(clients: list[Client]) -> None:
    for client in clients:
        client.close()


def lines(found: dict[str, Any]) -> Iterator[str]:
    """What was measured, to be printed: medians of the rounds."""
    shown = ("posts_per_second", "p50_ms", "p99_ms", "most_ms", "cpu_ms", "posts", "errors")
    yield f"{'':8}" + "".join(f"{name:>18}" for name in shown)
    for name in ("portal", "bare", "flask"):
        yield f"{name:8}" + "".join(f"{_middle(found[name][key]):>18.2f}" for key in shown)
    for name in ("bare", "flask"):
        rates = (found[which]["posts_per_second"] for which in ("portal", name))
        ratio = statistics.median(ours / theirs for ours, theirs in zip(*rates, strict=True))
        yield f"to {name}: {ratio:.2f}"
    yield "the record is whole" if found["whole"] else "NOT WHOLE"


def _middle(figures: list[float] | int) -> float:
    return statistics.median(figures) if isinstance(figures, list) else figures


def main() -> None:
    """Print the figures of the databases and numbers of workers that are named, or of all."""
    for database in sys.argv[1:2] or DATABASES:
        for workers in map(int, sys.argv[2:3] or WORKERS):
            print(f"{database}, {workers} workers", *lines(measure(database, workers)), sep="\n", flush=True)


if __name__ == "__main__":
    main()
