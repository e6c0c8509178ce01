"""Keep written anchors when a document is imported again: what stays, moves or is reworded keeps it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import count

from portal.plans.reading import PREFACE, PageOutline, Paragraph, Section, anchors_of

# Below this share of common characters a text counts as a new one, not as the old one reworded.
REWORDED = 0.5
# So many characters of a long text tell whether it is the same: comparing takes the square of the length.
COMPARED = 1500


def keep_pages(
    history: Mapping[str, Sequence[PageOutline]], new: Sequence[PageOutline]
) -> tuple[PageOutline, ...]:
    """Give the pages of a newly read document the numbers and anchors of the pages that they continue.

    ``history`` has every version of each page, oldest first, by number and in reading order. A page that
    continues none keeps its printed number if that is free, or was its own before.
    """
    if not history:
        return tuple(new)
    old = [(number, _page_text(versions[-1])) for number, versions in history.items() if number != PREFACE]
    chapters = [page for page in new if page.number != PREFACE]
    matched = _align(old, [_page_text(page) for page in chapters])
    taken = {number for number in matched if number}
    fresh = (number for number in map(str, count(1)) if number not in history and number not in taken)
    numbers = {}
    for page, number in zip(chapters, matched, strict=True):
        if number is None:
            number = page.number if page.number not in taken else next(fresh)
            taken.add(number)
        numbers[page.number] = number
    return tuple(_keep_page(history, page, numbers.get(page.number, page.number)) for page in new)


def _keep_page(history: Mapping[str, Sequence[PageOutline]], page: PageOutline, number: str) -> PageOutline:
    versions = history.get(number, ())
    used = {anchor for version in versions for anchor in anchors_of(version)}
    before = versions[-1] if versions else PageOutline(number, "", "", f"s{number}")
    if not versions and number == page.number:
        return page
    return replace(keep_anchors(before, page, used), number=number)


def keep_anchors(old: PageOutline, new: PageOutline, used: Collection[str]) -> PageOutline:
    """Give the parts of ``new`` the anchors of the parts of ``old`` that they continue.

    ``used`` holds every anchor that the page ever had: a new part gets one that was never used.
    """
    titles = _same([(one.anchor, one.title) for one in old.sections], [one.title for one in new.sections])
    anchors = _continued(
        [(section.anchor, _text(section)) for section in old.sections],
        [_text(section) for section in new.sections],
        _fresh(old.anchor + "-", used),
        [titles.get(section.title) for section in new.sections],
        titles.values(),
    )
    moved = _same(
        [(paragraph.anchor, paragraph.text) for paragraph in _paragraphs(old)],
        [paragraph.text for paragraph in _paragraphs(new)],
    )
    before = {section.anchor: section.paragraphs for section in old.sections}
    sections = tuple(
        replace(
            section,
            anchor=anchor,
            paragraphs=_keep_paragraphs(anchor, before.get(anchor, ()), section.paragraphs, used, moved),
        )
        for anchor, section in zip(anchors, new.sections, strict=True)
    )
    paragraphs = _keep_paragraphs(old.anchor, old.paragraphs, new.paragraphs, used, moved)
    return replace(new, anchor=old.anchor, paragraphs=paragraphs, sections=sections)


def _page_text(page: PageOutline) -> str:
    loose = "".join(paragraph.text for paragraph in page.paragraphs)
    return page.title + loose + "".join(map(_text, page.sections))


def _text(section: Section) -> str:
    return section.title + "".join(paragraph.text for paragraph in section.paragraphs)


def _paragraphs(page: PageOutline) -> list[Paragraph]:
    return [*page.paragraphs, *(one for section in page.sections for one in section.paragraphs)]


def _same(old: list[tuple[str, str]], new: list[str]) -> dict[str, str]:
    """The anchors of the texts that stand once in the old page and once in the new, wherever that is."""
    once, twice = Counter(text for _, text in old), Counter(new)
    return {text: anchor for anchor, text in old if once[text] == twice[text] == 1}


def _keep_paragraphs(
    parent: str,
    old: Sequence[Paragraph],
    new: Sequence[Paragraph],
    used: Collection[str],
    moved: Mapping[str, str],
) -> tuple[Paragraph, ...]:
    anchors = _continued(
        [(paragraph.anchor, paragraph.text) for paragraph in old],
        [paragraph.text for paragraph in new],
        _fresh(parent + "-p", used),
        [moved.get(paragraph.text) for paragraph in new],
        moved.values(),
    )
    return tuple(replace(paragraph, anchor=anchor) for anchor, paragraph in zip(anchors, new, strict=True))


def _fresh(prefix: str, used: Collection[str]) -> Iterator[str]:
    return (anchor for anchor in (f"{prefix}{number}" for number in count(1)) if anchor not in used)


def _continued(
    old: list[tuple[str, str]],
    new: list[str],
    fresh: Iterator[str],
    settled: list[str | None],
    taken: Collection[str],
) -> list[str]:
    """For each new text the name that is settled, or of the old one that it continues, or a fresh one."""
    return [name or next(fresh) for name in _align(old, new, settled, taken)]


def _align(
    old: list[tuple[str, str]],
    new: list[str],
    settled: Sequence[str | None] = (),
    taken: Collection[str] = (),
) -> list[str | None]:
    """For each new text the name of the old one that it continues; None where it continues none.

    Some are ``settled``; what is ``taken`` by those, here or elsewhere, goes to no other.
    """
    names = list(settled) or [None] * len(new)
    matcher = SequenceMatcher(None, [text for _, text in old], new, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        open_ = [place for place in range(new_start, new_end) if names[place] is None]
        if kind == "equal":
            found: list[str | None] = [old[start + place - new_start][0] for place in open_]
        else:
            free = [one for one in old[start:end] if one[0] not in taken]
            found = _pair(free, [new[place] for place in open_])
        for place, name in zip(open_, found, strict=True):
            names[place] = name
    return names


def _pair(old: list[tuple[str, str]], new: list[str]) -> list[str | None]:
    """In order, each new text takes the first remaining old one that it resembles."""
    names: list[str | None] = []
    for text in new:
        match = next((index for index, (_, before) in enumerate(old) if _resembles(before, text)), None)
        names.append(None if match is None else old[match][0])
        old = old if match is None else old[match + 1 :]
    return names


def _resembles(before: str, after: str) -> bool:
    matcher = SequenceMatcher(None, before[:COMPARED], after[:COMPARED], autojunk=False)
    return matcher.quick_ratio() >= REWORDED and matcher.ratio() >= REWORDED
