"""The audit's own reading of what judges say, and of files: each fault that is put in is found."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from tests.audit import downloads, linking, loading, markup
from tests.audit.editions import compared, outline, shown_on, text_of
from tests.audit.findings import AuditError
from tests.audit.walking import Document

PLAN = {
    "title": "要点",
    "pages": [
        {
            "label": "一、",
            "title": "第一章",
            "paragraphs": [{"text": "章首 一段。"}],
            "sections": [{"label": "(一)", "title": "一节。", "paragraphs": [{"text": "节中一段。"}]}],
        },
        {"label": "", "title": "", "paragraphs": [{"text": "尾声。"}], "sections": []},
    ],
}
TEXT = "一、第一章章首一段。(一)一节。节中一段。尾声。"


def test_what_the_validators_say() -> None:
    said = [
        {
            "filePath": "/x/001.html",
            "messages": [{"ruleId": "no-dup-id", "message": "Duplicate ID", "selector": "#a", "line": 3}],
        },
        {"filePath": "/x/002.html", "messages": []},
    ]
    assert list(markup.read_html_validate(said)) == [(Path("/x/001.html"), "no-dup-id: Duplicate ID (#a)")]
    url = "file:/x/001.html"
    messages = [
        {"type": "error", "url": url, "message": "Stray end tag", "lastLine": 4, "extract": "</p>\n"},
        {"type": "info", "subType": "warning", "url": url, "message": "Empty heading", "lastLine": 5},
        {"type": "info", "url": url, "message": "Trailing slash"},
        {
            "type": "error",
            "url": url,
            "message": "“width”: The types are incompatible.",
            "extract": "2 * var(--a)",
        },
        {
            "type": "error",
            "url": url,
            "message": "“width”: The types are incompatible.",
            "extract": "2 * red",
        },
    ]
    words = [what for _, what in markup.read_nu({"messages": messages})]
    assert words == [
        "Stray end tag (line 4: </p>)",
        "Empty heading (line 5: )",
        "“width”: The types are incompatible. (line None: 2 * red)",
    ]


def test_a_validator_that_finds_nothing_in_a_faulty_page_is_no_judge(tmp_path: Path) -> None:
    page = Document("home", "http://localhost/", 200, {}, b"")
    files = {tmp_path / "000.html": markup._faulty(), tmp_path / "001.html": page}
    with pytest.raises(AuditError, match="does not work"):
        markup._verdict(files, iter([(tmp_path / "001.html", "wrong")]))


def test_what_the_judges_of_files_say() -> None:
    said = {
        "findings": [{"rule_id": "UA-01-001", "message": "Content is not tagged"}],
        "skipped": [
            {"rule_id": "UA-14-001", "reason": f"ValueError: … {downloads.BUG_OF_PDFUA} from array"},
            {"rule_id": "UA-15-001", "reason": "something else"},
        ],
    }
    assert downloads.read_pdfua(said) == [
        "UA-01-001: Content is not tagged",
        "UA-15-001 was not tried: something else",
    ]
    fonts = """\
name                                 type              encoding         emb sub uni object ID
------------------------------------ ----------------- ---------------- --- --- --- ---------
DFCEGX+Noto-Sans-CJK-SC-Bold         CID Type 0C (OT)  Identity-H       yes yes yes    128  0
SimSun                               TrueType          WinAnsi          no  no  no     129  0
"""
    assert downloads.read_pdffonts(fonts) == ["a font is not embedded: SimSun"]
    messages = [
        {"ID": "RSC-005", "severity": "ERROR", "message": "Error while parsing file"},
        {"ID": "HTM-010", "severity": "WARNING", "message": "Namespace"},
        {"ID": "ACC-009", "severity": "USAGE", "message": "Advice"},
    ]
    assert downloads.read_epubcheck({"messages": messages}) == [
        "RSC-005: Error while parsing file",
        "HTM-010: Namespace",
    ]


def test_text_and_outline_of_a_plan() -> None:
    assert text_of(PLAN) == TEXT
    assert outline(PLAN) == [(1, "一、第一章"), (2, "(一)一节。")]
    page = html.fromstring(
        "<main><h1 id=top>要点</h1><article><h2 id=s1>一、第一章</h2><p id=s1-p1>章首 一段。</p>"
        "<a id=share>复制</a><h3 id=s1-1>(一)一节。</h3><p id=s1-1-p1>节中一段。</p>"
        "<p id=s0-p1>尾声。</p></article></main>"
    )
    assert shown_on(page) == TEXT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"封面 {TEXT} 版本", ""),
        (
            TEXT.replace("节中", "结中"),
            "“一、第一章章首一段。(一)一节。”: “结中一段。尾声。” for “节中一段。尾声。”",
        ),
        (TEXT + TEXT, "more than once"),
        ("", "after “”"),
    ],
)
def test_a_text_is_compared_with_what_is_published(text: str, words: str) -> None:
    found = compared("plan.txt", text, TEXT)
    assert len(found) == bool(words)
    assert all(words in one.what for one in found)


def test_heads_and_feet_of_printed_pages_are_left_out() -> None:
    text = "要点\n\f要点\n目录\n2\n\f要点    第4版\n\n  上半段，\n\n  — 3 —\n\f要点\n下半段2\n4\n\f"
    assert downloads.pages_text(text, "要点") == "要点目录上半段，下半段2"


def test_a_book_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    file = tmp_path / "book.epub"
    package = (
        "<package xmlns='o'><manifest><item id='a' href='a.xhtml'/><item id='b' href='b.xhtml'/></manifest>"
        "<spine><itemref idref='b'/><itemref idref='a'/></spine></package>"
    )
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("META-INF/container.xml", "<c><rootfile full-path='E/p.opf'/></c>")
        book.writestr("E/p.opf", package)
        for name in "ab":
            book.writestr(f"E/{name}.xhtml", f"<html xmlns='h'><head/><body>{name}</body></html>")
    assert downloads.book_text(file) == "ba"


def test_headings_that_libreoffice_shows(tmp_path: Path) -> None:
    file = tmp_path / "plan.odt"
    with zipfile.ZipFile(file, "w") as document:
        document.writestr(
            "content.xml",
            "<o xmlns:text='t'><text:h text:outline-level='1'>一、<text:span>第一章</text:span></text:h></o>",
        )
    assert downloads.odt_outline(file) == [(1, "一、第一章")]


def test_what_lighthouse_says() -> None:
    def report(performance: float, seo: float) -> dict[str, Any]:
        scores = {"performance": performance, "seo": seo, "accessibility": 1, "best-practices": 1}
        refs = [{"id": "meta-description", "weight": 1}, {"id": "canonical", "weight": 1}]
        audits = {
            "meta-description": {"score": 0, "scoreDisplayMode": "binary", "displayValue": "none"},
            "canonical": {"score": None, "scoreDisplayMode": "notApplicable"},
        }
        categories = {name: {"score": score, "auditRefs": refs} for name, score in scores.items()}
        return {"categories": categories, "audits": audits}

    assert loading.read_lighthouse([report(0.98, 1)]) == []
    assert loading.read_lighthouse([report(0.9, 1), report(0.99, 1), report(1, 1)]) == []
    assert loading.read_lighthouse([report(1, 0.91)]) == ["seo 91, not 100: meta-description (none)"]
    failed = {"runtimeError": {"message": "no page"}}
    assert loading.read_lighthouse([failed]) == ["Lighthouse cannot judge it: no page"]


def test_links_that_lead_nowhere() -> None:
    page = b"<html><body><p id=here>x</body></html>"
    assert linking.led_astray(404, b"", "") == ["answers 404"]
    assert linking.led_astray(200, page, "gone") == ["has no such anchor"]
    assert linking.led_astray(200, page, "here") == linking.led_astray(200, page, "top") == []


def test_files_for_machines() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>t</title><updated>2026-11-28T08:00:00+08:00'
        '</updated><author><name>n</name></author><link rel="self" href="/feed"/>'
        "<entry><id>e</id><title>t</title><updated>2026-11-28T00:00:00Z</updated></entry></feed>"
    )
    assert linking.read_atom(feed.encode()) == []
    assert linking.read_atom(feed.replace("T00:00:00Z", "").encode()) == [
        "'2026-11-28' is no date of RFC 3339"
    ]
    assert linking.read_atom(feed.replace("<id>e</id>", "").encode()) == ["entry has no id"]
    assert len(linking.read_atom(feed.replace("<author><name>n</name></author>", "").encode())) == 1
    assert linking.read_atom(feed.replace('rel="self"', "").encode()) == ["has no link to itself"]
    assert "well-formed" in linking.read_atom(feed[:-5].encode())[0]
    assert linking.read_robots(b"User-agent: *\nDisallow: /x\nSitemap: http://a/s.xml\n") == []
    assert linking.read_robots(b"Nothing here\n") == ["'Nothing here' is no rule", "names no sitemap"]
