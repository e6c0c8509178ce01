"""What a reader may have meant by an address that leads nowhere; every offer leads to a page."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from rapidfuzz import fuzz, process

from portal.filters import titled
from portal.plans import nearest
from portal.plans.nearest import Nearest

# The fixed pages by endpoint, with what they are called.
PAGES = {
    "site.home": "首页",
    "site.guide": "使用说明",
    "site.privacy": "隐私说明",
    "site.accessibility": "无障碍说明",
    "errata.index": "勘误公示",
    "answers.index": "公开答复",
    "search.results": "搜索文件",
    "feedback.correction": "我要纠错",
    "feedback.consultation": "我要咨询",
    "feedback.status": "回执查询",
}
# What people type where other sites have such a page.
ALSO = {
    "help": "site.guide",
    "home": "site.home",
    "index": "site.home",
    "contact": "feedback.consultation",
    "feedback": "feedback.consultation",
}
# How much of an address, out of 100, must be the same.
ALIKE = 75
# Endings of other sites, and what a text leaves behind a copied address.
ENDING = re.compile(r"(?:\.(?:html?|php|aspx?|jsp))?[\s.,;:!?)\]}>'\"，。；：！？、）】》”’…]*$")


@dataclass(frozen=True)
class Offer:
    """A page that may be meant, and what it is called."""

    url: str
    text: str


def offers(path: str) -> list[Offer]:
    """The pages that a path may mean, the likeliest first; none when it resembles nothing."""
    parts = _parts(path)
    near = nearest.find(parts)
    return _of_plan(near, parts) if near else _fixed(parts)


def _parts(path: str) -> list[str]:
    """The parts of a path in the form that the site's own addresses have."""
    text = unicodedata.normalize("NFKC", path).lower()
    return [part for one in text.split("/") if (part := ENDING.sub("", one.strip()).replace("_", "-"))]


def _fixed(parts: list[str]) -> list[Offer]:
    """The fixed page whose address, or name, the path or its beginning resembles."""
    known = {endpoint: title for endpoint, title in PAGES.items() if endpoint in current_app.view_functions}
    names = {url_for(endpoint).partition("?")[0].strip("/"): endpoint for endpoint in known}
    names = {name: end for name, end in names.items() if name} | {title: end for end, title in known.items()}
    names |= {name: endpoint for name, endpoint in ALSO.items() if endpoint in known}
    for length in range(len(parts), 0, -1):
        for text in ("/".join(parts[:length]), parts[length - 1]):
            if match := process.extractOne(text, list(names), scorer=fuzz.ratio, score_cutoff=ALIKE):
                endpoint = names[match[0]]
                return [Offer(url_for(endpoint), known[endpoint])]
    return []


def _of_plan(near: Nearest, parts: list[str]) -> list[Offer]:
    plan, page = near.plan, near.page
    where: dict[str, Any] = {"plan": plan.slug}
    found = []
    if page:
        at = where | {"page": page.number}
        place = (near.anchor and page.section_at(near.anchor)) or page.heading
        found.append(Offer(url_for("plans.page", **at, _anchor=near.anchor or None), place))
        if "history" in parts:
            found.insert(0, Offer(url_for("history.revisions", **at), f"{page.heading}的修订记录"))
    elif "full" in parts:
        found.append(Offer(url_for("plans.full", **where), f"{titled(plan.title)}全文"))
    return [*found, Offer(url_for("plans.plan", **where), f"{titled(plan.title)}目录")]
