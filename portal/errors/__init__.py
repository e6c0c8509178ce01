"""Error pages in the site's look, also without the database; JSON where JSON was asked for."""

import logging
import time
from datetime import timedelta
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import BadHost, HTTPException, SecurityError, ServiceUnavailable

from portal.database import now
from portal.errors import words
from portal.errors.offers import Offer, offers
from portal.extensions import limiter
from portal.plans.departed import WithdrawnPage, withdrawn
from portal.search.analysis import printable

logger = logging.getLogger(__name__)

# Of what a database says, these are faults of the code or of what was sent; it is there and works.
FAULTS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
# When to come back after an outage, in seconds.
RETRY_SECONDS = 60
# So much is shown of the address that was asked for.
ADDRESS_LENGTH = 80
# So many characters tell what was meant: the site's own addresses are shorter, and each more costs time.
LONGEST = 200
TEMPLATES = {404: "errors/not_found.html", 410: "errors/withdrawn.html"}
# Where not even the page of an error can be made: it needs no template, no style and no address.
LAST_RESORT = """<!DOCTYPE html>
<html lang="zh-CN">
<head><meta charset="utf-8"><title>{0}</title><meta name="viewport" content="width=device-width"></head>
<body><main><h1>{0}</h1><p>{1}</p><p><a href="/">回到首页</a></p></main></body>
</html>
"""


def init_app(app: Flask) -> None:
    """Answer every HTTP error, an unusable database, and every unexpected error with a page that helps."""
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(DBAPIError, unavailable)
    app.register_error_handler(NoConnection, unavailable)


def unavailable(error: Exception) -> Response:
    """A database that is away, locked or full is 503; the log has one line without what was asked of it."""
    if isinstance(error, FAULTS):
        raise error
    reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
    logger.error("The database cannot be used at %s [%s]: %s", request.endpoint, request.method, reason)
    return show(ServiceUnavailable(retry_after=RETRY_SECONDS))


def show(error: HTTPException) -> Response:
    """The page for one error; the status and headers of the error are kept."""
    if error.response is not None:
        return make_response(error.response)
    status = error.code or 500
    said = words.EXPIRED if isinstance(error, CSRFError) else words.WORDS.get(status, words.OTHER)
    seconds = _seconds(error)
    try:
        response = _answer(error, status, said, seconds)
    except Exception:
        logger.exception("The page of an error could not be made")
        response = make_response(LAST_RESORT.format(*said))
    response.status_code = status
    for name, value in error.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    if seconds:
        response.headers["Retry-After"] = str(seconds)
    response.headers["Cache-Control"] = "no-store"
    return response


def _seconds(error: HTTPException) -> int:
    """How long to wait before coming back; 0 where nobody knows."""
    if error.code == 429 and limiter.current_limit:
        return max(1, limiter.current_limit.reset_at - int(time.time()))
    after = getattr(error, "retry_after", None)
    return after if isinstance(after, int) else RETRY_SECONDS if error.code in (429, 503) else 0


def _answer(error: HTTPException, status: int, said: words.Words, seconds: int) -> Response:
    """The error as text, as JSON or as a page."""
    if isinstance(error, SecurityError | BadHost):
        # The host is none or not ours, so the links of a page could not be made.
        return Response(f"{said.heading}。{said.advice}", mimetype="text/plain")
    gone = withdrawn(**(request.view_args or {})) if status == 410 else None
    if _wants_json():
        return jsonify(error={"status": status, "message": said.heading} | (_fate(gone) if gone else {}))
    # A failure may be the database's, and the frame of staff pages asks it who is there.
    staff = request.path.startswith("/moderation/") and status < 500
    if staff and status == 404:
        said = words.STAFF_NOT_FOUND
    if status == 403 and not staff:  # whatever is public may be seen by everybody
        said = words.ELSEWHERE
    path = request.path[:LONGEST]
    template = "errors/staff.html" if staff else TEMPLATES.get(status, "errors/error.html")
    html = render_template(
        template,
        status=status,
        said=said,
        typed=_not_sent(status),
        waiting=words.waiting(seconds) if seconds else "",
        returns_at=now() + timedelta(seconds=seconds),
        asked=_shortened(printable(path)),
        offers=_offers(path) if template == TEMPLATES[404] else (),
        query=words.searched(path, request.args.get("q", "")),
        gone=gone,
    )
    return make_response(html)


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(("text/html", "application/json"))
    return request.path.startswith("/api/") or best == "application/json"


def _not_sent(status: int) -> str:
    """What became of what was typed, where something was."""
    sent = request.method == "POST" and status != 404 and not request.path.startswith("/account/")
    return words.NOT_SENT if sent else ""


def _shortened(address: str) -> str:
    return address if len(address) <= ADDRESS_LENGTH else address[: ADDRESS_LENGTH - 1] + "…"


def _offers(path: str) -> list[Offer]:
    """What may have been meant; a database that cannot say takes nothing from the page."""
    try:
        return offers(path)
    except (DBAPIError, NoConnection):
        return []


def _fate(gone: WithdrawnPage) -> dict[str, Any]:
    """Since when a page is withdrawn, and the addresses where its paragraphs stand now."""
    moved = [
        url_for("plans.page", plan=place.plan, page=place.page, _anchor=place.anchor)
        for place, _ in gone.moved
    ]
    return {"withdrawn_at": gone.withdrawn_at.isoformat(timespec="seconds"), "moved_to": moved}
