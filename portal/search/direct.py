"""Searches as JSON answered ahead of Flask, which takes as long as the search itself.

What is not as it mostly is goes on to Flask: a question that is too long, an index that has to be looked for,
a condition, a choice of display. Its view gives the same answers with the same headers (``api_views.py``).
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask

from portal import compression, display, headers
from portal.addresses import ON_ERROR, asked_by_name, unescaped
from portal.search.analysis import QUERY_LENGTH
from portal.search.answers import LONGEST, Answer
from portal.search.asked import Asked
from portal.search.index import SearchIndex
from portal.search.written import write

ADDRESS = "/api/v1/search"
KEPT = 1024
# Nothing but words in which each character is escaped.
ESCAPED = re.compile("q=((?:%[0-9A-Fa-f]{2})+)")

Ready = Callable[[list[tuple[str, str]], int], list[tuple[str, str]]]


class Direct:
    """A WSGI application around the portal's own. ``host`` is the site's, empty when it may be any; ``ready``
    makes headers, with the length of what follows them, into those that the server takes as they are.
    """

    def __init__(self, app: Flask, host: str, secure: bool, ready: Ready) -> None:
        self._app, self._portal, self._host, self._ready = app, app.wsgi_app, host, ready
        self._always = [*headers.always(secure=secure), ("Cache-Control", headers.ALWAYS_ASK)]
        self._address = lru_cache(KEPT)(self._build)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        if environ["PATH_INFO"] == ADDRESS and self._is_usual(environ):
            try:
                answer = self._answer(environ["QUERY_STRING"])
            except Exception:  # Flask meets it again, and tells of it
                answer = None
            if answer:
                return self._send(answer, environ, start_response)
        return self._portal(environ, start_response)

    def _is_usual(self, environ: dict[str, Any]) -> bool:
        return (
            environ["REQUEST_METHOD"] == "GET"
            and asked_by_name(environ, self._host)
            and headers.CONDITIONS.isdisjoint(environ)
        )

    def _answer(self, asked: str) -> Answer | None:
        index: SearchIndex = self._app.extensions["search"]
        reader = index.at_hand()
        if reader is None:
            return None
        answer = index.answers.find(reader, (ADDRESS, asked))
        if answer is None:
            arguments = read(asked)
            wanted = Asked.read(arguments)
            if len(wanted.query) > QUERY_LENGTH or not display.CHOICES.keys().isdisjoint(arguments):
                return None
            answer = write(reader, wanted, self._address)
            if len(asked) <= LONGEST:
                index.answers.keep(reader, (ADDRESS, asked), answer)
        return answer

    def _send(
        self, answer: Answer, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        body, sent = answer.body, [("Content-Type", "application/json"), *self._always]
        encoding = compression.chosen(environ, len(body))
        if encoding:
            body = compression.kept(body, encoding)
            sent.append(("Content-Encoding", encoding))
        sent += (
            ("ETag", f'W/"{answer.etag}"'),
            ("Vary", "Accept-Encoding"),
            ("Content-Length", str(len(body))),
        )
        start_response("200 OK", self._ready(sent, len(body)))
        return (body,)

    def _build(self, plan: str, page: str) -> str:
        return self._app.url_map.bind("").build("plans.page", {"plan": plan, "page": page})


def read(query_string: str) -> dict[str, str]:
    """The arguments of an address, as Werkzeug reads them; of several values the first counts.

    Raises:
        UnicodeDecodeError: it holds what is no UTF-8.
    """
    if chinese := ESCAPED.fullmatch(query_string):  # most are; it takes a quarter of the time
        return {"q": unescaped(chinese[1])}
    if not query_string.isascii():
        query_string = query_string.encode("latin-1").decode()
    pairs = parse_qsl(query_string, keep_blank_values=True, errors=ON_ERROR)
    return dict(reversed(pairs))
