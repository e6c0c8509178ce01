"""A heading or paragraph under review: as it is published, and what a final wording would make of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from portal.database import db
from portal.feedback.models import ErrorType, Submission
from portal.plans import catalogue
from portal.plans.catalogue import PublishedPage
from portal.plans.checks import Finding, check
from portal.plans.confusables import Confusables
from portal.plans.differences import Difference, compare
from portal.plans.editing import LONGEST, Editable, EditError, Problem, editable, rewrite, text_at
from portal.plans.models import Page, Plan, Revision
from portal.plans.rendering import Block, render

# What the public reads as the reason of a correction, until the moderator writes a better one.
USUAL_REASON = "更正原文中的错误。"
REASONS = {
    ErrorType.TYPO: "更正错别字。",
    ErrorType.INACCURATE: "更正不准确的内容。",
    ErrorType.OUTDATED: "更正过时的内容。",
    ErrorType.FABRICATED: "更正不实的内容。",
}


@dataclass(frozen=True)
class Spot:
    """A heading or paragraph as it is published now; ``base`` is the number of its page's revision."""

    plan: str
    page: str
    anchor: str
    base: int
    plan_title: str
    chapter: str
    heading: str
    block: Editable
    source: str


@dataclass(frozen=True)
class Preview:
    """What a wording would make of a block: ``after`` is plain text, ``blocks`` what citizens would see.

    A ``problem`` says why the wording cannot stand there; nothing else is known then.
    """

    after: str
    difference: Difference
    blocks: tuple[Block, ...] = ()
    findings: Sequence[Finding] = ()
    problem: Problem | None = None


@dataclass(frozen=True)
class Later:
    """What was published since a moderator opened a page: ``seen`` is the block as it was then.

    ``touched`` tells whether the block itself is another now; ``author``, ``at`` and ``erratum`` (a number or
    empty) belong to the revision that changed it last, or else the page.
    """

    seen: str
    touched: bool
    author: str
    at: datetime
    erratum: str


def spot(plan: str, anchor: str, page: str = "") -> Spot | None:
    """The block at an anchor of a plan, which is looked for on one of its pages first."""
    published = catalogue.find_plan(plan)
    for found in sorted(published.pages, key=lambda one: one.number != page) if published else ():
        block = editable(found.source, anchor)
        if published and block:
            heading = _heading(found, anchor)
            return Spot(
                plan,
                found.number,
                anchor,
                found.revision,
                published.title,
                found.heading,
                heading,
                block,
                found.source,
            )
    return None


def preview(here: Spot, text: str, confusables: Confusables) -> Preview:
    """What would become of a block, and what it might be well to look at again."""
    before, anchor = here.block.text, here.anchor
    if len(text) > LONGEST:
        # Nobody is to wait for what cannot be published.
        return Preview(text, compare("", ""), problem=Problem.LONG)
    try:
        source = rewrite(here.source, {anchor: text})
    except EditError as error:
        return Preview(text, compare(before, text), problem=error.problem)
    old = {block.anchor for block in render(here.source).blocks}
    blocks = tuple(b for b in render(source).blocks if b.anchor == anchor or b.anchor not in old)
    after = "\n".join(block.text for block in blocks) if blocks else text_at(source, anchor)
    return Preview(after, compare(before, after), blocks, check(here.source, source, confusables))


def since(here: Spot, base: int) -> Later | None:
    """What was published on the page after that revision; None when nothing was."""
    if base == here.base:
        return None
    # A number that no revision has yet was not written by this portal; nothing was seen then.
    first = min(base, here.base)
    query = revisions(here.plan, here.page).where(Revision.number >= first).order_by(Revision.number)
    newer = db.session.scalars(query).all()
    texts = [text_at(revision.source, here.anchor) for revision in newer]
    changed = [i for i in range(1, len(texts)) if texts[i] != texts[i - 1]]
    last = newer[changed[-1] if changed else -1]
    seen = editable(newer[0].source, here.anchor) if newer[0].number == base else None
    number = last.erratum.number if last.erratum else ""
    touched = seen is None or seen.written != here.block.written
    return Later(seen.written if seen else "", touched, last.author, last.created_at, number)


def reason(submission: Submission) -> str:
    """What the public may read as the reason of a correction."""
    return REASONS.get(submission.error_type, USUAL_REASON) if submission.error_type else USUAL_REASON


def _heading(page: PublishedPage, anchor: str) -> str:
    heading = page.heading
    for block in page.blocks if anchor != page.anchor else ():
        heading = block.text if block.kind == "section" else heading
        if block.anchor == anchor:
            break
    return heading


def revisions(plan: str, page: str) -> Select[Revision]:
    """The revisions of a page, in no order yet."""
    query = select(Revision).join(Revision.page).join(Page.plan)
    return query.where(Plan.slug == plan, Page.number == page)
