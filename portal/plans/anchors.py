"""Keep written anchors when a document is imported again: what stays or is reworded keeps its address."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import count

from portal.plans.reading import PageOutline, Paragraph, Section

# Below this share of common characters a text counts as a new one, not as the old one reworded.
REWORDED = 0.5


def keep_anchors(old: PageOutline, new: PageOutline, used: Collection[str]) -> PageOutline:
    """Give the parts of ``new`` the anchors of the parts of ``old`` that they continue.

    ``used`` holds every anchor that the page ever had: a new part gets one that was never used.
    """
    anchors = _align(
        [(section.anchor, _text(section)) for section in old.sections],
        [_text(section) for section in new.sections],
        _fresh(old.anchor + "-", used),
    )
    before = {section.anchor: section.paragraphs for section in old.sections}
    sections = tuple(
        replace(
            section,
            anchor=anchor,
            paragraphs=_keep_paragraphs(anchor, before.get(anchor, ()), section.paragraphs, used),
        )
        for anchor, section in zip(anchors, new.sections, strict=True)
    )
    paragraphs = _keep_paragraphs(old.anchor, old.paragraphs, new.paragraphs, used)
    return replace(new, anchor=old.anchor, paragraphs=paragraphs, sections=sections)


def _text(section: Section) -> str:
    return section.title + "".join(paragraph.text for paragraph in section.paragraphs)


def _keep_paragraphs(
    parent: str, old: Sequence[Paragraph], new: Sequence[Paragraph], used: Collection[str]
) -> tuple[Paragraph, ...]:
    anchors = _align(
        [(paragraph.anchor, paragraph.text) for paragraph in old],
        [paragraph.text for paragraph in new],
        _fresh(parent + "-p", used),
    )
    return tuple(replace(paragraph, anchor=anchor) for anchor, paragraph in zip(anchors, new, strict=True))


def _fresh(prefix: str, used: Collection[str]) -> Iterator[str]:
    return (anchor for anchor in (f"{prefix}{number}" for number in count(1)) if anchor not in used)


def _align(old: list[tuple[str, str]], new: list[str], fresh: Iterator[str]) -> list[str]:
    anchors: list[str] = []
    matcher = SequenceMatcher(None, [text for _, text in old], new, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            anchors += [anchor for anchor, _ in old[start:end]]
        else:
            anchors += _pair(old[start:end], new[new_start:new_end], fresh)
    return anchors


def _pair(old: list[tuple[str, str]], new: list[str], fresh: Iterator[str]) -> list[str]:
    """In order, each new text takes the first remaining old one that it resembles."""
    anchors = []
    for text in new:
        match = next((index for index, (_, before) in enumerate(old) if _resembles(before, text)), None)
        if match is None:
            anchors.append(next(fresh))
        else:
            anchors.append(old[match][0])
            old = old[match + 1 :]
    return anchors


def _resembles(before: str, after: str) -> bool:
    return SequenceMatcher(None, before, after, autojunk=False).ratio() >= REWORDED
