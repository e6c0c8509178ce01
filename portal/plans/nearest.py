"""What is published at the addresses that resemble one that leads nowhere."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from rapidfuzz import fuzz, process
from sqlalchemy import select

from portal.database import db
from portal.plans import catalogue
from portal.plans.catalogue import PublishedPage, PublishedPlan
from portal.plans.models import Page, Plan
from portal.plans.numbering import parse_number

# How much of an address, out of 100, must be the same.
ALIKE = 70
NUMBER = re.compile(r"[0-9]+|[零〇一二三四五六七八九十百]+")


@dataclass(frozen=True)
class Nearest:
    """A plan, and the page of it that was meant; the page and the anchor on it may not be known."""

    plan: PublishedPlan
    page: PublishedPage | None = None
    anchor: str = ""


def find(parts: Sequence[str]) -> Nearest | None:
    """The plan whose address is most like a part of the path, with the page that the parts after it name."""
    slugs = db.session.scalars(
        select(Plan.slug).where(Plan.pages.any(Page.withdrawn_at.is_(None))).order_by(Plan.slug)
    ).all()
    found = [
        (match[1], at, match[0])
        for at, part in enumerate(parts)
        if (match := process.extractOne(part, slugs, scorer=fuzz.ratio, score_cutoff=ALIKE))
    ]
    if not found:
        return None
    _, at, slug = max(found)
    plan = catalogue.find_plan(slug)
    named = _named(plan, parts[at + 1]) if plan and parts[at + 1 :] else None
    return named or (Nearest(plan) if plan else None)


def _named(plan: PublishedPlan, part: str) -> Nearest | None:
    """The page that a part of a path names: by number, however written, by an anchor on it, or by a word."""
    for page in plan.pages:
        if part in (page.anchor, *(block.anchor for block in page.blocks)):
            return Nearest(plan, page, part)
    numbers = {page.number: page for page in plan.pages}
    candidates = [part]
    for match in islice(NUMBER.finditer(part), 1):
        with suppress(ValueError):
            candidates.append(str(parse_number(match[0])))
    words = [number for number in numbers if not number.isdecimal()]
    close = process.extractOne(part, words, scorer=fuzz.ratio, score_cutoff=ALIKE)
    candidates += [close[0]] if close else []
    return next((Nearest(plan, numbers[one]) for one in candidates if one in numbers), None)
