"""Rewrite single paragraphs and headings in the Markdown file of a page; all the rest stays as it is."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Literal

import frontmatter

from portal.plans.numbering import split_number
from portal.plans.reading import DocumentError
from portal.plans.rendering import Block, RenderedPage, render, split
from portal.plans.writing import escape, heading, with_front_matter

# What follows a block and gives it its anchor.
ATTRIBUTES = re.compile(
    r"[ \n]*(?<!\\)\{:?[^{}\n]*#(?P<anchor>s[0-9]+(?:-[0-9]+)*(?:-p[0-9]+)?)[^{}\n]*\}[ ]*\Z"
)
ANCHOR = re.compile(r"(?<!\\)#(s[0-9]+(?:-[0-9]+)*(?:-p[0-9]+)?)(?=[\s}])")
HEADING = re.compile(r"\A#+ ")
PARAGRAPH = re.compile(r"-p[0-9]+\Z")
# In characters. Who writes a longer text is told so; what a file holds already may be longer.
LONGEST = 20_000


class Problem(StrEnum):
    """Why a text cannot stand where it is to stand."""

    EMPTY = "empty"
    LONG = "long"
    LINES = "lines"
    STRUCTURE = "structure"
    GONE = "gone"

    @property
    def label(self) -> str:
        """What to do, on the screen."""
        return {
            "empty": "请写出最终文字",
            "long": f"最终文字最多{LONGEST}字",
            "lines": "标题要写在一行里",
            "structure": "这样写会影响别的段落，请换一种写法",
            "gone": "这一段已不在文件中",
        }[self]


class EditError(Exception):
    """A block cannot be rewritten so; ``problem`` says why, ``anchor`` where."""

    def __init__(self, problem: Problem, anchor: str) -> None:
        super().__init__(f"{problem} at {anchor}")
        self.problem, self.anchor = problem, anchor


@dataclass(frozen=True)
class Editable:
    """A block as it is edited: ``written`` is its plain text or, where it holds markup, its Markdown.

    ``text`` is the plain text all the same; of a page it is the heading, label and title. What is neither a
    section's heading nor a paragraph is a smaller heading.
    """

    kind: Literal["page", "section", "paragraph", "other"]
    anchor: str
    written: str
    text: str
    markdown: bool


def editable(source: str, anchor: str) -> Editable | None:
    """The block at an anchor of a page's file; None when there is none, or the page has no heading."""
    source = _one_line_end(source)
    page = render(source)
    if anchor == page.anchor:
        title = heading(page.label, page.title)
        return Editable("page", anchor, title, title, False) if title else None
    block = _blocks(page).get(anchor)
    chunk = _chunks(source).get(anchor)
    if block is None or chunk is None:
        return None
    markdown = block.kind == "other" or "<" in block.bare
    written = HEADING.sub("", ATTRIBUTES.sub("", chunk)) if markdown else block.text
    return Editable(block.kind, anchor, written, block.text, markdown)


def text_at(source: str, anchor: str) -> str:
    """The plain text of the block at an anchor; empty when there is none."""
    found = editable(source, anchor)
    return found.text if found else ""


def rewrite(source: str, texts: Mapping[str, str | None], used: Collection[str] = ()) -> str:
    """The page's file with the blocks at these anchors written anew, as ``Editable.written`` has them.

    A paragraph may become several, one to a line (to Markdown and to texts that have line breaks already: one
    after each empty line); the first keeps the anchor, the others get anchors that neither the page has nor
    ``used`` holds. None takes a block away.

    Raises:
        EditError: a text is empty, a heading has several lines, there is no such block, or what is written
            would change another block. Nothing else can come of it.
    """
    source = _one_line_end(source)
    page = render(source)
    result, taken = source, {*used, *_blocks(page), page.anchor}
    expected: dict[str, list[str]] = {}
    for anchor, text in texts.items():
        old = editable(source, anchor)
        if old is None:
            raise EditError(Problem.GONE, anchor)
        pieces = _pieces(old, text)
        fresh = _fresh(anchor, taken)
        anchors = [anchor, *(next(fresh) for _ in pieces[1:])][: len(pieces)]
        taken.update(anchors)
        expected[anchor] = anchors
        result = _replaced(result, old, list(zip(anchors, pieces, strict=True)))
    _check(page, result, texts, expected)
    return result


def _one_line_end(source: str) -> str:
    """The file with line ends as this portal writes them; others may have come with an import."""
    return source.replace("\r\n", "\n")


def anchors_in(source: str) -> set[str]:
    """Every anchor that is written in a page's file; more than there are blocks does no harm."""
    return set(ANCHOR.findall(source))


def _blocks(page: RenderedPage) -> dict[str, Block]:
    return {block.anchor: block for block in page.blocks}


def _chunks(source: str) -> dict[str, str]:
    """The part of the file behind each block, by anchor: all up to and with its attributes."""
    found: dict[str, str] = {}
    part = ""
    for line in split(source)[1].splitlines(keepends=True):
        # A heading is a block by itself, whether empty lines part it from its neighbours or not.
        is_heading = HEADING.match(line)
        if is_heading:
            _kept(found, part)
            part = ""
        part += line
        if is_heading or not line.strip():
            part = _kept(found, part)
    _kept(found, part)
    return found


def _kept(found: dict[str, str], part: str) -> str:
    """Add a part that is a whole block; what is left of it then."""
    if match := ATTRIBUTES.search(part.strip("\n")):
        found[match["anchor"]] = part.strip("\n")
        return ""
    return part


def _pieces(old: Editable, text: str | None) -> list[str]:
    if text is None:
        if old.kind == "page":
            raise EditError(Problem.EMPTY, old.anchor)
        return []
    breaks = r"\n[ \t\u3000]*\n" if old.markdown or "\n" in old.text else r"\n"
    pieces = [piece for piece in (part.strip() for part in re.split(breaks, text.strip())) if piece]
    if not pieces:
        raise EditError(Problem.EMPTY, old.anchor)
    if old.kind != "paragraph" and (len(pieces) > 1 or "\n" in pieces[0]):
        raise EditError(Problem.LINES, old.anchor)
    return pieces


def _fresh(anchor: str, taken: Collection[str]) -> Iterator[str]:
    parent = PARAGRAPH.sub("", anchor)
    return (new for new in (f"{parent}-p{number}" for number in count(1)) if new not in taken)


def _replaced(source: str, old: Editable, pieces: list[tuple[str, str]]) -> str:
    if old.kind == "page":
        return _retitled(source, pieces[0][1])
    chunk = _chunks(source)[old.anchor]
    match = ATTRIBUTES.search(chunk)
    if match is None:
        raise EditError(Problem.GONE, old.anchor)
    written = []
    for anchor, text in pieces:
        text = text if old.markdown else "\n".join(map(escape, text.split("\n")))
        mark = HEADING.match(chunk)
        attributes = match[0] if anchor == old.anchor else f"\n{{: #{anchor} }}"
        written.append(f"{mark[0] if mark else ''}{text}{attributes}")
    place = source.rindex(chunk)
    if not written:
        return source[:place].rstrip("\n") + "\n\n" + source[place + len(chunk) :].lstrip("\n")
    return source[:place] + "\n\n".join(written) + source[place + len(chunk) :]


def _retitled(source: str, text: str) -> str:
    about = dict(frontmatter.loads(source).metadata)
    number = split_number(text)
    about["label"] = number.label if number else ""
    about["title"] = number.rest if number else text
    return with_front_matter(about, "").rstrip("\n") + "\n" + split(source)[1]


def _check(
    before: RenderedPage, source: str, texts: Mapping[str, str | None], expected: Mapping[str, list[str]]
) -> None:
    """What was not to change has not changed, and what was written reads back as it was meant."""
    last = next(reversed(list(texts)), before.anchor)
    try:
        after = render(source)
    except DocumentError:
        raise EditError(Problem.STRUCTURE, last) from None
    wanted = [anchor for block in before.blocks for anchor in expected.get(block.anchor, [block.anchor])]
    if [block.anchor for block in after.blocks] != wanted:
        raise EditError(Problem.STRUCTURE, last)
    old, new = _blocks(before), _blocks(after)
    for anchor, block in old.items():
        if anchor not in texts and new[anchor] != block:
            raise EditError(Problem.STRUCTURE, last)
        if anchor in new and new[anchor].kind != block.kind:
            raise EditError(Problem.STRUCTURE, anchor)
    if before.anchor not in texts and (before.label, before.title) != (after.label, after.title):
        raise EditError(Problem.STRUCTURE, last)
