"""PDF and Word files are made by programs of their own: the processes that serve stay small and answer on."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
# Seconds. Ten times what the longest plans take.
LIMIT = 60


class ProgramError(Exception):
    """The program did not make the file; the message is the last thing it said."""


def run(name: str, html: str, limit: float = LIMIT) -> bytes:
    """What the program of that name in this folder makes of an HTML document.

    Started by its path and by itself (``-I``), it loads nothing of the portal, which would take longer than
    its work.

    Raises:
        ProgramError: it failed, or took more than ``limit`` seconds and was ended.
    """
    command = [sys.executable, "-I", str(FOLDER / f"{name}.py")]
    try:
        done = subprocess.run(command, input=html.encode(), capture_output=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise ProgramError(f"not done after {limit:g} seconds") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").split("\n")
        raise ProgramError(
            next((line for line in reversed(said) if line.strip()), f"status {done.returncode}")
        )
    return done.stdout
