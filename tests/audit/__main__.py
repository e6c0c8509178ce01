"""``make audit``: what outside judges find on the portal, page by page and file by file.

``make audit ONLY=lighthouse`` (or several, with blanks) asks some of them. Exit status 1 when anything was
found.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Error as BrowserError

from tests.audit import browsing, downloads, linking, loading, markup
from tests.audit.findings import AuditError, Finding, Verdict
from tests.audit.portal import Site, published
from tests.audit.walking import walk

JUDGES: dict[str, Callable[[Site], Verdict]] = {
    "html-validate": markup.html_validate,
    "nu": markup.nu,
    "axe": browsing.judge,
    "lighthouse": loading.lighthouse,
    "weight": loading.weight,
    "links": linking.links,
    "feeds": linking.machines,
    "pdf": downloads.pdf,
    "epub": downloads.epub,
    "docx": downloads.word,
    "text": downloads.plain,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make audit", description="Ask the outside judges.")
    parser.add_argument("judges", nargs="*", metavar="JUDGE", help=f"{', '.join(JUDGES)}; without any: all")
    wanted = parser.parse_args().judges or list(JUDGES)
    if unknown := [name for name in wanted if name not in JUDGES]:
        parser.error(f"no judge is called {unknown[0]}; there are: {', '.join(JUDGES)}")
    with tempfile.TemporaryDirectory(prefix="audit-") as folder, published(Path(folder)) as site:
        site.pages, walked = walk(site.url, site.plans[1:])
        verdicts = {"walk": walked}
        _tell("walk", walked)
        for name in wanted:
            verdicts[name] = _ask(name, site)
    return _table(verdicts)


def _ask(name: str, site: Site) -> Verdict:
    """One judge's verdict; a judge that cannot judge is a finding."""
    begin = time.monotonic()
    try:
        verdict = JUDGES[name](site)
    except (AuditError, BrowserError) as error:
        verdict = Verdict(0, [Finding("the judge", str(error).splitlines()[0])])
    _tell(name, verdict, time.monotonic() - begin)
    return verdict


def _tell(name: str, verdict: Verdict, seconds: float = 0) -> None:
    for finding in sorted(set(verdict.findings)):
        print(f"{name}: {finding.page}: {' '.join(finding.what.split())}", flush=True)
    print(
        f"{name}: {verdict.pages} judged, {len(set(verdict.findings))} findings, {seconds:.0f} s", flush=True
    )


def _table(verdicts: dict[str, Verdict]) -> int:
    print(f"\n{'judge':<16}{'pages':>6}{'findings':>10}")
    for name, verdict in verdicts.items():
        print(f"{name:<16}{verdict.pages:>6}{len(set(verdict.findings)):>10}")
    return 1 if any(verdict.findings for verdict in verdicts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
