"""A plan as plain text: UTF-8, a blank line between paragraphs, tables in columns."""

from collections.abc import Iterator
from unicodedata import east_asian_width

from lxml.html import HtmlElement

from portal.downloads.edition import Edition, Fact
from portal.downloads.elements import elements, item_lines, rows
from portal.plans.writing import heading

# Wider tables are not aligned: their cells are parted by tabs.
TABLE_WIDTH = 78


def make(edition: Edition) -> bytes:
    """The file, with LF at the end of each line."""
    return ("\n\n".join(_parts(edition)) + "\n").encode()


def _parts(edition: Edition) -> Iterator[str]:
    plan = edition.plan
    yield plan.title
    for page in plan.pages:
        if page.title:
            yield heading(page.label, page.title)
        for element in elements(edition, page, {}, 3):
            yield block_text(element)
    if plan.issuer or plan.issued_on_text:
        yield "\n".join(filter(None, (plan.issuer, plan.issued_on_text)))
    yield "-" * 40
    yield "\n".join(_fact(fact) for fact in edition.colophon)


def _fact(fact: Fact) -> str:
    link = f"（{fact.link}）" if fact.link not in ("", fact.text) else ""
    return f"{fact.term}：{fact.text}{link}"


def block_text(element: HtmlElement) -> str:
    """One block as lines of text."""
    if element.tag == "table":
        caption = element.find("caption")
        named = [] if caption is None else [line_text(caption).strip()]
        return "\n\n".join((*named, _table(element)))
    if element.tag in ("ul", "ol"):
        return "\n".join(item_lines(element, line_text, "· "))
    if element.tag == "blockquote":
        return "\n\n".join(block_text(child) for child in element)
    return line_text(element)


def line_text(element: HtmlElement) -> str:
    """The text of an element; only a ``<br>`` begins a new line."""
    parts = [(element.text or "").replace("\n", " ")]
    for child in element:
        parts.append("\n" if child.tag == "br" else line_text(child))
        parts.append((child.tail or "").replace("\n", " "))
    return "".join(parts)


def _table(table: HtmlElement) -> str:
    cells = [
        ["" if cell is None else line_text(cell).replace("\n", " ").strip() for cell in row]
        for row in rows(table)
    ]
    columns = max(map(len, cells))
    widths = [max((_width(row[at]) for row in cells if at < len(row)), default=0) for at in range(columns)]
    if sum(widths) + 2 * columns > TABLE_WIDTH:
        return "\n".join("\t".join(row) for row in cells)
    return "\n".join(
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)
        ).rstrip()
        for row in cells
    )


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
