"""Addresses of this room: the queue, a submission, a decision on it, its attachment; what is searched."""

from io import BytesIO
from typing import Any

from flask import (
    Blueprint,
    abort,
    make_response,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_security import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal import database
from portal.accounts.models import RoleName
from portal.accounts.views import to_sign_in, unlisted
from portal.extensions import csrf
from portal.feedback.models import Submission
from portal.filters import local
from portal.moderation import (
    decision_views,
    edit_views,
    errata_views,
    queue,
    search_views,
    submission_views,
)
from portal.moderation.deadlines import Nearness, nearness
from portal.moderation.forms import FilterForm
from portal.moderation.lists import pager, used_filters, view_of
from portal.paging import whole_number

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")
blueprint.after_request(unlisted)

# What may have been typed in this room, field by field.
TYPED = {
    "reply": "回复或理由",
    "text": "您写的内容",
    "reason": "更正原因",
    "elsewhere": "您勾选的其他地方",
    "also": "您勾选的其他来件",
}


@blueprint.before_request
def staff_only() -> AnyResponse | None:
    """No view of this room can forget who may enter it."""
    if not current_user.is_authenticated:
        if request.method == "POST":
            return make_response(render_template("moderation/signed_out.html", **_signed_out()), 401)
        return to_sign_in()
    if not any(current_user.has_role(role) for role in RoleName):
        abort(403)
    return None


@blueprint.get("/", endpoint="queue")
def show_queue() -> AnyResponse:
    """The list, narrowed to a view and a filter."""
    view = view_of(request.args)
    form = FilterForm(request.args)
    right = form.validate()
    wanted = form.filter(view)
    listing = queue.listing(wanted, whole_number(request.args.get("page")))
    counts = queue.counts()
    views = [
        (name, words, sum(counts[s] for s in statuses)) for name, (words, statuses) in queue.VIEWS.items()
    ]
    text = render_template(
        "moderation/queue.html",
        form=form,
        view=view,
        views=views,
        listing=listing,
        pager=pager(listing, request.args),
        filters=used_filters(form, request.args),
        nearness=_nearness,
    )
    return make_response(text, 200 if right else 422)


# The forms ask for the token: whoever has signed out or in since the page was shown keeps what was typed.
csrf.exempt(decision_views.decide)
csrf.exempt(edit_views.change)
csrf.exempt(errata_views.withdraw)
csrf.exempt(errata_views.decide)
csrf.exempt(search_views.add)
csrf.exempt(search_views.remove)

blueprint.add_url_rule("/submissions/<number>", "submission", submission_views.show)
blueprint.add_url_rule("/submissions/<number>/decision", "decide", decision_views.decide, methods=["POST"])
blueprint.add_url_rule("/plans", "plans", edit_views.plans)
blueprint.add_url_rule("/plans/<plan>/<page>", "chapter", edit_views.chapter)
blueprint.add_url_rule("/plans/<plan>/<page>/<anchor>", "edit", edit_views.show)
blueprint.add_url_rule("/plans/<plan>/<page>/<anchor>", "change", edit_views.change, methods=["POST"])
blueprint.add_url_rule("/errata", "errata", errata_views.index)
blueprint.add_url_rule("/errata/<number>", "erratum", errata_views.show)
blueprint.add_url_rule("/errata/<number>", "withdraw", errata_views.withdraw, methods=["POST"])
blueprint.add_url_rule("/proposals/<number>", "proposal", errata_views.proposal)
blueprint.add_url_rule("/proposals/<number>", "decide_proposal", errata_views.decide, methods=["POST"])
blueprint.app_context_processor(errata_views.menu)
blueprint.add_url_rule("/searches", "searches", search_views.show)
blueprint.add_url_rule("/searches/terms", "add_term", search_views.add, methods=["POST"])
blueprint.add_url_rule("/searches/terms", "terms", search_views.to_page)
# The largest number that PostgreSQL can be asked for.
TERM = f"<int(max={2**31 - 1}):term>"
blueprint.add_url_rule(
    f"/searches/terms/{TERM}/deletion", "remove_term", search_views.remove, methods=["POST"]
)


@blueprint.get("/submissions/<number>/attachment")
def attachment(number: str) -> AnyResponse:
    """The file of a submission, for download only: no browser is to open it as a page of this site."""
    file = queue.attachment(number) or abort(404)
    response = send_file(
        BytesIO(file.data), file.media_type, as_attachment=True, download_name=file.filename, etag=False
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def _nearness(found: Submission) -> Nearness:
    return nearness(found.due_on, local(database.now()).date())


def _signed_out() -> dict[str, Any]:
    """For someone who is no longer signed in: the page to come back to, and what was typed in which field."""
    decides = request.endpoint == "moderation.decide"
    target = request.path
    if decides:
        target = url_for(".submission", **(request.view_args or {}))
    elif request.endpoint in ("moderation.add_term", "moderation.remove_term"):
        target = url_for(".searches")
    typed = [
        (name, label, "\n".join(value for value in request.form.getlist(name) if value.strip()))
        for name, label in TYPED.items()
    ]
    return {"decides": decides, "target": target, "typed": [field for field in typed if field[2]]}
