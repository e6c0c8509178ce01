"""The page of what is searched: what people look for, what nobody finds, and what the staff add for it."""

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask_security import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse

from portal.feedback.forms import clean
from portal.moderation import searches
from portal.moderation.forms import NO_WORD, TermForm
from portal.plans import catalogue
from portal.search import counting, terms
from portal.search.index import SearchIndex
from portal.search.lexicon import GROUP_LENGTH, WORD_LENGTH, LexiconError, Problem
from portal.search.models import TermKind

PERIODS = (7, 30, 90)
USUAL_PERIOD = 30
WORDS = {
    Problem.EMPTY: NO_WORD,
    Problem.LONG: f"每个词最多{WORD_LENGTH}字，一组同义词最多{GROUP_LENGTH}字",
    Problem.ALONE: "请写两个以上不同的词，中间用等号隔开",
    Problem.GROUP: "用等号隔开的是同义词，请选择“同义词”",
    Problem.GARBLED: "其中有无法识别的字符，请重新输入",
    Problem.KNOWN: "这个词或这组同义词已经有了",
}
IN_STEP = "搜索已按新的词表工作。"
BEHIND = "搜索正在更新，稍后生效。"


def show() -> AnyResponse:
    """Both tables, the form, and the terms that the staff have added."""
    word, kind = clean(request.args.get("word", "")).strip(), _kind(request.args.get("kind", ""))
    text = f"{word} = " if word and kind is TermKind.SYNONYM else word
    return _page(TermForm(formdata=None, kind=kind, text=text))


def add() -> AnyResponse:
    """Add a term; the page comes back with what was typed if it cannot be added."""
    form = TermForm()
    if not form.validate():
        if form.csrf_token.errors:
            return _page(TermForm(formdata=None, kind=_kind(form.kind.data), text=form.text.data), 400)
        return _page(form, 422)
    content = current_app.config["PORTAL"].content
    try:
        term = searches.add_term(content, TermKind(form.kind.data), form.text.data, current_user.email)
    except LexiconError as error:
        form.text.errors = [WORDS[error.problem]]
        return _page(form, 422)
    return _done(f"已添加{term.kind.label}“{term.text}”。")


def remove(term: int) -> AnyResponse:
    """Remove a term; one that is gone already is what was wanted."""
    if not FlaskForm().validate():
        return _page(TermForm(formdata=None, kind=TermKind.SYNONYM), 400)
    removed = searches.remove_term(term)
    return _done(f"已删除{removed.kind.label}“{removed.text}”。" if removed else "这一条已经由别人删除。")


def _kind(name: str | None) -> TermKind:
    return TermKind(name) if name in set(TermKind) else TermKind.SYNONYM


def _period() -> int:
    """The days to look back; the usual ones when the address names no period that there is."""
    return next((days for days in PERIODS if request.args.get("days") == str(days)), USUAL_PERIOD)


def _done(message: str) -> AnyResponse:
    index: SearchIndex = current_app.extensions["search"]
    index.catch_up()
    flash(message + (IN_STEP if index.release == catalogue.current_release() else BEHIND), "ok")
    return redirect(url_for(".searches"), 303)


def _page(form: TermForm, status: int = 200) -> AnyResponse:
    days = _period()
    text = render_template(
        "moderation/searches.html",
        form=form,
        stale=status == 400,
        periods=PERIODS,
        days=days,
        most=counting.frequent(days),
        unanswered=counting.frequent(days, unanswered=True),
        terms=terms.added(),
    )
    return make_response(text, status)
