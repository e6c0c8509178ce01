"""The errata for the staff: the list, taking one back, and approving what a colleague proposes."""

from collections.abc import Callable
from typing import Any

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_security import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from portal.moderation import corrections, errata, review
from portal.moderation.corrections import OwnProposal, ReasonMissing, Stale, Superseded, UnknownErratum
from portal.moderation.edit_forms import ApprovalForm, WithdrawalForm
from portal.paging import Pager, whole_number
from portal.plans.confusables import site_confusables
from portal.plans.correcting import CannotCorrect
from portal.plans.editing import EditError
from portal.plans.following import follow
from portal.plans.models import Change, Erratum, ErratumState

CHOOSE = "请选择“同意并发布”或“退回修改”"


def menu() -> dict[str, Callable[[], int]]:
    """For the menu of every staff page; asked for only when it is drawn."""
    return {"proposals_waiting": errata.proposals}


def index() -> AnyResponse:
    """All errata, or those in one state, the newest first; a page beyond the last shows the last."""
    name = request.args.get("state", "")
    state = ErratumState(name) if name in set(ErratumState) else None
    listing = errata.listing(state, whole_number(request.args.get("page")))

    def address(page: int) -> str:
        return url_for(".errata", state=state, page=page)

    text = render_template(
        "moderation/errata.html",
        state=state,
        counts=errata.counts(),
        listing=listing,
        pager=Pager(listing.page, listing.pages, listing.total, address),
    )
    return make_response(text)


def show(number: str) -> AnyResponse:
    """One erratum with all that it changed, and the form to take it back."""
    return _erratum(_found(number), WithdrawalForm(formdata=None))


def withdraw(number: str) -> AnyResponse:
    """Take an erratum back; the page comes back with what was typed if that cannot be done."""
    form = WithdrawalForm()
    if not form.validate():
        found = _found(number)
        return _erratum(found, form.renewed(), 400) if form.csrf_token.errors else _erratum(found, form, 422)
    try:
        erratum = corrections.withdraw(number, form.reason.data, current_user.email)
    except UnknownErratum:
        abort(404)
    except ReasonMissing:
        form.reason.errors = ["请写明撤回的原因"]
        return _erratum(_found(number), form, 422)
    except Stale:
        return _erratum(_found(number), form, 409)
    except Superseded as error:
        return _erratum(_found(number), form, 409, error)
    follow()
    count = len(errata.answered(erratum))
    again = f"{count}件来件要重新办理。" if count else ""
    flash(Markup("已撤回勘误{}，原文已恢复。{}").format(number, again) + _link(erratum), "ok")
    return redirect(url_for(".erratum", number=number), 303)


def proposal(number: str) -> AnyResponse:
    """What is proposed, and the buttons to approve it or send it back; what is decided has its own page."""
    found = _found(number)
    if found.state is not ErratumState.PROPOSED:
        return redirect(url_for(".erratum", number=number))
    return _proposal(number, ApprovalForm(formdata=None, proposal=found.proposal))


def decide(number: str) -> AnyResponse:
    """Approve a proposal or send it back; the page comes back with what was typed if that cannot be done."""
    form = ApprovalForm()
    if not form.validate():
        return (
            _proposal(number, form.renewed(), 400) if form.csrf_token.errors else _proposal(number, form, 422)
        )
    decision = request.form.get("decision", "")
    try:
        if decision == "approve":
            return _approve(number, form.proposal.data)
        if decision == "decline":
            return _decline(number, form.proposal.data, form.reason.data)
        form.reason.errors = [CHOOSE]
    except ReasonMissing:
        form.reason.errors = ["请写明退回的理由"]
    except (OwnProposal, Stale, UnknownErratum, CannotCorrect, EditError) as error:
        return _proposal(number, form, 409, error)
    return _proposal(number, form, 422)


def _approve(number: str, seen: str) -> AnyResponse:
    erratum = corrections.approve(number, seen, current_user.email)
    follow()
    words = Markup("已同意并发布：原文已更正{}处，勘误{}已公布。").format(len(erratum.changes), number)
    flash(words + _link(erratum), "ok")
    return redirect(url_for(".erratum", number=number), 303)


def _decline(number: str, seen: str, reason: str) -> AnyResponse:
    found = errata.find(number)
    answered = errata.answered(found) if found else []
    corrections.decline(number, seen, reason, current_user.email)
    flash(f"已退回{number}，原文没有改动。", "ok")
    if answered:
        return redirect(url_for(".submission", number=answered[0].number), 303)
    return redirect(url_for(".erratum", number=number), 303)


def _link(erratum: Erratum) -> Markup:
    change = erratum.changes[0]
    place = url_for("plans.page", plan=change.page.plan.slug, page=change.page.number, _anchor=change.anchor)
    links = Markup(' <a href="{}">查看勘误</a> <a href="{}">查看原文</a>')
    return links.format(url_for("errata.erratum", number=erratum.number), place)


def _found(number: str) -> Erratum:
    return errata.find(number) or abort(404)


def _erratum(
    found: Erratum, form: WithdrawalForm, status: int = 200, superseded: Superseded | None = None
) -> AnyResponse:
    """The page of an erratum; one that waits for approval has another one."""
    if found.state is ErratumState.PROPOSED:
        return redirect(url_for(".proposal", number=found.number))
    text = render_template(
        "moderation/erratum.html",
        erratum=found,
        answered=errata.answered(found),
        places=[(change, _spot(change)) for change in found.changes],
        form=form,
        expired=status == 400,
        refused=status == 409,
        superseded=superseded,
        later=errata.later(found, superseded.anchor) if superseded else None,
    )
    return make_response(text, status)


def _proposal(
    number: str, form: ApprovalForm, status: int = 200, error: Exception | None = None
) -> AnyResponse:
    """The page of a proposal; of one that is decided, what has become of it."""
    found = errata.find(number)
    waiting = found is not None and found.state is ErratumState.PROPOSED
    if found is None or not waiting:
        text = render_template("moderation/proposal_decided.html", number=number, erratum=found, form=form)
        return make_response(text, 409)
    if isinstance(error, Stale):
        # Whoever decides now has seen the proposal that is there.
        form.proposal.data = found.proposal
    text = render_template(
        "moderation/proposal.html",
        erratum=found,
        answered=errata.answered(found),
        places=[_place(change) for change in found.changes],
        own=found.proposed_by == current_user.email,
        form=form,
        expired=status == 400,
        refused=error,
        is_own=isinstance(error, OwnProposal),
        is_new=isinstance(error, Stale),
    )
    return make_response(text, status)


def _spot(change: Change) -> review.Spot | None:
    """Where a change stands in what is published now."""
    return review.spot(change.page.plan.slug, change.anchor, change.page.number)


def _place(change: Change) -> dict[str, Any]:
    """A proposed change with what it would make of the text; ``stale``: the text is another one by now."""
    here, settings = _spot(change), current_app.config["PORTAL"]
    return {
        "change": change,
        "here": here,
        "stale": here is None or change.before not in (here.block.text, here.block.written),
        "preview": here and review.preview(here, change.written, site_confusables(settings.content)),
    }
