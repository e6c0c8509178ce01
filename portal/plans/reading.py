"""Read a source document, as an office sends it, into an outline."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from portal.plans.numbering import Numbered, Style, parse_number, split_number, split_title

# What can divide a plan into pages, and a page into sections; the widest that a document uses wins.
PAGE_STYLES = (Style.PART, Style.CHAPTER, Style.HAN)
SECTION_STYLES = (Style.SECTION, Style.ARTICLE, Style.HAN, Style.HAN_BRACKETED, Style.ARABIC)

YEAR = r"\d{4}|[〇零○一二三四五六七八九]{4}"
SMALL = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
DATE = re.compile(rf"[(（]?({YEAR})\s*年\s*({SMALL})\s*月\s*({SMALL})\s*日[)）]?")
SIGNATURE = re.compile(rf"(?:(?P<issuer>[^\s。！？；：，,;:!?]{{2,40}})\s+)?(?P<date>{DATE.pattern})")
SENTENCE_MARKS = re.compile(r"[。！？；：，,;:!?]")
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
PREFACE = "preface"


class DocumentError(Exception):
    """A document or content file cannot be read as a plan; the message is one English line."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph's permanent anchor and its plain text."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Section:
    """A numbered part of a page. Label and title are as printed: ``(一)``, ``开展调研工作。``."""

    label: str
    title: str
    anchor: str
    paragraphs: tuple[Paragraph, ...] = ()


@dataclass(frozen=True)
class PageOutline:
    """A page: paragraphs before its first section, then its sections."""

    number: str
    label: str
    title: str
    anchor: str
    paragraphs: tuple[Paragraph, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class PlanOutline:
    """A whole plan; ``issued_on_text`` is the date as the source prints it."""

    title: str
    issuer: str
    issued_on: date | None
    issued_on_text: str
    pages: tuple[PageOutline, ...]


@dataclass(frozen=True)
class PlanMetadata:
    """What a plan says of itself: the front matter of its own file. ``pages`` are their numbers, in order."""

    title: str
    issuer: str
    issued_on: date | None
    issued_on_text: str
    pages: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A source document as it was read. ``left_out`` are the lines after the date: not plan text."""

    plan: PlanOutline
    left_out: tuple[str, ...]


def read_document(data: bytes, markdown: bool = False) -> Document:
    """Read a UTF-8 document into an outline; of Markdown, the marks of headings and comments go.

    The first line is the title; lines numbered in the widest style begin pages, those in the next
    style begin sections; the last line that is only a date ends the plan, and the line before it
    names the issuer. What stands after the date is the furniture of the page it was copied from.

    Raises:
        DocumentError: empty, not UTF-8, not text, no headings, or two equal anchors.
    """
    title, *lines = _markdown_lines(_decode(data)) if markdown else _lines(_decode(data))
    body, issuer, dated, left_out = _split_signature(lines)
    pages = tuple(_pages(body))
    if all(page.number == PREFACE for page in pages):
        raise DocumentError("no headings: no line begins with a number such as 一、 or 第一章")
    _refuse_equal_anchors(pages)
    return Document(PlanOutline(title, issuer, _parse_date(dated), dated, pages), tuple(left_out))


def anchors_of(page: PageOutline) -> Iterator[str]:
    """Every anchor of a page, in reading order."""
    yield page.anchor
    yield from (paragraph.anchor for paragraph in page.paragraphs)
    for section in page.sections:
        yield section.anchor
        yield from (paragraph.anchor for paragraph in section.paragraphs)


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"not UTF-8: byte {error.start + 1} cannot be read") from None
    if "\0" in text:
        raise DocumentError("not a text document: it holds zero bytes")
    if text.lstrip()[:9].lower().startswith(("<!doctype", "<html")):
        raise DocumentError("an HTML page: save its text as UTF-8 and import that")
    return text.replace("\r\n", "\n")


def _lines(text: str) -> list[str]:
    text = CONTROLS.sub("", text.replace("\t", " "))
    lines = [line for line in (line.strip() for line in text.splitlines()) if line]
    if not lines:
        raise DocumentError("empty: there is no text")
    return lines


def _markdown_lines(text: str) -> list[str]:
    """What a Markdown document says. Quotations before its title are notes of whoever keeps the file."""
    lines = _lines(COMMENT.sub("", FRONT_MATTER.sub("", text)))
    start = next((index for index, line in enumerate(lines) if not line.startswith(">")), 0)
    return [re.sub(r"^#{1,6}\s+", "", line) for line in lines[start:]]


def _split_signature(lines: list[str]) -> tuple[list[str], str, str, list[str]]:
    """The plan's own lines, the issuer, the date, and what stands after it; all lines without a date.

    The issuer stands on the line before the date, or before it on the same line.
    """
    for index in range(len(lines) - 1, -1, -1):
        if match := SIGNATURE.fullmatch(lines[index]):
            break
    else:
        return lines, "", "", []
    if not any(split_number(line) for line in lines[:index]):
        return lines, "", "", []
    body, left_out = lines[:index], lines[index + 1 :]
    issuer, dated = match["issuer"] or "", match["date"]
    if not issuer and not SENTENCE_MARKS.search(body[-1]) and not split_number(body[-1]):
        *body, issuer = body
    return body, issuer, dated, left_out


def _parse_date(text: str) -> date | None:
    match = DATE.fullmatch(text)
    if match is None:
        return None
    year = match[1].translate(str.maketrans("〇零○一二三四五六七八九", "000123456789"))
    try:
        return date(int(year), parse_number(match[2]), parse_number(match[3]))
    except ValueError:
        raise DocumentError(f"no such date: {text}") from None


def _pages(lines: list[str]) -> Iterator[PageOutline]:
    numbered = [split_number(line) for line in lines]
    styles = {number.style for number in numbered if number}
    page_style = next((style for style in PAGE_STYLES if style in styles), None)
    section_style = next(
        (style for style in SECTION_STYLES if style in styles and page_style and style > page_style), None
    )
    page = PageOutline(PREFACE, "", "", "s0")
    for line, number in zip(lines, numbered, strict=True):
        if number and number.style == page_style:
            if page.paragraphs or page.number != PREFACE:
                yield page
            page = _begin_page(number)
        elif number and number.style == section_style and page.number != PREFACE:
            page = replace(page, sections=(*page.sections, _begin_section(page, number)))
        else:
            page = _add_paragraph(page, line)
    yield page


def _begin_page(number: Numbered) -> PageOutline:
    title, rest = split_title(number.rest)
    page = PageOutline(str(number.value), number.label, title, f"s{number.value}")
    return _add_paragraph(page, rest) if rest else page


def _begin_section(page: PageOutline, number: Numbered) -> Section:
    # An article of a regulation has no title: its first sentence is already the rule.
    article = number.style is Style.ARTICLE
    title, rest = ("", number.rest) if article else split_title(number.rest)
    anchor = f"{page.anchor}-{number.value}"
    paragraphs = (Paragraph(f"{anchor}-p1", rest),) if rest else ()
    return Section(number.label, title, anchor, paragraphs)


def _add_paragraph(page: PageOutline, text: str) -> PageOutline:
    if not page.sections:
        paragraph = Paragraph(f"{page.anchor}-p{len(page.paragraphs) + 1}", text)
        return replace(page, paragraphs=(*page.paragraphs, paragraph))
    *before, last = page.sections
    paragraph = Paragraph(f"{last.anchor}-p{len(last.paragraphs) + 1}", text)
    return replace(page, sections=(*before, replace(last, paragraphs=(*last.paragraphs, paragraph))))


def _refuse_equal_anchors(pages: tuple[PageOutline, ...]) -> None:
    seen: set[str] = set()
    for anchor in (anchor for page in pages for anchor in anchors_of(page)):
        if anchor in seen:
            raise DocumentError(f"two equal anchors: {anchor} (a number is printed twice)")
        seen.add(anchor)
