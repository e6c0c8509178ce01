"""The downloads before judges of their kind: pdfua, pdffonts, epubcheck, LibreOffice, the published text."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from lxml import etree, html
from markdown import markdown
from weasyprint import HTML

from tests.audit.editions import NotOffered, compared, fetch, outline, shown_on, squeezed, structure, text_of
from tests.audit.findings import VENV, AuditError, Finding, Verdict, run, shown
from tests.audit.portal import Site

# pdfua itself fails where an element has a list of attributes, which the standard allows (ISO 32000, 14.7.6).
BUG_OF_PDFUA = "cannot get key '/is_integer'"
Check = Callable[[Site, str, Any], list[Finding]]


def pdf(site: Site) -> Verdict:
    """PDF/UA, fonts, and text of each plan's PDF."""
    bad = site.folder / "faulty.pdf"
    HTML(string="<p>x").write_pdf(bad)
    if not read_pdfua(_pdfua(bad)):
        raise AuditError("pdfua finds nothing wrong with a PDF without tags, so it does not work")
    return _each(site, "pdf", _pdf)


def epub(site: Site) -> Verdict:
    """epubcheck, and the text, of each plan's EPUB."""
    bad = site.folder / "faulty.epub"
    with zipfile.ZipFile(bad, "w") as file:
        file.writestr("x", "x")
    if not read_epubcheck(_epubcheck(bad)):
        raise AuditError("epubcheck finds nothing wrong with an empty book, so it does not work")
    return _each(site, "epub", _epub)


def word(site: Site) -> Verdict:
    """What LibreOffice makes of each plan's DOCX: its outline and its text."""
    return _each(site, "docx", _word)


def plain(site: Site) -> Verdict:
    """Text, Markdown and JSON against what is published, and that against the page that readers see."""
    return _each(site, "txt md json", _plain)


def read_pdfua(said: Any) -> list[str]:
    """The words of each finding in pdfua's JSON, and of each rule that could not be tried."""
    found = [f"{one['rule_id']}: {one['message']}" for one in said["findings"]]
    return found + [
        f"{one['rule_id']} was not tried: {one['reason']}"
        for one in said["skipped"]
        if BUG_OF_PDFUA not in one["reason"]
    ]


def read_pdffonts(said: str) -> list[str]:
    """Fonts that the file does not hold, by the fourth column (emb); the line below the heads rules it."""
    lines = said.splitlines()
    start = [match.start() for match in re.finditer("-+", lines[1])][3]
    return [
        f"a font is not embedded: {line.split()[0]}" for line in lines[2:] if line[start:].split()[0] != "yes"
    ]


def read_epubcheck(said: Any) -> list[str]:
    """The words of each error and warning in epubcheck's JSON."""
    return [
        f"{one['ID']}: {one['message']}"
        for one in said["messages"]
        if one["severity"] not in ("INFO", "USAGE")
    ]


def pages_text(text: str, title: str) -> str:
    """pdftotext's pages without what stands at the head and foot of each: the title with the release,
    and the number.
    """
    head = re.compile(rf"{re.escape(title)}(\s+第\d+版)?")
    pages = []
    for page in text.split("\f"):
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        if pages and lines and head.fullmatch(lines[0]):
            lines = lines[1:]
        if lines and re.fullmatch(r"[—\-\s]*\d+[—\-\s]*", lines[-1]):
            lines = lines[:-1]
        pages.append("".join(lines))
    return "".join(pages)


def book_text(file: Path) -> str:
    """An EPUB's documents in the order of its spine."""
    with zipfile.ZipFile(file) as book:
        container = etree.fromstring(book.read("META-INF/container.xml"))
        package = PurePosixPath(container.xpath("string(//@full-path)"))
        opf = etree.fromstring(book.read(str(package)))
        names = {item.get("id"): item.get("href") for item in opf.iter("{*}item")}
        spine = [names[item.get("idref")] for item in opf.iter("{*}itemref")]
        documents = [etree.fromstring(book.read(str(package.parent / name))) for name in spine]
    return "".join("".join(document.find("{*}body").itertext()) for document in documents)


def odt_outline(file: Path) -> list[tuple[int, str]]:
    """What LibreOffice's navigator shows: level and words of each heading."""
    with zipfile.ZipFile(file) as document:
        content = etree.fromstring(document.read("content.xml"))
    return [
        (
            int(heading.get(heading.nsmap["text"].join("{}") + "outline-level")),
            squeezed("".join(heading.itertext())),
        )
        for heading in content.iter("{*}h")
    ]


def _each(site: Site, forms: str, check: Check) -> Verdict:
    verdict = Verdict(0)
    for plan in shown(site.plans, len(site.plans), forms):
        verdict.pages += len(forms.split())
        try:
            verdict.findings += check(site, plan, structure(site, plan))
        except NotOffered as none:
            verdict.findings.append(none.finding)
    return verdict


def _pdf(site: Site, plan: str, published: Any) -> list[Finding]:
    file = fetch(site, plan, "pdf")
    said = read_pdfua(_pdfua(file)) + read_pdffonts(run(["pdffonts", file]).stdout)
    text = pages_text(run(["pdftotext", "-layout", "-enc", "UTF-8", file, "-"]).stdout, published["title"])
    return [*_said(file, said), *compared(file.name, text, text_of(published))]


def _epub(site: Site, plan: str, published: Any) -> list[Finding]:
    file = fetch(site, plan, "epub")
    return [
        *_said(file, read_epubcheck(_epubcheck(file))),
        *compared(file.name, book_text(file), text_of(published)),
    ]


def _word(site: Site, plan: str, published: Any) -> list[Finding]:
    file = fetch(site, plan, "docx")
    wanted, seen = outline(published), odt_outline(_converted(file, "odt"))
    said = [
        f"LibreOffice shows {found}, not {right}"
        for found, right in zip(seen, wanted, strict=False)
        if found != right
    ][:1]
    if len(seen) != len(wanted):
        said.append(f"LibreOffice shows {len(seen)} headings, not {len(wanted)}")
    text = _converted(file, "txt:Text (encoded):UTF8").read_text(encoding="utf-8")
    return [*_said(file, said), *compared(file.name, text, text_of(published))]


def _plain(site: Site, plan: str, published: Any) -> list[Finding]:
    text, written, data = (fetch(site, plan, form) for form in ("txt", "md", "json"))
    wanted = text_of(published)
    rendered = html.fromstring(markdown(written.read_text(encoding="utf-8"), extensions=["tables"]))
    found = compared(text.name, text.read_text(encoding="utf-8"), wanted)
    found += compared(written.name, rendered.text_content(), wanted)
    if json.loads(data.read_bytes()) != published:
        found.append(Finding(data.name, f"is not what /api/v1/plans/{plan} answers"))
    whole = [page for page in site.pages if page.path == f"/plans/{plan}/full"]
    return found + [one for page in whole for one in compared(page.name, shown_on(page.tree), wanted)]


def _said(file: Path, words: list[str]) -> Iterator[Finding]:
    return (Finding(file.name, what) for what in words)


def _pdfua(file: Path) -> Any:
    return json.loads(run([VENV / "bin" / "pdfua", "check", "--format", "json", file]).stdout)


def _epubcheck(file: Path) -> Any:
    (jar,) = VENV.glob("lib/*/site-packages/epubcheck/epubcheck.jar")
    return json.loads(run(["java", "-jar", jar, file, "--json", "-", "--quiet"]).stdout)


def _converted(file: Path, form: str) -> Path:
    profile = (file.parent / "libreoffice").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", form]
    done = run([*command, "--outdir", file.parent / "converted", file])
    made = file.parent / "converted" / f"{file.stem}.{form.partition(':')[0]}"
    if not made.exists():
        raise AuditError(
            f"LibreOffice does not open {file.name}: {done.stderr.strip() or done.stdout.strip()}"
        )
    return made
