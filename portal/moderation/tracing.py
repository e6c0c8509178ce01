"""The words that a correction is about, found again, and the wording that it asks for."""

from dataclasses import dataclass, replace

from portal.database import db
from portal.feedback import pointing
from portal.feedback.models import Submission
from portal.feedback.pointing import Target
from portal.moderation.merging import carry
from portal.moderation.review import Spot, revisions, spot
from portal.plans import catalogue, quotes
from portal.plans.catalogue import PublishedPage
from portal.plans.editing import text_at
from portal.plans.models import Revision
from portal.plans.quotes import Found, Quote

# Other places that are named of words which stand in many, and the characters shown to each side of them.
MOST_RIVALS, BESIDE = 10, 12


@dataclass(frozen=True)
class Rivals:
    """The same words in other paragraphs, with an excerpt of each; ``count`` are all places in ``within``."""

    count: int = 0
    within: str = ""
    places: tuple[tuple[Target, str], ...] = ()


@dataclass(frozen=True)
class Trace:
    """What has become of the words that a visitor pointed at.

    They stand at ``start`` to ``end`` of the text at ``anchor``, as sure as ``sure`` percent; 0: nowhere.
    ``seen`` is the paragraph as the visitor saw it where it reads otherwise now, else empty, ``then`` where
    the words stand in it. ``moved``: they are in another paragraph than the one that was pointed at.
    ``suggestion`` is what these words should be, empty where nothing says it for them alone; ``own`` tells
    whether they are, or were at the time, the very words that the visitor had.
    """

    quote: str
    anchor: str
    start: int = 0
    end: int = 0
    sure: int = 0
    seen: str = ""
    then: tuple[int, int] = (0, 0)
    moved: bool = False
    suggestion: str = ""
    own: bool = False
    rivals: Rivals = Rivals()


@dataclass(frozen=True)
class _Words:
    """Words of a quote with what they should be, and where they stand; ``placed``: nowhere else."""

    quote: Quote
    suggestion: str
    found: Found | None = None
    placed: bool = False


def trace(submission: Submission, target: Target) -> tuple[Spot | None, Trace]:
    """The block that a correction is about, and where in it its words are now."""
    words = _find(submission, target)
    quote, found = words.quote, words.found
    pointed_at = spot(target.plan, target.anchor, target.page)
    seen = _seen(submission, target)
    if pointed_at and pointed_at.block.text == seen:
        seen = ""
    then = quotes.find(quote, [(target.anchor, seen)]) if quote.exact and seen else None
    span = (then.start, then.end) if then else (0, 0)
    known = Trace(quote.exact, target.anchor, seen=seen, then=span, suggestion=words.suggestion)
    if found is None:
        return pointed_at, known
    # What is not the very same is never called quite sure.
    sure = 100 if found.score == 1 else min(99, round(100 * found.score))
    moved = found.anchor != target.anchor
    was = not moved and quotes.one_form(seen[slice(*span)]) == quotes.one_form(quote.exact)
    here = spot(target.plan, found.anchor, target.page)
    return here, replace(
        known,
        anchor=found.anchor,
        start=found.start,
        end=found.end,
        sure=sure,
        moved=moved,
        own=sure == 100 or was,
        rivals=_rivals(submission, target, words),
    )


def proposal(submission: Submission, here: Spot, words: Trace) -> str | None:
    """The wording that a correction asks for: what its suggestion changes in its words, changed in the text.

    None when that cannot be done for certain: nothing is put into words that the visitor did not mean.
    """
    block = here.block
    if submission.suggestion.strip() in ("", submission.quote.strip()):
        return block.written
    if not (words.suggestion and words.own):
        return None
    present = block.text[words.start : words.end]
    # What was corrected in these words since stays corrected; two views of one character are to be judged.
    wanted = carry(words.quote, words.suggestion, present)
    if wanted is None:
        return None
    if not block.markdown:
        return block.written[: words.start] + wanted + block.written[words.end :]
    return block.written.replace(present, wanted) if block.written.count(present) == 1 else None


def _find(submission: Submission, target: Target) -> _Words:
    """The words on the page that was pointed at; on another of the plan only if they are the very same."""
    asked = _asked(submission)
    plan = catalogue.find_plan(target.plan)
    page = plan.page(target.page) if plan else None
    if not asked[0].quote.exact or plan is None or page is None:
        return asked[0]
    texts = _texts(page)
    found = [replace(one, found=quotes.find(one.quote, texts, target.anchor)) for one in asked]
    for one in found:
        if one.found and one.found.score == 1:
            return one
    likely = _line(submission, texts) or next((one for one in found if one.found), None)
    if likely:
        return likely
    words = asked[0]
    elsewhere = [text for other in plan.pages for text in _texts(other) if words.quote.exact in text[1]]
    return replace(words, found=quotes.find(words.quote, elsewhere)) if elsewhere else words


def _asked(submission: Submission) -> list[_Words]:
    """The words as they were sent, then without quotation marks around them."""
    words, suggestion = submission.quote.strip(), submission.suggestion.strip()
    context = submission.prefix, submission.suffix
    asked = [_Words(Quote(words, *context), suggestion)]
    bare = quotes.unquoted(words)
    return [*asked, _Words(Quote(bare, *context), quotes.unquoted(suggestion))] if bare != words else asked


def _line(submission: Submission, texts: list[tuple[str, str]]) -> _Words | None:
    """Of words that run over several paragraphs the line that the suggestion changes, if it changes one."""
    places = quotes.across(submission.quote, texts)
    if not places:
        return None
    lines, wanted = _lines(submission.quote), _lines(submission.suggestion)
    changed = []
    if len(lines) == len(wanted):
        changed = [at for at, line in enumerate(lines) if line != wanted[at]]
    at = changed[0] if changed else 0
    return _Words(Quote(lines[at]), wanted[at] if len(changed) == 1 else "", places[at], placed=True)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if quotes.one_form(line)]


def _rivals(submission: Submission, target: Target, words: _Words) -> Rivals:
    """Where else the words may be meant; nowhere when what stood around them says which are."""
    found = words.found
    if (
        found is None
        or found.score < 1
        or submission.prefix
        or submission.suffix
        or "\n" in words.quote.exact
    ):
        return Rivals()
    address = pointing.read(submission.page_url)
    within = "本章"
    if address.page is None or address.page.number != target.page:
        address, within = replace(address, page=None), "文件里"
    texts = pointing.texts(address)
    if (submission.anchor or address.anchor) and found.anchor == target.anchor:
        texts, within = [text for text in texts if text[0].anchor == found.anchor], "本段"
    all_places = [
        (place, _excerpt(text, one))
        for place, text in texts
        for one in quotes.everywhere(words.quote.exact, [(place.anchor, text)])
    ]
    if len(all_places) < 2:
        return Rivals()
    others = {place: excerpt for place, excerpt in reversed(all_places) if place.anchor != found.anchor}
    return Rivals(len(all_places), within, tuple(reversed(others.items()))[:MOST_RIVALS])


def _excerpt(text: str, found: Found) -> str:
    start, end = max(0, found.start - BESIDE), min(len(text), found.end + BESIDE)
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _texts(page: PublishedPage) -> list[tuple[str, str]]:
    return [(page.anchor, page.heading), *((block.anchor, block.text) for block in page.blocks)]


def _seen(submission: Submission, target: Target) -> str:
    """The text of a block when the visitor read the page; empty when there was none."""
    query = revisions(target.plan, target.page).order_by(Revision.number.desc()).limit(1)
    if submission.release is not None:
        query = query.where(Revision.release <= submission.release)
    else:
        query = query.where(Revision.created_at <= submission.received_at)
    then = db.session.scalar(query)
    return text_at(then.source, target.anchor) if then else ""
