"""What a page was before: its revisions, and what each of them changed."""

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from portal.headers import cacheable
from portal.paging import Pager, with_page
from portal.plans import history
from portal.plans.models import Page

blueprint = Blueprint("history", __name__)

# How a revision is shown, as the address says it.
WAYS = {"": "逐处对照", "sides": "左右对照", "after": "只看更正后"}
# What both databases take for a number.
MOST = 2**31 - 1


@blueprint.get("/plans/<plan>/<page>/history")
def revisions(plan: str, page: str) -> Response:
    """Every revision of a page, the newest first; a page of the list beyond the last shows the last."""
    found = _page_or_404(plan, page)
    shown = history.listing(found, max(1, request.args.get("page", 1, type=int)))
    html = render_template(
        "history/revisions.html",
        plan=found.plan,
        page=found,
        steps=shown.steps,
        newest=history.newest(found),
        pager=Pager(
            shown.page,
            shown.pages,
            shown.total,
            lambda n: with_page(url_for(".revisions", plan=plan, page=page), n),
        ),
    )
    return cacheable(make_response(html))


@blueprint.get(f"/plans/<plan>/<page>/history/<int(min=1, max={MOST}):n>")
def revision(plan: str, page: str, n: int) -> Response:
    """One revision: what it changed, in one of the ``WAYS``, or its whole text; the first has only that."""
    found = _page_or_404(plan, page)
    step = history.find_step(found, n)
    if step is None:
        abort(404)
    how = request.args.get("compare", "")
    html = render_template(
        "history/revision.html",
        plan=found.plan,
        page=found,
        step=step,
        newest=history.newest(found),
        stretches=history.folded(step.rows),
        ways=WAYS,
        way="after" if step.before is None else how if how in WAYS else "",
    )
    return cacheable(make_response(html))


def _page_or_404(plan: str, number: str) -> Page:
    page = history.find_page(plan, number)
    if page is None:
        abort(404)
    return page
