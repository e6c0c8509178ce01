"""What a snapshot holds, as it is written down beside its pages: by their stamps they are known again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.snapshot.files import replace
from portal.snapshot.pages import Shown

CONTENTS = "contents.json"
PLANS = "plans"


@dataclass
class Stored:
    """What a snapshot holds: the stamps of its other pages by address, and of each plan its stamp and which
    plans it names, one after the other (as a text, which takes a fifth of the memory of lists). The pages of
    a plan have a file of their own: a release changes few of them.
    """

    program: str = ""
    edition: tuple[str, int, str] = ("", 0, "")
    others: dict[str, str] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)


class Inventory:
    """Below the folder of an origin: ``contents.json`` tells of all, ``plans/`` of the pages of each plan."""

    def __init__(self, folder: Path) -> None:
        self._contents, self._plans = folder / CONTENTS, folder / PLANS

    def read(self) -> Stored:
        """What it says of all.

        Raises:
            OSError, ValueError, TypeError: it is missing or damaged.
        """
        stored = Stored(**json.loads(self._contents.read_bytes()))
        _, number, _ = stored.edition
        kept = (stored.others, stored.plans, stored.named)
        if not isinstance(number, int) or not all(isinstance(one, dict) for one in kept):
            raise ValueError("damaged")
        if not all(isinstance(value, str) for one in kept for value in one.values()):
            raise ValueError("damaged")
        return stored

    def write(self, stored: Stored) -> None:
        """Say it of all."""
        replace(self._contents, json.dumps(vars(stored)).encode())

    def pages(self, slug: str) -> tuple[dict[str, str], dict[str, Shown]]:
        """Of the pages of a plan, by address: the stamps, and what they show of others. There are none when
        that is missing or damaged.
        """
        try:
            stamps, shown = json.loads(self._of(slug).read_bytes())
            return dict(stamps), dict(shown)
        except (OSError, ValueError, TypeError):
            return {}, {}

    def write_pages(self, slug: str, stamps: Mapping[str, str], shown: Mapping[str, Shown]) -> str:
        """Say that of the pages of a plan; gives the plans that they name."""
        self._plans.mkdir(exist_ok=True)
        replace(self._of(slug), json.dumps([stamps, shown]).encode())
        return " ".join(sorted({_plan_of(place) for one in shown.values() for place in one}))

    def forget(self, slug: str) -> None:
        """A plan is no more."""
        self._of(slug).unlink(missing_ok=True)

    def shown(self, stored: Stored, plans: set[str]) -> dict[str, Shown]:
        """What plans show of some others; those that name none of them are not read. It is nothing where that
        is missing or damaged.
        """
        return {
            slug: {
                place: how
                for one in self.pages(slug)[1].values()
                for place, how in one.items()
                if _plan_of(place) in plans
            }
            for slug, named in stored.named.items()
            if not plans.isdisjoint(named.split())
        }

    def _of(self, slug: str) -> Path:
        return self._plans / f"{slug}.json"


def _plan_of(place: str) -> str:
    return place.partition("/")[0]
