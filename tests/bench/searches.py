"""Searches over HTTP, beside an empty route of a bare Flask under the same gunicorn.

Both servers run at once and take turns. Every round asks each kind of search the same number of times, over
connections that are kept, always for other words unless it says otherwise. The processor time is that of the
server's processes, to the nanosecond; requests a second hold the client's share too. The site has about
1,000 paragraphs.
"""

import select
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice, repeat
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench import memory
from tests.bench.big import fill
from tests.bench.clients import Client
from tests.bench.contenders import answers, application
from tests.bench.figures import Bar, Measured, Spread, Table, Target, ratios, shown
from tests.bench.load import LoadError
from tests.bench.processes import cpu_spent
from tests.bench.progress import report
from tests.bench.requests import AGAIN, EMPTY, PLANS, searches
from tests.support.server import ROOT, installation
from tests.support.services import running, wait_until

ROUNDS, REQUESTS, CONNECTIONS = 9, 140, 16
PATIENCE = 20
HEADS = ("request", "requests a second", "to bare Flask", "CPU ms a request", "to bare Flask")
PANEL = "Searches over HTTP: processor time a request; an empty route of Flask = 1"
LIMIT = 2


@dataclass(frozen=True)
class Asked:
    """A kind of request: where the server is, its first process, and the addresses still to be asked."""

    port: int
    pid: int
    addresses: Iterator[str]


@dataclass(frozen=True)
class Taken:
    """What one round of one kind took."""

    requests_per_second: float
    cpu_ms: float


def measure(rounds: int = ROUNDS, plans: int = PLANS) -> Measured:
    """Start both, ask, and judge."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, everybody(Path(name), plans, rounds) as kinds:
        found = in_turns(kinds, rounds)
    return judge(found)


@contextmanager
def everybody(folder: Path, plans: int, rounds: int) -> Iterator[dict[str, Asked]]:
    """Both servers, and what is asked of them."""
    with ExitStack() as started:
        report("searches: publishing")
        server = installation(folder, content=str(folder / "content"), search_index=str(folder / "index"))
        fill(folder, plans=plans)
        command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
        process = started.enter_context(running(command, cwd=ROOT, env=server.environment))
        wait_until(lambda: answers(f"{server.url}/readyz"), process, "the portal")
        memory.until_complete(replace(server, process=process.pid))
        url, bare = started.enter_context(application("empty:app", folder, address="/empty"))
        port = int(server.environment["PORT"])
        # Some words share their pinyin.
        count = (rounds + 1) * REQUESTS * 21 // 20
        kinds = {EMPTY: Asked(urlsplit(url).port or 0, bare, repeat("/empty"))}
        kinds[AGAIN] = Asked(port, process.pid, repeat("/api/v1/search?q=%E4%BC%81%E4%B8%9A"))
        for name, addresses in searches(count).items():
            kinds[name] = Asked(port, process.pid, addresses)
        yield kinds


def in_turns(kinds: Mapping[str, Asked], rounds: int) -> dict[str, list[Taken]]:
    """Ask each kind once a round, in another order each time; a first round only warms up."""
    found: dict[str, list[Taken]] = {name: [] for name in kinds}
    names = list(kinds)
    for number in range(rounds + 1):
        start = number % len(names)
        for name in [*names[start:], *names[:start]]:
            report(f"searches: round {number} of {rounds}, {name}")
            taken = ask(kinds[name])
            if number:
                found[name].append(taken)
    return found


def ask(kind: Asked, count: int = REQUESTS) -> Taken:
    """Ask for the next addresses, over some connections at once."""
    waiting = [
        f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{kind.port}\r\n\r\n".encode()
        for address in islice(kind.addresses, count)
    ]
    if len(waiting) < count:
        raise LoadError(f"{len(waiting)} addresses are left, of {count}")
    clients = [Client(kind.port, lambda _: waiting.pop()) for _ in range(CONNECTIONS)]
    try:
        for client in clients:
            client.connect()
        before, begin = cpu_spent(kind.pid), time.perf_counter()
        send_all(clients, waiting)
        taken, spent = time.perf_counter() - begin, cpu_spent(kind.pid) - before
    finally:
        for client in clients:
            client.close()
    return Taken(count / taken, spent * 1000 / count)


def send_all(clients: Sequence[Client], waiting: Sequence[bytes]) -> None:
    """Each sends the next request as soon as the last is answered, until none waits any more; over a new
    connection where the server has ended the one before.

    Raises:
        LoadError: an answer was no success, or none came.
    """
    busy: dict[int, Client] = {}
    with select.epoll() as events:

        def send(client: Client) -> None:
            events.register(client.socket.fileno(), select.EPOLLIN)
            busy[client.socket.fileno()] = client
            client.send()

        for client in clients:
            send(client)
        while busy:
            for number, _ in _next(events):
                client = busy[number]
                head = client.receive()
                if head is None:
                    continue
                if not head.startswith(b"HTTP/1.1 200 "):
                    raise LoadError(f"a search was answered by {head.splitlines()[:1]}")
                events.unregister(number)
                del busy[number]
                if waiting:
                    if client.left:
                        client.connect()
                    send(client)


def _next(events: select.epoll) -> list[tuple[int, int]]:
    found = events.poll(PATIENCE)
    if not found:
        raise LoadError(f"no answer in {PATIENCE} s")
    return found


def judge(found: Mapping[str, Sequence[Taken]]) -> Measured:
    """The table, the targets and the bars."""
    speed = {name: [one.requests_per_second for one in taken] for name, taken in found.items()}
    cost = {name: [one.cpu_ms for one in taken] for name, taken in found.items()}
    faster = {name: Spread.over(ratios(figures, speed[EMPTY])) for name, figures in speed.items()}
    dearer = {name: Spread.over(ratios(figures, cost[EMPTY])) for name, figures in cost.items()}
    rows = [
        (
            name,
            shown(Spread.over(speed[name])),
            shown(faster[name]),
            shown(Spread.over(cost[name])),
            shown(dearer[name]),
        )
        for name in found
    ]
    targets = [
        Target(f"CPU of {name}, over HTTP, to an empty route of bare Flask", ratio.median, LIMIT)
        for name, ratio in dearer.items()
        if name != EMPTY
    ]
    bars = [Bar(name, ratio) for name, ratio in dearer.items()]
    return Measured([Table(HEADS, rows)], targets, {PANEL: bars})


if __name__ == "__main__":
    measured = measure()
    for row in (HEADS, *measured.tables[0].rows):
        print(f"{row[0]:<34}", *(f"{cell:>24}" for cell in row[1:]))
