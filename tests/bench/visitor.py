"""Somebody who uses all of the portal: reads, searches, reports, and a moderator who deals with it."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar

from tests.bench.load import LoadError
from tests.support.client import form_of
from tests.support.server import Server

PLAN, CORRECTION = "/plans/2023-work-plan", "/feedback/correction"
# As readers meet them: ready ones, and the same with a choice of display, which Flask makes.
PAGES = (
    "/",
    f"{PLAN}/",
    f"{PLAN}/1",
    f"{PLAN}/2",
    f"{PLAN}/full",
    f"{PLAN}/1/history",
    "/errata",
    "/answers",
)
ANSWERED = (
    *(f"{page}?theme=dark" for page in PAGES),
    "/search?q=科技创新",
    "/search?q=优化营商还境",
    "/search?q=yingshanghuanjing",
    "/search?q=怎样申请人才公寓",
    "/api/v1/search?q=企业",
    "/api/v1/errata",
    f"/api/v1{PLAN}",
    f"{PLAN}/2/qr.svg",
    "/feedback/correction?plan=2023-work-plan&page=2&anchor=s2-1-p1",
    "/feedback/consultation",
    "/feedback/status",
    "/errata.csv",
    "/errata.atom",
    "/sitemap.xml",
    "/readyz",
    "/no/such/page",
)
FILES = tuple(f"{PLAN}.{form}" for form in ("txt", "md", "json", "epub", "docx", "pdf"))
STAFF = ("/moderation/", "/moderation/errata", "/moderation/plans", "/moderation/searches")
EMAIL, PASSWORD = "bench@example.gov.cn", "a password for these measurements"


@dataclass(frozen=True)
class Answer:
    """A page, and where it was in the end."""

    url: str
    text: str


class Visitor:
    """A browser without a screen; it takes a new connection each time, so that any worker may answer."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, address: str) -> Answer:
        """Ask for an address of the site."""
        return self._open(urllib.parse.quote(address, safe="/?=&.%#"), None)

    def post(self, address: str, fields: Mapping[str, str]) -> Answer:
        """Send a form, and go where that leads."""
        return self._open(address, urllib.parse.urlencode(fields).encode())

    def _open(self, address: str, data: bytes | None) -> Answer:
        url = urllib.parse.urljoin(self.server.url, address)
        try:
            with self._opener.open(url, data, timeout=60) as answer:
                return Answer(answer.url, answer.read().decode(errors="replace"))
        except urllib.error.HTTPError as error:
            with error:
                if error.code != 404:
                    raise LoadError(f"{address}: status {error.code}") from None
                return Answer(url, error.read().decode())

    def read(self) -> None:
        """Look at everything that is public."""
        for address in (*PAGES, *ANSWERED):
            self.get(address)

    def report(self, suggestion: str = "") -> Answer:
        """Send a correction in two steps, and look at the receipt: some words, turned round unless given."""
        page = json.loads(self.get(f"/api/v1{PLAN}").text)["pages"][2]
        paragraph = page["sections"][0]["paragraphs"][0]
        address = f"{CORRECTION}?plan=2023-work-plan&page={page['number']}&anchor={paragraph['anchor']}"
        form = form_of(self.get(address), address)
        words = paragraph["text"][:6]
        form |= {"error_type": "typo", "description": "请改正", "name": "张三", "contact": "zhang@example.cn"}
        check = self.post(CORRECTION, form | {"quote": words, "suggestion": suggestion or words[::-1]})
        return self.post(CORRECTION, form_of(check) | {"confirm": "1"})

    def sign_in(self) -> None:
        """Become a moderator, once the command line has added one."""
        form = form_of(self.get("/account/login"))
        self.post("/account/login", form | {"email": EMAIL, "password": PASSWORD})

    def decide(self, number: str) -> None:
        """Look at what moderators see, and accept a correction as it was suggested."""
        for address in STAFF:
            self.get(address)
        address = f"/moderation/submissions/{number}"
        form = form_of(self.get(address), f"{address}/decision")
        self.post(f"{address}/decision", form | {"decision": "accept"})
