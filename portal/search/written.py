"""The answer of a search as JSON: pieces that hold for every search, and snippets between them.

An encoder that is given all of it as objects takes longer than finding it.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha1
from json.encoder import encode_basestring as quoted

from portal.search import searching
from portal.search.answers import Answer
from portal.search.asked import Asked
from portal.search.documents import as_members
from portal.search.reader import NUMBER, Reader
from portal.search.results import Facets

# The address of a page, by plan and page.
Address = Callable[[str, str], str]
# Plans and chapters whose names are kept as they are written, some 300 bytes each.
KEPT = 512
# Above 2,047 bytes at once hashlib lets go of the interpreter's lock, and the thread then waits for its turn.
STEP = 2000


def write(reader: Reader, asked: Asked, address: Address) -> Answer:
    """Search, and write what was found; ``took_ms`` is what that took, and has no say in the ETag."""

    def hit(answer: searching.Answer, result: int) -> str:
        number = result & NUMBER
        document, before, after, text = reader.shown[number]
        snippet = quoted(answer.snippet(number, text))
        return f"{before}{address(document.plan, document.page)}{after}{snippet}}}"

    found = searching.search(reader, asked.query, asked.plan, asked.chapter, asked.page, asked.per_page, hit)
    suggestion = "null" if found.suggestion is None else quoted(found.suggestion)
    partial = "true" if found.partial else "false"
    head = (
        f'{{"query":{quoted(asked.query)},"total":{found.total},"partial":{partial},"suggestion":{suggestion},'
        f'"results":[{",".join(found.hits)}],"facets":{_facets(found.facets)}'
    ).encode()
    return Answer(head + b',"took_ms":%a}\n' % found.took_ms, _tag(head))


def _tag(content: bytes) -> str:
    digest = sha1(usedforsecurity=False)
    for at in range(0, len(content), STEP):
        digest.update(content[at : at + STEP])
    return digest.hexdigest()


def _facets(facets: Facets) -> str:
    plans = [f'{{{_plan(one.plan, one.title)},"count":{one.count}}}' for one in facets.plans]
    pages = [f'{{{_page(one.plan, one.page, one.title)},"count":{one.count}}}' for one in facets.pages]
    return f'{{"plans":[{",".join(plans)}],"pages":[{",".join(pages)}]}}'


@lru_cache(KEPT)
def _plan(plan: str, title: str) -> str:
    return as_members({"plan": plan, "title": title})


@lru_cache(KEPT)
def _page(plan: str, page: str, title: str) -> str:
    return as_members({"plan": plan, "page": page, "title": title})
