"""The blocks of a plan as elements: headings as low as a file needs them, links that lead somewhere."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal
from urllib.parse import urljoin

import lxml.html
from lxml import etree
from lxml.html import HtmlElement
from markupsafe import Markup

from portal.downloads.edition import Edition
from portal.plans.catalogue import PublishedPage
from portal.plans.rendering import Block

# Address of a page or of an anchor on it -> where the file itself has it.
Links = Mapping[str, str]


def links(edition: Edition, local: Callable[[int, str], str]) -> dict[str, str]:
    """Where each address of the plan is in a file: ``local`` takes the position of a page and an anchor."""
    found = {}
    for position, page in enumerate(edition.plan.pages):
        address = edition.address + page.number
        found[address] = local(position, page.anchor)
        for anchor in (page.anchor, *(block.anchor for block in page.blocks)):
            found[f"{address}#{anchor}"] = local(position, anchor)
    return found


def elements(edition: Edition, page: PublishedPage, inside: Links, section: int) -> Iterator[HtmlElement]:
    """The blocks of a page in order; ``section`` is the level of a section's heading.

    Links to the plan itself lead to their place in the file, all others to the site.
    """
    for block in page.blocks:
        element = _element(block, section)
        for part in list(element.iter(etree.Element)):
            if href := part.get("href"):
                address = urljoin(edition.address + page.number, href)
                part.set("href", inside.get(address, address))
            if part.tag == "br":
                part.tail = (part.tail or "").lstrip()
            elif part.tag == "img":
                part.tail = (part.get("alt") or "") + (part.tail or "")
                part.drop_tree()
        yield element


def _element(block: Block, section: int) -> HtmlElement:
    if block.kind == "other":
        element = lxml.html.fragment_fromstring(block.html)
        for heading in element.iter("h2", "h3", "h4", "h5"):
            heading.tag = f"h{min(int(heading.tag[1]) - 2 + section, 6)}"
        return element
    tag = f"h{section}" if block.kind == "section" else "p"
    element = lxml.html.fragment_fromstring(block.bare, create_parent=tag)
    element.set("id", block.anchor)
    return element


def item_lines(
    items: HtmlElement, worded: Callable[[HtmlElement], str], bullet: str, indent: str = ""
) -> Iterator[str]:
    """A list line by line, those within it further in; ``worded`` gives the text of an item on one line."""
    for number, item in enumerate(items, 1):
        mark = f"{number}. " if items.tag == "ol" else bullet
        nested = [child for child in item if child.tag in ("ul", "ol")]
        for child in nested:
            item.remove(child)
        yield indent + mark + worded(item).strip()
        for child in nested:
            yield from item_lines(child, worded, bullet, indent + "    ")


def rows(table: HtmlElement) -> Iterator[list[HtmlElement | None]]:
    """The rows of a table, each with its cells; None is where a cell from above or from the left reaches."""
    reaching: dict[int, int] = {}
    for row in table.iter("tr"):
        cells: list[HtmlElement | None] = []
        for cell in row.iterchildren("th", "td"):
            while reaching.get(len(cells), 0):
                cells.append(None)
            first, columns = len(cells), span(cell, "colspan")
            cells += [cell, *[None] * (columns - 1)]
            reaching |= dict.fromkeys(range(first, first + columns), span(cell, "rowspan"))
        yield cells
        reaching = {column: left - 1 for column, left in reaching.items() if left > 1}


def span(cell: HtmlElement, name: str) -> int:
    """How many columns or rows a cell takes: 1 to 100."""
    value = cell.get(name, "")
    return max(1, min(int(value), 100)) if value.isdecimal() else 1


def written(element: HtmlElement, method: Literal["html", "xml"]) -> Markup:
    """The element as part of a document."""
    return Markup(etree.tostring(element, encoding="unicode", method=method, with_tail=False))
