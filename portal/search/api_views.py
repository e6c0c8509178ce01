"""Search, as JSON."""

import json
from contextlib import suppress
from functools import cache

from flask import Blueprint, Response, current_app, jsonify, make_response, request, url_for

from portal.headers import cacheable
from portal.search import direct
from portal.search.analysis import QUERY_LENGTH
from portal.search.answers import Answer
from portal.search.asked import Asked, typed
from portal.search.grouping import path
from portal.search.index import NotReady
from portal.search.results import Completions
from portal.search.views import PREPARING, TOO_LONG, address, current_index, error_headers, ready
from portal.search.written import write

blueprint = Blueprint("search_api", __name__)

# With the row that leads to all results, the list that opens below the box has eight.
COMPLETIONS = 7
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@blueprint.get(direct.ADDRESS)
def search() -> Response:
    """The same as JSON; a page beyond the last is empty. Most are answered ahead of Flask (``direct.py``)."""
    asked = Asked.read(request.args)
    if len(asked.query) > QUERY_LENGTH:
        return _error(TOO_LONG, 400)
    try:
        whole = f"{request.root_path}{request.path}", request.query_string.decode("latin-1")
        answer = ready(lambda: write(current_index().reader(), asked, cache(_page)), whole)
    except NotReady:
        return _error(PREPARING, 503)
    response = _response(answer.body)
    response.set_etag(answer.etag, weak=True)
    return cacheable(response)


def _page(plan: str, page: str) -> str:
    return url_for("plans.page", plan=plan, page=page)


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
    text = typed(request.args, "q")
    fits = text and len(text) <= QUERY_LENGTH
    return Answer.of(_offer(current_index().complete(text, COMPLETIONS) if fits else Completions((), ())))


def _offer(offered: Completions) -> str:
    text = typed(request.args, "q")
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
