"""PDF and Word files are made by programs of their own: the processes that serve stay small and answer on."""

import math
import os
import resource
import runpy
import signal
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
# Seconds of processor time, and more for each character: ten times what it takes. A plan of a hundred
# chapters has half a million in its HTML, and is a PDF after 30 seconds.
LEAST, EACH = 60, 1 / 2000
# A program that does nothing is ended too: as many times its processor time have passed.
IDLE = 10
# Bytes of addresses; the longest plans take a fifth.
MEMORY = 4 * 1024**3
BEHIND_READERS = 5


class ProgramError(Exception):
    """The program did not make the file; the message is the last thing it said."""


def run(name: str, html: str, least: float = LEAST) -> bytes:
    """What the program of that name in this folder makes of an HTML document.

    Started by its path and by itself (``-I``), it loads nothing of the portal, which would take longer than
    its work.

    Raises:
        ProgramError: it failed, or took too much time or memory and was ended.
    """
    limit = least + len(html) * EACH
    command = [sys.executable, "-I", __file__, str(FOLDER / f"{name}.py"), str(math.ceil(limit))]
    try:
        done = subprocess.run(
            command, input=html.encode(), capture_output=True, timeout=limit * IDLE, check=False
        )
    except subprocess.TimeoutExpired:
        raise ProgramError(f"not done after {limit * IDLE:g} seconds") from None
    if done.returncode == -signal.SIGXCPU:
        raise ProgramError(f"not done after {limit:.0f} seconds of processor time")
    if done.returncode:
        said = done.stderr.decode(errors="replace").split("\n")
        raise ProgramError(
            next((line for line in reversed(said) if line.strip()), f"status {done.returncode}")
        )
    return done.stdout


def _begin(path: str, seconds: int) -> None:
    """Become the program, within its limits."""
    os.nice(BEHIND_READERS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    _begin(sys.argv[1], int(sys.argv[2]))
