"""A program: HTML on standard input, a tagged PDF (PDF/UA-1) on standard output.

It is run by its path (see ``programs``), so it imports nothing of the portal.
"""

import hashlib
import sys


def make(html: str) -> bytes:
    """The PDF; the same HTML gives the same bytes. Nothing outside of the HTML is fetched.

    Raises:
        OSError: a library that WeasyPrint needs (Pango …) is not on this machine.
    """
    # Only here: it takes a second, and fails where Pango is missing.
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    document = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=()))
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    made: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    return made


if __name__ == "__main__":
    sys.stdout.buffer.write(make(sys.stdin.buffer.read().decode()))
