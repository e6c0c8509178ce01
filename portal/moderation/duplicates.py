"""Other open corrections about the same words: one decision can answer them all."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import islice

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import lazyload

from portal.database import db
from portal.feedback.models import Kind, Submission
from portal.feedback.pointing import Name, Target, parse, point
from portal.moderation.queue import OPEN
from portal.plans import catalogue, quotes
from portal.plans.quotes import Quote

MOST = 50
# So many are looked at one by one; on a page that more are about, the oldest.
CANDIDATES = 200


def find(submission: Submission) -> Sequence[Submission]:
    """Open corrections about the same words, the oldest first; at most 50, itself not among them.

    They point at the same heading or paragraph and their quotes overlap or one of them has none; or the same
    words are quoted from the same page and no anchor says where. What points nowhere in the published text is
    the same when address and quote are.
    """
    if submission.kind is not Kind.CORRECTION:
        return []
    target = point(submission.page_url, submission.anchor, submission.quote)
    if target is None:
        return _read(submission, and_(_page(submission), _same_quote(submission)))[:MOST]
    place = catalogue.find_paragraph(target.plan, target.page, target.anchor)
    there = _points(submission, target)
    overlaps = _overlaps(submission, place.text if place else "")
    found = _read(submission, _near(submission, target))
    return list(islice((other for other in found if there(other) and overlaps(other)), MOST))


def _read(submission: Submission, condition: ColumnElement[bool]) -> Sequence[Submission]:
    query = (
        select(Submission)
        .options(lazyload(Submission.events))
        .where(Submission.status.in_(OPEN), Submission.kind == Kind.CORRECTION, condition)
        .where(Submission.id != submission.id)
        .order_by(Submission.received_at, Submission.id)
    )
    return db.session.scalars(query.limit(CANDIDATES)).all()


def _near(submission: Submission, target: Target) -> ColumnElement[bool]:
    """Whatever may point at the same place: of its plan, with its anchor, or the same words without any."""
    url, anchor = Submission.page_url, Submission.anchor
    fragment = url.endswith(f"#{target.anchor}", autoescape=True)
    none = and_(anchor == "", ~url.contains("#"), _same_quote(submission))
    return and_(
        url.contains(f"plans/{target.plan}", autoescape=True),
        or_(anchor == target.anchor, and_(anchor == "", fragment), none),
    )


def _page(submission: Submission) -> ColumnElement[bool]:
    return Submission.page_url == submission.page_url


def _same_quote(submission: Submission) -> ColumnElement[bool]:
    words = submission.quote.strip()
    return and_(func.trim(Submission.quote) == words, Submission.quote != "")


def _points(submission: Submission, target: Target) -> Callable[[Submission], bool]:
    """Tells of what was read whether it points there. Few are looked up: an anchor is that of one place in a
    plan, and what has none has the same quote.
    """
    known: dict[Name, Target | None] = {}

    def there(other: Submission) -> bool:
        said = parse(other.page_url)
        if said.plan not in ("", target.plan):
            return False
        if said.plan and (other.anchor or said.anchor) == target.anchor:
            return True
        if said not in known:
            known[said] = point(other.page_url, "", submission.quote)
        return known[said] == target

    return there


def _overlaps(one: Submission, text: str) -> Callable[[Submission], bool]:
    """Tells of another whether their quotes share characters of the text; where one is not found in it,
    whether one holds the other. Without a quote the whole paragraph is meant.
    """

    @cache
    def find(quote: Quote) -> tuple[int, int] | None:
        found = quotes.find(quote, [("", text)])
        return (found.start, found.end) if found else None

    def overlaps(other: Submission) -> bool:
        words, others = (Quote(s.quote.strip(), s.prefix, s.suffix) for s in (one, other))
        if not words.exact or not others.exact:
            return True
        spans = find(words), find(others)
        if spans[0] and spans[1]:
            return max(spans[0][0], spans[1][0]) < min(spans[0][1], spans[1][1])
        return words.exact in others.exact or others.exact in words.exact

    return overlaps
