"""What a judge says, and the programs that speak for it."""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.support.server import ROOT

HERE = Path(__file__).resolve().parent
NODE = HERE / "node_modules"
VENV = ROOT / "build" / "audit"
Thing = TypeVar("Thing")


class AuditError(Exception):
    """The audit itself cannot go on; the message is one line."""


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong: where, and the judge's words."""

    page: str
    what: str


@dataclass
class Verdict:
    """How many pages (or files) were judged, and what was found on them."""

    pages: int
    findings: list[Finding] = field(default_factory=list)


def run(command: Sequence[str | Path], *, limit: float = 300) -> "subprocess.CompletedProcess[str]":
    """Run a judge's program and give what it printed, whatever its exit status.

    Raises:
        AuditError: it is not there, or takes more than ``limit`` seconds.
    """
    words = [str(word) for word in command]
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=limit)
    except FileNotFoundError:
        raise AuditError(f"{words[0]} is not installed: run `make audit`") from None
    except subprocess.TimeoutExpired:
        raise AuditError(f"{words[0]} did not end within {limit:.0f} seconds") from None


def shown(things: Iterable[Thing], total: int, judge: str) -> Iterator[Thing]:
    """The same things one by one; on a terminal, with a line that says how far it is."""
    terminal = sys.stderr.isatty()
    for number, thing in enumerate(things, 1):
        yield thing
        if terminal:
            print(f"\r{judge}: {number}/{total}\x1b[K", end="", file=sys.stderr, flush=True)
    if terminal:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
