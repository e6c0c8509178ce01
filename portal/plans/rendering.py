"""Render the Markdown of a page into safe blocks with their anchors, plain text and outline."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, Literal, NamedTuple

import frontmatter
import lxml.html
import markdown
import nh3
import yaml
from lxml import etree
from markupsafe import Markup

from portal.plans.numbering import split_number
from portal.plans.reading import DocumentError, PageOutline, Paragraph, PlanMetadata, Section

# A line around front matter, as python-frontmatter knows it.
BOUNDARY = re.compile(r"^-{3,}[^\S\n]*(?:\n|\Z)", re.MULTILINE)
ANCHOR = re.compile(r"s\d+(-\d+)*(-p\d+)?")
TAGS = {
    *("p", "h2", "h3", "h4", "h5", "ul", "ol", "li", "blockquote", "br", "a", "img"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "strong", "em", "code", "sup", "sub"),
}
ATTRIBUTES = {
    "*": {"id"},
    "a": {"href", "title"},
    "img": {"src", "alt"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
}

# A date, or a figure with its unit, must not break across lines (CLREQ).
UNITS = (
    "元|人次|人|家|个百分点|个|项|件|户|亩|公顷|公里|平方公里|平方米|米|吨|千瓦时|千瓦|倍|场|批|所|座|条|套|类|名|位|处|"
    "届|期|小时|分钟|天|季度|年|月|日"
)
UNBREAKABLE = re.compile(
    rf"(?:\d{{4}}年)?\d{{1,2}}月\d{{1,2}}日|\d{{4}}年\d{{1,2}}月|\d[\d.,]{{0,30}}(?:%|‰|℃|[百千]?[万亿]?(?:{UNITS}))"
)
# What stays on one line: those, and what is written in Latin letters and digits.
WHOLE = re.compile(rf"{UNBREAKABLE.pattern}|[!-~]+")
# In em: were more than this pushed to the next line, a line of 36 characters would be stretched by more than
# 0.15 em a character.
WIDEST = 4.5


@dataclass(frozen=True)
class Block:
    """One top-level part of a page.

    ``html`` is the safe inner HTML of a section's heading or a paragraph, and the whole element for
    anything else; ``bare`` the same without the spans that keep figures on one line, for marking;
    ``text`` its plain text. Only sections have a label and a title.
    """

    kind: Literal["section", "paragraph", "other"]
    anchor: str
    html: Markup
    bare: Markup
    text: str
    label: str = ""
    title: str = ""

    @cached_property
    def ragged(self) -> bool:
        """Whether lines of one length would have wide holes, since something wide stays on one line."""
        widths = (
            sum(0.55 if char < "\x7f" else 1 for char in found[0]) for found in WHOLE.finditer(self.text)
        )
        return max(widths, default=0) > WIDEST


class Head(NamedTuple):
    """What a page's file says before the text; the preface has neither label nor title."""

    number: str
    label: str
    title: str
    anchor: str


@dataclass(frozen=True)
class RenderedPage:
    """A page as it is shown: its front matter and its blocks in order."""

    number: str
    label: str
    title: str
    anchor: str
    blocks: tuple[Block, ...]

    @property
    def outline(self) -> PageOutline:
        """The page as sections and paragraphs of plain text."""
        loose: list[Paragraph] = []
        sections: list[tuple[Block, list[Paragraph]]] = []
        for block in self.blocks:
            if block.kind == "section":
                sections.append((block, []))
            else:
                paragraphs = sections[-1][1] if sections else loose
                paragraphs.append(Paragraph(block.anchor, block.text))
        return PageOutline(
            self.number,
            self.label,
            self.title,
            self.anchor,
            tuple(loose),
            tuple(Section(block.label, block.title, block.anchor, tuple(ps)) for block, ps in sections),
        )


@lru_cache(maxsize=512)  # some ten times the size of each source: 11 kB for a page of 1,000 characters
def render(source: str) -> RenderedPage:
    """Render one page's file. Results are kept by source, which is immutable once published.

    Raises:
        DocumentError: the front matter is not a page's, or an anchor is missing, odd or repeated.
    """
    about, body = _front_matter(source)
    own = _head(about)
    html = nh3.clean(_to_html(body), tags=TAGS, attributes=ATTRIBUTES, link_rel="noopener noreferrer")
    blocks = tuple(_block(element) for element in _elements(html))
    _check_anchors([own.anchor, *(block.anchor for block in blocks)], own.anchor)
    return RenderedPage(*own, blocks)


def split(source: str) -> tuple[str, str]:
    """A file as its front matter, with the lines around that, and what stands behind, as it is written."""
    ends = [boundary.end() for boundary in islice(BOUNDARY.finditer(source), 2)]
    end = ends[1] if len(ends) > 1 else len(source)
    return source[:end], source[end:]


@lru_cache(maxsize=2048)  # half a kB each
def head(front_matter: str) -> Head:
    """What a page's file says of it, read without its text, which takes ten times as long to render.

    Raises:
        DocumentError: as in ``render``.
    """
    about, _ = _front_matter(front_matter)
    return _head(about)


def read_metadata(source: str) -> PlanMetadata:
    """Read a plan's own file.

    Raises:
        DocumentError: something is missing or of the wrong kind.
    """
    about, _ = _front_matter(source)
    title, pages, issued_on = about.get("title"), about.get("pages"), about.get("issued_on")
    if not isinstance(title, str) or not title:
        raise DocumentError("front matter: 'title' must be a text")
    if not isinstance(pages, list) or not pages or not all(isinstance(page, str) for page in pages):
        raise DocumentError("front matter: 'pages' must be a list of page numbers, each in quotes")
    if issued_on is not None and not isinstance(issued_on, date):
        raise DocumentError("front matter: 'issued_on' must be a date such as 2023-07-12")
    issuer, dated = str(about.get("issuer") or ""), str(about.get("issued_on_text") or "")
    return PlanMetadata(title, issuer, issued_on, dated, tuple(pages))


def wrap_spans(html: Markup, spans: list[tuple[int, int]], tag: str = "mark") -> Markup:
    """Wrap stretches of a fragment's plain text (offsets into it, in order) in an element.

    A stretch that crosses inner elements is wrapped piece by piece, so that the HTML stays well formed.
    """
    pieces, position, first = [], 0, 0
    for token in re.split(r"(<[^>]*>)", str(html)):
        if token.startswith("<"):
            pieces.append(token)
        else:
            text = str(Markup(token).unescape())
            while first < len(spans) and spans[first][1] <= position:
                first += 1
            pieces.append(_wrap_text(text, position, spans[first:], tag))
            position += len(text)
    return Markup("".join(pieces))


def _wrap_text(text: str, offset: int, spans: list[tuple[int, int]], tag: str) -> str:
    parts, done = [], 0
    for start, end in spans:
        if start >= offset + len(text):
            break
        first, last = max(start - offset, done), min(end - offset, len(text))
        if first < last:
            inner = Markup.escape(text[first:last])
            parts += [Markup.escape(text[done:first]), f"<{tag}>{inner}</{tag}>"]
            done = last
    return "".join([*map(str, parts), str(Markup.escape(text[done:]))])


def _head(about: dict[str, Any]) -> Head:
    values: list[Any] = [about.get(name) for name in Head._fields]
    for name, value in zip(Head._fields, values, strict=True):
        if not isinstance(value, str) or (name in ("number", "anchor") and not value):
            raise DocumentError(f"front matter: {name!r} must be a text")
    return Head(*values)


def _front_matter(source: str) -> tuple[dict[str, Any], str]:
    try:
        post = frontmatter.loads(source)
    except (yaml.YAMLError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise DocumentError(f"front matter cannot be read: {first}") from None
    return dict(post.metadata), post.content


def _to_html(body: str) -> str:
    return markdown.markdown(body, extensions=["attr_list", "tables", "sane_lists"])


def _elements(html: str) -> list[lxml.html.HtmlElement]:
    found = lxml.html.fragments_fromstring(html) if html.strip() else []
    if any(isinstance(element, str) and element.strip() for element in found):
        raise DocumentError("text outside any paragraph")
    return [element for element in found if not isinstance(element, str)]


def _block(element: lxml.html.HtmlElement) -> Block:
    anchor, text, inner = element.get("id", ""), str(element.text_content()), _inner(element)
    if element.tag == "h2":
        number = split_number(text)
        label = number.label if number else ""
        title = text[len(label) :].strip()
        return Block("section", anchor, inner, inner, text, label, title)
    if element.tag == "p":
        return Block("paragraph", anchor, _keep_together(inner, text), inner, text)
    whole = Markup(etree.tostring(element, encoding="unicode", method="html", with_tail=False))
    return Block("other", anchor, whole, whole, text)


def _inner(element: lxml.html.HtmlElement) -> Markup:
    children = (etree.tostring(child, encoding="unicode", method="html") for child in element)
    return Markup.escape(element.text or "") + Markup("".join(children))


def _keep_together(html: Markup, text: str) -> Markup:
    spans = [match.span() for match in UNBREAKABLE.finditer(text)]
    return wrap_spans(html, spans, "span").replace("<span>", Markup('<span class="nb">'))


def _check_anchors(anchors: list[str], page_anchor: str) -> None:
    seen: set[str] = set()
    for anchor in anchors:
        if not anchor:
            raise DocumentError("a heading or paragraph has no anchor, such as {: #s1-2-p3 }")
        if not ANCHOR.fullmatch(anchor) or not (anchor + "-").startswith(page_anchor + "-"):
            raise DocumentError(f"anchor {anchor} does not belong to page {page_anchor}")
        if anchor in seen:
            raise DocumentError(f"two equal anchors: {anchor}")
        seen.add(anchor)
