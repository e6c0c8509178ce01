"""Where in the published text a correction points, and the context by which its words are found again.

Only the path of an address counts: under whatever name of the site the record is read, it says the same.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from portal.plans import catalogue, history, quotes
from portal.plans.catalogue import PublishedPage, PublishedPlan
from portal.plans.quotes import Quote
from portal.plans.writing import heading

# A plan, one of its pages, or revisions of a page, with or without the site before it. No page has the number
# "full": that is the whole plan.
ADDRESS = re.compile(r"(?:[^/]*/)?plans/([^/]+)(?:/([^/]+)(?:/history(?:/([0-9]{1,9}))?)?)?/?")
HAN = re.compile("[\u4e00-\u9fff]+")
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


class Name(NamedTuple):
    """What an address says of the published text, whether that is there or not."""

    plan: str = ""
    page: str = ""
    revision: int | None = None
    anchor: str = ""


@dataclass(frozen=True)
class Address:
    """What of the published text an address names: a plan, a page, one of its revisions, an anchor."""

    plan: PublishedPlan | None = None
    page: PublishedPage | None = None
    revision: int | None = None
    anchor: str = ""


@dataclass(frozen=True)
class _Text:
    """A heading or paragraph; ``release`` where it is an earlier one that reads so."""

    target: Target
    text: str
    release: int | None = None


def point(page_url: str, anchor: str, quote: str) -> Target | None:
    """Where a correction points; None when nothing says it.

    The anchor says it, else the fragment of the address; else the words, where they stand just once: in the
    revision that the address names, on the page, in its plan, or in any plan when it names none. Of words
    that stand several times on the page (or else in the plan) the first place is taken; what stands nowhere
    is where something very much like it does. White space, width and quotation marks around do not count.
    """
    address = read(page_url)
    found = _certain(address, anchor, quote) or _likely(address, quote)
    return found.target if found else None


def selector(page_url: str, sent: Selector, quote: str) -> Selector:
    """How the place of a correction is kept: as it was sent, or as its words are found in the text now.

    A form that knows the place sends the release too; for others the place is looked up, and kept if it is
    certain. A release that there is not, or not yet, is the current one.
    """
    anchor = sent.anchor or parse(page_url).anchor
    if sent.release is None and not anchor and not _words(quote):
        return sent
    current = catalogue.current_release()
    if sent.release is not None and 1 <= sent.release <= current:
        return sent
    address = read(page_url)
    found = _certain(address, sent.anchor, quote)
    if found and not list(_places(quote, [found])):
        found = _certain(replace(address, anchor=""), "", quote) or found
    if found is None:
        return replace(sent, release=None)
    context = (sent.prefix, sent.suffix)
    places = list(_places(quote, [found]))
    if len(places) == 1 and not any(context):
        own = quotes.quote(found.text, *places[0][1])
        context = (own.prefix, own.suffix)
    return Selector(found.target.anchor, *context, found.release or current)


def parse(page_url: str) -> Name:
    """What an address says."""
    try:
        parts = urlsplit(page_url)
    except ValueError:
        return Name()
    found = ADDRESS.fullmatch(unquote(parts.path))
    if found is None:
        return Name()
    return Name(found[1], found[2] or "", int(found[3]) if found[3] else None, unquote(parts.fragment))


def read(page_url: str) -> Address:
    """What an address names; of one that is none of this site's, nothing."""
    said = parse(page_url)
    plan = catalogue.find_plan(said.plan)
    return Address(plan, plan.page(said.page), said.revision, said.anchor) if plan else Address()


def texts(address: Address) -> list[tuple[Target, str]]:
    """The headings and paragraphs of what an address names, in order: of the page, else of the plan."""
    return [(one.target, one.text) for one in _near(address)]


def _certain(address: Address, anchor: str, quote: str) -> _Text | None:
    if address.plan is None:
        return _once(quote, _TextsWith(quote))
    near = _near(address)
    for name in filter(None, (anchor, address.anchor)):
        if found := _at(name, near) or _at(name, _whole(address)):
            return found
    return _once(quote, _seen(address, near)) or _once(quote, near) or _once(quote, _whole(address))


def _likely(address: Address, quote: str) -> _Text | None:
    around = (_near(address), _whole(address))
    for texts in around:
        if found := next(_places(quote, texts), None):
            return found[0]
        if lines := quotes.across(quote, _pairs(texts)):
            return _at(lines[0].anchor, texts)
    words = quotes.unquoted(quote)
    for texts in around if len(quotes.one_form(words)) >= FEWEST else ():
        near = quotes.find(Quote(words), _pairs(texts))
        if near and near.score >= quotes.SURE:
            return _at(near.anchor, texts)
    return None


def _seen(address: Address, near: list[_Text]) -> list[_Text]:
    """The texts of the revision that an address names, as far as they are still there in some form."""
    if address.plan is None or address.page is None or address.revision is None:
        return []
    page = history.find_page(address.plan.slug, address.page.number)
    step = history.find_step(page, address.revision) if page else None
    if step is None:
        return []
    now = {one.target for one in near}
    then = _texts(address.plan.slug, [step.page])
    return [replace(one, release=step.revision.release) for one in then if one.target in now]


def _near(address: Address) -> list[_Text]:
    if address.plan and address.page:
        return list(_texts(address.plan.slug, [address.page]))
    return _whole(address)


def _whole(address: Address) -> list[_Text]:
    return list(_texts(address.plan.slug, address.plan.pages)) if address.plan else []


@dataclass(frozen=True)
class _TextsWith:
    """The texts of the pages that hold the words, or the Chinese among them: the rest has several forms. They
    are read as far as somebody looks: frequent words stand on thousands of pages.
    """

    quote: str

    def __iter__(self) -> Iterator[_Text]:
        if len(quotes.one_form(quotes.unquoted(self.quote))) >= FEWEST:
            for plan in catalogue.holding([" ".join(HAN.findall(self.quote)) or self.quote]):
                yield from _texts(plan.slug, plan.pages)


def _texts(plan: str, pages: Iterable[PublishedPage]) -> Iterator[_Text]:
    for page in pages:
        yield _Text(Target(plan, page.number, page.anchor), heading(page.label, page.title))
        for block in page.blocks:
            yield _Text(Target(plan, page.number, block.anchor), block.text)


def _pairs(texts: Iterable[_Text]) -> list[tuple[str, str]]:
    return [(one.target.anchor, one.text) for one in texts]


def _at(anchor: str, texts: Iterable[_Text]) -> _Text | None:
    return next((one for one in texts if one.target.anchor == anchor), None)


def _once(quote: str, texts: Iterable[_Text]) -> _Text | None:
    """The one place where the words stand."""
    found = list(islice(_places(quote, texts), 2))
    return found[0][0] if len(found) == 1 else None


def _places(quote: str, texts: Iterable[_Text]) -> Iterator[tuple[_Text, tuple[int, int]]]:
    """Where the words stand, or where they stand nowhere, the words without their quotation marks."""
    none = True
    for words in _words(quote):
        for one in texts if none else ():
            for found in quotes.everywhere(words, [(one.target.anchor, one.text)]):
                none = False
                yield one, (found.start, found.end)


def _words(quote: str) -> list[str]:
    """The words as they were sent and without their quotation marks, as far as they can name a place."""
    forms = dict.fromkeys((quote.strip(), quotes.unquoted(quote)))
    return [words for words in forms if len(quotes.one_form(words)) >= FEWEST]
