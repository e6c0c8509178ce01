"""The decision on a submission, which for a correction may change the text that it is about."""

from flask import abort, flash, redirect, request, url_for
from flask_security import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from portal.feedback.models import Status, Submission
from portal.moderation import cases, decisions
from portal.moderation.cases import Case, Unseen
from portal.moderation.corrections import Draft, NothingChanged, ReasonMissing, Stale, TextChanged
from portal.moderation.decisions import Decision
from portal.moderation.edit_forms import LOOK
from portal.moderation.forms import DecisionForm
from portal.moderation.submission_views import case_of, find, page, settings
from portal.plans.editing import EditError
from portal.plans.following import follow

CHOOSE = "请在下面的按钮中选择一种处理决定"
# Submissions that a message names: it travels in a cookie.
NAMED = 5


def decide(number: str) -> AnyResponse:
    """Make a decision; the page comes back with all that was typed if it cannot be made, or to look at it."""
    form = DecisionForm()
    if not form.validate():
        return page(number, form.renewed(), 400) if form.csrf_token.errors else page(number, form, 422)
    wanted = request.form.get("decision", "")
    if wanted in LOOK:
        return _look(number, form, wanted)
    if wanted not in set(Decision):
        form.reply.errors = [CHOOSE]
        return page(number, form, 422)
    decision = Decision(wanted)
    try:
        return _decided(number, form, decision)
    except decisions.UnknownSubmission:
        abort(404)
    except decisions.ReplyMissing:
        form.reply.errors = ["请写明答复内容" if decision is Decision.ANSWER else "请写明不采纳的理由"]
    except decisions.NotAllowed:
        form.reply.errors = [CHOOSE]
    except ReasonMissing:
        form.reason.errors = ["请写明公开的更正原因"]
    except EditError as error:
        form.text.errors = [error.problem.label]
    except NothingChanged:
        form.text.errors = ["这样改后文字和现在的原文一样"]
    except (Stale, TextChanged, Unseen):
        return page(number, form, 409)
    return page(number, form, 422)


def _decided(number: str, form: DecisionForm, decision: Decision) -> AnyResponse:
    found = find(number)
    case = case_of(found, form)
    alone = decision in (Decision.REOPEN, Decision.SPAM)
    also = [] if alone else cases.together(case, request.form.getlist("also"))
    accepts = decision is Decision.ACCEPT
    # A wording that nobody has sent is none.
    worded = accepts and "text" in request.form
    draft = cases.drafted(case, form.reason.data, form.ticked()) if worded else None
    decided = decisions.decide(
        number,
        decision,
        form.reply.data,
        form.seen_version,
        current_user.email,
        [(one.number, one.version) for one in also],
        draft,
        settings().second_approval,
    )
    if draft:
        follow()
    flash(_message(decided, case if accepts else None, draft, also), "ok")
    return redirect(url_for(".submission", number=number), 303)


def _look(number: str, form: DecisionForm, wanted: str) -> AnyResponse:
    """Show what the wording makes of the text: nothing is stored."""
    if wanted == "merged":
        form.go_back()
    case = case_of(find(number), form)
    if case.here and wanted != "preview":
        form.take(wanted, case.here.block.written, case.merged, case.here.base)
    elif case.preview and case.preview.problem:
        form.text.errors = [case.preview.problem.label]
        return page(number, form, 422)
    return page(number, form)


def _message(decided: Submission, case: Case | None, draft: Draft | None, also: list[Submission]) -> Markup:
    """What has happened: to the submissions, and to the text that they are about."""
    done = Markup("处理决定已保存：{}现在是“{}”。").format(decided.number, decided.status.label)
    done += _named(also)
    if case is None:
        return done
    here, erratum = case.here, decided.erratum
    if here is None or draft is None or erratum is None:
        return done + "原文没有改动。"
    if decided.status is Status.REVIEW:
        return done + "另一位同事复核同意后，原文才会更正。"
    address = url_for("plans.page", plan=here.plan, page=here.page, _anchor=here.anchor)
    places = f"{len(draft.edits)}处" if len(draft.edits) > 1 else ""
    done += f"原文已更正{places}，勘误已公布。"
    links = Markup('<a href="{}">查看勘误</a> <a href="{}">查看原文</a>')
    return done + links.format(url_for("errata.erratum", number=erratum.number), address)


def _named(also: list[Submission]) -> str:
    """Which other submissions were decided with it."""
    if not also:
        return ""
    numbers = "、".join(one.number for one in also[:NAMED])
    return f"一并处理：{numbers}{f'等{len(also)}件' if len(also) > NAMED else ''}。"
