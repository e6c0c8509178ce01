"""A reload and three releases while 20,000 answers are given: none may fail, none may mix two releases.

Readers ask for the pages that change and for some that do not, over connections that are kept and over new
ones, in all encodings and conditionally; visitors send forms. Meanwhile a moderator accepts three corrections
at the desk, the second while the workers are replaced. After each of them every page is asked for in calm:
whatever a reader got must be one of these four, byte for byte, and none that was out of date when he asked.
"""

import os
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from portal.snapshot.files import ABOUT, SITE, folder_of
from tests.bench import states
from tests.bench.desk import open_desk, ready_to_accept
from tests.bench.figures import Measured, Table, Target, rounded
from tests.bench.load import LoadError
from tests.bench.progress import report
from tests.bench.visitor import Answer, Visitor
from tests.support.client import form_of
from tests.support.nginx import in_front
from tests.support.readers import Crowd, Readers
from tests.support.server import Server, free_port, serving
from tests.support.services import private_postgres
from tests.support.waiting import eventually

ANSWERS, SENDERS = 20_000, 2
# How long nginx goes on with a file that it has open (deploy/nginx/files.conf), in seconds.
NGINX_HOLDS = 1.0
NUMBER = re.compile("ZX-[0-9]+-[0-9]+")
CONSULT = "/feedback/consultation"
CONSULTATION = {"subject": "创新券", "content": "今年什么时候可以申请？", "name": "李四"}
NAMES = ("SQLite", "PostgreSQL", "SQLite, behind nginx")
HEADS = ("portal", "answers", "of them forms", "answers a second", "failed", "mixed", "out of date")


@dataclass
class Found:
    """How many answers there were, and what was wrong with how many of them."""

    answers: int = 0
    forms: int = 0
    seconds: float = 0.0
    failed: Counter[str] = field(default_factory=Counter)
    mixed: Counter[str] = field(default_factory=Counter)
    stale: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> tuple[Counter[str], Counter[str], Counter[str]]:
        """All three."""
        return self.failed, self.mixed, self.stale


class Senders(Crowd):
    """Visitors who send one consultation after another, and look at the receipt."""

    def __init__(self, server: Server, number: int = SENDERS) -> None:
        self.receipts: list[str] = []
        self.wrong: Counter[str] = Counter()
        self._server = server
        super().__init__(self._send for _ in range(number))

    def _send(self) -> None:
        while not self._enough.is_set():
            visitor = Visitor(self._server)
            try:
                receipt = consult(visitor)
                number = NUMBER.findall(receipt.text)[0]
                if number not in visitor.get(urlsplit(receipt.url).path).text:
                    raise LoadError("another receipt")
                self.receipts.append(number)
            except (OSError, LoadError) as error:
                self.wrong[f"a form: {error!r}"] += 1


def run(server: Server, answers: int = ANSWERS, late: float = 0.0) -> Found:
    """Let a prepared portal be asked so often while releases come and its workers are replaced; an answer may
    be from before a release until ``late`` seconds after the moderator was told of it.
    """
    moderator = open_desk(server)
    before, kept = server.workers(), states.States(server, late)
    begun = time.monotonic()
    with Readers(server.url, states.ADDRESSES) as readers, Senders(server) as senders:
        for number, words in enumerate(states.WORDS, 1):
            readers.wait(answers * number // 5)
            report(f"reloading: release {number}")
            accept = ready_to_accept(moderator, words)
            if number == 2:
                os.kill(server.process, signal.SIGHUP)
            accept()
            kept.add()
        readers.wait(answers)
        seconds = time.monotonic() - begun
    eventually(lambda: len(server.workers()) == len(before) and not server.workers() & before)
    failed = readers.wrong + senders.wrong
    if len(set(senders.receipts)) < len(senders.receipts):
        failed["a receipt that was given twice"] += 1
    found = Found(readers.asked, len(senders.receipts), seconds, failed)
    found.mixed, found.stale = kept.judged(readers)
    return found


def consult(visitor: Visitor) -> Answer:
    """Send a consultation in two steps; gives the receipt."""
    form = form_of(visitor.get(CONSULT), CONSULT)
    check = visitor.post(CONSULT, form | CONSULTATION)
    return visitor.post(CONSULT, form_of(check) | {"confirm": "1"})


def measure(answers: int = ANSWERS) -> dict[str, Found]:
    """gunicorn itself with each database, and behind nginx."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as name, serving(Path(name)) as server:
        found[NAMES[0]] = run(ready(server, Path(name)), answers)
    with tempfile.TemporaryDirectory(prefix="bench-") as name, private_postgres(durable=True) as postgres:
        url = postgres.url(postgres.create())
        with serving(Path(name), database_url=url) as server:
            found[NAMES[1]] = run(ready(server, Path(name)), answers)
    with tempfile.TemporaryDirectory(prefix="bench-") as name, behind_nginx(Path(name)) as server:
        found[NAMES[2]] = run(server, answers, NGINX_HOLDS)
    return found


@contextmanager
def behind_nginx(folder: Path) -> Iterator[Server]:
    """A portal whose readers ask nginx."""
    port, front = free_port(), folder / "nginx"
    front.mkdir()
    url, snapshot = f"http://127.0.0.1:{port}", folder / "snapshot"
    settings = {"site_url": url, "snapshot": str(snapshot), "trusted_proxies": "1"}
    with serving(folder, **settings) as server:
        ready(server, folder)
        tree = folder_of(snapshot, url) / SITE
        with in_front(front, tree, server.url.partition("//")[2], port=port):
            yield replace(server, url=url)


def ready(server: Server, folder: Path) -> Server:
    """The same, once its pages are ready and its workers there."""
    eventually(lambda: any(folder.rglob(ABOUT)))
    eventually(server.complete)
    return server


def told(found: dict[str, Found]) -> Measured:
    """The table, and the targets."""
    rows = [
        (
            name,
            *(rounded(figure) for figure in (one.answers, one.forms, one.answers / one.seconds)),
            *(f"{counted.total()}" for counted in one.wrong),
        )
        for name, one in found.items()
    ]
    targets = [
        Target(f"answers {what} during a reload and three releases, {name}", counted.total(), 0)
        for name, one in found.items()
        for what, counted in zip(("that failed", "that mix releases", "out of date"), one.wrong, strict=True)
    ]
    return Measured([Table(HEADS, rows)], targets)


def main() -> None:
    """Print what was found, and what was wrong."""
    answers = int(sys.argv[1]) if sys.argv[1:] else ANSWERS
    for name, one in measure(answers).items():
        print(name, one)


if __name__ == "__main__":
    main()
