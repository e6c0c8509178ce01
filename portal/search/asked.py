"""What is searched for, as the arguments of an address say it."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.search.analysis import printable

PER_PAGE = 20
MOST_PER_PAGE = 100


@dataclass(slots=True)
class Asked:
    """The words, the filter, and which page of how many results."""

    query: str
    plan: str | None
    chapter: str | None
    page: int
    per_page: int

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> "Asked":
        """What the arguments ask for; pages are numbered within a plan, so a chapter alone says nothing."""
        plan = typed(arguments, "plan") or None
        return cls(
            typed(arguments, "q"),
            plan,
            (plan and typed(arguments, "chapter")) or None,
            number(arguments, "page", 1),
            min(number(arguments, "per_page", PER_PAGE), MOST_PER_PAGE),
        )


def typed(arguments: Mapping[str, str], name: str) -> str:
    """A text of the address, as a page may show it."""
    return printable(arguments.get(name, ""))


def number(arguments: Mapping[str, str], name: str, default: int) -> int:
    """An argument as a number of at least 1; the default when it is none."""
    try:
        return max(1, int(arguments.get(name, default)))
    except ValueError:
        return default
