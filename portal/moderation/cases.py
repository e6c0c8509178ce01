"""One correction as it lies on a moderator's desk: its place, the wording, and what else hangs on it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from portal.feedback import pointing
from portal.feedback.models import Kind, Status, Submission
from portal.feedback.pointing import Address
from portal.moderation import decisions, duplicates, elsewhere, review, tracing
from portal.moderation.corrections import Draft, Edit, ReasonMissing, TextChanged
from portal.moderation.decisions import Decision
from portal.moderation.elsewhere import Occurrence
from portal.moderation.merging import merge
from portal.moderation.review import Later, Preview, Spot
from portal.moderation.tracing import Trace
from portal.plans.confusables import Confusables
from portal.plans.editing import EditError


@dataclass(frozen=True)
class Wording:
    """What a moderator wrote for the block at ``anchor``, having seen revision ``base`` of its page."""

    anchor: str
    base: int
    text: str


@dataclass(frozen=True)
class Case:
    """What a correction is about, and what ``text``, the final wording, would make of it.

    ``here`` is missing when it points at no published text, ``preview`` when no text is to be decided on.
    ``later`` says what was published since the moderator looked, ``merged`` is their wording together with
    that, where both can stand. ``lost`` is a wording that was written for a block that is gone. ``aside``:
    what the visitor suggests is not in the wording, for it cannot be put there for certain. ``address`` is
    what is named by an open correction whose place is not found.
    """

    here: Spot | None = None
    words: Trace | None = None
    text: str = ""
    preview: Preview | None = None
    later: Later | None = None
    merged: str = ""
    occurrences: Sequence[Occurrence] = ()
    companions: Sequence[Submission] = ()
    lost: str = ""
    aside: bool = False
    address: Address | None = None

    @property
    def changed(self) -> bool:
        """Whether the wording is another than what is published."""
        if not (self.here and self.preview):
            return False
        block = self.here.block
        # Of a block with markup, a link that leads elsewhere is a change too.
        marked = block.markdown and self.text.strip() != block.written.strip()
        return marked or self.preview.after != block.text


class Unseen(Exception):
    """What was ticked is no longer what the moderator saw."""


def look(submission: Submission, typed: Wording | None, confusables: Confusables) -> Case:
    """A submission's case. Without a wording typed so far, the text is what the visitor asks for."""
    open_to_change = Decision.ACCEPT in decisions.allowed(submission)
    companions = _companions(submission) if open_to_change else []
    lost = typed.text if typed else ""
    here, words = _place(submission)
    if here is None or words is None:
        unplaced = open_to_change and submission.kind is Kind.CORRECTION
        address = pointing.read(submission.page_url) if unplaced else None
        return Case(words=words, companions=companions, lost=lost, address=address)
    if not open_to_change:
        return Case(here, words, companions=companions, lost=lost)
    asked_for = tracing.proposal(submission, here, words)
    asked = review.spot(here.plan, typed.anchor, here.page) if typed else None
    if typed is None or asked is None:
        typed = Wording(here.anchor, here.base, here.block.written if asked_for is None else asked_for)
    else:
        here, lost = asked, ""
    case = worded(here, typed, confusables, submission.quote, submission.suggestion)
    aside = asked_for is None and not case.changed
    return replace(case, words=words, companions=companions, lost=lost, aside=aside)


def worded(
    here: Spot, typed: Wording, confusables: Confusables, quote: str = "", suggestion: str = ""
) -> Case:
    """What a wording would make of a block, and of the same error elsewhere."""
    preview = review.preview(here, typed.text, confusables)
    later = review.since(here, typed.base)
    merged = merge(later.seen, typed.text, here.block.written) if later else None
    occurrences: list[Occurrence] = []
    if not preview.problem:
        own = (here.plan, here.page, here.anchor)
        occurrences = elsewhere.find(here.block.text, preview.after, quote, suggestion, own)
    return Case(here, None, typed.text, preview, later, merged or "", occurrences)


def drafted(case: Case, reason: str, ticked: Iterable[str]) -> Draft | None:
    """What accepting changes; None when the wording is the published one.

    Raises:
        TextChanged, EditError, ReasonMissing, Unseen: why the moderator has to look again.
    """
    here, preview = case.here, case.preview
    if case.lost:
        raise TextChanged("", "", "")
    if here is None or preview is None:
        return None
    if case.later and (case.changed or case.later.touched):
        raise TextChanged(here.plan, here.page, here.anchor)
    if preview.problem:
        raise EditError(preview.problem, here.anchor)
    if not case.changed:
        return None
    if not reason.strip():
        raise ReasonMissing
    wanted = set(ticked)
    values = [one.value for one in case.occurrences if tick(one) in wanted]
    if len(values) < len(wanted):
        raise Unseen
    main = Edit(here.plan, here.page, here.anchor, here.base, case.text)
    return Draft(elsewhere.edits(main, case.occurrences, values), reason)


def together(case: Case, ticked: Iterable[str]) -> list[Submission]:
    """The other submissions that are ticked.

    Raises:
        Unseen: one has been decided since.
    """
    wanted = set(ticked)
    chosen = [one for one in case.companions if companion(one) in wanted]
    if len(chosen) < len(wanted):
        raise Unseen
    return chosen


def tick(occurrence: Occurrence) -> str:
    """What the tick box of another place sends. It names what the place would become: a wording that was
    changed after the tick changes it too, and is to be seen first.
    """
    return f"{occurrence.value}/{blake2b(occurrence.written.encode(), digest_size=4).hexdigest()}"


def among(ticked: Iterable[str]) -> Callable[[Occurrence], bool]:
    """Tells of a place whether it was ticked, whatever it has become since."""
    places = {value.rsplit("/", 2)[0] for value in ticked}
    return lambda one: one.value.rsplit("/", 1)[0] in places


def companion(submission: Submission) -> str:
    """What the tick box of another submission sends: its number, and its version as it was seen."""
    return f"{submission.number}:{submission.version}"


def same(one: Submission, other: Submission) -> bool:
    """Whether two submissions ask for the same, and the second is not suspected of anything."""
    asked = [(s.quote.strip(), s.suggestion.strip()) for s in (one, other)]
    return asked[0] == asked[1] and other.status is not Status.SUSPECTED


def _place(submission: Submission) -> tuple[Spot | None, Trace | None]:
    """The block that a correction points at, and its words there."""
    if submission.kind is not Kind.CORRECTION:
        return None, None
    target = pointing.point(submission.page_url, submission.anchor, submission.quote)
    return tracing.trace(submission, target) if target else (None, None)


def _companions(submission: Submission) -> list[Submission]:
    """The open ones about the same words that can be decided on now."""
    return [one for one in duplicates.find(submission) if decisions.allowed(one)]
