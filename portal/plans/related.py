"""Sections that are about the same things as a page, as the search index finds them.

The index may be of an earlier release than the record: what it says of a page counts where that still is so.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from portal.plans import catalogue
from portal.plans.catalogue import Place, PublishedPage, PublishedPlan
from portal.plans.writing import heading
from portal.search.index import NotReady, SearchIndex
from portal.search.likeness import nearest
from portal.search.reader import Reader

Key = tuple[str, str, str]
# So many sections of a plan speak for the whole: each takes about as long as the page of an answer.
MOST = 15


def related(
    index: SearchIndex, plan: PublishedPlan, page: PublishedPage | None, limit: int = 5
) -> list[Place]:
    """Sections elsewhere that are about the same things as a page or a whole plan.

    Without an index there are none.
    """
    try:
        reader = index.newest() or index.reader()
    except NotReady:
        return []
    pages = [page] if page else plan.pages
    own = {number for one in pages for number in reader.page(plan.slug, one.number)}
    texts = _spread([text for one in pages for text in _texts(one)])
    found = [_key(reader, first) for first in nearest(reader, texts, own, limit)]
    now = _now(reader, found)
    return [now[key] for key in found if key in now]


def places_now(index: SearchIndex, keys: Iterable[Key]) -> dict[Key, Place]:
    """What stands now at places that ``related`` has named, by plan, page and anchor; what is gone is not."""
    return _now(index.newest(), list(keys))


def _texts(page: PublishedPage) -> Iterator[str]:
    """Each section of a page, and what stands before the first."""
    outline = page.outline
    if outline.paragraphs:
        yield page.heading + "".join(paragraph.text for paragraph in outline.paragraphs)
    for section in outline.sections:
        text = "".join(paragraph.text for paragraph in section.paragraphs)
        yield heading(section.label, section.title) + text


def _spread(texts: list[str]) -> list[str]:
    """Some of many texts, from all parts of the whole."""
    step = max(1, -(-len(texts) // MOST))
    return texts[::step]


def _key(reader: Reader, number: int) -> Key:
    passage = reader.passage(number)
    return passage.plan, passage.page, passage.anchor


def _now(reader: Reader | None, keys: Sequence[Key]) -> dict[Key, Place]:
    versions = catalogue.versions({plan for plan, _, _ in keys})
    places = {
        key: _in_index(reader, key)
        for key in keys
        if reader and reader.version(*key[:2]) == versions.get("/".join(key[:2]))
    }
    behind = {key for key in keys if key not in places}
    plans = catalogue.list_plans({plan for plan, _, _ in behind}) if behind else []
    published = {plan.slug: plan for plan in plans}
    for key in behind:
        plan, page, anchor = key
        found = catalogue.paragraph(published[plan], page, anchor) if plan in published else None
        places[key] = Place(*key, found.heading, found.chapter, found.plan_title) if found else None
    return {key: place for key, place in places.items() if place}


def _in_index(reader: Reader, key: Key) -> Place | None:
    """The heading or paragraph at an anchor."""
    plan, page, anchor = key
    passages = [reader.passage(number) for number in reader.page(plan, page)]
    # The first page begins with the title of the plan, at the anchor of its own heading.
    found = [
        passage if passage.path else after
        for passage, after in pairwise([*passages, *passages[-1:]])
        if passage.anchor == anchor
    ]
    if not found or not found[-1].path:
        return None
    shown = found[-1]
    return Place(plan, page, anchor, shown.title, shown.path[0], shown.plan_title)
