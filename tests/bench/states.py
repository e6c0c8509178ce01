"""What the pages of a site read like after each release, and whether what readers got agrees with that."""

import json
import re
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tests.bench.load import LoadError
from tests.bench.visitor import PLAN
from tests.support.readers import Got, Readers
from tests.support.server import Server

# The first words of the corrected paragraph, one release after another: as many as there were.
WORDS = ("甲一甲一甲一", "乙二乙二乙二", "丙三丙三丙三")
DATA = f"/api/v1{PLAN}"
# These name the release of their text; those tell all corrections; the rest may change as well, or does not.
TEXTS = (f"{PLAN}/2", f"{PLAN}/full", f"{PLAN}/2?theme=dark", DATA)
ERRATA = ("/errata", "/errata.csv", "/errata.atom", "/api/v1/errata")
OTHERS = (
    *("/", "/plans/", f"{PLAN}/", f"{PLAN}/1", f"{PLAN}/2/history", f"{PLAN}/2/qr.svg"),
    *("/feed.atom", "/sitemap.xml", "/guide"),
)
ADDRESSES = (*TEXTS, *ERRATA, *OTHERS)
RELEASE = re.compile(r'data-release="(\d+)"|"release":(\d+)|第(\d+)版')


class States:
    """The pages as they were in calm, release by release. Until ``late`` seconds after ``add`` an answer may
    be from before it.
    """

    def __init__(self, server: Server, late: float = 0.0) -> None:
        self._url, self._late = server.url, late
        self._since: list[float] = []
        self._pages: list[Mapping[str, bytes]] = []
        self.add()

    def add(self) -> None:
        """Nothing changes now: look at each page, which shows wholly what was published last.

        Raises:
            LoadError: one does not.
        """
        self._since.append(time.monotonic() + self._late)
        time.sleep(self._late)
        pages = {address: self._get(address) for address in ADDRESSES}
        release = json.loads(pages[DATA])["release"]
        for address in TEXTS + ERRATA:
            text = pages[address].decode()
            told = {number for found in RELEASE.findall(text) for number in found if number}
            if address in TEXTS and told != {str(release)}:
                raise LoadError(f"{address} names the releases {told} and not {release}")
            if shown(text) != self._wanted(address):
                raise LoadError(f"{address} has the words {shown(text)} after release {release}")
        self._pages.append(pages)

    def _wanted(self, address: str) -> list[str]:
        published = WORDS[: len(self._pages)]
        return list(published if address in ERRATA else published[-1:])

    def judged(self, readers: Readers) -> tuple[Counter[str], Counter[str]]:
        """As ``judge``, by what was seen in calm."""
        return judge(readers.got, readers.pages, self._pages, self._since)

    def _get(self, address: str) -> bytes:
        with urllib.request.urlopen(self._url + urllib.parse.quote(address, safe="/?=")) as answer:
            body: bytes = answer.read()
        return body


def judge(
    got: Iterable[Got],
    read: Mapping[bytes, bytes],
    releases: Sequence[Mapping[str, bytes]],
    since: Sequence[float],
) -> tuple[Counter[str], Counter[str]]:
    """How often readers got what no release is, and what was out of date when they asked, by address.

    ``read`` are the pages by their digests, ``releases`` those in calm by address, ``since`` when (monotonic)
    nobody was to see an earlier one any more.
    """
    mixed, stale = Counter[str](), Counter[str]()
    for address, asked_at, digest in got:
        states = [number for number, pages in enumerate(releases) if pages[address] == read[digest]]
        due = sum(moment <= asked_at for moment in since) - 1
        if not states:
            mixed[address] += 1
        elif states[-1] < due:
            stale[address] += 1
    return mixed, stale


def shown(text: str) -> list[str]:
    """Which of the new words a page shows, whatever marks stand between their characters."""
    plain = re.sub("<[^>]*>", "", text)
    return [words for words in WORDS if words in plain]
