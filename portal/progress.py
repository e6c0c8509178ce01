"""Progress bars of commands: on a terminal, and none in a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

# Told what is done, and what there is in all.
Progress = Callable[[int, int], None]


@contextmanager
def bar(label: str) -> Iterator[Progress | None]:
    """Something to tell of progress, or None where nobody is looking."""
    if not sys.stdout.isatty():
        yield None
        return
    shown: ProgressBar[int]
    with click.progressbar(length=1, label=label) as shown:

        def show(done: int, total: int) -> None:
            shown.length = total
            shown.update(done - shown.pos)

        yield show
