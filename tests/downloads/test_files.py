"""What programs for reading ask of the files beside their text."""

import io
import zipfile
from pathlib import Path

import docx
import docx.document
import pypdf
import pytest
from docx.oxml.ns import qn
from flask import Flask
from lxml import etree

from portal.downloads import document, edition, epub, pdf, programs, word
from portal.downloads.edition import Edition
from tests.downloads.reading import ODD, bare, of_pdf, publish_odd, source
from tests.plans.corrected import correct

ORIGIN = "https://plan.example.gov.cn"


@pytest.fixture
def odd(app: Flask) -> Edition:
    """An edition of what is hard to write, with a correction."""
    publish_odd(app)
    correct(app, "s1-1-p6", "完。", "完毕。", plan=ODD)
    with app.app_context():
        found = edition.read(ODD, "工作要点公开平台", f"{ORIGIN}/plans/{ODD}/", f"{ORIGIN}/errata?plan={ODD}")
    assert found
    return found


def test_the_pdf_can_be_read_aloud_and_found_the_way_in(odd: Edition) -> None:
    data = programs.run("pdf", document.make(odd))
    assert (bare(odd.plan.title) + of_pdf(data, odd.plan)).startswith(source(odd.plan) + "来源：")
    reader = pypdf.PdfReader(io.BytesIO(data))
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "zh-CN"
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = etree.fromstring(catalog["/Metadata"].get_object().get_data())
    assert metadata.xpath("//@*[name()='pdfuaid:part']") == ["1"]
    assert reader.metadata
    assert (reader.metadata.title, reader.metadata.author) == (odd.plan.title, odd.plan.issuer)

    preface, chapter, sections = reader.outline
    assert [preface["/Title"], chapter["/Title"]] == ["前言", "第一章 目标*与#任务 #"]
    assert [sections[0]["/Title"], sections[1][0]["/Title"]] == ["(一)指标*。", "更小的标题"]

    for font in (each.get_object() for page in reader.pages for each in page["/Resources"]["/Font"].values()):
        below = font["/DescendantFonts"][0].get_object()
        assert "CJK" in font["/BaseFont"]
        assert {"/FontFile2", "/FontFile3"} & set(below["/FontDescriptor"].get_object())
    notes = [note.get_object() for page in reader.pages for note in page.get("/Annots", ())]
    links = {note["/A"]["/URI"] for note in notes if "/A" in note}
    assert {f"{ORIGIN}/errata?plan={ODD}", "https://example.com/?a=1&b=2"} <= links


def test_the_page_numbers_of_the_contents_stand_below_each_other() -> None:
    style = (Path(document.__file__).parents[1] / "templates/downloads/plan.css").read_text()
    entries = "".join(f'<li><a href="#end">{"标题" * n}</a></li>' for n in (1, 50))
    contents = f'<nav class="contents"><ol>{entries}</ol></nav>'
    data = pdf.make(f'<html lang="zh-CN"><title>t</title><style>{style}</style>{contents}<p id="end">字</p>')
    found: list[tuple[str, float]] = []
    pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text(
        visitor_text=lambda text, _page, place, *_: found.append((text.strip(), place[4]))
    )
    ends = [at for text, at in found if text == "1"][:2]
    assert ends[0] == pytest.approx(ends[1])
    assert ends[0] > max(at for text, at in found if set(text) == {"."})


def test_the_pdf_takes_nothing_from_elsewhere(tmp_path: Path) -> None:
    """Were the picture fetched, it would stand in the page."""
    picture = tmp_path / "picture.svg"
    picture.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><path d="M0 0h9v9z"/></svg>'
    )
    made = [
        pypdf.PdfReader(io.BytesIO(pdf.make(f'<title>t</title><p><img alt="" src="{address}">字')))
        for address in (picture.as_uri(), "file:///none")
    ]
    contents = [reader.pages[0].get_contents().get_data() for reader in made]
    assert contents[0] == contents[1]


def test_the_word_file_has_an_outline_and_real_tables_and_lists(odd: Edition) -> None:
    html = document.make(odd)
    data = word.make(html)
    assert word.make(html) == data
    read = docx.Document(io.BytesIO(data))
    assert styled(read, "Title", "Heading") == [
        ("Title", odd.plan.title),
        ("Heading 1", "第一章 目标*与#任务 #"),
        ("Heading 2", "(一)指标*。"),
        ("Heading 3", "更小的标题"),
    ]
    properties = read.core_properties
    assert (properties.title, properties.author) == (odd.plan.title, odd.plan.issuer)
    assert properties.created.replace(tzinfo=None) == odd.plan.revised_at.replace(microsecond=0, tzinfo=None)

    normal = read.styles["Normal"].element
    assert normal.rPr.rFonts.get(qn("w:eastAsia")) == "宋体"
    assert normal.rPr.find(qn("w:lang")).get(qn("w:eastAsia")) == "zh-CN"
    assert normal.pPr.ind.get(qn("w:firstLineChars")) == "200"
    assert read.styles["Heading 1"].element.pPr.ind.get(qn("w:firstLineChars")) == "0"

    (table,) = read.tables
    assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows] == [True, False, False]
    assert table.cell(1, 2)._tc is table.cell(2, 2)._tc
    assert table.cell(2, 0)._tc is table.cell(2, 1)._tc
    assert styled(read, "Caption") == [("Caption", "表1 主*要*指标")]
    assert styled(read, "List") == [
        ("List Bullet", "甲项"),
        ("List Bullet", "乙<项>"),
        ("List Number", "内"),
        ("List Number", "一级"),
        ("List Number", "二级"),
    ]
    inner, first, second = (
        each._p.pPr.numPr.numId.val for each in read.paragraphs if each.style.name == "List Number"
    )
    assert inner != first == second
    links = {link.address for paragraph in read.paragraphs for link in paragraph.hyperlinks}
    assert {
        f"{ORIGIN}/errata?plan={ODD}",
        "https://example.com/?a=1&b=2",
        f"{ORIGIN}/plans/{ODD}/2#s2",
    } <= links
    fields = read.sections[0].footer._element.iter(qn("w:fldSimple"))
    assert [field.get(qn("w:instr")) for field in fields] == ["PAGE"]


def styled(read: docx.document.Document, *styles: str) -> list[tuple[str, str]]:
    """The paragraphs whose style begins so."""
    return [(each.style.name, each.text) for each in read.paragraphs if each.style.name.startswith(styles)]


def test_the_epub_is_whole(odd: Edition) -> None:
    data = epub.make(odd)
    assert epub.make(odd) == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first, names = archive.infolist()[0], set(archive.namelist())
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"application/epub+zip"
        pages = {name: etree.fromstring(archive.read(name)) for name in names if name.endswith(".xhtml")}
        package = etree.fromstring(archive.read("EPUB/package.opf"))
    listed = {f"EPUB/{item.get('href')}" for item in package.iterfind(".//{*}item")}
    assert listed == names - {"mimetype", "META-INF/container.xml", "EPUB/package.opf"}

    anchors = {f"{name}#{found}" for name, page in pages.items() for found in page.xpath("//@id")}
    inside = {
        href
        for page in pages.values()
        for href in page.xpath("//*[local-name()='a']/@href")
        if ":" not in href
    }
    assert {f"EPUB/{href}" for href in inside} <= anchors | set(pages)
    assert "page-2.xhtml#s1-1" in pages["EPUB/page-2.xhtml"].xpath("//@href")

    about = {meta.get("property"): meta.text for meta in package.iterfind(".//{*}meta")}
    assert about["dcterms:modified"] == odd.plan.revised_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert about["schema:accessMode"] == "textual"
    assert package.findtext(".//{*}identifier") == f"{ORIGIN}/plans/{ODD}/"
