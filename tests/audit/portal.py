"""The portal that is judged: the real plan, further plans, one page withdrawn, and staff to sign in as."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.audit.walking import PLAN, WITHDRAWN, Document
from tests.support.client import MODERATOR, PASSWORD
from tests.support.server import ROOT, Server, installation, serving

SAMPLES = ROOT.parent / "shared" / "samples" / "plans"
# Real documents of other offices, where they are at hand: long, with 章 and 条, with half-width brackets.
OTHERS = {
    "province": "hainan-2026.txt",
    "regulation": "shanghai-data-regulation.md",
    "district": "putuo-2025.md",
}
WHOLE = """一份会撤下一章的要点
一、留下的一章
(一)留下的一节。这一段留下。
二、撤下的一章
(一)撤下的一节。这一段撤下。
"""
LEFT = WHOLE[: WHOLE.index("二、")]
# A footer with all that it can hold.
SETTINGS = {
    "site_id_code": "3101060001",
    "icp": "沪ICP备00000000号",
    "police_record": "沪公网安备31010600000000号",
    "organiser": "静安区科学技术委员会",
    "contact_phone": "021-62536253",
    "contact_hours": "工作日9:00–17:00",
}


@dataclass
class Site:
    """What the judges are given: the running portal, its plans, the pages seen, and a folder to work in."""

    server: Server
    folder: Path
    plans: list[str]
    pages: list[Document]

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.server.url


@contextmanager
def published(folder: Path) -> Iterator[Site]:
    """Prepare the portal as `make run` does, import the other plans, and serve it."""
    content = folder / "content"
    shutil.copytree(ROOT / "content", content)
    portal = installation(folder, content=str(content), **SETTINGS)
    portal.flask("site", "prepare")
    portal.flask("staff", "add", MODERATOR, "--role", "moderator", "--password-stdin", typed=PASSWORD)
    others = [slug for slug, name in OTHERS.items() if _import(portal, SAMPLES / name, slug)]
    document = folder / "document.txt"
    for text in (WHOLE, LEFT):
        document.write_text(text, encoding="utf-8")
        _import(portal, document, WITHDRAWN)
    with serving(folder, content=str(content), **SETTINGS) as server:
        yield Site(server, folder, [PLAN, *others], [])


def _import(portal: Server, document: Path, slug: str) -> bool:
    if not document.exists():
        return False
    portal.flask("plan", "import", str(document), "--slug", slug)
    return True
