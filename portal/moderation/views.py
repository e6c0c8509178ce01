"""Addresses of this room: the queue, a submission, a decision on it, its attachment; what is searched."""

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

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
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from portal import database
from portal.accounts.models import RoleName
from portal.accounts.views import to_sign_in, unlisted
from portal.extensions import csrf
from portal.feedback import origins
from portal.feedback.models import EventKind, Kind, Status, Submission
from portal.filters import local
from portal.moderation import decisions, queue, search_views
from portal.moderation.deadlines import nearness
from portal.moderation.forms import DecisionForm, FilterForm
from portal.moderation.lists import chips, pager, view_of
from portal.plans import catalogue
from portal.search.highlighting import marked
from portal.search.query import Query

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")
blueprint.after_request(unlisted)

# Whatever else a visitor may type as the address of a page is not made a link.
WEB_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)
PAGE_PATH = re.compile(r"/plans/([^/]+)/([^/]+)/?")
BUTTONS = {
    decisions.Decision.ACCEPT: "采纳纠错",
    decisions.Decision.REJECT: "不采纳",
    decisions.Decision.ANSWER: "答复来件",
    decisions.Decision.SPAM: "标为不受理",
    decisions.Decision.REOPEN: "重新办理",
}
CHOOSE = "请在下面的按钮中选择一种处理决定"
SUSPICIONS = {
    "honeypot": "填写了页面上看不见的栏目，可能由程序提交",
    "too_fast": "打开核对页后很快就提交，可能由程序提交",
    "too_many": "同一网络地址一小时内提交过多",
}


@blueprint.before_request
def staff_only() -> AnyResponse | None:
    """No view of this room can forget who may enter it."""
    if not current_user.is_authenticated:
        if request.method == "POST":
            number = (request.view_args or {}).get("number")
            target = url_for(".submission", number=number) if number else url_for(".searches")
            typed = request.form.get("reply") or request.form.get("text") or ""
            text = render_template("moderation/signed_out.html", typed=typed, number=number, target=target)
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
        pager=pager(listing, request.args),
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
    if not form.validate():
        if form.csrf_token.errors:
            return _page(_found(number), DecisionForm(formdata=None, reply=form.reply.data), 400)
        return _again(number, form)
    try:
        decision = decisions.Decision(request.form.get("decision", ""))
    except ValueError:
        form.reply.errors = [CHOOSE]
        return _again(number, form)
    try:
        decided = decisions.decide(number, decision, form.reply.data, form.seen_version, current_user.email)
    except decisions.UnknownSubmission:
        abort(404)
    except decisions.Stale:
        return _page(_found(number), form, 409)
    except decisions.ReplyMissing:
        words = "请写明答复内容" if decision is decisions.Decision.ANSWER else "请写明不采纳的理由"
        form.reply.errors = [words]
        return _again(number, form)
    except decisions.NotAllowed:
        form.reply.errors = [CHOOSE]
        return _again(number, form)
    flash(f"处理决定已保存：{decided.number}现在是“{decided.status.label}”。", "ok")
    return redirect(url_for(".submission", number=number), 303)


# The forms ask for the token: whoever has signed out or in since the page was shown keeps what was typed.
csrf.exempt(decide)
csrf.exempt(search_views.add)
csrf.exempt(search_views.remove)

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


def _again(number: str, form: DecisionForm) -> AnyResponse:
    """The page with what is wrong; that someone else has decided meanwhile comes first."""
    found = _found(number)
    return _page(found, form, 422 if form.seen_version == found.version else 409)


def _found(number: str) -> Submission:
    return queue.find(number) or abort(404)


def _nearness(found: Submission) -> Any:
    return nearness(found.due_on, local(database.now()).date())


@dataclass(frozen=True)
class Place:
    """The paragraph that a submission is about, as it is published now, with the quote marked."""

    heading: str
    text: Markup
    found: bool


def _place(found: Submission) -> Place | None:
    own = urlsplit(origins.own_page(found.page_url) or "")
    path = PAGE_PATH.fullmatch(own.path)
    here = path and catalogue.find_paragraph(path[1], path[2], found.anchor or own.fragment)
    if not here:
        return None
    quote = found.quote.strip()
    text = marked(here.text, Query.of_quote(quote))
    return Place(f"{here.plan_title}，{here.heading}", text, not quote or "<mark>" in text)


def _buttons(found: Submission) -> list[tuple[str, str, str]]:
    """Value, words and style of each decision's button; the first one is the likeliest."""
    words = dict(BUTTONS)
    first = decisions.Decision.ACCEPT
    if found.kind is Kind.CORRECTION:
        words[decisions.Decision.REJECT] = "不采纳纠错"
    else:
        first = decisions.Decision.ANSWER
    if found.status is Status.SUSPECTED:
        words[decisions.Decision.REOPEN] = "移入待处理"
        first = decisions.Decision.REOPEN
    ordered = sorted(decisions.allowed(found), key=lambda decision: decision is not first)
    return [(one.value, words[one], "" if one is first else " button--secondary") for one in ordered]


def _conflict(found: Submission) -> dict[str, Any]:
    """Who has decided what since the page was shown."""
    last = found.events[-1]
    return {
        "event": None if last.kind is EventKind.RECEIVED else last,
        "own": last.actor == current_user.email,
    }


def _page(found: Submission, form: DecisionForm, status: int = 200) -> AnyResponse:
    """The page of a submission; whoever decides on it again has now seen its present version."""
    form.version.data = found.version
    text = render_template(
        "moderation/submission.html",
        submission=found,
        form=form,
        stale=status == 400,
        conflict=_conflict(found) if status == 409 else None,
        place=_place(found),
        decisions=_buttons(found),
        suspicions=[SUSPICIONS.get(reason, reason) for reason in found.suspicions.split()],
        earlier=queue.earlier(found),
        next_open=queue.next_open(found),
        nearness=_nearness(found),
        page_link=found.page_url if WEB_ADDRESS.match(found.page_url) else None,
    )
    return make_response(text, status)
