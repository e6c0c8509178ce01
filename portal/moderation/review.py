"""The words that a correction is about, found again, and what a final wording would make of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, select

from portal.database import db
from portal.feedback.models import ErrorType, Submission
from portal.feedback.pointing import Target
from portal.moderation.merging import merge
from portal.plans import catalogue, quotes
from portal.plans.catalogue import PublishedPage
from portal.plans.checks import Finding, check
from portal.plans.confusables import Confusables
from portal.plans.differences import Difference, compare
from portal.plans.editing import Editable, EditError, Problem, editable, rewrite, text_at
from portal.plans.models import Page, Plan, Revision
from portal.plans.quotes import Found, Quote
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
class Trace:
    """What has become of the words that a visitor pointed at.

    They stand at ``start`` to ``end`` of the text at ``anchor``, as sure as ``sure`` percent; 0: nowhere.
    ``seen`` is the paragraph as the visitor saw it where it reads otherwise now, else empty, ``then`` where
    the words stand in it. ``moved``: they are in another paragraph than the one that was pointed at.
    """

    quote: str
    anchor: str
    start: int = 0
    end: int = 0
    sure: int = 0
    seen: str = ""
    then: tuple[int, int] = (0, 0)
    moved: bool = False


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


def trace(submission: Submission, target: Target) -> tuple[Spot | None, Trace]:
    """The block that a correction is about, and where in it its words are now."""
    words = submission.quote.strip()
    quote = Quote(words, submission.prefix, submission.suffix)
    found = _find(quote, target) if words else None
    pointed_at = spot(target.plan, target.anchor, target.page)
    seen = _seen(submission, target)
    if pointed_at and pointed_at.block.text == seen:
        seen = ""
    then = quotes.find(quote, [(target.anchor, seen)]) if words and seen else None
    known = Trace(words, target.anchor, seen=seen, then=(then.start, then.end) if then else (0, 0))
    if found is None:
        return pointed_at, known
    # What is not the very same is never called quite sure.
    sure = 100 if found.score == 1 else min(99, round(100 * found.score))
    moved = found.anchor != target.anchor
    here = spot(target.plan, found.anchor, target.page)
    return here, replace(known, anchor=found.anchor, start=found.start, end=found.end, sure=sure, moved=moved)


def proposal(submission: Submission, here: Spot, words: Trace) -> str:
    """The wording that a correction asks for: its words replaced by its suggestion, if that can be done."""
    block, suggestion = here.block, submission.suggestion.strip()
    if not suggestion or suggestion == words.quote or not words.sure:
        return block.written
    present = block.text[words.start : words.end]
    # What was corrected in these words since stays corrected; two views of one character are to be judged.
    wanted = merge(words.quote, suggestion, present)
    if wanted is None:
        return block.written
    if not block.markdown:
        return block.written[: words.start] + wanted + block.written[words.end :]
    return block.written.replace(present, wanted) if block.written.count(present) == 1 else block.written


def preview(here: Spot, text: str, confusables: Confusables) -> Preview:
    """What would become of a block, and what it might be well to look at again."""
    before, anchor = here.block.text, here.anchor
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
    query = _revisions(here.plan, here.page).where(Revision.number >= first).order_by(Revision.number)
    revisions = db.session.scalars(query).all()
    texts = [text_at(revision.source, here.anchor) for revision in revisions]
    changed = [i for i in range(1, len(texts)) if texts[i] != texts[i - 1]]
    last = revisions[changed[-1] if changed else -1]
    seen = editable(revisions[0].source, here.anchor) if revisions[0].number == base else None
    number = last.erratum.number if last.erratum else ""
    touched = seen is None or seen.written != here.block.written
    return Later(seen.written if seen else "", touched, last.author, last.created_at, number)


def reason(submission: Submission) -> str:
    """What the public may read as the reason of a correction."""
    return REASONS.get(submission.error_type, USUAL_REASON) if submission.error_type else USUAL_REASON


def _find(quote: Quote, target: Target) -> Found | None:
    """The words on the page that was pointed at; on another of the plan only if they are the very same."""
    plan = catalogue.find_plan(target.plan)
    page = plan and plan.page(target.page)
    found = quotes.find(quote, _texts(page), target.anchor) if page else None
    if plan is None or found:
        return found
    elsewhere = [text for other in plan.pages for text in _texts(other) if quote.exact in text[1]]
    return quotes.find(quote, elsewhere) if elsewhere else None


def _texts(page: PublishedPage) -> list[tuple[str, str]]:
    return [(page.anchor, page.heading), *((block.anchor, block.text) for block in page.blocks)]


def _heading(page: PublishedPage, anchor: str) -> str:
    heading = page.heading
    for block in page.blocks if anchor != page.anchor else ():
        heading = block.text if block.kind == "section" else heading
        if block.anchor == anchor:
            break
    return heading


def _seen(submission: Submission, target: Target) -> str:
    """The text of a block when the visitor read the page; empty when there was none."""
    query = _revisions(target.plan, target.page).order_by(Revision.number.desc()).limit(1)
    if submission.release is not None:
        query = query.where(Revision.release <= submission.release)
    else:
        query = query.where(Revision.created_at <= submission.received_at)
    then = db.session.scalar(query)
    return text_at(then.source, target.anchor) if then else ""


def _revisions(plan: str, page: str) -> Select[Revision]:
    query = select(Revision).join(Revision.page).join(Page.plan)
    return query.where(Plan.slug == plan, Page.number == page)
