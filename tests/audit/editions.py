"""The downloads as files, and what a plan's text is: read from the published JSON alone."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from lxml import html

from tests.audit.findings import Finding
from tests.audit.portal import Site

PATIENCE = 120
# Words that show where two texts part.
SHOWN = 16


class NotOffered(Exception):
    """A plan cannot be downloaded in a form; the finding says so."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


def fetch(site: Site, plan: str, form: str) -> Path:
    """A plan's download as a file.

    Raises:
        NotOffered: the portal answers with an error.
    """
    path = site.folder / f"{plan}.{form}"
    try:
        with urllib.request.urlopen(f"{site.url}/plans/{path.name}", timeout=PATIENCE) as answer:
            path.write_bytes(answer.read())
    except HTTPError as error:
        raise NotOffered(Finding(path.name, f"answers {error.code}")) from None
    return path


def structure(site: Site, plan: str) -> Any:
    """A plan as the JSON of the interface has it."""
    with urllib.request.urlopen(f"{site.url}/api/v1/plans/{plan}", timeout=PATIENCE) as answer:
        return json.load(answer)


def outline(plan: Any) -> list[tuple[int, str]]:
    """Its headings without white space: chapters are 1, sections 2."""
    found = []
    for page in plan["pages"]:
        found.append((1, squeezed(page["label"] + page["title"])))
        found += [(2, squeezed(section["label"] + section["title"])) for section in page["sections"]]
    return [(level, text) for level, text in found if text]


def text_of(plan: Any) -> str:
    """All headings and paragraphs in order, without white space."""
    return squeezed("".join(_pieces(plan)))


def shown_on(page: html.HtmlElement) -> str:
    """The same as a page shows it to readers: all that has an address of the text, without white space."""
    places = page.xpath("//article//*[starts-with(@id, 's') and translate(@id, 's0123456789p-', '') = '']")
    return squeezed("".join(place.text_content() for place in places))


def squeezed(text: str) -> str:
    """Without white space, which each form sets in its own way, and without marks of no width."""
    return "".join(text.replace("\ufeff", "").replace("\u200b", "").split())


def compared(name: str, text: str, wanted: str) -> list[Finding]:
    """A finding where a file does not hold the text wanted once, whole, in one piece."""
    text = squeezed(text)
    if wanted in text:
        again = text.count(wanted) - 1
        return [Finding(name, "holds the text more than once")] if again else []
    low, high = 0, len(wanted)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wanted[:middle] in text else (low, middle)
    there = text.index(wanted[:low]) + low if low else 0
    return [
        Finding(
            name,
            f"the text parts from what is published after “{wanted[max(0, low - SHOWN) : low]}”: "
            f"“{text[there : there + SHOWN]}” for “{wanted[low : low + SHOWN]}”",
        )
    ]


def _pieces(plan: Any) -> Iterator[str]:
    for page in plan["pages"]:
        for part in (page, *page["sections"]):
            yield part["label"] + part["title"]
            yield from (paragraph["text"] for paragraph in part["paragraphs"])
