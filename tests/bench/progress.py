"""What a benchmark is doing at the moment."""

import sys


def report(step: str) -> None:
    """What is going on, in one line of the terminal; nothing in a pipe."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{step}")
        sys.stderr.flush()
