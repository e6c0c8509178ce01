"""Every public page that should be found, for search engines (sitemaps.org).

Histories are left out: their pages hold old text, and lead to the chapter that is in force.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice
from typing import NamedTuple
from urllib.parse import quote

from portal.addresses import permanent
from portal.plans import errata, listing

# What one file holds: a tenth of what it may, for it is made in memory.
MOST = 5_000
# Pages whose text is part of the program: when it was changed nobody can say.
HELP = ("site.guide", "site.accessibility", "site.privacy", "site.display")


class Entry(NamedTuple):
    """A page, and when what it shows was last changed (UTC), if that is known."""

    address: str
    changed_at: datetime | None


def part(number: int) -> list[Entry]:
    """The entries of a part, from 1; the first one has all where one file is enough."""
    return list(islice(_entries(), MOST * (number - 1), MOST * number))


def count() -> int:
    """How many files the parts of the sitemap are; none when it is one file."""
    plans = listing.count()
    size = listing.count_pages() + 2 * plans + len(errata.addresses()) + len(HELP) + 3
    return -(-size // MOST) if size > MOST else 0


def _entries() -> Iterator[Entry]:
    """All of them, the site's own pages first."""
    corrected = errata.addresses()
    yield Entry(permanent("site.home"), errata.last_published())
    yield Entry(permanent("plans.index"), None)
    yield Entry(permanent("errata.index"), max((moment for _, moment in corrected), default=None))
    yield from (Entry(permanent(name), None) for name in HELP)
    yield from (Entry(permanent("errata.erratum", number=number), moment) for number, moment in corrected)
    yield from _plans()


def _plans() -> Iterator[Entry]:
    for slug, group in groupby(listing.revised(), key=lambda moment: moment.plan):
        pages = list(group)
        newest = max(page.revised_at for page in pages)
        # The addresses of its pages stand below its own: to build each of 10,000 takes half a second.
        plan = permanent("plans.plan", plan=slug)
        yield Entry(plan, newest)
        yield Entry(f"{plan}full", newest)
        for page in pages:
            yield Entry(plan + quote(page.page, safe=""), page.revised_at)
