"""勘误公示: what was corrected, for people, and as CSV, Atom and JSON."""

import csv
import io
import re
from typing import Any

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request, url_for

from portal.headers import cacheable
from portal.paging import Pager
from portal.plans import errata
from portal.plans.errata import Row, Wanted
from portal.search.analysis import QUERY_LENGTH, printable

blueprint = Blueprint("errata", __name__)
# For feeds: no XML may hold a control character.
blueprint.add_app_template_filter(printable)

COLUMNS = (
    *("number", "plan", "page", "anchor", "url", "before", "after", "reason"),
    *("reported_on", "corrected_on", "withdrawn"),
)
YEAR = re.compile("[12][0-9]{3}")
# What spreadsheets would take for a formula (OWASP, CSV injection).
FORMULA = re.compile(r"[=+\-@\t\r]")


@blueprint.get("/errata")
def index() -> Response:
    """The errata that are asked for, the newest first; a page beyond the last shows the last."""
    plan, plans = _plan()
    year = _typed("year")
    wanted = Wanted(plan, int(year) if YEAR.fullmatch(year) else None, _typed("q"))
    shown = errata.listing(wanted, max(1, request.args.get("page", 1, type=int)))
    years = errata.years(wanted.plan)
    html = render_template(
        "errata/index.html",
        wanted=wanted,
        plans=plans,
        years=years,
        listing=shown,
        path=errata.path,
        address=lambda **changed: _address(wanted, **changed),
        pager=Pager(shown.page, shown.pages, shown.total, lambda page: _address(wanted, page=page)),
    )
    return cacheable(make_response(html))


@blueprint.get("/errata/<number>")
def erratum(number: str) -> Response:
    """One erratum, at its own address for good."""
    found = errata.find(number)
    if found is None:
        abort(404)
    return cacheable(make_response(render_template("errata/erratum.html", erratum=found, path=errata.path)))


@blueprint.get("/errata.csv", endpoint="csv")
def as_csv() -> Response:
    """All changes for a spreadsheet, a row each."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in _rows():
        writer.writerow([_harmless(value) for value in row.values()])
    # The mark tells spreadsheets that it is UTF-8.
    response = make_response(text.getvalue().encode("utf-8-sig"))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = "attachment; filename=errata.csv"
    return cacheable(response)


@blueprint.get("/errata.atom", endpoint="atom")
def as_atom() -> Response:
    """What was corrected or withdrawn last, as a feed (RFC 4287)."""
    plan, plans = _plan()
    found = errata.feed(plan)
    text = render_template(
        "errata/feed.xml",
        plan=plan,
        plan_title=plans.get(plan),
        errata=found,
        updated_at=errata.updated_at(found),
        path=errata.path,
    )
    response = make_response(text)
    response.mimetype = "application/atom+xml"
    return cacheable(response)


@blueprint.get("/api/v1/errata")
def api() -> Response:
    """All changes as JSON."""
    return cacheable(jsonify(errata=_rows()))


def _typed(name: str) -> str:
    return printable(request.args.get(name, ""))[:QUERY_LENGTH]


def _plan() -> tuple[str, dict[str, str]]:
    """The plan that is asked for, and the titles of those to choose from; one that is not there is 404."""
    asked = request.args.get("plan", "")
    plans = errata.plans(asked)
    if asked and asked not in plans:
        abort(404)
    return asked, plans


def _address(wanted: Wanted, **changed: Any) -> str:
    """The list's address with some of what is asked for changed; None leaves it out."""
    asked = {"plan": wanted.plan or None, "year": wanted.year, "q": wanted.words or None}
    return url_for(".index", **asked | changed)


def _rows() -> list[dict[str, Any]]:
    plan, _ = _plan()
    return [_row(row) for row in errata.rows(plan)]


def _row(row: Row) -> dict[str, Any]:
    """One change in the columns of the contract."""
    values = row._asdict() | {
        "url": url_for("plans.page", plan=row.plan, page=row.page, _anchor=row.anchor),
        "reported_on": row.reported_on and row.reported_on.isoformat(),
        "corrected_on": row.corrected_on.isoformat(),
    }
    return {name: values[name] for name in COLUMNS}


def _harmless(value: object) -> str:
    """A cell that no spreadsheet takes for a formula; nothing for nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value or "")
    return f"'{text}" if FORMULA.match(text) else text
