"""How often something is searched: counted by day, without anything about who asked.

What could be personal is not kept: long numbers, query codes and e-mail addresses are replaced, long texts
left out.
"""

import atexit
import logging
import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import Flask, Response, current_app, request
from sqlalchemy import Date, and_, bindparam, delete, func, select, text
from sqlalchemy.orm import Session

from portal.database import db, now, transaction
from portal.filters import local
from portal.search.analysis import squeeze
from portal.search.lexicon import WORD_LENGTH
from portal.search.models import QueryCount

logger = logging.getLogger(__name__)

# Different queries in a day: a flood of nonsense does not fill the database.
MOST_A_DAY = 5_000
KEPT = timedelta(days=400)
MOST_SHOWN = 50
# Seven digits are a telephone number without its area code; fewer are years, sums and document numbers.
# 18 characters with an X at the end are an identity number. A day is nobody's number.
_NUMBER = re.compile(r"\d(?:[\W_]*\d){6,}x?")
_DAY = re.compile(r"(?:19|20)\d\d([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])")
# A query code has eight letters and digits; eight letters alone are more often a word.
_CODE = re.compile(r"(?<![a-z\d])(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{8}(?![a-z\d])")
_ADDRESS = re.compile(r"\S+(?:\s*@\s*\S+)+")
HIDDEN = "＊"
# How long searches wait to be written, at most.
WAIT_SECONDS = 5.0
# By day and query: how often it was searched, and what was found the last time.
Counts = dict[tuple[date, str], tuple[int, int]]
# In the address of a search: the staff look at what others searched, which is no search of a reader.
UNCOUNTED: dict[str, Any] = {"from": "desk"}
COUNT = text(
    "INSERT INTO query_counts (day, query, searches, found) VALUES (:day, :query, :searches, :found) "
    "ON CONFLICT (day, query) DO UPDATE SET "
    "searches = query_counts.searches + excluded.searches, found = excluded.found"
).bindparams(bindparam("day", type_=Date()))


@dataclass(frozen=True)
class Frequent:
    """A query, how often it was searched in the days asked about, and its results the last time."""

    query: str
    searches: int
    found: int


class Tally:
    """Searches of one process that wait to be written together: a commit for each would cost more than the
    search. A process that is told to stop writes them first; one that is killed loses those of some seconds.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._waiting: Counts = {}

    def add(self, query: str, found: int) -> None:
        """Count one search of today. Whatever is no search for words is not counted (see ``countable``)."""
        words = countable(query)
        if not words:
            return
        here = (today(), words)
        with self._lock:
            first = not self._waiting
            searches, _ = self._waiting.get(here, (0, 0))
            self._waiting[here] = (searches + 1, found)
        if first:
            atexit.register(self.write)
            timer = threading.Timer(WAIT_SECONDS, self.write)
            timer.daemon = True
            timer.start()

    def write(self) -> None:
        """Write what waits. A failure is logged, and these searches are not counted."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        atexit.unregister(self.write)
        if not waiting:
            return
        try:
            with self._app.app_context():
                _write(waiting)
        except Exception:
            lost = sum(searches for searches, _ in waiting.values())
            logger.exception("Searches were not counted: %d", lost)


def after(response: Response, query: str, found: int) -> None:
    """Count a search once its answer has been sent, so that nobody waits for it; a HEAD request is none,
    nor is one that the staff's page leads to (``UNCOUNTED``).

    ``found`` is the number of passages that hold all of the query: 0 when only parts of it were found.
    """
    if request.method == "HEAD" or UNCOUNTED.items() <= request.args.to_dict().items():
        return
    response.call_on_close(partial(_tally().add, query, found))


def _tally() -> Tally:
    tally: Tally = current_app.extensions["tally"]
    return tally


def _write(counts: Counts) -> None:
    with transaction() as session:
        for (day, words), (searches, found) in counts.items():
            here = (QueryCount.day == day, QueryCount.query == words)
            if session.scalar(select(QueryCount.day).where(*here)) or _room(session, day):
                session.execute(COUNT, {"day": day, "query": words, "searches": searches, "found": found})


def _room(session: Session, day: date) -> bool:
    """Whether another query can be kept for the day; what is too old is deleted on the way."""
    session.execute(delete(QueryCount).where(QueryCount.day < day - KEPT))
    kept = session.scalar(select(func.count()).select_from(QueryCount).where(QueryCount.day == day))
    return (kept or 0) < MOST_A_DAY


def countable(query: str) -> str:
    """A query as it is kept: without width, case and the unseen; numbers, codes and addresses as ``＊``.

    Empty when it is longer than 50 characters, or when no letter or digit is left of it.
    """
    folded = unicodedata.normalize("NFKC", query).casefold()
    kept = (" " if c.isspace() else c for c in folded)
    seen = " ".join("".join(c for c in kept if not unicodedata.category(c).startswith("C")).split())
    if len(seen) > WORD_LENGTH:
        return ""
    seen = _CODE.sub(HIDDEN, _ADDRESS.sub(HIDDEN, seen))
    seen = _NUMBER.sub(lambda number: number[0] if _DAY.fullmatch(number[0]) else HIDDEN, seen)
    return seen if squeeze(seen) else ""


def today() -> date:
    """The day in Asia/Shanghai."""
    return local(now()).date()


def frequent(days: int, *, unanswered: bool = False) -> Sequence[Frequent]:
    """The 50 queries searched most in the last ``days`` days, today included; what waits to be written is not
    among them.

    ``unanswered``: only those that found nothing the last time.
    """
    totals = (
        select(
            QueryCount.query,
            func.sum(QueryCount.searches).label("searches"),
            func.max(QueryCount.day).label("day"),
        )
        .where(QueryCount.day > today() - timedelta(days=days))
        .group_by(QueryCount.query)
        .subquery()
    )
    last = and_(QueryCount.query == totals.c.query, QueryCount.day == totals.c.day)
    rows = select(QueryCount.query, totals.c.searches, QueryCount.found).join(totals, last)
    if unanswered:
        rows = rows.where(QueryCount.found == 0)
    rows = rows.order_by(totals.c.searches.desc(), QueryCount.query).limit(MOST_SHOWN)
    return [Frequent(*row) for row in db.session.execute(rows)]
