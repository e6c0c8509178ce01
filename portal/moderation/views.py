"""Addresses of this room: the queue, a submission, a decision on it, its attachment."""

import re
from io import BytesIO
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
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
from portal.feedback.models import Status, Submission
from portal.filters import local
from portal.moderation import decisions, queue
from portal.moderation.deadlines import nearness
from portal.moderation.forms import DecisionForm, FilterForm
from portal.moderation.lists import Pager, chips, view_of

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")
blueprint.after_request(unlisted)

# Whatever else a visitor may type as the address of a page is not made a link.
WEB_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)
BUTTONS = {
    decisions.Decision.ACCEPT: ("采纳纠错", "button"),
    decisions.Decision.REJECT: ("不采纳", "button button--secondary"),
    decisions.Decision.ANSWER: ("答复来件", "button button--secondary"),
    decisions.Decision.SPAM: ("标为不受理", "button button--danger"),
    decisions.Decision.REOPEN: ("重新办理", "button button--secondary"),
}
SUSPICIONS = {
    "honeypot": "填写了页面上看不见的栏目，可能由程序提交",
    "too_fast": "打开核对页后很快就提交，可能由程序提交",
    "too_many": "同一网络地址一小时内提交过多",
}


@blueprint.before_request
def staff_only() -> AnyResponse | None:
    """No view of this room can forget who may enter it."""
    if not current_user.is_authenticated:
        if reply := request.form.get("reply"):
            target = url_for(".submission", **(request.view_args or {}))
            text = render_template("moderation/signed_out.html", reply=reply, target=target)
            return make_response(text, 401)
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
    page = request.args.get("page", "")
    listing = queue.listing(wanted, int(page) if page.isascii() and page.isdigit() and len(page) < 10 else 1)
    counts = queue.counts()
    tabs = [
        (name, words, sum(counts[s] for s in statuses)) for name, (words, statuses) in queue.VIEWS.items()
    ]
    text = render_template(
        "moderation/queue.html",
        form=form,
        view=view,
        tabs=tabs,
        listing=listing,
        pager=Pager(listing, request.args),
        chips=chips(form, request.args),
        nearness=_nearness,
    )
    return make_response(text, 200 if right else 422)


@blueprint.get("/submissions/<number>")
def submission(number: str) -> AnyResponse:
    """Everything about one submission, and the form to decide on it."""
    found = _found(number)
    return _page(found, DecisionForm(formdata=None, version=found.version))


@blueprint.post("/submissions/<number>/decision")
def decide(number: str) -> AnyResponse:
    """Make a decision; the page comes back with what was typed if it cannot be made."""
    form = DecisionForm()
    name = request.form.get("decision", "")
    if not form.validate():
        return _page(_found(number), form, 422)
    try:
        decision = decisions.Decision(name)
        decided = decisions.decide(number, decision, form.reply.data, form.seen_version, current_user.email)
    except decisions.UnknownSubmission:
        abort(404)
    except decisions.Stale:
        return _page(_found(number), form, 409)
    except decisions.ReplyMissing:
        words = "请写明答复内容" if decision is decisions.Decision.ANSWER else "请写明不采纳的理由"
        form.reply.errors = [words]
        return _page(_found(number), form, 422)
    except (ValueError, decisions.NotAllowed):
        form.reply.errors = ["请在下面的按钮中选择一种处理决定"]
        return _page(_found(number), form, 422)
    flash(f"处理决定已保存：{decided.number}现在是“{decided.status.label}”。", "ok")
    return redirect(url_for(".submission", number=number), 303)


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


def _found(number: str) -> Submission:
    return queue.find(number) or abort(404)


def _nearness(found: Submission) -> Any:
    return nearness(found.due_on, local(database.now()).date())


def _page(found: Submission, form: DecisionForm, status: int = 200) -> AnyResponse:
    """The page of a submission; whoever decides on it again has now seen its present version."""
    form.version.data = found.version
    buttons = [(decision.value, *BUTTONS[decision]) for decision in decisions.allowed(found)]
    if found.status is Status.SUSPECTED:
        buttons[-1] = (decisions.Decision.REOPEN.value, "移入待处理", "button button--secondary")
    text = render_template(
        "moderation/submission.html",
        submission=found,
        form=form,
        conflict=status == 409,
        decisions=buttons,
        suspicions=[SUSPICIONS.get(reason, reason) for reason in found.suspicions.split()],
        earlier=queue.earlier(found),
        next_open=queue.next_open(found),
        nearness=_nearness(found),
        page_link=found.page_url if WEB_ADDRESS.match(found.page_url) else None,
    )
    return make_response(text, status)
