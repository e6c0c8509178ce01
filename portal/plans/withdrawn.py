"""Pages that are no longer published: since when, and where their paragraphs stand now."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz, process

from portal.plans import catalogue, history
from portal.plans.catalogue import Place, PublishedPlan
from portal.plans.rendering import render
from portal.plans.writing import heading

# A paragraph counts as moved when so much of it, out of 100, is the same; a short one says too little.
ALIKE, LEAST = 80, 8
# So many characters of a long paragraph tell whether it is the same.
COMPARED = 500


@dataclass(frozen=True)
class WithdrawnPage:
    """A page that was published once. ``moved`` are the sections, in reading order, that hold its paragraphs
    now, each with how many; ``withdrawn_at`` is the moment (UTC).
    """

    plan: str
    plan_title: str
    number: str
    heading: str
    withdrawn_at: datetime
    moved: tuple[tuple[Place, int], ...]


def find(plan: str, page: str) -> WithdrawnPage | None:
    """The page of that number, if an import has withdrawn it."""
    found, published = history.find_page(plan, page), catalogue.find_plan(plan)
    if found is None or found.withdrawn_at is None or published is None:
        return None
    newest = history.find_step(found, history.newest(found))
    if newest is None:
        return None
    last = newest.page
    texts = [block.text for block in last.blocks if block.kind != "section"]
    return WithdrawnPage(
        plan, published.title, page, last.heading, found.withdrawn_at, _moved(texts, published)
    )


def _moved(texts: list[str], plan: PublishedPlan) -> tuple[tuple[Place, int], ...]:
    """The sections of a plan that hold any of the paragraphs, or nearly."""
    places = [place for page in plan.pages for place in _paragraphs(plan, page.number, page.source)]
    choices = [place.text[:COMPARED] for place in places]
    counted: Counter[tuple[str, str]] = Counter()
    for text in texts:
        if len(text) >= LEAST and choices:
            found = process.extractOne(text[:COMPARED], choices, scorer=fuzz.ratio, score_cutoff=ALIKE)
            if found:
                counted[places[found[2]].page, places[found[2]].anchor] += 1
    first = {(place.page, place.anchor): place for place in reversed(places)}
    return tuple((first[key], counted[key]) for key in reversed(first) if key in counted)


def _paragraphs(plan: PublishedPlan, number: str, source: str) -> list[Place]:
    """The paragraphs of a page, each with the anchor and heading of the section that it stands in."""
    page = render(source)
    chapter = heading(page.label, page.title) or catalogue.PREFACE_HEADING
    anchor, title, found = page.anchor, chapter, []
    for block in page.blocks:
        if block.kind == "section":
            anchor, title = block.anchor, block.text
        else:
            found.append(Place(plan.slug, number, anchor, title, chapter, plan.title, block.text))
    return found
