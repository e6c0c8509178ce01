"""What pages with a text of their own tell machines: 国办发〔2017〕47号, search engines, link previews.

``published_at`` is the moment at which the text first stood here, and no correction moves it: dates of
publication are never made newer than they are. What was changed later is in ``modified_at``.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from portal.addresses import permanent
from portal.filters import titled
from portal.plans import current, errata
from portal.plans.catalogue import PublishedPage, PublishedPlan
from portal.plans.models import Erratum
from portal.site.describing import description, keywords

Crumb = tuple[str, str]


@dataclass(frozen=True)
class Article:
    """A text: ``kind`` is its type at schema.org, ``source`` who issued it, ``path`` the names and addresses
    of the pages above it and of its own, ``part_of`` the address of what it is a part of. Moments are UTC;
    ``issued_on`` is the day that the document itself bears.
    """

    kind: str
    title: str
    published_at: datetime
    modified_at: datetime
    source: str
    description: str
    keywords: list[str]
    path: list[Crumb] = field(default_factory=list)
    part_of: str = ""
    issued_on: date | None = None


def of_plan(plan: PublishedPlan, full: bool = False) -> Article:
    """A plan: its cover, or all of its text on one page."""
    path = _path(plan)
    if full:
        path.append(("全文", permanent("plans.full", plan=plan.slug)))
    texts = (block.text for page in plan.pages for block in page.blocks if block.kind != "section")
    return Article(
        kind="Report",
        title=plan.title,
        published_at=min(current.first_published(plan).values()),
        modified_at=plan.revised_at,
        source=plan.issuer,
        description=description(texts),
        keywords=keywords([plan.title, *(page.title for page in plan.pages)]),
        path=path,
        part_of=path[1][1] if full else "",
        issued_on=plan.issued_on,
    )


def of_page(plan: PublishedPlan, page: PublishedPage) -> Article:
    """One page of a plan."""
    path = _path(plan)
    own = permanent("plans.page", plan=plan.slug, page=page.number)
    texts = [block.text for block in page.blocks if block.kind != "section"]
    return Article(
        kind="Article",
        title=page.heading,
        published_at=current.first_published(plan)[page.number],
        modified_at=page.revised_at,
        source=plan.issuer,
        description=description(texts or [section.text for section in page.sections] or [page.heading]),
        keywords=keywords([plan.title, page.title, *(section.title for section in page.sections)]),
        path=[*path, (page.heading, own)],
        part_of=path[1][1],
        issued_on=plan.issued_on,
    )


def of_erratum(erratum: Erratum, source: str) -> Article:
    """One erratum; its source is the office whose site this is."""
    if erratum.corrected_at is None:
        raise ValueError(f"{erratum.number} was never published")
    own = permanent("errata.erratum", number=erratum.number)
    place = "，".join(errata.path(erratum.changes[0]))
    told = [f"{place}：“{change.before}”更正为“{change.after}”。" for change in erratum.changes[:1]]
    return Article(
        kind="Article",
        title=f"勘误{erratum.number}",
        published_at=erratum.corrected_at,
        modified_at=erratum.withdrawn_at or erratum.corrected_at,
        source=source,
        description=description([f"更正原因：{erratum.reason}", *told]),
        keywords=keywords(["勘误", *(titled(change.page.plan.title) for change in erratum.changes)]),
        path=[
            ("首页", permanent("site.home")),
            ("勘误公示", permanent("errata.index")),
            (erratum.number, own),
        ],
    )


def _path(plan: PublishedPlan) -> list[Crumb]:
    return [("首页", permanent("site.home")), (plan.title, permanent("plans.plan", plan=plan.slug))]
