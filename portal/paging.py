"""What the pagination macro needs to know of any list."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pager:
    """The page that is shown, from 1, how many there are, how many rows all hold, and the address of each."""

    page: int
    pages: int
    total: int
    url: Callable[[int], str]
