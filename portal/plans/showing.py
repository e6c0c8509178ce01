"""Tables and lower headings of a page, as readers are shown them: what Markdown cannot say of itself."""

from functools import lru_cache
from itertools import takewhile

import lxml.html
from lxml import etree
from markupsafe import Markup

# Up to so many columns, a row becomes a few lines on a phone; wider tables scroll by themselves.
STACKED = 4


@lru_cache(maxsize=512)
def shown(html: Markup, deeper: int = 0) -> Markup:
    """A block that is neither section nor paragraph; its headings may stand some levels deeper, down to h6.

    The cells of a table name their columns: to screen readers by ``scope``, on phones by ``data-label``. The
    plain text stays what it is.
    """
    element = lxml.html.fragment_fromstring(html)
    if element.tag == "table":
        return _table(element)
    if deeper and element.tag in ("h3", "h4", "h5"):
        element.tag = f"h{min(6, int(element.tag[1]) + deeper)}"
        return _html(element)
    return html


def _table(table: lxml.html.HtmlElement) -> Markup:
    rows = list(table.iter("tr"))
    heads = list(takewhile(lambda row: len(row) and all(cell.tag == "th" for cell in row), rows))
    _set_apart(table, heads)
    for cell in table.iter("th"):
        if "scope" not in cell.attrib:
            cell.set("scope", "col" if cell.getparent() in heads else "row")
    columns = [str(cell.text_content()).strip() for cell in heads[0]] if heads else []
    plain = not any({"colspan", "rowspan"} & set(cell.attrib) for cell in table.iter("td", "th"))
    if columns and len(heads) == 1 and len(columns) <= STACKED and plain:
        return _stacked(table, rows[1:], columns)
    return _scrolling(table, columns)


def _set_apart(table: lxml.html.HtmlElement, rows: list[lxml.html.HtmlElement]) -> None:
    """Put the heads of the columns where they stay in sight, and stand again on the next sheet."""
    head = table.find("thead")
    if rows and head is None:
        head = lxml.html.Element("thead")
        table.insert(0 if table.find("caption") is None else 1, head)
    for row in rows:
        if row.getparent() is not head:
            head.append(row)


def _stacked(table: lxml.html.HtmlElement, rows: list[lxml.html.HtmlElement], columns: list[str]) -> Markup:
    table.set("class", "table--stack")
    for row in rows:
        for cell, column in zip(row, columns, strict=False):
            cell.set("data-label", column)
    if table.find("caption") is None:
        table.set("aria-label", _name(columns))
    return _html(table)


def _scrolling(table: lxml.html.HtmlElement, columns: list[str]) -> Markup:
    """In a region of its own that the keyboard reaches."""
    caption = table.find("caption")
    name = _name(columns) if caption is None else str(caption.text_content()).strip()
    start = Markup('<div class="table-scroll" role="region" aria-label="{}" tabindex="0">').format(name)
    return start + _html(table) + Markup("</div>")


def _name(columns: list[str]) -> str:
    return f"表格：{'、'.join(filter(None, columns))}" if any(columns) else "表格"


def _html(element: lxml.html.HtmlElement) -> Markup:
    return Markup(etree.tostring(element, encoding="unicode", method="html", with_tail=False))
