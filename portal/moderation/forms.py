"""The forms of the staff: what the queue is narrowed to, a decision, a term for the search."""

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length, Optional

from portal.feedback.forms import clean
from portal.feedback.models import ErrorType, Kind
from portal.moderation.edit_forms import Wording
from portal.moderation.queue import Filter
from portal.paging import whole_number
from portal.search.models import TermKind

REPLY_MAXIMUM = 5000
SEARCH_MAXIMUM = 200
NO_WORD = "请写出词语，其中要有文字或数字"
NO_KIND = "请选择“词语”或“同义词”"


class Day(DateField):  # type: ignore[misc]
    """A date field that says in Chinese what it wants."""

    data: date | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day.

        Raises:
            ValueError: it is not a date.
        """
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("日期应写成2026-11-24的样子") from None
        # Beyond these years the moment of a midnight elsewhere is no moment that a computer knows.
        if isinstance(self.data, date) and not 2000 <= self.data.year <= 2100:
            self.data = None
            raise ValueError("年份应在2000年到2100年之间")


def _choice(label: str, everything: str, names: type[Kind] | type[ErrorType]) -> SelectField:
    choices = [SelectChoice("", everything), *(SelectChoice(name.value, name.label) for name in names)]
    return SelectField(label, choices=choices, validate_choice=False)


def _words(label: str) -> StringField:
    return StringField(label, filters=[lambda text: clean(text).strip()[:SEARCH_MAXIMUM]])


class PlanFilterForm(Form):  # type: ignore[misc]
    """Which plans to choose a chapter from; read from the address."""

    q = _words("文件标题")


class FilterForm(Form):  # type: ignore[misc]
    """One row above the list; read from the address, so it needs no token."""

    kind = _choice("类型", "全部类型", Kind)
    error_type = _choice("错误类", "全部错误类", ErrorType)
    since = Day("收到日期从", [Optional()])
    until = Day("收到日期到", [Optional()])
    q = _words("查找")
    order = SelectField(
        "排序",
        choices=[SelectChoice("deadline", "期限最近在前"), SelectChoice("newest", "最新收到在前")],
        validate_choice=False,
    )

    def validate_until(self, field: DateField) -> None:
        """The days are in order."""
        if isinstance(self.since.data, date) and field.data and field.data < self.since.data:
            raise ValidationError("结束日期不能早于开始日期")

    def filter(self, view: str) -> Filter:
        """What the form asks for; while one of the days is wrong, neither narrows anything."""
        days_right = not (self.since.errors or self.until.errors)
        return Filter(
            view=view,
            kind=_member(Kind, self.kind.data),
            error_type=_member(ErrorType, self.error_type.data),
            since=self.since.data if days_right else None,
            until=self.until.data if days_right else None,
            text=self.q.data,
            newest=self.order.data == "newest",
        )


class DecisionForm(Wording, FlaskForm):  # type: ignore[misc]
    """The reply, and the version of the submission that the moderator saw; of a correction the wording too.

    ``anchor`` is that of the heading or paragraph that the wording is for.
    """

    reply = TextAreaField(
        "回复或理由",
        [Length(max=REPLY_MAXIMUM, message=f"回复或理由最多{REPLY_MAXIMUM}字")],
        filters=[clean],
        render_kw={"rows": 6},
    )
    anchor = HiddenField()
    version = HiddenField()

    @property
    def seen_version(self) -> int:
        """The version as a number; one that no submission has when it cannot be read."""
        return whole_number(self.version.data)

    def renewed(self) -> "DecisionForm":
        """The same answers in a form with a token that holds, and without complaints."""
        typed = {name: value for name, value in self.data.items() if name != "csrf_token"}
        return DecisionForm(formdata=None, **typed)


class TermForm(FlaskForm):  # type: ignore[misc]
    """A word of the office's own, or a group of words that mean the same."""

    kind = RadioField(
        "添加什么",
        [InputRequired(NO_KIND), AnyOf(list(TermKind), NO_KIND)],
        choices=[SelectChoice(kind.value, kind.label) for kind in TermKind],
        validate_choice=False,
    )
    text = StringField("内容", [InputRequired(NO_WORD)], filters=[clean], render_kw={"autocomplete": "off"})


def _member(names: Any, value: str | None) -> Any:
    return names(value) if value in set(names) else None
