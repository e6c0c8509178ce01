"""What there is to do until a snapshot holds what is published."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from portal.snapshot.pages import Page


class TooMuch(Exception):
    """More pages have changed than the caller wants to make."""


@dataclass
class Work:
    """What there is to do: ``pages`` to make, up to ``most``, and which addresses and plans are gone.

    ``plans`` are their stamps, ``stamps`` those of the pages that were looked at, by plan (``""``: the
    others); ``whole`` tells whether no page is left for later, ``checked`` whether all files were looked at.
    """

    plans: dict[str, str]
    whole: bool
    checked: bool
    gone_plans: list[str]
    most: int | None
    gone: list[str] = field(default_factory=list)
    pages: dict[str, list[str]] = field(default_factory=dict)
    stamps: dict[str, dict[str, str]] = field(default_factory=dict)

    def take(self, slug: str, stamps: dict[str, str], before: Mapping[str, str]) -> None:
        """The pages that have now other stamps than before, and those that are no more.

        Raises:
            TooMuch: there are more to make than ``most``.
        """
        self.stamps[slug] = stamps
        self.pages[slug] = [address for address, stamp in stamps.items() if before.get(address) != stamp]
        self.gone += [address for address in before if address not in stamps]
        self._refuse_too_much()

    def take_damaged(self, intact: Callable[[str, str], bool]) -> None:
        """The pages, too, whose files are not what was written.

        Raises:
            TooMuch: as in ``take``.
        """
        for slug, stamps in self.stamps.items():
            made = set(self.pages[slug])
            self.pages[slug] += [
                address
                for address, stamp in stamps.items()
                if address not in made and not intact(address, stamp)
            ]
        self._refuse_too_much()

    def _refuse_too_much(self) -> None:
        if self.most is not None and self.size > self.most:
            raise TooMuch

    def wanted(self) -> list[Page]:
        """The pages to make."""
        return [
            Page(address, self.stamps[slug][address]) for slug, made in self.pages.items() for address in made
        ]

    @property
    def addresses(self) -> Iterator[str]:
        """Those of all pages that were looked at."""
        return chain.from_iterable(self.stamps.values())

    @property
    def size(self) -> int:
        """The number of pages to make."""
        return sum(map(len, self.pages.values()))
