"""Search, as JSON."""

import json
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, request, url_for

from portal.headers import cacheable
from portal.search.analysis import QUERY_LENGTH
from portal.search.answers import Answer
from portal.search.grouping import path
from portal.search.index import NotReady
from portal.search.results import Completions, Hit
from portal.search.views import (
    PER_PAGE,
    PREPARING,
    TOO_LONG,
    address,
    asked,
    current_index,
    error_headers,
    number,
    ready,
    typed,
)

blueprint = Blueprint("search_api", __name__)

MOST_PER_PAGE = 100
# With the row that leads to all results, the list that opens below the box has eight.
COMPLETIONS = 7
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@blueprint.get("/api/v1/search")
def search() -> Response:
    """The same as JSON; a page beyond the last is empty. ``took_ms`` is what it took to find this answer."""
    query, plan, chapter = asked()
    if len(query) > QUERY_LENGTH:
        return _error(TOO_LONG, 400)
    try:
        answer = ready(lambda: _found(query, plan, chapter))
    except NotReady:
        return _error(PREPARING, 503)
    response = _response(answer.body)
    response.set_etag(answer.etag, weak=True)
    return cacheable(response)


def _found(query: str, plan: str | None, chapter: str | None) -> Answer:
    per_page = min(number("per_page", PER_PAGE), MOST_PER_PAGE)
    found = current_index().search(query, plan, chapter, number("page", 1), per_page)
    facets = {
        "plans": [{"plan": one.plan, "title": one.title, "count": one.count} for one in found.facets.plans],
        "pages": [
            {"plan": one.plan, "page": one.page, "title": one.title, "count": one.count}
            for one in found.facets.pages
        ],
    }
    answer = {
        "query": query,
        "total": found.total,
        "partial": found.partial,
        "suggestion": found.suggestion,
        "results": _results(found.hits),
        "facets": facets,
    }
    # The same answer stays the same however long it took.
    tag = Answer.of(_json(answer) + "\n").etag
    return Answer((_json(answer | {"took_ms": found.took_ms}) + "\n").encode(), tag)


@blueprint.get("/search/suggestions")
def suggestions() -> Response:
    """What may follow what is being typed; where nothing can be said, nothing is, and typing goes on."""
    with suppress(NotReady):
        answer = ready(_offered)
        response = _response(answer.body)
        response.set_etag(answer.etag)
        return cacheable(response)
    return cacheable(_response(_offer(Completions((), ())).encode()))


def _offered() -> Answer:
    text = typed("q")
    fits = text and len(text) <= QUERY_LENGTH
    return Answer.of(_offer(current_index().complete(text, COMPLETIONS) if fits else Completions((), ())))


def _offer(offered: Completions) -> str:
    text = typed("q")
    if request.args.get("format") == "opensearch":
        return _json([text, offered.words]) + "\n"
    words = [{"text": word, "url": url_for("search.results", q=word)} for word in offered.words]
    headings = [
        {"title": place.title, "path": path(place), "url": address(place)} for place in offered.headings
    ]
    return _json({"query": text, "words": words, "headings": headings}) + "\n"


def _response(body: bytes) -> Response:
    opensearch = request.args.get("format") == "opensearch" and request.endpoint == "search_api.suggestions"
    kind = "application/x-suggestions+json" if opensearch else "application/json"
    return current_app.response_class(body, mimetype=kind)


def _error(message: str, status: int) -> Response:
    return make_response(jsonify(error={"status": status, "message": message}), status, error_headers(status))


def _results(hits: list[Hit]) -> list[dict[str, Any]]:
    """The results, with the address of each page built once."""
    pages: dict[tuple[str, str], str] = {}
    results = []
    for hit in hits:
        place = hit.passage
        page = pages.get((place.plan, place.page))
        if page is None:
            page = pages[place.plan, place.page] = url_for("plans.page", plan=place.plan, page=place.page)
        results.append(
            {
                "plan": place.plan,
                "page": place.page,
                "anchor": place.anchor,
                "url": f"{page}#{place.anchor}",
                "title": place.title,
                "path": place.path,
                "snippet": hit.snippet,
            }
        )
    return results
