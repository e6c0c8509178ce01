"""Links that lead somewhere, and the files for machines: feeds, sitemap, robots, OpenSearch, manifest."""

import json
import re
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from urllib.error import HTTPError
from urllib.parse import urldefrag, urlsplit

from lxml import etree, html

from tests.audit.findings import Finding, Verdict, shown
from tests.audit.portal import Site

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
# RFC 3339, as Atom wants its dates.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
LINKS = "//a/@href | //link/@href | //img/@src | //script/@src | //form[@method='get']/@action"


def links(site: Site) -> Verdict:
    """Each link of every public page, once: it answers, and the anchor that it names is there."""
    seen: dict[str, str] = {}
    for page in site.pages:
        if not page.path.startswith(("/moderation/", "/account/")) and page.status < 400:
            for link in page.tree.xpath(LINKS):
                if link.startswith(f"{site.url}/"):
                    seen.setdefault(str(link), page.name)
    found: list[Finding] = []
    answers: dict[str, tuple[int, bytes]] = {}
    for link, where in shown(sorted(seen.items()), len(seen), "links"):
        address, anchor = urldefrag(link)
        if address not in answers:
            answers[address] = _get(address)
        found += [Finding(where, f"{link} {what}") for what in led_astray(*answers[address], anchor)]
    return Verdict(len(seen), found)


def led_astray(status: int, body: bytes, anchor: str) -> list[str]:
    """What is wrong with where a link leads; ``#top`` is anywhere."""
    if status >= 400:
        return [f"answers {status}"]
    if anchor and anchor != "top" and not anchor.startswith(":~:"):
        tree = html.document_fromstring(body)
        if not tree.xpath("//*[@id=$anchor]", anchor=anchor):
            return ["has no such anchor"]
    return []


def machines(site: Site) -> Verdict:
    """What is fetched by programs is well-formed, and says what its standard asks for."""
    found: list[Finding] = []
    feeds = {
        urlsplit(str(link)).path
        for page in site.pages
        for link in page.tree.xpath("//link[@type='application/atom+xml']/@href")
    }
    readers = dict.fromkeys(sorted(feeds | {"/feed.atom", "/errata.atom"}), read_atom)
    readers |= {"/sitemap.xml": lambda body: read_sitemap(body, site.url), "/opensearch.xml": read_xml}
    readers |= {"/robots.txt": read_robots}
    readers |= {
        urlsplit(str(link)).path: read_json
        for link in site.pages[0].tree.xpath("//link[@rel='manifest']/@href")
    }
    for path, read in readers.items():
        status, body = _get(site.url + path)
        found += [Finding(path, what) for what in (read(body) if status == 200 else [f"answers {status}"])]
    return Verdict(len(readers), found)


def read_atom(body: bytes) -> list[str]:
    """What RFC 4287 asks for and a feed does not have."""
    try:
        feed = etree.fromstring(body)
    except etree.XMLSyntaxError as error:
        return [f"is not well-formed: {error}"]
    entries = feed.findall(f"{ATOM}entry")
    found = [] if feed.tag == f"{ATOM}feed" else ["is no Atom feed"]
    for part in (feed, *entries):
        found += [
            f"{part.tag[len(ATOM) :]} has no {name}"
            for name in ("id", "title", "updated")
            if not part.findtext(ATOM + name)
        ]
    if not all(
        part.findtext(f"{ATOM}author/{ATOM}name")
        for part in ([feed] if feed.find(f"{ATOM}author") is not None else entries)
    ):
        found.append("neither the feed nor each entry has an author")
    if not feed.xpath("a:link[@rel='self']", namespaces={"a": ATOM[1:-1]}):
        found.append("has no link to itself")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    found += [f"{len(ids) - len(set(ids))} entries share an id"] if len(ids) > len(set(ids)) else []
    moments = [date.text or "" for date in feed.iter(f"{ATOM}updated", f"{ATOM}published")]
    return found + [
        f"{moment!r} is no date of RFC 3339" for moment in moments if not MOMENT.fullmatch(moment)
    ]


def read_sitemap(body: bytes, origin: str) -> list[str]:
    """Addresses that are not the site's, do not answer, or stand there twice, and dates that are none."""
    try:
        places = etree.fromstring(body).findall(f"{MAP}url")
    except etree.XMLSyntaxError as error:
        return [f"is not well-formed: {error}"]
    addresses = [place.findtext(f"{MAP}loc") or "" for place in places]
    found = [] if addresses else ["holds no address"]
    found += [
        f"{address} stands there twice"
        for address in sorted({one for one in addresses if addresses.count(one) > 1})
    ]
    found += [
        f"{address} is of another site" for address in addresses if not address.startswith(f"{origin}/")
    ]
    found += [
        f"{address} answers {status}"
        for address in addresses
        for status in [_get(address)[0]]
        if status != 200
    ]
    return found + list(_no_dates(place.findtext(f"{MAP}lastmod") for place in places))


def read_robots(body: bytes) -> list[str]:
    """Lines that are no line of robots.txt, and a sitemap that is not named."""
    lines = [line for line in body.decode().splitlines() if line.strip() and not line.startswith("#")]
    found = [
        f"{line!r} is no rule"
        for line in lines
        if not re.match(r"(User-agent|Allow|Disallow|Sitemap): ?\S*$", line)
    ]
    return found if any(line.startswith("Sitemap: http") for line in lines) else [*found, "names no sitemap"]


def read_xml(body: bytes) -> list[str]:
    """Whether it is well-formed."""
    try:
        etree.fromstring(body)
    except etree.XMLSyntaxError as error:
        return [f"is not well-formed: {error}"]
    return []


def read_json(body: bytes) -> list[str]:
    """Whether it is JSON."""
    try:
        json.loads(body)
    except ValueError as error:
        return [f"is no JSON: {error}"]
    return []


def _no_dates(texts: Iterator[str | None]) -> Iterator[str]:
    for text in texts:
        try:
            datetime.fromisoformat(text or "2000-01-01")
        except ValueError:
            yield f"{text!r} is no date"


def _get(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=120) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, b""
