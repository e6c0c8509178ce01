"""Search, for people and as JSON."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request, url_for

from portal.headers import cacheable
from portal.paging import Pager
from portal.search.analysis import QUERY_LENGTH, printable
from portal.search.index import Hit, NotReady, Results, SearchIndex

blueprint = Blueprint("search", __name__)

PER_PAGE = 20
MOST_PER_PAGE = 100
RETRY_SECONDS = 5
TOO_LONG = f"搜索词不能超过{QUERY_LENGTH}个字，请缩短后再搜索。"
PREPARING = "搜索正在准备，请稍后再试。"


@blueprint.get("/search")
def results() -> Response:
    """A page of results; a page beyond the last shows the last."""
    query, plan = _typed("q"), _typed("plan") or None
    if len(query) > QUERY_LENGTH:
        return _message(query, "搜索词太长", TOO_LONG, 400)
    index = _index()
    try:
        found = index.search(query, plan, _number("page", 1), PER_PAGE)
        pages = max(1, -(-found.total // PER_PAGE))
        page = min(_number("page", 1), pages)
        if found.total and not found.hits:
            found = index.search(query, plan, page, PER_PAGE)
        shorter = index.shorter(query) if query and (found.partial or not found.total) else None
    except NotReady:
        return _message(query, "搜索正在准备", PREPARING, 503)
    pager = Pager(page, pages, found.total, lambda n: url_for(".results", q=query, plan=plan, page=n))
    html = render_template(
        "search/results.html",
        heading=_heading(query, found, pager),
        query=query,
        plan=plan,
        found=found,
        everywhere=sum(count.count for count in found.facets.plans),
        shorter=shorter,
        pager=pager,
    )
    return cacheable(make_response(html))


@blueprint.get("/api/v1/search")
def api_search() -> Response:
    """The same as JSON; a page beyond the last is empty."""
    query, plan = _typed("q"), _typed("plan") or None
    if len(query) > QUERY_LENGTH:
        return _json_error(TOO_LONG, 400)
    per_page = min(_number("per_page", PER_PAGE), MOST_PER_PAGE)
    try:
        found = _index().search(query, plan, _number("page", 1), per_page)
    except NotReady:
        return _json_error(PREPARING, 503)
    return cacheable(
        jsonify(
            query=query,
            total=found.total,
            took_ms=found.took_ms,
            partial=found.partial,
            suggestion=found.suggestion,
            results=[_hit_json(hit) for hit in found.hits],
            facets=asdict(found.facets),
        )
    )


def _index() -> SearchIndex:
    index: SearchIndex = current_app.extensions["search"]
    return index


def _typed(name: str) -> str:
    return printable(request.args.get(name, ""))


def _number(name: str, default: int) -> int:
    """A parameter as a number of at least 1; the default when it is none."""
    try:
        return max(1, int(request.args.get(name, default)))
    except ValueError:
        return default


def _heading(query: str, found: Results, pager: Pager) -> str:
    if not found.query:
        return "搜索工作要点"
    if not found.total:
        return f"“{query}”没有结果"
    kind = "部分相符的结果" if found.partial else "结果"
    return f"“{query}”共{found.total}条{kind}（第{pager.page}页，共{pager.pages}页）"


def _message(query: str, heading: str, message: str, status: int) -> Response:
    html = render_template("search/message.html", heading=heading, query=query, message=message)
    return make_response(html, status, _headers(status))


def _json_error(message: str, status: int) -> Response:
    return make_response(jsonify(error={"status": status, "message": message}), status, _headers(status))


def _headers(status: int) -> dict[str, str]:
    return {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}


def _hit_json(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    return {
        "plan": passage.plan,
        "page": passage.page,
        "anchor": passage.anchor,
        "url": url_for("plans.page", plan=passage.plan, page=passage.page, _anchor=passage.anchor),
        "title": passage.title,
        "path": passage.path,
        "snippet": hit.snippet,
    }
