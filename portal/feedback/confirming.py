"""Confirmations of the check page: kept as submissions; those that are plainly right, ahead of Flask.

What Flask does for each request takes longer than keeping a submission. A confirmation that is right needs
none of it; whatever else comes goes on to Flask as it was sent, which knows what to say.
"""

import hmac
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.sessions import SessionMixin
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header
from werkzeug.utils import redirect

from portal.addresses import asked_by_name, unescaped
from portal.config import Settings
from portal.database import now
from portal.feedback import intake, tokens
from portal.feedback.attachments import File
from portal.feedback.forms import FeedbackForm, right
from portal.feedback.models import Kind
from portal.filters import local
from portal.headers import always
from portal.snapshot.headers import ReadyHeaders

Environ = dict[str, Any]

PATHS = {f"/feedback/{kind}": kind for kind in Kind}
# What the button and the tokens of the check page are called; pressing another button is no confirmation.
CONFIRMING, EDIT = {"confirm", "check", "csrf_token"}, "edit"
URLENCODED = "application/x-www-form-urlencoded"
ESCAPED = re.compile("(?:%[0-9A-Fa-f]{2})+")
# A longer one has a file, or is none.
MOST_BYTES, MOST_PARTS = 64 * 1024, 100
# The place of a correction does not matter any more; a choice of display does, which leads the answer on.
OF_PLACE = re.compile(r"(?:(?:plan|page|anchor)=[^&]*(?:&|$))*")
# Where a request keeps the error because of which its confirmation was not kept, for Flask to tell.
FAILED = "portal.confirmation_failed"
# Where an answer that was made once is filled in: a character that Unicode gives to nobody.
HOLE = "\ue000"


def keep(
    settings: Settings,
    session: SessionMixin,
    mark: tokens.Mark,
    form: FeedbackForm,
    address: str,
    file: File | None = None,
) -> str:
    """Keep what the visitor with this session confirmed from this network address; the key of the receipt.

    Raises:
        TooManyFiles: see ``intake.submit``.
    """
    answers, moment, secret = form.answers(), now(), settings.secret_key
    # Load tests send one text many times, so there each check page counts as a visitor of its own.
    visitor = session["visitor"] if settings.limited else mark.nonce
    day = local(mark.shown_at).date()
    arrival = intake.Arrival(
        key=tokens.submission_key(secret, visitor, day, form.kind_of, answers),
        client=tokens.client(secret, address, local(moment).date()),
        seconds=(moment - mark.shown_at).total_seconds(),
        trapped=bool(form.website.data),
    )
    intake.submit(settings, form.kind_of, answers, arrival, file)
    return arrival.key


class Confirmations:
    """A WSGI application ahead of that of Flask: takes in what is right, and answers as Flask does."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app, self._settings, self._flask = app, settings, app.wsgi_app
        self._host = urlsplit(settings.site_url).netloc
        # As Flask-WTF makes them.
        self._tokens = URLSafeTimedSerializer(settings.secret_key, salt="wtf-csrf-token")
        answer = redirect(f"/feedback/receipt/{HOLE}", 303)
        of_flask = [("Cache-Control", "no-store"), ("Vary", "Cookie")]
        answer.headers.extend([*always(secure=settings.secure), *of_flask])
        self._location, self._body = answer.location or "", answer.get_data(as_text=True)
        del answer.headers["Location"], answer.headers["Content-Length"]
        self._status, self._headers = answer.status, list(answer.headers)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        kind = PATHS.get(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        sent = _sent(environ) if kind and self._of_this_site(environ) else None
        key = self._key(kind, environ, sent) if kind and sent else None
        if key is None:
            return self._flask(environ, start_response)
        body = self._body.replace(HOLE, key).encode()
        own = [("Location", self._location.replace(HOLE, key)), ("Content-Length", str(len(body)))]
        start_response(self._status, ReadyHeaders([*self._headers, *own], len(body)))
        return (body,)

    def _key(self, kind: Kind, environ: Environ, sent: MultiDict[str, str]) -> str | None:
        """The key of the receipt of a confirmation that is kept."""
        session = self._app.session_interface.open_session(self._app, self._app.request_class(environ))
        # A session that ends at a time of its own is sent again with each answer.
        if session is None or session.permanent or "visitor" not in session:
            return None
        mark = tokens.Mark.read(self._settings.secret_key, kind, sent.get("check", ""))
        if mark is None or not self._holds(session, sent.get("csrf_token", "")):
            return None
        form = right(kind, sent)
        if form is None:
            return None
        try:
            with self._app.app_context():
                return keep(self._settings, session, mark, form, environ.get("REMOTE_ADDR", ""))
        except Exception as error:
            environ[FAILED] = error
            return None

    def _holds(self, session: SessionMixin, token: str) -> bool:
        """As ``flask_wtf.csrf.validate_csrf``, which asks for a request of Flask."""
        try:
            return hmac.compare_digest(session.get("csrf_token", ""), self._tokens.loads(token))
        except BadData:
            return False

    def _of_this_site(self, environ: Environ) -> bool:
        """Whether it is this site that had the request sent, and is asked for by its own name."""
        origin = self._settings.site_url or f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST')}"
        return (
            asked_by_name(environ, self._host)
            and environ.get("HTTP_ORIGIN") in (None, origin)
            and environ.get("HTTP_SEC_FETCH_SITE") in (None, "same-origin", "none")
            and OF_PLACE.fullmatch(environ["QUERY_STRING"]) is not None
        )


def _sent(environ: Environ) -> MultiDict[str, str] | None:
    """What was sent, if it may be a confirmation without a file; it can be read again afterwards."""
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    if len(body) < int(length):
        return None
    kind, options = parse_options_header(environ.get("CONTENT_TYPE"))
    try:
        sent = urlencoded(body) if kind == URLENCODED else _multipart(kind, options, body)
    except (RequestEntityTooLarge, ValueError):
        return None
    return sent if sent and EDIT not in sent and not CONFIRMING.isdisjoint(sent) else None


def urlencoded(body: bytes) -> MultiDict[str, str]:
    """What a form sends, as ``urllib.parse.parse_qsl`` reads it for Werkzeug, but sooner: that one takes each
    of the nine bytes of a Han character by itself.

    Raises:
        ValueError: it is not in UTF-8.
    """
    pairs = (pair.partition("=") for pair in body.decode().replace("+", " ").split("&") if pair)
    return MultiDict([(_plain(name), _plain(value)) for name, _, value in pairs])


def _plain(text: str) -> str:
    return ESCAPED.sub(_unescaped, text) if "%" in text else text


def _unescaped(escaped: re.Match[str]) -> str:
    return unescaped(escaped[0])


def _multipart(kind: str, options: dict[str, str], body: bytes) -> MultiDict[str, str] | None:
    parser = FormDataParser(_in_memory, max_form_parts=MOST_PARTS, silent=False)
    _, sent, files = parser.parse(BytesIO(body), kind, len(body), options)
    return None if any(file for _, file in files.items(multi=True)) else sent


def _in_memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> BytesIO:
    return BytesIO()
