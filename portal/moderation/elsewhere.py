"""The same wrong words in other places of all plans, and what would become of them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from portal.moderation.wrong_words import Replacement, replaced, replacements
from portal.plans import catalogue
from portal.plans.catalogue import PublishedPage, PublishedPlan
from portal.plans.correcting import Edit
from portal.plans.differences import Difference, compare
from portal.plans.editing import editable

MOST = 50


@dataclass(frozen=True)
class Occurrence:
    """A heading or paragraph that holds the wrong words, as it is and as it would be.

    ``base`` is the number of its page's revision; ``written`` what is put at the anchor, see ``Edit``.
    """

    plan: str
    plan_title: str
    page: str
    heading: str
    anchor: str
    base: int
    before: str
    after: str
    written: str

    @property
    def value(self) -> str:
        """What its tick box sends: ``plan/page/anchor/base``."""
        return f"{self.plan}/{self.page}/{self.anchor}/{self.base}"

    @property
    def difference(self) -> Difference:
        """What would change."""
        return compare(self.before, self.after)


def find(before: str, after: str, quote: str, suggestion: str, own: tuple[str, str, str]) -> list[Occurrence]:
    """Where else the words stand that a paragraph loses, in reading order, the newest plan first; at most 50.

    ``own`` is the plan, page and anchor of that paragraph; what is left of the words in ``after`` is found
    too. Words of less than two Han characters are too common to be meant.
    """
    words = replacements(before, after, quote, suggestion)
    if not words:
        return []
    found: list[Occurrence] = []
    for plan in catalogue.holding([one.wrong for one in words]):
        for page in plan.pages:
            found += _on_page(plan, page, words, own, after)
            if len(found) >= MOST:
                return found[:MOST]
    return found


def edits(main: Edit, found: Iterable[Occurrence], values: Collection[str]) -> tuple[Edit, ...]:
    """The edit of a paragraph together with those of the places that have these values."""
    place = (main.plan, main.page, main.anchor)
    also = []
    for one in (one for one in found if one.value in values):
        if (one.plan, one.page, one.anchor) == place:
            main = replace(main, text=one.written)
        else:
            also.append(Edit(one.plan, one.page, one.anchor, one.base, one.written))
    return (main, *also)


def _on_page(
    plan: PublishedPlan,
    page: PublishedPage,
    words: Sequence[Replacement],
    own: tuple[str, str, str],
    after: str,
) -> Iterator[Occurrence]:
    """The heading of a page and its blocks, where they hold the words."""
    heading = page.heading
    for anchor, text, kind in [
        (page.anchor, page.heading, "page"),
        *((b.anchor, b.text, b.kind) for b in page.blocks),
    ]:
        heading = text if kind == "section" else heading
        is_own = (plan.slug, page.number, anchor) == own
        now = after if is_own else text
        then = replaced(now, words)
        written = _written(page.source, anchor, now, words, is_own) if then != now else None
        if written is not None:
            yield Occurrence(
                plan.slug, plan.title, page.number, heading, anchor, page.revision, now, then, written
            )


def _written(source: str, anchor: str, now: str, words: Sequence[Replacement], is_own: bool) -> str | None:
    """What is put at the anchor; None where the words are parted by markup, or are none of the text's own."""
    block = editable(source, anchor)
    if block is None or (block.markdown and is_own):
        return None
    if not block.markdown:
        return replaced(now, words)
    written = replaced(block.written, words)
    return written if written != block.written else None
