"""Lists page by page: which page to show, and what the pagination macro needs to know."""

from collections.abc import Callable
from dataclasses import dataclass

# Pages, versions and revisions are counted: a number of more digits was not written by this portal.
DIGITS = 9


def whole_number(text: str | None) -> int:
    """The number that an address or a form holds; -1 when it holds none."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else -1


def shown_page(page: int, total: int, per_page: int) -> tuple[int, int]:
    """The page of a list to show, from 1, and how many there are; beyond the last it is the last one."""
    pages = max(1, -(-total // per_page))
    return min(max(page, 1), pages), pages


def with_page(url: str, page: int) -> str:
    """The address with the number of a page, where the route has a ``page`` of its own."""
    return f"{url}{'&' if '?' in url else '?'}page={page}"


@dataclass(frozen=True)
class Pager:
    """The page that is shown, from 1, how many there are, how many rows all hold, and the address of each."""

    page: int
    pages: int
    total: int
    url: Callable[[int], str]
