"""The page of a submission: what it says, the text that it is about, and the form to decide on it."""

import re
from typing import Any

from flask import abort, current_app, make_response, render_template, request
from flask_security import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from portal import database
from portal.config import Settings
from portal.feedback.models import EventKind, Kind, Status, Submission
from portal.filters import local
from portal.moderation import cases, decisions, queue, review
from portal.moderation.cases import Case, Wording
from portal.moderation.deadlines import nearness
from portal.moderation.decisions import Decision
from portal.moderation.edit_forms import LOOK
from portal.moderation.forms import DecisionForm
from portal.plans import errata
from portal.plans.confusables import site_confusables
from portal.plans.models import Change
from portal.plans.rendering import wrap_spans

SUSPICIONS = {
    "honeypot": "填写了页面上看不见的栏目，可能由程序提交",
    "too_fast": "打开核对页后很快就提交，可能由程序提交",
    "too_many": "同一网络地址一小时内提交过多",
}
# Whatever else a visitor may type as the address of a page is not made a link.
WEB_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)
# Characters beside the words that are shown of a paragraph.
BESIDE = 24


def show(number: str) -> AnyResponse:
    """Everything about one submission, and the form to decide on it."""
    return page(number, DecisionForm(formdata=None))


def find(number: str) -> Submission:
    """The submission, or the answer that there is none."""
    return queue.find(number) or abort(404)


def settings() -> Settings:
    """The portal's settings."""
    given: Settings = current_app.config["PORTAL"]
    return given


def case_of(found: Submission, form: DecisionForm) -> Case:
    """What is known of the text that a submission is about, with the wording that was typed, if any."""
    typed = None
    if "text" in request.form:
        typed = Wording(form.anchor.data or "", form.seen_base, form.text.data)
    confusables = site_confusables(settings().content)
    return cases.look(found, typed, confusables)


def _buttons(found: Submission, case: Case) -> list[tuple[str, str, str]]:
    """Value, words and style of each decision's button; the first one is the likeliest."""
    words = {
        Decision.ACCEPT: "采纳纠错",
        Decision.REJECT: "不采纳",
        Decision.ANSWER: "答复来件",
        Decision.SPAM: "标为不受理",
        Decision.REOPEN: "重新办理",
    }
    first = Decision.ACCEPT
    if found.kind is Kind.CORRECTION:
        words[Decision.REJECT] = "不采纳纠错"
    else:
        first = Decision.ANSWER
    if case.preview and settings().second_approval:
        words[Decision.ACCEPT] = "采纳并提交复核"
    if found.status is Status.SUSPECTED:
        words[Decision.REOPEN] = "移入待处理"
        first = Decision.REOPEN
    ordered = sorted(decisions.allowed(found), key=lambda decision: decision is not first)
    return [(one.value, words[one], "" if one is first else "secondary") for one in ordered]


def _conflict(found: Submission) -> dict[str, Any]:
    """Who has decided what since the page was shown."""
    last = found.events[-1]
    return {
        "event": None if last.kind is EventKind.RECEIVED else last,
        "own": last.actor == current_user.email,
    }


def _fill(form: DecisionForm, found: Submission, case: Case) -> bool:
    """Write what is not typed into the form. Whoever sends it again has now seen the present versions.

    Returns whether the submission has another version than the one that the moderator saw.
    """
    posted = request.method == "POST"
    stale = posted and form.seen_version != found.version
    form.version.data = str(found.version)
    if case.here and case.preview:
        if "text" not in request.form and not form.reason.data:
            form.reason.data = review.reason(found)
        form.text.data, form.base.data, form.anchor.data = case.text, str(case.here.base), case.here.anchor
    return stale


def page(number: str, form: DecisionForm, status: int = 200) -> AnyResponse:
    """The page of a submission; that something has changed meanwhile comes before any mistake."""
    found = find(number)
    case = case_of(found, form)
    stale = _fill(form, found, case)
    if status != 400 and (stale or case.later or case.lost):
        status = 409
    text = render_template(
        "moderation/submission.html",
        submission=found,
        form=form,
        case=case,
        expired=status == 400,
        refused=status == 409,
        conflict=_conflict(found) if stale and status == 409 else None,
        since=request.form.get("base", ""),
        problem=case.preview.problem.label if case.preview and case.preview.problem else "",
        marked=_marked(case),
        asked=request.form.get("decision") in LOOK,
        tick=cases.tick,
        ticked_at=cases.among(form.ticked()),
        also=_ticked(found, case),
        companion=cases.companion,
        place=_place,
        second_approval=settings().second_approval,
        decisions=_buttons(found, case),
        suspicions=[SUSPICIONS.get(reason, reason) for reason in found.suspicions.split()],
        earlier=queue.earlier(found),
        next_open=queue.next_open(found),
        nearness=nearness(found.due_on, local(database.now()).date()),
        page_link=found.page_url if WEB_ADDRESS.match(found.page_url) else None,
    )
    return make_response(text, status)


def _place(change: Change) -> tuple[str, ...]:
    """Where a change stands, outermost first; of a proposal, as the page is now."""
    if change.revision:
        return errata.path(change)
    here = review.spot(change.page.plan.slug, change.anchor, change.page.number)
    return (
        tuple(dict.fromkeys((here.plan_title, here.chapter, here.heading))) if here else errata.path(change)
    )


def _ticked(found: Submission, case: Case) -> set[str]:
    """The numbers of the other submissions to be decided too; at first those that ask for the same."""
    if request.method == "POST":
        return {value.partition(":")[0] for value in request.form.getlist("also")}
    return {one.number for one in case.companions if cases.same(found, one)}


def _marked(case: Case) -> dict[str, Markup]:
    """The paragraph with the visitor's words marked in it, and the words as they stood and as they stand."""
    here, words = case.here, case.words
    if here is None or words is None:
        return {}
    own = words.sure and words.anchor == here.anchor
    span = (words.start, words.end) if own else (0, 0)
    return {
        "text": wrap_spans(Markup.escape(here.block.text), [span]),
        "now": _excerpt(here.block.text, span),
        "then": _excerpt(words.seen, words.then),
    }


def _excerpt(text: str, span: tuple[int, int]) -> Markup:
    """Some words with what stands beside them."""
    start, end = max(0, span[0] - BESIDE), min(len(text), span[1] + BESIDE)
    shown = wrap_spans(Markup.escape(text[start:end]), [(span[0] - start, span[1] - start)])
    return Markup("{}{}{}").format("…" if start else "", shown, "…" if end < len(text) else "")
