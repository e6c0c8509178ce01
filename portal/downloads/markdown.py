"""A plan as Markdown for readers: front matter, headings, no anchors, and the same words in any renderer."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from portal.downloads.edition import Edition
from portal.downloads.elements import elements, item_lines, rows
from portal.plans import writing

# ``1)`` begins a list in CommonMark. The others mean something to some renderers, and have no other escape.
NUMBERED = re.compile(r"^(\d+)\)")
ENTITIES = str.maketrans({"~": "&#126;", "$": "&#36;", "|": "&#124;"})
MARKS = {"strong": "**", "em": "*"}


def make(edition: Edition) -> bytes:
    """The file in UTF-8."""
    plan = edition.plan
    about = {
        "title": plan.title,
        "issuer": plan.issuer,
        "issued_on": plan.issued_on,
        "issued_on_text": plan.issued_on_text,
        "release": plan.release,
        "source": edition.address,
    }
    return writing.with_front_matter(about, "\n\n".join(_parts(edition))).encode()


def _parts(edition: Edition) -> Iterator[str]:
    plan = edition.plan
    yield "# " + escape(plan.title)
    for page in plan.pages:
        if page.title:
            yield "## " + escape(writing.heading(page.label, page.title))
        for element in elements(edition, page, {}, 3):
            yield _block(element)
    if plan.issuer or plan.issued_on_text:
        yield "  \n".join(escape(line) for line in (plan.issuer, plan.issued_on_text) if line)
    yield "* * *"
    yield "\n".join(
        f"- {fact.term}：" + (f"[{escape(fact.text)}](<{fact.link}>)" if fact.link else escape(fact.text))
        for fact in edition.colophon
    )


def escape(text: str) -> str:
    """Plain text as Markdown that any renderer shows as exactly that text."""
    escaped = writing.escape(" ".join(text.split("\n")))
    return NUMBERED.sub(r"\1\\)", escaped).translate(ENTITIES)


def _block(element: HtmlElement) -> str:
    if element.tag == "table":
        caption = element.find("caption")
        named = [] if caption is None else [_inline(caption).strip()]
        return "\n\n".join((*named, "\n".join(_table(element))))
    if element.tag in ("ul", "ol"):
        return "\n".join(item_lines(element, lambda item: _inline(item, " "), "- "))
    if element.tag == "blockquote":
        inner = "\n\n".join(_block(child) for child in element)
        return "\n".join(f"> {line}".rstrip() for line in inner.splitlines())
    level = int(element.tag[1]) if element.tag.startswith("h") else 0
    return "#" * level + " " * bool(level) + _inline(element)


def _inline(element: HtmlElement, line: str = "  \n") -> str:
    """The text of an element with its links and emphasis; ``line`` stands for a ``<br>``."""
    parts = [escape(element.text or "")]
    for child in element:
        inner = _inline(child, line)
        if child.tag == "br":
            parts.append(line)
        elif child.tag == "a" and child.get("href"):
            parts.append(f"[{inner}](<{child.get('href')}>)")
        else:
            mark = MARKS.get(child.tag, "") if _may_be_marked(str(child.text_content())) else ""
            parts.append(f"{mark}{inner}{mark}")
        parts.append(escape(child.tail or ""))
    return "".join(parts)


def _may_be_marked(text: str) -> bool:
    """Next to a Han character, CommonMark takes ``**`` for asterisks where punctuation stands inside."""
    return text[:1].isalnum() and text[-1:].isalnum()


def _table(table: HtmlElement) -> Iterator[str]:
    cells = [["" if cell is None else _inline(cell, " ").strip() for cell in row] for row in rows(table)]
    columns = max(map(len, cells))
    for at, row in enumerate(cells):
        yield f"| {' | '.join(row + [''] * (columns - len(row)))} |"
        if at == 0:
            yield "|" + " --- |" * columns
