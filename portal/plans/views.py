"""Plans and their pages, for people and as JSON."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)

from portal.addresses import of_page, permanent
from portal.filters import local
from portal.headers import cacheable
from portal.paging import Pager, shown_page, whole_number, with_page
from portal.plans import current, listing, structured
from portal.plans.catalogue import Place, PublishedPage, PublishedPlan
from portal.plans.citing import Citation, cite
from portal.plans.departed import departed, withdrawn
from portal.plans.differences import compare, from_change
from portal.plans.qr import qr_svg
from portal.plans.related import related
from portal.plans.rendering import Block, wrap_spans
from portal.plans.showing import shown
from portal.search.analysis import QUERY_LENGTH, printable
from portal.search.highlighting import marked, spans
from portal.search.index import SearchIndex
from portal.search.query import Query
from portal.snapshot.pages import note_shown

blueprint = Blueprint("plans", __name__)
PER_PAGE = 50
# For templates that show what changed: differences.html.
blueprint.add_app_template_global(compare)
blueprint.add_app_template_global(from_change)
blueprint.add_app_template_filter(shown)


@blueprint.get("/plans/<plan>/")
def plan(plan: str) -> Response:
    """A plan's cover: issuer, date of issue, table of contents."""
    published = _plan_or_404(plan)
    links = _links(related(_index(), published, None), plan)
    html = render_template(
        "plans/plan.html",
        plan=published,
        related=links,
        marks=current.marks(published),
        citation=_citation(published, None),
    )
    return cacheable(make_response(html))


@blueprint.get("/plans/")
def index() -> Response:
    """Every plan by the year of its issue, the newest first; a page beyond the last shows the last."""
    total = listing.count()
    page, pages = shown_page(whole_number(request.args.get("page")), total, PER_PAGE)
    html = render_template(
        "plans/index.html",
        plans=listing.plans(PER_PAGE, (page - 1) * PER_PAGE),
        pager=Pager(page, pages, total, lambda n: with_page(url_for(".index"), n)),
    )
    return cacheable(make_response(html))


@blueprint.get("/plans/<plan>/full")
def full(plan: str) -> Response:
    """The whole plan on one page, for print."""
    published = _plan_or_404(plan)
    links = _links(related(_index(), published, None), plan)
    anchors = {block.anchor for page in published.pages for block in page.blocks}
    anchors |= {page.anchor for page in published.pages}
    gone = {
        one.anchor: one for left in departed(published).values() for one in left if one.anchor not in anchors
    }
    html = render_template(
        "plans/full.html",
        plan=published,
        related=links,
        marks=current.marks(published),
        citation=_citation(published, None),
        departed=gone.values(),
    )
    return cacheable(make_response(html))


@blueprint.get("/plans/<plan>/<page>")
def page(plan: str, page: str) -> Response:
    """One page; words in ``?q=`` are marked. Further arguments say which results lead here: ``_results``."""
    published = _plan_or_404(plan)
    found = published.page(page)
    if found is None:
        abort(410 if withdrawn(plan, page) else 404)
    position = published.pages.index(found)
    query = _typed("q")
    words = Query.parse(query)
    heading = marked(found.heading, words)
    blocks, matches = _marked_blocks(found.blocks, words)
    return cacheable(
        make_response(
            render_template(
                "plans/page.html",
                plan=published,
                page=found,
                blocks=blocks,
                heading=heading,
                marks={
                    anchor: mark
                    for (number, anchor), mark in current.marks(published).items()
                    if number == page
                },
                matches=matches + heading.count("<mark>"),
                query=query,
                results=_results(plan, page, query),
                previous=published.pages[position - 1] if position else None,
                next=published.pages[position + 1] if position + 1 < len(published.pages) else None,
                related=_links(related(_index(), published, found), plan),
                citation=_citation(published, found),
                departed=departed(published).get(page, ()),
            )
        )
    )


@blueprint.get("/plans/<plan>.qr.svg")
@blueprint.get("/plans/<plan>/<page>/qr.svg")
def qr(plan: str, page: str | None = None) -> Response:
    """The address of a plan, or of one of its pages or the whole text on one page, as a QR code.

    No slug holds a dot and no page a slash, so these are nobody else's addresses.
    """
    published = _plan_or_404(plan)
    if page is None:
        address = permanent("plans.plan", plan=plan)
    elif page == "full":
        address = permanent("plans.full", plan=plan)
    elif published.page(page):
        address = permanent("plans.page", plan=plan, page=page)
    else:
        abort(410 if withdrawn(plan, page) else 404)
    response = make_response(qr_svg(address))
    response.mimetype = "image/svg+xml"
    return cacheable(response)


@blueprint.get("/api/v1/plans")
def api_plans() -> Response:
    """All plans, without their text."""
    return cacheable(jsonify(plans=[structured.about(listed) for listed in listing.plans()]))


@blueprint.get("/api/v1/plans/<plan>")
def api_plan(plan: str) -> Response:
    """One plan with its whole text."""
    published = _plan_or_404(plan)
    return cacheable(jsonify(structured.whole(published)))


def _plan_or_404(slug: str) -> PublishedPlan:
    published = current.find_plan(slug)
    if published is None:
        abort(404)
    return published


def _citation(published: PublishedPlan, page: PublishedPage | None) -> Citation:
    """The day is that of the newest revision, or of the document while it stands as it was issued."""
    pages = (page,) if page else published.pages
    changed: date = local(max(one.revised_at for one in pages)).date()
    day = changed if any(one.revision > 1 for one in pages) else published.issued_on or changed
    heading = page.heading if page else ""
    return cite(published.issuer, published.title, heading, day, of_page())


def _typed(name: str) -> str:
    return printable(request.args.get(name, ""))[:QUERY_LENGTH]


def _results(plan: str, page: str, marks: str) -> str:
    """The address of the results that led here: ``searched`` is the query where it is not what is marked,
    ``within`` tells whether they were narrowed to this plan or this chapter, ``results`` is their page.
    """
    within, number = request.args.get("within"), request.args.get("results", "")
    return url_for(
        "search.results",
        q=_typed("searched") or marks,
        plan=plan if within in ("plan", "chapter") else None,
        chapter=page if within == "chapter" else None,
        page=number if re.fullmatch("[1-9][0-9]{0,5}", number) else None,
    )


def _marked_blocks(blocks: tuple[Block, ...], query: Query) -> tuple[list[Block], int]:
    """The blocks with the query's words marked in their HTML, and how many were."""
    parts, matches = [], 0
    for block in blocks:
        found = spans(block.text, query) if query else []
        matches += len(found)
        parts.append(replace(block, html=wrap_spans(block.bare, found)) if found else block)
    return parts, matches


def _index() -> SearchIndex:
    index: SearchIndex = current_app.extensions["search"]
    return index


def _links(places: list[Place], own: str) -> list[dict[str, Any]]:
    for place in places:
        note_shown(request.environ, place.key, place)
    return [
        {
            "heading": place.heading,
            "chapter": place.chapter if place.chapter != place.heading else "",
            "plan_title": place.plan_title,
            "other_plan": place.plan != own,
            "url": url_for("plans.page", plan=place.plan, page=place.page, _anchor=place.anchor),
        }
        for place in places
    ]
