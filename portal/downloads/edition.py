"""What a download holds: a plan at one release, and what the file says about itself."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from portal.database import db
from portal.filters import plain_day
from portal.plans import catalogue, errata, rendering
from portal.plans.catalogue import PublishedPlan

# What a file's name may not hold on Windows, and white space.
NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\s\x00-\x1f]+')
NAME_LENGTH = 60
PORTAL = Path(__file__).resolve().parent.parent


class Fact(NamedTuple):
    """A line of the colophon; ``link`` is where it leads, if anywhere."""

    term: str
    text: str
    link: str = ""


@dataclass(frozen=True)
class Edition:
    """A plan as it is at ``plan.release``; ``corrections`` is how many places of it were corrected.

    ``address`` is where the plan itself is published, with a slash at the end; ``errata_address`` where its
    errata are listed.
    """

    plan: PublishedPlan
    corrections: int
    site_name: str
    address: str
    errata_address: str

    @property
    def name(self) -> str:
        """``区科委2023年工作要点-第12版``, fit to be a file's name."""
        title = NOT_IN_NAMES.sub("", self.plan.title)[:NAME_LENGTH]
        return f"{title or self.plan.slug}-第{self.plan.release}版"

    @property
    def variant(self) -> str:
        """Changes with whatever decides about a file beside plan, release and form."""
        return digest("\0".join((self.site_name, self.address, _makers())).encode())

    @property
    def colophon(self) -> tuple[Fact, ...]:
        """Where the text comes from, so that a copy can be checked later."""
        facts = [
            Fact("来源", self.site_name),
            Fact("版本", f"第{self.plan.release}版"),
            Fact("最近修订", plain_day(self.plan.revised_at)),
            Fact("网址", self.address, self.address),
        ]
        if self.corrections:
            facts.append(Fact("勘误", f"已更正{self.corrections}处", self.errata_address))
        return tuple(facts)


def digest(data: bytes) -> str:
    """A short name for some bytes."""
    return hashlib.sha256(data).hexdigest()[:12]


@cache
def _makers() -> str:
    """Changes with the code and the templates that make files: after an update they are made anew."""
    sources = (
        *PORTAL.glob("downloads/*.py"),
        *PORTAL.glob("templates/downloads/**/*.*"),
        Path(rendering.__file__),
    )
    return digest(b"".join(path.read_bytes() for path in sorted(sources)))


def read(slug: str, site_name: str, address: str, errata_address: str) -> Edition | None:
    """The plan as it is now, or None when there is none.

    What takes long comes after it, so the database is given back: SQLite in its safe mode lets nobody write
    while somebody reads.
    """
    try:
        while True:
            release = catalogue.current_release()
            plan = catalogue.find_plan(slug)
            corrections = len(errata.marks(slug)) if plan else 0
            # PostgreSQL shows each statement what is newest: text and number must be of one release.
            if release == catalogue.current_release():
                return Edition(plan, corrections, site_name, address, errata_address) if plan else None
    finally:
        db.session.close()
