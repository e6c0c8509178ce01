"""A plan as one HTML document, of which the PDF and the Word file are made."""

import re
from datetime import UTC
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from lxml.html import HtmlElement
from markupsafe import Markup

from portal.downloads.edition import Edition
from portal.downloads.elements import elements, links, written
from portal.plans.catalogue import PublishedPage
from portal.plans.rendering import UNBREAKABLE, wrap_spans

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
# A paragraph up to this many characters stays on one page, so that it can be copied whole.
UNBROKEN = 300
# What stays on one line: dates and figures, as on the page; and what a hyphen joins, since programs that take
# text out of a PDF drop a hyphen at the end of a line.
JOINED = re.compile(rf"{UNBREAKABLE.pattern}|[^\s-](?:-[^\s-])+")

# Of its own: a file is the same whoever asks for it, so its templates know nothing of requests.
environment = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def make(edition: Edition) -> str:
    """The document: cover, contents, chapters, colophon; its headings and paragraphs keep their anchors."""
    inside = links(edition, lambda _, anchor: f"#{anchor}")

    def blocks(page: PublishedPage) -> list[Markup]:
        return [_html(element) for element in elements(edition, page, inside, 3)]

    return environment.get_template("downloads/plan.html").render(blocks=blocks, **values(edition))


def values(edition: Edition) -> dict[str, Any]:
    """What every template of a download is given; ``modified`` is when the newest revision was made (UTC)."""
    modified = edition.plan.revised_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"edition": edition, "plan": edition.plan, "colophon": edition.colophon, "modified": modified}


def _html(element: HtmlElement) -> Markup:
    for paragraph in element.iter("p"):
        if len(str(paragraph.text_content())) <= UNBROKEN:
            paragraph.set("class", "unbroken")
    for head in element.iter("th"):
        head.set("scope", "col" if head.getparent().getparent().tag == "thead" else "row")
    html, text = written(element, "html"), str(element.text_content())
    return wrap_spans(html, [match.span() for match in JOINED.finditer(text)], "span")
