"""The cores on which a server's process runs.

Python runs one thread of a process at a time. On several cores, whoever lets go of the interpreter's lock for
a moment wakes a thread on another core, and waits for its own next turn; on one core it mostly goes on.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Those that this process might run on before it kept to one.
_allowed: set[int] = set()


def keep_to_one(number: int) -> None:
    """Have this process run on one core from now on, where the system lets it: processes with numbers in a
    row get different ones, as far as there are. To be called before its other threads begin.
    """
    global _allowed
    if hasattr(os, "sched_setaffinity"):
        _allowed = os.sched_getaffinity(0)
        _run_on({sorted(_allowed)[number % len(_allowed)]})


@contextmanager
def on_any() -> Iterator[None]:
    """Have this thread, and processes that it begins, run on any core."""
    if not _allowed:
        yield
        return
    before = os.sched_getaffinity(0)
    _run_on(_allowed)
    try:
        yield
    finally:
        _run_on(before)


def _run_on(cores: set[int]) -> None:
    """Of the thread that calls (sched_setaffinity(2))."""
    with suppress(OSError):
        os.sched_setaffinity(0, cores)
