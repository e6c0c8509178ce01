"""The two forms with their check page, the receipt, and the question for the outcome."""

import logging
from functools import lru_cache
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    get_template_attribute,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import validate_csrf
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import ValidationError

from portal.addresses import own_path, permanent, root
from portal.config import Settings
from portal.database import now
from portal.extensions import csrf, limiter
from portal.feedback import intake, origins, receipts, tokens
from portal.feedback.confirming import CONFIRMING, EDIT, FAILED, HOLE, keep
from portal.feedback.forms import (
    FORMS,
    MOST_QUOTED,
    AttachmentForm,
    FeedbackForm,
    StatusForm,
    clean,
    clean_release,
    right,
)
from portal.feedback.models import Kind, Submission
from portal.headers import cacheable
from portal.plans import catalogue, errata

logger = logging.getLogger(__name__)
blueprint = Blueprint("feedback", __name__, url_prefix="/feedback")

# Room for a photograph that is too big, so that the answer can say so and keep the text.
MOST_BYTES = 24 * 1024 * 1024
# What comes without a file is typed, and is told its limits by the form.
MOST_TYPED = 1024 * 1024
WRONG = 422  # the status of every answer to what cannot be taken as it is


@blueprint.route("/correction", methods=["GET", "POST"])
def correction() -> BaseResponse:
    """纠错: the form, its check page, and the confirmation."""
    return _handle(Kind.CORRECTION)


@blueprint.route("/consultation", methods=["GET", "POST"])
def consultation() -> BaseResponse:
    """留言咨询: the form, its check page, and the confirmation."""
    return _handle(Kind.CONSULTATION)


@blueprint.get("/receipt/<key>")
def receipt(key: str) -> Response:
    """Number and query code. Whoever has the address may see them; nothing personal is here."""
    submission = receipts.by_key(key)
    if submission is None:
        abort(404)
    page = render_template(
        "feedback/receipt.html",
        submission=submission,
        code=receipts.code(_secret(), submission),
        working_days=intake.working_days(_settings(), submission.kind),
        back=origins.own_page(submission.page_url),
    )
    return _unlinked(make_response(page))


@blueprint.get("/status")
def status() -> Response:
    """Ask for number and code."""
    return cacheable(make_response(_status_page(StatusForm(formdata=None))))


@blueprint.post("/status")
@limiter.limit(lambda: _settings().status_lookups, deduct_when=lambda answer: answer.status_code == WRONG)
def look_up() -> Response:
    """The timeline of a submission, for who has both."""
    form = StatusForm(formdata=request.form)
    submission = None
    if form.validate():
        submission = receipts.look_up(_secret(), form.number.data, form.code.data)
        if submission is None:
            form.number.errors = form.code.errors = ("没有查到，请核对受理编号和查询码",)
    # What was found is shown above an empty form, for the next question.
    response = make_response(_status_page(StatusForm(formdata=None) if submission else form, submission))
    response.status_code = 200 if submission else WRONG
    return _unlinked(response)


@blueprint.app_template_global()
def footer_questions(kind: str, page_heading: str = "") -> Markup:
    """The questions of a form for the footer of every page: all empty, but for the page that it stands on."""
    filled_in = (root() + own_path(), page_heading) if kind == Kind.CORRECTION else ()
    first, *others = _empty_questions(kind)
    return first + Markup("").join(
        escape(clean(words)) + part for words, part in zip(filled_in, others, strict=True)
    )


@lru_cache
def _empty_questions(kind: str) -> list[Markup]:
    """They are the same on each page, so that they are made once, and cut where the page is filled in."""
    form = FORMS[Kind(kind)](page_url=HOLE, page_title=HOLE)
    html: Markup = get_template_attribute("feedback/fields.html", "questions")(form)
    return html.split(HOLE)


# Nothing is stored without a token: `_confirm` asks for it. The question for a receipt changes nothing.
for view in (correction, consultation, look_up):
    csrf.exempt(view)


def _handle(kind: Kind) -> BaseResponse:
    if request.method != "POST":
        return cacheable(_form_page(FORMS[kind](**_filled_in(kind, _place()))))
    request.max_content_length = MOST_BYTES if request.mimetype == "multipart/form-data" else MOST_TYPED
    if EDIT in request.form:
        return _form_page(FORMS[kind](formdata=request.form))
    form = right(kind, request.form)
    if form is None:
        return _wrong_page(kind)
    if CONFIRMING.isdisjoint(request.form):
        return _check_page(form)
    return _confirm(form)


def _confirm(form: FeedbackForm) -> BaseResponse:
    if origins.from_elsewhere():
        logger.warning("confirmation from another site refused")
        abort(403)
    kind = form.kind_of
    mark = tokens.Mark.read(_secret(), kind, request.form.get("check", ""))
    if mark is None or not _token_holds():
        return _check_page(form, mark, status=400)
    upload = AttachmentForm(formdata=request.files if kind is Kind.CORRECTION else None)
    if not upload.validate():
        return _check_page(form, mark, upload, status=WRONG)
    if error := request.environ.get(FAILED):
        raise error
    try:
        key = keep(_settings(), session, mark, form, request.remote_addr or "", upload.file)
    except intake.TooManyFiles:
        upload.attachment.errors = ("您提交得较多，请先不带附件提交",)
        return _check_page(form, mark, upload, status=429)
    return redirect(url_for("feedback.receipt", key=key), 303)


def _form_page(form: FeedbackForm, status: int = 200) -> Response:
    place = _place()
    if place:
        form.show_place(place.text)
    page = render_template(
        "feedback/form.html",
        form=form,
        kind=form.kind_of,
        place=place,
        release=place and (form.release.data or place.release),
        action=_action(form.kind_of),
    )
    return make_response(page, status)


def _wrong_page(kind: Kind) -> Response:
    form = FORMS[kind](formdata=request.form)
    form.validate()
    return _form_page(form, status=WRONG)


def _check_page(
    form: FeedbackForm,
    mark: tokens.Mark | None = None,
    upload: AttachmentForm | None = None,
    status: int = 200,
) -> Response:
    session.setdefault("visitor", tokens.Mark.new(now()).nonce)
    mark = mark or tokens.Mark.new(now())
    page = render_template(
        "feedback/check.html",
        form=form,
        kind=form.kind_of,
        action=_action(form.kind_of),
        check=mark.sign(_secret(), form.kind_of),
        upload=upload or AttachmentForm(formdata=None),
        stale=status == 400,
    )
    return make_response(page, status)


def _status_page(form: StatusForm, submission: Submission | None = None) -> str:
    erratum = errata.find(submission.erratum.number) if submission and submission.erratum else None
    return render_template(
        "feedback/status.html", form=form, submission=submission, erratum=erratum, path=errata.path
    )


def _token_holds() -> bool:
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as error:
        logger.info("confirmation not accepted: %s", error)
        return False
    return "visitor" in session


def _place() -> catalogue.PlacedText | None:
    """The paragraph that a link to the correction form names; a wrong name is no name."""
    if request.endpoint != "feedback.correction" or "anchor" not in request.args:
        return None
    return catalogue.find_paragraph(*(clean(request.args.get(name)) for name in ("plan", "page", "anchor")))


def _action(kind: Kind) -> str:
    place = _place()
    named: dict[str, Any] = {"plan": place.plan, "page": place.page, "anchor": place.anchor} if place else {}
    return url_for(f"feedback.{kind}", **named)


def _filled_in(kind: Kind, place: catalogue.PlacedText | None) -> dict[str, str]:
    """What is known of the place of the error, or the site as a whole; of a question its subject."""
    if kind is not Kind.CORRECTION:
        return {"subject": " ".join(clean(request.args.get("subject")).split())}
    if place is None:
        return _page_or_site()
    address = permanent("plans.page", plan=place.plan, page=place.page, _anchor=place.anchor)
    known = {"page_url": address, "page_title": place.heading, "anchor": place.anchor}
    return known | _words(place)


def _words(place: catalogue.PlacedText) -> dict[str, str]:
    """The words that were selected, with what stood around them; of a link without any, the paragraph's."""
    sent = {name: request.args.get(name, "") for name in ("quote", "prefix", "suffix", "release")}
    if not clean(sent["quote"]).strip():
        text = place.text if len(place.text) <= MOST_QUOTED else ""
        sent = {"quote": text, "prefix": "", "suffix": "", "release": ""}
    release = clean_release(sent["release"]) or str(place.release)
    return sent | {"suggestion": sent["quote"], "release": release}


def _page_or_site() -> dict[str, str]:
    """The page or the plan that a link names, when its anchor is gone; else the site."""
    plan = catalogue.find_plan(clean(request.args.get("plan")))
    page = plan and plan.page(clean(request.args.get("page")))
    if plan and page:
        address, title = permanent("plans.page", plan=plan.slug, page=page.number), page.heading
    elif plan:
        address, title = permanent("plans.plan", plan=plan.slug), plan.title
    else:
        address, title = permanent("site.home"), _settings().site_name
    return {"page_url": address, "page_title": title}


def _unlinked(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"
    return response


def _settings() -> Settings:
    settings: Settings = current_app.config["PORTAL"]
    return settings


def _secret() -> str:
    return _settings().secret_key
