"""Locks on files: held by one process at a time, and let go by the system when it ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.05


@contextmanager
def held(path: Path, seconds: float) -> Iterator[bool]:
    """Hold the lock; False when someone else still has it after so many seconds.

    Raises:
        OSError: the file of the lock cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + seconds
    # For its owner alone: whoever may open it could keep all others waiting.
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    yield False
                    return
                time.sleep(POLL_SECONDS)
            else:
                break
        yield True
