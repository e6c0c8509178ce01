"""Workers are replaced while readers ask: nobody is turned away."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.support.server import Server

PAGE = "/plans/2023-work-plan/1"
LONG = 60.0


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def connect(server: Server) -> HTTPConnection:
    return HTTPConnection(urlsplit(server.url).netloc, timeout=LONG)


class Readers:
    """Readers who ask for a page as often as they can, and never try again: one who keeps a connection, and
    goes to a new one only when told so, or one who takes a new one each time.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.enough = threading.Event()
        self.seen: Counter[str] = Counter()
        self.threads = [threading.Thread(target=self.read, args=(kept,)) for kept in (True, False) * 4]

    def __enter__(self) -> "Readers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.enough.set()
        for thread in self.threads:
            thread.join()

    def read(self, kept: bool) -> None:
        connection = connect(self.server)
        while not self.enough.is_set():
            try:
                connection.request("GET", PAGE, headers={} if kept else {"Connection": "close"})
                answer = connection.getresponse()
                whole = answer.read().endswith(b"</html>")
                self.seen[f"{answer.status}{'' if whole else ', cut off'}"] += 1
            except OSError as error:
                self.seen[repr(error)] += 1
            # http.client closes by itself when the answer says so, and connects again.
        connection.close()


def test_two_reloads_under_load_fail_nobody(server: Server) -> None:
    until(lambda: len(server.workers()) == 2)
    with Readers(server) as readers:
        for _ in range(2):
            before = server.workers()
            asked = readers.seen.total()
            until(lambda asked=asked: readers.seen.total() > asked + 200)
            os.kill(server.process, signal.SIGHUP)
            until(lambda before=before: len(server.workers()) == 2 and not server.workers() & before)
    assert set(readers.seen) == {"200"}, readers.seen
    assert readers.seen.total() > 400
