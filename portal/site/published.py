"""What a snapshot holds: every public page without a query, and when it may have changed.

Not among them are answers to what somebody asks: search, errors, receipts, and files to download, which have
a shelf of their own.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from flask import Flask

from portal.plans import catalogue, current, errata, listing, related
from portal.site import sitemap
from portal.snapshot.pages import Page, Plan, Shown, place_of, stamp_of

# Pages that only another program or other settings change, and those that any release may.
LASTING = (
    *("site.guide", "site.display", "site.privacy", "site.accessibility", "components.show"),
    *("site.robots", "site.manifest", "search.opensearch"),
    *("feedback.correction", "feedback.consultation", "feedback.status"),
)
CHANGING = ("site.home", "plans.index", "errata.index")
# Nobody waits for these: Flask answers meanwhile. They take the longer the more there is.
LATER = (
    *("site.feed", "site.sitemap", "plans.api_plans"),
    *("errata.csv", "errata.atom", "errata.api"),
)
# So many sections that are like one of a new plan are looked at, for plans that may now name it.
NEAR = 20


class Contents:
    """What is published now, for a snapshot."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def plans(self) -> list[Plan]:
        """Every plan."""
        with self._app.app_context():
            return [Plan(one.slug, stamp_of(one.release, one.newest)) for one in listing.versions()]

    def pages_of(self, slug: str) -> list[Page]:
        """The pages of a plan, and the histories of those that it has withdrawn."""
        with self._app.app_context():
            return list(self._pages_of(slug))

    def others(self) -> list[Page]:
        """The pages of the site itself, and the errata."""
        with self._app.app_context():
            return list(self._others())

    def prepare(self) -> None:
        """The index finds what else is about the same things."""
        with self._app.app_context():
            self._app.extensions["search"].catch_up()

    def near(self, slugs: Iterable[str]) -> set[str]:
        """The plans that are about the same things as new ones."""
        index = self._app.extensions["search"]
        with self._app.app_context():
            plans = [plan for plan in map(catalogue.find_plan, slugs) if plan]
            return {
                place.plan
                for plan in plans
                for page in plan.pages
                for place in related.related(index, plan, page, NEAR)
            }

    def outdated(self, shown: Mapping[str, Shown]) -> set[str]:
        """The plans whose pages show places of other plans otherwise than they are now."""
        with self._app.app_context():
            places = {place_of(name) for one in shown.values() for name in one}
            now = related.places_now(self._app.extensions["search"], places)
        return {
            slug
            for slug, one in shown.items()
            if any(stamp_of(now.get(place_of(name))) != as_shown for name, as_shown in one.items())
        }

    def _pages_of(self, slug: str) -> Iterator[Page]:
        plan = next((one for one in listing.versions(slug)), None)
        if plan is None:
            return
        stamp = stamp_of(plan.release, plan.newest)
        published = current.find_plan(slug)
        # Each page leads to the others by their headings, which stand there: rendering takes 2 ms a page.
        heads = [page.front_matter for page in published.pages] if published else []
        about = stamp_of(plan.about, heads)
        yield Page(self._address("plans.api_plan", plan=slug), stamp)
        for endpoint in ("plans.plan", "plans.full"):
            yield Page(self._address(endpoint, plan=slug), stamp, names_others=True)
        yield Page(self._address("plans.qr", plan=slug), "")
        yield Page(self._address("plans.qr", plan=slug, page="full"), "")
        for number, group in groupby(listing.revisions(slug), key=lambda revision: revision.page):
            revisions = list(group)
            if not revisions[0].withdrawn:
                # Words that have left a page may stand in any other one now, and the page says where.
                own = stamp_of(about, revisions[0].id) if len(revisions) == 1 else stamp
                yield Page(self._address("plans.page", plan=slug, page=number), own, names_others=True)
                yield Page(self._address("plans.qr", plan=slug, page=number), "")
            yield from self._history(slug, number, stamp_of(plan.about, revisions[0].withdrawn), revisions)

    def _history(
        self, slug: str, number: str, about: str, revisions: list[listing.RevisionState]
    ) -> Iterator[Page]:
        whole = stamp_of(about, *((one.number, one.id, one.state) for one in revisions))
        yield Page(self._address("history.revisions", plan=slug, page=number), whole)
        for one in revisions:
            # It leads to the next one, and says whether there is one.
            stamp = stamp_of(about, one.id, one.state, one is revisions[-1])
            yield Page(self._address("history.revision", plan=slug, page=number, n=one.number), stamp)

    def _others(self) -> Iterator[Page]:
        release = stamp_of(catalogue.current_release())
        for endpoint in LASTING:
            yield Page(self._address(endpoint), "")
        for endpoint in CHANGING:
            yield Page(self._address(endpoint), release)
        for endpoint in LATER:
            yield Page(self._address(endpoint), release, later=True)
        for part in range(1, sitemap.count() + 1):
            yield Page(self._address("site.sitemap_part", part=part), release, later=True)
        for erratum in errata.versions():
            yield Page(self._address("errata.erratum", number=erratum.number), stamp_of(*erratum))

    def _address(self, endpoint: str, **values: Any) -> str:
        return self._app.url_map.bind("localhost").build(endpoint, values)
