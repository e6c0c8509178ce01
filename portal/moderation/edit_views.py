"""Editing published text that nobody has reported: choose a chapter and a paragraph, and write it anew."""

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_security import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from portal.config import Settings
from portal.moderation import cases, corrections, review
from portal.moderation.cases import Case, Unseen, Wording
from portal.moderation.corrections import NothingChanged, ReasonMissing, TextChanged
from portal.moderation.edit_forms import LOOK, EditForm
from portal.moderation.forms import PlanFilterForm
from portal.moderation.review import Spot
from portal.paging import Pager, shown_page, whole_number
from portal.plans import catalogue, listing
from portal.plans.confusables import site_confusables
from portal.plans.editing import EditError
from portal.plans.following import follow
from portal.plans.models import Erratum

# Each is shown with all its chapters.
PLANS_PER_PAGE = 20
UNCHANGED = "最终文字和现在的原文一样，没有可发布的更正"
NO_REASON = "请写明公开的更正原因"


def plans() -> AnyResponse:
    """The plans with their chapters, all or those with some words in their titles, the newest first; a page
    beyond the last shows the last.
    """
    form = PlanFilterForm(request.args)
    words: str = form.q.data
    total = listing.count(words)
    page, pages = shown_page(whole_number(request.args.get("page")), total, PLANS_PER_PAGE)
    shown = listing.plans(PLANS_PER_PAGE, (page - 1) * PLANS_PER_PAGE, words)

    def address(number: int) -> str:
        return url_for(".plans", q=words or None, page=number)

    text = render_template(
        "moderation/plans.html",
        form=form,
        plans=catalogue.list_plans([plan.slug for plan in shown]),
        pager=Pager(page, pages, total, address),
    )
    return make_response(text)


def chapter(plan: str, page: str) -> AnyResponse:
    """A chapter, with a link to each heading and paragraph that can be edited."""
    published = catalogue.find_plan(plan) or abort(404)
    found = published.page(page) or abort(404)
    return make_response(render_template("moderation/plans_page.html", plan=published, page=found))


def show(plan: str, page: str, anchor: str) -> AnyResponse:
    """The form with the text as it is published."""
    here = _spot(plan, page, anchor)
    return _page(here, EditForm(formdata=None, text=here.block.written, base=str(here.base)))


def change(plan: str, page: str, anchor: str) -> AnyResponse:
    """Publish the wording, or propose it; the page comes back with all that was typed if it cannot be."""
    form = EditForm()
    here = _spot(plan, page, anchor)
    if not form.validate():
        return _page(here, form.renewed(), 400) if form.csrf_token.errors else _page(here, form, 422)
    wanted = request.form.get("decision", "")
    if wanted in LOOK:
        return _look(here, form, wanted)
    try:
        draft = cases.drafted(_case(here, form), form.reason.data, form.ticked())
        if draft is None:
            raise NothingChanged
        erratum = corrections.edit(draft, current_user.email, _settings().second_approval)
    except NothingChanged:
        form.text.errors = [UNCHANGED]
    except ReasonMissing:
        form.reason.errors = [NO_REASON]
    except EditError as error:
        form.text.errors = [error.problem.label]
    except (TextChanged, Unseen):
        return _page(_spot(plan, page, anchor), form, 409)
    else:
        return _done(erratum, here)
    return _page(here, form, 422)


def _done(erratum: Erratum, here: Spot) -> AnyResponse:
    """Say what has happened to the text, at the list of paragraphs that it was chosen from."""
    follow()
    if _settings().second_approval:
        words = Markup("已提交复核：{}。另一位同事同意后，原文才会更正。").format(erratum.number)
        link = (url_for(".proposal", number=erratum.number), "查看待复核的更正")
    else:
        words = Markup("原文已更正{}处，勘误{}已公布。").format(len(erratum.changes), erratum.number)
        link = (url_for("errata.erratum", number=erratum.number), "查看勘误")
    text = (url_for("plans.page", plan=here.plan, page=here.page, _anchor=here.anchor), "查看原文")
    flash(words + Markup(' <a href="{}">{}</a> <a href="{}">{}</a>').format(*link, *text), "ok")
    return redirect(url_for(".chapter", plan=here.plan, page=here.page), 303)


def _look(here: Spot, form: EditForm, wanted: str) -> AnyResponse:
    """Show what the wording makes of the text, or that it has changed: nothing is stored."""
    if wanted == "merged":
        form.go_back()
    case = _case(here, form)
    if wanted != "preview":
        form.take(wanted, here.block.written, case.merged, here.base)
    return _page(here, form)


def _spot(plan: str, page: str, anchor: str) -> Spot:
    here = review.spot(plan, anchor, page)
    if here is None or here.page != page:
        abort(404)
    return here


def _settings() -> Settings:
    settings: Settings = current_app.config["PORTAL"]
    return settings


def _case(here: Spot, form: EditForm) -> Case:
    typed = Wording(here.anchor, form.seen_base, form.text.data)
    return cases.worded(here, typed, site_confusables(_settings().content))


def _page(here: Spot, form: EditForm, status: int = 200) -> AnyResponse:
    """The form; that the text has changed meanwhile comes before any mistake."""
    since = form.base.data
    case = _case(here, form)
    if status != 400 and case.later:
        status = 409
    form.base.data = str(here.base)
    text = render_template(
        "moderation/edit.html",
        case=case,
        form=form,
        expired=status == 400,
        refused=status == 409,
        since=since,
        asked=request.form.get("decision") == "preview",
        tick=cases.tick,
        ticked=cases.among(form.ticked()),
        second_approval=_settings().second_approval,
    )
    return make_response(text, status)
