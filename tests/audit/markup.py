"""What html-validate and Nu (the validator of the W3C) say about each page as answered, and about CSS.

Off in html-validate is what no reader meets: two ways to write `open` or a named region, and blanks at the
ends of lines; special hyphens in telephone numbers, which would be copied along with them; and names of
landmarks, for it cannot see that of two contents one is always hidden. axe asks that of what is shown.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.audit.findings import HERE, NODE, AuditError, Finding, Verdict, run
from tests.audit.portal import Site
from tests.audit.walking import Document, scratch
from tests.support.server import ROOT

# Both must complain about it, or they do not work.
FAULTY = '<!DOCTYPE html><html lang="zh-CN"><title>x</title><p id=a><p id=a><img src=x><ul><p>x</ul></html>'
VNU = ["java", "-jar", NODE / "vnu-jar" / "build" / "dist" / "vnu.jar", "--stdout", "--format", "json"]


def html_validate(site: Site) -> Verdict:
    """html-validate's recommended rules, on every page."""
    files = scratch(site.folder / "pages", [_faulty(), *site.pages])
    command = [NODE / ".bin" / "html-validate", "--config", HERE / "htmlvalidate.json"]
    # It ends before a pipe has taken all that it says.
    report = site.folder / "html-validate.json"
    done = run([*command, "--formatter", f"json={report}", *files])
    said = report.read_text(encoding="utf-8") if report.exists() else done.stderr
    return _verdict(files, read_html_validate(_json(said, "html-validate")))


def nu(site: Site) -> Verdict:
    """Nu's errors and warnings, on every page and style sheet."""
    files = scratch(site.folder / "pages", [_faulty(), *site.pages])
    verdict = _verdict(files, read_nu(_json(run([*VNU, *files]).stdout, "nu")))
    styles = sorted((ROOT / "portal" / "static").glob("*.css"))
    said = read_nu(_json(run([*VNU, "--css", *styles]).stdout, "nu"))
    return Verdict(
        verdict.pages + len(styles), verdict.findings + [Finding(f.name, what) for f, what in said]
    )


def read_html_validate(said: Any) -> Iterator[tuple[Path, str]]:
    """File and words of each complaint in html-validate's JSON."""
    for file in said:
        for message in file["messages"]:
            place = message.get("selector") or f"line {message['line']}"
            yield Path(file["filePath"]), f"{message['ruleId']}: {message['message']} ({place})"


def read_nu(said: Any) -> Iterator[tuple[Path, str]]:
    """File and words of each complaint in Nu's JSON."""
    for message in said["messages"]:
        if message["type"] == "info" and message.get("subType") != "warning":
            continue
        extract = " ".join(message.get("extract", "").split())
        if message["message"].endswith("The types are incompatible.") and "* var(" in extract:
            # Its CSS half knows no numbers times a custom property, which `calc` may hold.
            continue
        path = unquote(urlsplit(message.get("url", "")).path)
        yield Path(path), f"{message['message']} (line {message.get('lastLine')}: {extract[:80]})"


def _faulty() -> Document:
    return Document("", "http://localhost/", 200, {"content-type": "text/html"}, FAULTY.encode())


def _verdict(files: dict[Path, Document], said: Iterator[tuple[Path, str]]) -> Verdict:
    found = [Finding(files[file].name, what) for file, what in said]
    if not any(not finding.page for finding in found):
        raise AuditError("it finds nothing wrong with a faulty page, so it does not work")
    return Verdict(len(files) - 1, [finding for finding in found if finding.page])


def _json(text: str, judge: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise AuditError(f"{judge} did not answer in JSON: {text[:200]!r}") from None
