"""The page of what is searched: what people look for, what nobody finds, and what the staff add for it."""

from collections.abc import Sequence

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask_security import current_user
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from portal.feedback.forms import clean
from portal.moderation import searches
from portal.moderation.forms import NO_WORD, TermForm
from portal.plans import catalogue
from portal.plans.following import follow
from portal.search import counting, terms
from portal.search.index import NotReady, SearchIndex
from portal.search.lexicon import GROUP_LENGTH, WORD_LENGTH, Group, LexiconError, Problem, write_group
from portal.search.models import TermKind

PERIODS = (7, 30, 90)
USUAL_PERIOD = 30
# Groups named in a message, and characters of each.
NAMED, SHORT = 3, 60
WORDS = {
    Problem.EMPTY: NO_WORD,
    Problem.LONG: f"每个词最多{WORD_LENGTH}字，一组同义词最多{GROUP_LENGTH}字",
    Problem.SHORT: "请写至少两个字",
    Problem.ALONE: "请写两个以上不同的词，中间用等号隔开",
    Problem.OPEN: "请在等号后面写出另一个词",
    Problem.SIGN: "词与词之间请用等号隔开，不要用{}",
    Problem.GROUP: "用等号隔开的是同义词，请选择“同义词”",
    Problem.GARBLED: "其中有无法识别的字符，请重新输入",
    Problem.KNOWN: "这个词或这组同义词已经有了",
}
IN_STEP = "搜索已按新的词表工作。"
BEHIND = "搜索正在更新，稍后生效。"


def show() -> AnyResponse:
    """Both tables, the form, and the terms that the staff have added."""
    word = clean(request.args.get("word", "")).strip()
    return _page(TermForm(formdata=None, kind=TermKind.SYNONYM, text=f"{word} = " if word else ""))


def add() -> AnyResponse:
    """Add a term; the page comes back with what was typed if it cannot be added."""
    form = TermForm()
    if not form.validate():
        if form.csrf_token.errors:
            return _page(TermForm(formdata=None, kind=_kind(form.kind.data), text=form.text.data), 400)
        return _page(form, 422)
    content = current_app.config["PORTAL"].content
    try:
        added = searches.add_term(content, TermKind(form.kind.data), form.text.data, current_user.email)
    except LexiconError as error:
        form.text.errors = [WORDS[error.problem].format("空格" if error.sign == " " else f"“{error.sign}”")]
        return _page(form, 422)
    term = added.term
    return _done(f"已添加{term.kind.label}“{term.text}”。{_joined(added.joined)}", term.words)


def remove(term: int) -> AnyResponse:
    """Remove a term; one that is gone already is what was wanted."""
    if not FlaskForm().validate():
        return _page(TermForm(formdata=None, kind=TermKind.SYNONYM), 400)
    removed = searches.remove_term(term)
    return _done(f"已删除{removed.kind.label}“{removed.text}”。" if removed else "这一条已经由别人删除。")


def to_page() -> AnyResponse:
    """Whoever opens or reloads the address that the form is sent to comes to the page."""
    return redirect(url_for(".searches", days=_period()))


def _kind(name: str | None) -> TermKind:
    return TermKind(name) if name in set(TermKind) else TermKind.SYNONYM


def _period() -> int:
    """The days to look back; the usual ones when the address names no period that there is."""
    return next((days for days in PERIODS if request.args.get("days") == str(days)), USUAL_PERIOD)


def _done(message: str, added: Sequence[str] = ()) -> AnyResponse:
    """Say what was done and, of words that were added, what searching them finds now."""
    index: SearchIndex = current_app.extensions["search"]
    follow()
    try:
        in_step = index.release == catalogue.current_release()
        outcome = (_found(index, added) if added else IN_STEP) if in_step else BEHIND
    except NotReady:
        outcome = BEHIND
    flash(Markup.escape(message) + outcome, "ok")
    return redirect(url_for(".searches", days=_period(), _anchor="terms"), 303)


def _found(index: SearchIndex, words: Sequence[str]) -> str:
    """How many results the first word has that has any: words that stand for each other find the same."""
    for word in words:
        results, _ = index.find(word, 0)
        if results:
            link = Markup('<a href="{}">{}</a>').format(
                url_for("search.results", q=word, **counting.UNCOUNTED), word
            )
            return Markup("现在搜索“{}”有{}条结果。").format(link, results)
    return "这些词在文件里都没有，搜索结果不变。" if len(words) > 1 else "这个词在文件里没有，搜索结果不变。"


def _joined(groups: Sequence[Group]) -> str:
    """Which groups the new one has become one with, shortened: the message travels in a cookie."""
    texts = [write_group(group) for group in groups[:NAMED]]
    named = "、".join(f"“{text if len(text) <= SHORT else text[:SHORT] + '…'}”" for text in texts)
    return f"已与{named}{'等' if len(groups) > NAMED else ''}合为一组。" if groups else ""


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
        uncounted=counting.UNCOUNTED,
    )
    return make_response(text, status)
