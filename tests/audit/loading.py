"""How pages load: Lighthouse on a mobile connection, and what a chapter weighs."""

import json
import re
import shutil
import statistics
from typing import Any

from playwright.sync_api import CDPSession

from tests.audit.findings import NODE, AuditError, Finding, Verdict, run, shown
from tests.audit.portal import Site
from tests.audit.walking import CHAPTER, PLACE, PLAN
from tests.support.browser import ARGUMENTS, chromium

PAGES = ["/", CHAPTER, "/search?q=数据", f"/feedback/correction{PLACE}"]
WANTED = {"accessibility": 100, "best-practices": 100, "seo": 100, "performance": 98}
# Performance is noisy: one run that is good enough is taken, else the middle one of three.
RUNS = 3
IGNORED = ("notApplicable", "informative", "manual")
BYTES, REQUESTS = 60_000, 8
ICON = "favicon"


def lighthouse(site: Site) -> Verdict:
    """Lighthouse's four scores, with its own mobile profile."""
    verdict = Verdict(len(PAGES))
    for path in shown(PAGES, len(PAGES), "lighthouse"):
        reports = [_report(site.url + path)]
        while _performance(reports[0]) < WANTED["performance"] and len(reports) < RUNS:
            reports.append(_report(site.url + path))
        verdict.findings += [Finding(path, what) for what in read_lighthouse(reports)]
    return verdict


def read_lighthouse(reports: list[Any]) -> list[str]:
    """Each score that is too low, with what costs it points, in Lighthouse's own JSON reports of one page."""
    if error := reports[0].get("runtimeError"):
        return [f"Lighthouse cannot judge it: {error['message']}"]
    found = []
    for name, least in WANTED.items():
        score = 100 * statistics.median(report["categories"][name]["score"] or 0 for report in reports)
        if score < least:
            found.append(f"{name} {score:.0f}, not {least}: {', '.join(_costly(reports[-1], name))}")
    return found


def weight(site: Site) -> Verdict:
    """What a first visit to each chapter moves: bytes, requests, fonts, and other hosts."""
    chapters = sorted({page.path for page in site.pages if re.fullmatch(f"/plans/{PLAN}/\\w+", page.path)})
    verdict = Verdict(len(chapters))
    with chromium() as browser:
        for path in shown(chapters, len(chapters), "weight"):
            with browser.new_context(viewport={"width": 390, "height": 844}) as context:
                page = context.new_page()
                load = Load(context.new_cdp_session(page))
                page.goto(site.url + path, wait_until="networkidle")
            verdict.findings += [Finding(path, what) for what in load.wrong(site.url)]
    return verdict


class Load:
    """What a page fetches, as the browser counts it on the wire."""

    def __init__(self, session: CDPSession) -> None:
        self.kinds: dict[str, tuple[str, str]] = {}
        self.bytes = 0.0
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def wrong(self, origin: str) -> list[str]:
        """What is beyond the limits."""
        found = [] if self.bytes < BYTES else [f"moves {self.bytes:.0f} bytes, not less than {BYTES}"]
        # The icon weighs, but is the site's: a browser asks for it once.
        files = [url.rpartition("/")[2] for _, url in self.kinds.values() if ICON not in url]
        if len(files) > REQUESTS:
            found.append(f"takes {len(files)} requests, more than {REQUESTS}: {', '.join(files)}")
        found += [f"loads a font: {url}" for kind, url in self.kinds.values() if kind == "Font"]
        elsewhere = [url for _, url in self.kinds.values() if not url.startswith((f"{origin}/", "data:"))]
        return found + [f"loads from elsewhere: {url}" for url in elsewhere]

    def _received(self, event: Any) -> None:
        self.kinds[event["requestId"]] = event["type"], event["response"]["url"]

    def _finished(self, event: Any) -> None:
        self.bytes += event["encodedDataLength"]


def _report(url: str) -> Any:
    flags = " ".join([*ARGUMENTS, "--headless=new"])
    command = [NODE / ".bin" / "lighthouse", url, "--quiet", "--output=json", f"--chrome-flags={flags}"]
    done = run(["env", f"CHROME_PATH={shutil.which('chromium')}", *command])
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise AuditError(f"Lighthouse gave no report: {done.stderr.strip()[-200:]}") from None


def _performance(report: Any) -> float:
    return 100 * (report.get("categories", {}).get("performance", {}).get("score") or 0)


def _costly(report: Any, category: str) -> list[str]:
    """Names of the audits that a category counts and that are not passed."""
    audits = report["audits"]
    return [
        f"{one['id']}{_value(audits[one['id']])}"
        for one in report["categories"][category]["auditRefs"]
        if one["weight"]
        and (audits[one["id"]]["score"] or 0) < 1
        and audits[one["id"]]["scoreDisplayMode"] not in IGNORED
    ]


def _value(audit: Any) -> str:
    return f" ({audit['displayValue']})" if audit.get("displayValue") else ""
