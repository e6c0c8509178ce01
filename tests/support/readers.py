"""Readers who ask as often as they can, and look at every answer in full."""

import gzip
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import NamedTuple, Self
from urllib.parse import quote, urlsplit

import brotli

PATIENCE = 60.0
DECODE: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}
# Every so manieth request asks whether the page has changed.
CONDITIONAL = 3


class Wrong(Exception):
    """An answer that nobody may get."""


class Got(NamedTuple):
    """A good answer: when it was asked for (monotonic), and the digest of the page as it reads."""

    address: str
    asked_at: float
    page: bytes


class Crowd:
    """What threads do over and over, as long as the block lasts."""

    def __init__(self, works: Iterable[Callable[[], None]]) -> None:
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=work) for work in works]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()


class Readers(Crowd):
    """Readers of some addresses, who never try again. Every other one keeps a connection until told that it
    ends; the rest take a new one for each request.

    ``got`` tells the good answers, ``pages`` the pages by their digests, ``wrong`` how often something was
    not as it has to be.
    """

    def __init__(self, url: str, addresses: Sequence[str], number: int = 8) -> None:
        self.got: list[Got] = []
        self.pages: dict[bytes, bytes] = {}
        self.wrong: Counter[str] = Counter()
        self._netloc, self._addresses = urlsplit(url).netloc, addresses
        # What an entity tag stands for, by address, encoding and tag; the last tag by address and encoding.
        self._tagged: dict[tuple[str, str, str], bytes] = {}
        self._last: dict[tuple[str, str], str] = {}
        super().__init__(partial(self._read, start) for start in range(number))

    @property
    def asked(self) -> int:
        """How many answers have come, good or not."""
        return len(self.got) + self.wrong.total()

    def wait(self, answers: int) -> None:
        """Wait until so many have come."""
        deadline = time.monotonic() + PATIENCE
        while self.asked < answers:
            assert time.monotonic() < deadline, f"{self.asked} answers, {self.wrong}"
            time.sleep(0.01)

    def _read(self, start: int) -> None:
        connection = HTTPConnection(self._netloc, timeout=PATIENCE)
        number = start
        while not self._enough.is_set():
            # http.client closes by itself when the answer says so, and connects again.
            number += 1
            encoding = tuple(DECODE)[number % len(DECODE)]
            address = self._addresses[(number // len(DECODE)) % len(self._addresses)]
            conditional = number // len(DECODE) % CONDITIONAL == 0
            try:
                self.got.append(self._ask(connection, address, encoding, conditional, kept=start % 2 == 0))
            except (OSError, HTTPException, Wrong) as error:
                self.wrong[f"{address}: {error!r}"] += 1
                connection.close()
        connection.close()

    def _ask(
        self, connection: HTTPConnection, address: str, encoding: str, conditional: bool, kept: bool
    ) -> Got:
        headers = {"Accept-Encoding": encoding, "Connection": "keep-alive" if kept else "close"}
        tag = self._last.get((address, encoding)) if conditional else None
        if tag:
            headers["If-None-Match"] = tag
        asked_at = time.monotonic()
        connection.request("GET", quote(address, safe="/?=&"), headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 304:
            if body or answer.headers["ETag"] != tag:
                raise Wrong("304 for another page")
            return Got(address, asked_at, self._tagged[address, encoding, tag or ""])
        return Got(address, asked_at, self._looked_at(answer, body, address, encoding))

    def _looked_at(self, answer: HTTPResponse, body: bytes, address: str, encoding: str) -> bytes:
        """The digest of a page that came whole, in an encoding that was asked for, under a tag of its own."""
        headers = answer.headers
        if answer.status != 200:
            raise Wrong(f"status {answer.status}")
        if headers["Content-Length"] != str(len(body)) or headers["Set-Cookie"]:
            raise Wrong("not the headers of a page")
        used = headers.get("Content-Encoding", "identity")
        if used not in ("identity", encoding):
            raise Wrong(f"{used} instead of {encoding}")
        page = DECODE[used](body)
        digest = hashlib.sha256(page).digest()
        self.pages[digest] = page
        if self._tagged.setdefault((address, encoding, headers["ETag"]), digest) != digest:
            raise Wrong("two pages with one entity tag")
        self._last[address, encoding] = headers["ETag"]
        return digest
