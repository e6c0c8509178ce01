"""Search, for people."""

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for

from portal.filters import quoted
from portal.headers import cacheable
from portal.paging import Pager, shown_page
from portal.search import counting
from portal.search.analysis import QUERY_LENGTH
from portal.search.answers import LONGEST, Answer
from portal.search.asked import PER_PAGE, Asked
from portal.search.grouping import by_plan, filters, kind, literally, narrowed, path
from portal.search.index import NotReady, SearchIndex
from portal.search.results import Hit, Passage, Results

blueprint = Blueprint("search", __name__)

RETRY_SECONDS = 5
HEADING_LENGTH = 40
# Of each text in the address of a result: a Han character takes nine bytes, and servers take some 8,000.
ADDRESS_LENGTH = 300
# Words whose synonyms are named: each costs a search.
SYNONYMS = 5
TOO_LONG = f"搜索词不能超过{QUERY_LENGTH}个字，请缩短后再搜索。"
PREPARING = "搜索正在准备，请稍后再试。"


@blueprint.get("/search")
def results() -> Response:
    """A page of results; a page beyond the last shows the last."""
    asked = Asked.read(request.args)
    query = asked.query
    if len(query) > QUERY_LENGTH:
        return _message(query, "搜索词太长", TOO_LONG, 400)
    try:
        answer = ready(lambda: _results(asked))
    except NotReady:
        return _message(query, "搜索正在准备", PREPARING, 503)
    response = make_response(answer.body)
    response.set_etag(answer.etag)
    if answer.counted:
        counting.after(response, *answer.counted)
    return cacheable(response)


def _results(asked: Asked) -> Answer:
    index, page = current_index(), asked.page
    query, plan, chapter = asked.query, asked.plan, asked.chapter
    found = index.search(query, plan, chapter, page, PER_PAGE)
    asked_for = page
    page, pages = shown_page(page, found.total, PER_PAGE)
    if asked_for > pages:
        found = index.search(query, plan, chapter, page, PER_PAGE)
    found = replace(found, facets=narrowed(found.facets, index.reader(), plan, chapter))
    used = filters(found.facets, plan, chapter)
    arguments: dict[str, Any] = {"q": query, "plan": plan, "chapter": chapter}
    pager = Pager(page, pages, found.total, lambda n: url_for(".results", **arguments, page=n))
    html = render_template(
        "search/results.html",
        heading=_heading(query, found, "", pager),
        title=_heading(query, found, "".join(filter.short for filter in used), pager),
        query=query,
        plan=plan,
        chapter=chapter,
        found=found,
        path=path,
        kind=kind,
        link=lambda hit: _link(hit, query, plan, chapter, page),
        groups=by_plan(found) if plan is None and len(found.facets.plans) > 1 else [],
        filters=used,
        synonyms=_synonyms(found, query, plan, chapter),
        suggestion=_counted(found.suggestion),
        shorter=None if found.suggestion or any(filter.count for filter in used) else _shorter(query, found),
        pager=pager,
    )
    new = found.query and page == 1 and plan is None  # a filter or another page is no new question
    return Answer.of(html, (query, 0 if found.partial else found.total) if new else None)


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """The search as browsers take it up among their own (OpenSearch 1.1)."""
    response = make_response(render_template("search/opensearch.xml"))
    response.mimetype = "application/opensearchdescription+xml"
    return cacheable(response)


def ready(make: Callable[[], Answer], whole: Hashable = None) -> Answer:
    """The answer to this request, made only where it has not been made before from the same index.

    ``whole`` is all that it depends on; unless told otherwise, that is the whole address.

    Raises:
        NotReady: there is no index.
    """
    answers, reader = current_index().answers, current_index().reader()
    whole = whole or (request.scheme, request.host, request.path, request.query_string)
    answer = answers.find(reader, whole)
    if answer is None:
        answer = make()
        if len(request.query_string) <= LONGEST:
            answers.keep(reader, whole, answer)
    return answer


def current_index() -> SearchIndex:
    """The index of this site."""
    index: SearchIndex = current_app.extensions["search"]
    return index


def _heading(query: str, found: Results[Hit], scope: str, pager: Pager) -> str:
    if not found.query:
        return "搜索文件"
    asked = quoted(query if len(query) <= HEADING_LENGTH else query[:HEADING_LENGTH] + "…")
    asked += f"在{scope}中" if scope else ""
    if not found.total:
        return f"{asked}没有结果"
    pages = f"（第{pager.page}页，共{pager.pages}页）" if pager.pages > 1 else ""
    return f"{asked}找到{found.total}条{'部分相符的' if found.partial else ''}结果{pages}"


def _synonyms(
    found: Results[Hit], query: str, plan: str | None, chapter: str | None
) -> list[tuple[str, tuple[str, ...], str, int]]:
    """Words for which synonyms found more, these, the query without them, and how many results that has;
    none where only parts of the query were found.
    """
    if not found.total or found.partial:
        return []
    asked = [(word, others, literally(query, word)) for word, others in found.synonyms[:SYNONYMS]]
    counted = [(word, others, text, _count(text, plan, chapter)) for word, others, text in asked]
    return [row for row in counted if row[-1] < found.total]


def _count(query: str, plan: str | None = None, chapter: str | None = None) -> int:
    """How many passages hold all of the query."""
    total, _ = current_index().find(query, 0)
    if total and plan is not None:
        return current_index().search(query, plan, chapter, per_page=0).total
    return total


def _counted(query: str | None) -> tuple[str, int] | None:
    return (query, _count(query)) if query else None


def _shorter(query: str, found: Results[Hit]) -> tuple[str, int] | None:
    """A query that asks less and has results, where this one has none that hold all of it; not for
    punctuation, which nearly everything holds.
    """
    asked = found.query
    if not asked or asked.terms[0].word.literal or (found.total and not found.partial):
        return None
    wanted = " ".join(term.word.quoted for term in asked.terms)
    if asked.excluded and (count := _count(wanted)):
        return wanted, count
    shorter = current_index().shorter(query)
    # A piece that stands only in one longer word is no word of its own: 人工智 of 人工智能.
    for word in current_index().complete(shorter[0], 1).words if shorter else ():
        if shorter and (count := _count(word)) >= shorter[1]:
            return word, count
    return shorter


def _link(hit: Hit, query: str, plan: str | None, chapter: str | None, page: int) -> str:
    """The address of a result, with the words to be marked there, and what leads back to these results as far
    as it is not the same: the query, the filter (the result is in it), and the page.
    """
    marks = hit.marks[:ADDRESS_LENGTH]
    return address(
        hit.passage,
        q=marks,
        searched=query[:ADDRESS_LENGTH] if marks != query else None,
        within="chapter" if chapter else "plan" if plan else None,
        results=page if page > 1 else None,
    )


def address(place: Passage, **words: Any) -> str:
    """Where a passage stands."""
    return url_for("plans.page", plan=place.plan, page=place.page, _anchor=place.anchor, **words)


def _message(query: str, heading: str, message: str, status: int) -> Response:
    html = render_template("search/message.html", heading=heading, query=query, message=message)
    return make_response(html, status, error_headers(status))


def error_headers(status: int) -> dict[str, str]:
    """When to come again."""
    return {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}
