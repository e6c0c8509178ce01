"""Loads an address for a moment, by wrk, which takes little of the machine itself; checks every answer.

Processor time is counted where it is taken, in the server's processes. Requests a second hold the client's
share too, since both have the same processors.
"""

import http.client
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.processes import cpu_seconds

CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("load.lua")


class LoadError(Exception):
    """A round is worth nothing: an answer was wrong, or none came; the message is one line."""


@dataclass(frozen=True)
class Answer:
    """What an address answers when it is asked once."""

    status: int
    headers: dict[str, str]
    body: bytes
    # All of it, as it comes over the wire.
    size: int


@dataclass(frozen=True)
class Load:
    """One round."""

    requests_per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def ask(url: str, headers: Mapping[str, str]) -> Answer:
    """Ask once, with these headers and no others."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=20)
    try:
        connection.putrequest(
            "GET", parts.path or "/", skip_host="Host" in headers, skip_accept_encoding=True
        )
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{n}: {v}" for n, v in answer.getheaders())]
    size = sum(len(line.encode("latin-1")) + 2 for line in lines) + 2 + len(body)
    return Answer(answer.status, {n.lower(): v for n, v in answer.getheaders()}, body, size)


def load(url: str, headers: Mapping[str, str], pid: int, seconds: int, size: int) -> Load:
    """Ask as often as can be for some seconds, over connections that are kept.

    Args:
        pid: the server's first process.
        size: bytes of one whole answer.

    Raises:
        LoadError: a connection broke, an answer was no success, or of another length.
    """
    command = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout=10s"]
    command += ["-s", str(SCRIPT), *(f"-H{name}: {value}" for name, value in headers.items()), url]
    before = cpu_seconds(pid)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    taken = cpu_seconds(pid) - before
    found = [line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not found:
        raise LoadError(f"wrk failed: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    counted = json.loads(found[0])
    requests = counted["requests"]
    if counted["failed"] or not requests:
        raise LoadError(f"{url}: {counted['failed']} of {requests} requests failed")
    # What is under way at the end is counted by halves, one answer a connection.
    if abs(counted["bytes"] - requests * size) > CONNECTIONS * size:
        raise LoadError(f"{url}: {counted['bytes'] / requests:.0f} bytes an answer, where {size} are right")
    return Load(requests / counted["seconds"], taken * 1e6 / requests, counted["p50_ms"], counted["p99_ms"])
