"""Where in the published text a correction points, and the context by which its words are found again."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, unquote, urlsplit

from portal.plans import catalogue
from portal.plans.catalogue import PublishedPage
from portal.plans.writing import heading

CONTEXT = 32  # characters before and after a quote, as the record keeps them
# A plan, one of its pages, or revisions of a page. No page has the number "full": that is the whole plan.
ADDRESS = re.compile(r"/plans/([^/]+)(?:/([^/]+)(?:/history(?:/\d+)?)?)?/?")
FEWEST = 2  # one character alone names no place


@dataclass(frozen=True)
class Target:
    """A paragraph, or the heading of a section or a page."""

    plan: str
    page: str
    anchor: str


@dataclass(frozen=True)
class Selector:
    """Where words stand, the up to 32 characters before and after them, and the release that has them so."""

    anchor: str = ""
    prefix: str = ""
    suffix: str = ""
    release: int | None = None


Text = tuple[Target, str]


def point(page_url: str | None, anchor: str, quote: str) -> Target | None:
    """Where a correction points; None when nothing says it for certain.

    The anchor says it, else the fragment of the address, else the words themselves, where they stand exactly
    once, white space aside: on the page, in its plan, or in any plan when the address names none.
    Only the path counts: whether an address is this site's is for ``origins.own_page`` to say, with None.
    """
    found = _find(page_url, anchor, quote)
    return found and found[0]


def selector(page_url: str | None, sent: Selector, quote: str) -> Selector:
    """How the place of a correction is kept: as it was sent, or as its words are found in the text now.

    A form that knows the place sends the release too; for others the place is looked up. A release that there
    is not, or not yet, is the current one.
    """
    current = catalogue.current_release()
    if sent.release is not None and 1 <= sent.release <= current:
        return sent
    words = quote.strip()
    found = _find(page_url, sent.anchor, quote)
    if found and page_url and words not in found[1]:
        found = _find(page_url.partition("#")[0], "", quote) or found
    if found is None:
        return replace(sent, release=None)
    before, _, after = found[1].partition(words) if words and found[1].count(words) == 1 else ("", "", "")
    context = (
        (before[-CONTEXT:], after[:CONTEXT]) if not sent.prefix + sent.suffix else (sent.prefix, sent.suffix)
    )
    return Selector(found[0].anchor, *context, current)


def _find(page_url: str | None, anchor: str, quote: str) -> Text | None:
    address = _split(page_url)
    if address is None:
        return None
    named = ADDRESS.fullmatch(unquote(address.path))
    if named is None:
        return _once(quote, _all_texts())
    plan = catalogue.find_plan(named[1])
    if plan is None:
        return None
    page = plan.page(named[2] or "")
    whole = list(_texts(plan.slug, plan.pages))
    near = [text for text in whole if page is None or text[0].page == page.number]
    for name in filter(None, (anchor, unquote(address.fragment))):
        for target, text in (*near, *whole):
            if target.anchor == name:
                return target, text
    return _once(quote, near) or _once(quote, whole)


def _split(page_url: str | None) -> SplitResult | None:
    try:
        return urlsplit(page_url) if page_url else None
    except ValueError:
        return None


def _all_texts() -> Iterator[Text]:
    for plan in catalogue.list_plans():
        yield from _texts(plan.slug, plan.pages)


def _texts(plan: str, pages: Iterable[PublishedPage]) -> Iterator[Text]:
    for page in pages:
        yield Target(plan, page.number, page.anchor), heading(page.label, page.title)
        for block in page.blocks:
            yield Target(plan, page.number, block.anchor), block.text


def _once(quote: str, texts: Iterable[Text]) -> Text | None:
    """The one place where the words stand."""
    words = _bare(quote)
    if len(words) < FEWEST:
        return None
    found = [(target, text) for target, text in texts for _ in range(_bare(text).count(words))]
    return found[0] if len(found) == 1 else None


def _bare(text: str) -> str:
    return "".join(text.split())
