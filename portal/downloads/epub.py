"""A plan as an EPUB 3: a page of the plan is a file in it, and anchors stay what they are."""

import io
import zipfile
from collections.abc import Iterator

from portal.downloads.document import environment, values
from portal.downloads.edition import Edition
from portal.downloads.elements import elements, links, written

# ZIP knows no earlier day; a file says nothing about when it was packed.
EPOCH = (1980, 1, 1, 0, 0, 0)


def make(edition: Edition) -> bytes:
    """The file; the same edition gives the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # First and not compressed: by this a reader knows what it has.
        archive.writestr(zipfile.ZipInfo("mimetype", EPOCH), "application/epub+zip", zipfile.ZIP_STORED)
        for name, text in _files(edition):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _files(edition: Edition) -> Iterator[tuple[str, str]]:
    known = values(edition)
    yield "META-INF/container.xml", _rendered("container.xml", {})
    for name in ("package.opf", "style.css", "cover.xhtml", "nav.xhtml", "colophon.xhtml"):
        yield f"EPUB/{name}", _rendered(name, known)
    inside = links(edition, lambda position, anchor: f"page-{position + 1}.xhtml#{anchor}")
    for number, page in enumerate(edition.plan.pages, 1):
        blocks = [written(element, "xml") for element in elements(edition, page, inside, 2)]
        yield f"EPUB/page-{number}.xhtml", _rendered("page.xhtml", known | {"page": page, "blocks": blocks})


def _rendered(name: str, values: dict[str, object]) -> str:
    return environment.get_template(f"downloads/epub/{name}").render(values)
