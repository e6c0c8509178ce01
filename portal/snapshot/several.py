"""Pages made by several processes at once, below those that serve readers."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from portal.snapshot.pages import Page
from portal.snapshot.rendering import Rendered, Renderer

# Pages that one process makes at a time.
CHUNK = 20
# Readers come first: beside them, builders have a tenth of a core that both want (sched(7)).
NICE = 10

_renderer: Renderer


def render(renderer: Renderer, pages: Sequence[Page], processes: int) -> Iterator[Rendered]:
    """Make pages, in their order, with so many processes, which begin as copies of this one.

    Raises:
        RenderingError: one cannot be made now.
        OSError: its files cannot be written.
    """
    global _renderer
    _renderer = renderer
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, context, _begin) as pool:
        yield from pool.map(_render, pages, chunksize=CHUNK)


def _begin() -> None:
    os.nice(NICE)


def _render(page: Page) -> Rendered:
    return _renderer.render(page)
