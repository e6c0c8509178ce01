"""A program: HTML on standard input, a Word file (DOCX) on standard output.

It is run by its path (see ``programs``), so it imports nothing of the portal.
"""

import io
import sys
import zipfile
from datetime import datetime
from typing import Any

import docx
import lxml.html
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

LATIN, SONG, HEI = "Times New Roman", "宋体", "黑体"
# Name, East Asian font, points, points before and after, alignment.
LEFT, CENTER = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER
STYLES = (
    ("Title", HEI, 22, 0, 24, CENTER),
    ("Heading 1", HEI, 16, 18, 8, LEFT),
    ("Heading 2", HEI, 14, 12, 4, LEFT),
    ("Heading 3", HEI, 12, 8, 4, LEFT),
    ("Heading 4", HEI, 12, 8, 4, LEFT),
    ("List Bullet", SONG, 12, 0, 0, LEFT),
    ("List Number", SONG, 12, 0, 0, LEFT),
    ("Quote", SONG, 12, 4, 4, LEFT),
    ("Footer", SONG, 10.5, 0, 0, CENTER),
    ("Signature", SONG, 12, 12, 0, WD_ALIGN_PARAGRAPH.RIGHT),
    ("Caption", HEI, 10.5, 8, 4, CENTER),
    ("Table Text", SONG, 10.5, 0, 0, LEFT),
    ("Colophon", SONG, 10.5, 0, 0, LEFT),
)
# ZIP knows no earlier day; a file says nothing about when it was packed.
EPOCH = (1980, 1, 1, 0, 0, 0)


class Writer:
    """Writes the elements of one HTML document into one Word document."""

    def __init__(self, html: str) -> None:
        self._html = lxml.html.document_fromstring(html)
        self._document: Any = docx.Document()

    def write(self) -> bytes:
        """The file; the same HTML gives the same bytes."""
        _set_page(self._document)
        _set_styles(self._document)
        self._describe()
        self._document.add_paragraph(style="Title").add_run(self._html.findtext(".//h1"))
        for section in self._html.iterfind(".//main/*"):
            signed = section.get("class") == "sign-off"
            for element in section:
                self._block(element, "Signature" if signed else None)
        self._document.add_paragraph(style="Colophon")
        for line in self._html.iterfind(".//footer/p"):
            self._block(line, "Colophon")
        return _packed(self._document)

    def _describe(self) -> None:
        elements = self._html.iterfind(".//meta")
        meta: dict[str, str] = {str(element.get("name")): str(element.get("content")) for element in elements}
        about = self._document.core_properties
        about.title, about.language = self._html.findtext(".//title"), "zh-CN"
        about.author = about.last_modified_by = meta.get("author", "")
        about.comments, about.subject = meta["description"], meta["generator"]
        about.created = about.modified = datetime.fromisoformat(meta["dcterms.modified"]).replace(tzinfo=None)

    def _block(self, element: Any, style: str | None = None) -> None:
        if element.tag == "table":
            self._table(element)
        elif element.tag in ("ul", "ol"):
            self._list(element)
        elif element.tag == "blockquote":
            for child in element:
                self._block(child, "Quote")
        else:
            if element.tag.startswith("h"):
                style = f"Heading {min(int(element.tag[1]) - 1, 4)}"
            self._inline(self._document.add_paragraph(style=style), element)

    def _list(self, items: Any, level: int = 0, number: int | None = None) -> None:
        style = self._document.styles["List Number" if items.tag == "ol" else "List Bullet"]
        numbered = _new_numbering(self._document, style) if items.tag == "ol" else None
        for item in items:
            nested = [child for child in item if child.tag in ("ul", "ol")]
            for child in nested:
                item.remove(child)
            paragraph = self._document.add_paragraph(style=style)
            if numbered is not None:
                properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
                properties.get_or_add_ilvl().val, properties.get_or_add_numId().val = 0, numbered
            if level:
                paragraph.paragraph_format.left_indent = Pt(24 * (level + 1))
            self._inline(paragraph, item)
            for child in nested:
                self._list(child, level + 1)

    def _table(self, table: Any) -> None:
        caption = table.find("caption")
        if caption is not None:
            self._inline(self._document.add_paragraph(style="Caption"), caption)
        placed, size = _grid(table)
        made = self._document.add_table(*size, style="Table Grid")
        for (row, column), (cell, rows, columns) in placed.items():
            place = made.cell(row, column)
            if rows > 1 or columns > 1:
                place = place.merge(made.cell(row + rows - 1, column + columns - 1))
            paragraph = place.paragraphs[0]
            paragraph.style = "Table Text"
            self._inline(paragraph, cell, bold=cell.tag == "th")
        for at, row in enumerate(table.iter("tr")):
            properties = made.rows[at]._tr.get_or_add_trPr()
            properties.append(OxmlElement("w:cantSplit"))
            if row.getparent().tag == "thead":
                properties.append(OxmlElement("w:tblHeader"))
        self._document.add_paragraph(style="Table Text")

    def _inline(self, paragraph: Paragraph, element: Any, parent: Any = None, **format: bool) -> None:
        """Add what an element holds to a paragraph; ``parent`` is the hyperlink that its runs belong into."""
        self._run(paragraph, element.text, parent, format)
        for child in element:
            if child.tag == "br":
                self._run(paragraph, "\n", parent, format, keep=True)
            elif child.tag == "a" and (child.get("href") or "").startswith(("http:", "https:", "mailto:")):
                self._inline(paragraph, child, _hyperlink(paragraph, child.get("href")), **format)
            else:
                self._inline(paragraph, child, parent, **format | _format(child.tag))
            self._run(paragraph, child.tail, parent, format)

    def _run(
        self, paragraph: Paragraph, text: str | None, parent: Any, format: dict[str, bool], keep: bool = False
    ) -> None:
        if not text:
            return
        run = paragraph.add_run(text if keep else text.replace("\n", " "))
        for name, value in format.items():
            setattr(run.font, name, value)
        if parent is not None:
            parent.append(run._r)


def make(html: str) -> bytes:
    """The Word file of a document made by ``document.make``."""
    return Writer(html).write()


def _format(tag: str) -> dict[str, bool]:
    names = {"strong": "bold", "em": "italic", "sup": "superscript", "sub": "subscript"}
    return {names[tag]: True} if tag in names else {}


def _set_page(document: Any) -> None:
    """A4 with the margins of official documents (GB/T 9704), the page's number at the foot."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    section.footer.paragraphs[0]._p.append(field)


def _set_styles(document: Any) -> None:
    styles = document.styles
    for name in {name for name, *_ in STYLES} - {style.name for style in styles}:
        styles.add_style(name, 1).base_style = styles["Normal"]
    _set_font(styles["Normal"], SONG, 12)
    _set_indent(styles["Normal"], 200, 480)
    normal = styles["Normal"].paragraph_format
    normal.line_spacing, normal.space_after, normal.widow_control = 1.5, Pt(0), True
    for name, font, size, before, after, alignment in STYLES:
        style, form = styles[name], styles[name].paragraph_format
        _set_font(style, font, size)
        _set_indent(style, 0, 0)
        form.space_before, form.space_after, form.alignment = Pt(before), Pt(after), alignment
        if font == HEI:
            form.keep_with_next = True
            for border in style.element.pPr.findall(qn("w:pBdr")):
                style.element.pPr.remove(border)
    for name in ("List Bullet", "List Number"):
        form = styles[name].paragraph_format
        form.left_indent, form.first_line_indent = Pt(24), Pt(-24)


def _set_font(style: Any, name: str, size: float) -> None:
    style.font.name, style.font.size, style.font.italic = LATIN, Pt(size), False
    style.font.color.rgb = RGBColor(0, 0, 0)
    style.font.bold = name == HEI
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for key in [key for key in fonts.attrib if key.endswith("Theme")]:
        del fonts.attrib[key]  # a theme's font would win
    fonts.set(qn("w:eastAsia"), name)
    fonts.set(qn("w:cs"), LATIN)
    language = OxmlElement("w:lang")
    for key in ("w:val", "w:eastAsia"):
        language.set(qn(key), "zh-CN")
    properties.append(language)


def _set_indent(style: Any, hundredths: int, twentieths: int) -> None:
    """Indent the first line by so many hundredths of a character; in points for programs that count none."""
    indent = style.element.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), str(hundredths))
    indent.set(qn("w:firstLine"), str(twentieths))


def _new_numbering(document: Any, style: Any) -> int:
    """A numbering that begins at 1, drawn as the style draws it."""
    numbering = document.part.numbering_part.element
    drawn = numbering.num_having_numId(style.element.pPr.numPr.numId.val).abstractNumId.val
    added = numbering.add_num(drawn)
    added.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(added.numId)


def _hyperlink(paragraph: Paragraph, address: str) -> Any:
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    paragraph._p.append(link)
    return link


def _grid(table: Any) -> tuple[dict[tuple[int, int], tuple[Any, int, int]], tuple[int, int]]:
    """Where each cell of a table stands, with the rows and columns that it spans; and the table's size."""
    placed, taken = {}, set()
    lines = list(table.iter("tr"))
    for row, line in enumerate(lines):
        column = 0
        for cell in line.iterchildren("th", "td"):
            while (row, column) in taken:
                column += 1
            rows = min(_span(cell, "rowspan"), len(lines) - row)
            columns = _span(cell, "colspan")
            placed[row, column] = (cell, rows, columns)
            taken |= {(row + down, column + right) for down in range(rows) for right in range(columns)}
    return placed, (len(lines), 1 + max((column for _, column in taken), default=0))


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1")
    return max(1, min(int(value), 100)) if value.isdecimal() else 1


def _packed(document: Any) -> bytes:
    """The document as bytes that do not depend on when it was saved."""
    saved, packed = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, EPOCH), source.read(name), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(make(sys.stdin.buffer.read().decode()))
