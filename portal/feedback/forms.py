"""The two forms of the footer, the file of the check page, and the question for a receipt.

None of them carries a token: the footer stands on pages that every cache may keep. The check page brings it.
"""

import re
import threading
import unicodedata
from typing import Any, ClassVar

from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, Form, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, DataRequired, Length, StopValidation, ValidationError

from portal.feedback import attachments
from portal.feedback.contact import is_contact
from portal.feedback.models import ConsultationKind, ErrorType, Kind
from portal.plans.quotes import CONTEXT

PUBLISH = {True: "可以公开，姓名会隐去一部分", False: "不公开"}
NAMED = {True: "可以写上，隐去一部分", False: "不写姓名"}
MOST_QUOTED = 4000  # of a longer paragraph the form holds nothing


def clean(text: str | None) -> str:
    """What was typed, with line breaks as ``\\n`` and without control characters; nothing else is changed.

    Two of these characters could not be kept anyway: PostgreSQL refuses NUL, and HTML has no way to write it.
    """
    # Most answers are one line: nothing in it is a control character then.
    if not text or text.isprintable():
        return text or ""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) != "Cc")


# What pages fill in, and nobody could mend: whatever cannot be right is nothing.


def clean_anchor(text: str | None) -> str:
    """An anchor, or nothing."""
    return text if text and re.fullmatch(r"[A-Za-z0-9-]{1,80}", text) else ""


def clean_prefix(text: str | None) -> str:
    """The 32 characters nearest to the words that follow."""
    return clean(text)[-CONTEXT:]


def clean_suffix(text: str | None) -> str:
    """The 32 characters nearest to the words before."""
    return clean(text)[:CONTEXT]


def clean_release(text: str | None) -> str:
    """The number of a release, or nothing."""
    return text if text and re.fullmatch(r"[1-9][0-9]{0,8}", text) else ""


class Limit:
    """At most so many characters: code points, a line break once, as the visitor counts 字."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, form: Any, field: Field) -> None:
        """Say how much is too much."""
        excess = len(field.data) - self.most
        if excess > 0:
            # Nothing else looks at it: what comes after may be slow on a long text.
            raise StopValidation(f"{form.short(field)}最多{self.most}字，请删去{excess}字")


def check_contact(form: Form, field: Field) -> None:
    """An e-mail address or a telephone number, if there is anything."""
    if field.data.strip() and not is_contact(field.data):
        raise ValidationError("请填写电子邮箱，或11位手机号、带区号的座机号")


def _required(message: str, most: int) -> dict[str, Any]:
    return {"validators": [DataRequired(message), Limit(most)], "filters": [clean]}


def _optional(most: int) -> dict[str, Any]:
    return {"validators": [Limit(most)], "filters": [clean]}


def _contact(why: str) -> StringField:
    return StringField(
        "联系方式",
        description=why,
        filters=[clean],
        validators=[Limit(100), check_contact],
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )


def _name() -> StringField:
    """The label is the source document's."""
    return StringField("您的姓名", render_kw={"autocomplete": "name"}, **_required("请填写您的姓名", 50))


def _trap() -> StringField:
    return StringField("请不要填写这一项", filters=[clean], render_kw={"autocomplete": "off", "tabindex": -1})


class FeedbackForm(Form):  # type: ignore[misc]
    """What both forms have in common. Ids begin with the kind, so that both fit on one page."""

    kind_of: ClassVar[Kind]
    short_labels: ClassVar[dict[str, str]] = {}
    consents: ClassVar[dict[bool, str]] = PUBLISH

    def __init__(self, formdata: Any = None, **values: Any) -> None:
        super().__init__(formdata=formdata, data=values)
        for field in self:
            field.id = field.label.field_id = f"{self.kind_of}-{field.name}"
            most = next((check.most for check in field.validators if isinstance(check, Limit)), None)
            if most:
                field.render_kw = {**(field.render_kw or {}), "data-most": most}

    def takes(self, sent: MultiDict[str, str]) -> bool:
        """Fill in what was sent; whether nothing in it is wrong. It finds what ``process`` and ``validate``
        find, but keeps no messages.
        """
        for field in self:
            field.errors = []
            field.process_data(field.default)
            field.process_formdata(sent.getlist(field.name))
            for change in field.filters:
                field.data = change(field.data)
        try:
            for field in self:
                for check in field.validators:
                    check(self, field)
        except (ValidationError, StopValidation):
            return False
        return True

    def short(self, field: Field) -> str:
        """The field's name where its label would be too long."""
        return str(self.short_labels.get(field.name, field.label.text))

    def questions(self) -> list[Field]:
        """The fields that a visitor fills in, in order."""
        return [field for field in self if field.name != "website" and not isinstance(field, HiddenField)]

    def hidden(self) -> list[Field]:
        """The fields that the page fills in."""
        return [field for field in self if isinstance(field, HiddenField)]

    def rows(self) -> list[tuple[str, str]]:
        """Each question with its answer as the check page shows it."""
        return [(self.short(field), self.shown(field)) for field in self.questions()]

    def shown(self, field: Field) -> str:
        """An answer in words."""
        if isinstance(field, SelectField):
            return str(next(choice.label for choice in field.choices if choice.value == field.data))
        if isinstance(field, BooleanField):
            return self.consents[field.data]
        return str(field.data)

    def typed(self) -> list[tuple[str, str]]:
        """Every field as it is sent again, under its name; an unticked box is not sent."""
        return [(f.name, "y" if f.data is True else f.data) for f in self if f.data is not False]

    def answers(self) -> dict[str, Any]:
        """The values of the record's columns."""
        return {field.name: field.data for field in self if field.name != "website"}


class CorrectionForm(FeedbackForm):
    """纠错. The labels are those of the source document's last lines, in full-width punctuation."""

    kind_of = Kind.CORRECTION
    short_labels = {"page_url": "出错页面的地址", "description": "操作经过", "publish": "公示时的姓名"}
    consents = NAMED

    error_type = SelectField(
        "错误类",
        choices=[SelectChoice("", "请选择"), *(SelectChoice(kind.value, kind.label) for kind in ErrorType)],
        validate_choice=False,
        validators=[DataRequired("请选择错误类"), AnyOf([*ErrorType], "请选择错误类")],
    )
    page_url = StringField(
        "出错页面的地址（浏览器地址栏里面的地址）",
        render_kw={"inputmode": "url", "autocomplete": "off"},
        **_required("请填写出错页面的地址", 1000),
    )
    page_title = StringField(
        "内容标题", render_kw={"autocomplete": "off"}, **_required("请填写内容标题", 300)
    )
    quote = TextAreaField(
        "出错的文字", description="可以从页面上复制过来", render_kw={"rows": 2}, **_optional(MOST_QUOTED)
    )
    suggestion = TextAreaField("建议改为", render_kw={"rows": 2}, **_optional(MOST_QUOTED))
    description = TextAreaField(
        "为了方便我们更准确及时的处理错误，请尽可能详细填写你的操作经过",
        render_kw={"rows": 5},
        **_required("请填写操作经过", 5000),
    )
    name = _name()
    contact = _contact("电子邮箱或电话。留下邮箱，处理后会写信告诉您")
    publish = BooleanField("勘误公示时可以写上我的姓名（隐去一部分，如张**）")
    anchor = HiddenField(filters=[clean_anchor])
    prefix = HiddenField(filters=[clean_prefix])
    suffix = HiddenField(filters=[clean_suffix])
    release = HiddenField(filters=[clean_release])
    website = _trap()

    def show_place(self, text: str) -> None:
        """Fit the form to the paragraph it points at: its own words stay, and their copy is edited."""
        if self.quote.data and self.quote.data in text:
            self.quote.description = "这是原文，不用改"
            self.quote.render_kw = {**self.quote.render_kw, "readonly": True}
            self.suggestion.description = "请直接在这里改成正确的"
        for field, most in ((self.quote, 4), (self.suggestion, 10)):
            field.render_kw = {**field.render_kw, "rows": min(max(2, len(field.data) // 20 + 1), most)}

    def change(self) -> tuple[str, str] | None:
        """The words that are wrong and what they should be; a suggestion left as it was filled in is none."""
        quote, suggestion = self.quote.data, self.suggestion.data
        differs = quote.strip() != suggestion.strip()
        return (quote, suggestion) if quote and suggestion and differs else None

    def shown(self, field: Field) -> str:
        """An answer in words."""
        left = field is self.suggestion and field.data.strip() == self.quote.data.strip()
        return "" if left else super().shown(field)

    def answers(self) -> dict[str, Any]:
        """The values of the record's columns."""
        release = int(self.release.data) if self.release.data else None
        return {**super().answers(), "error_type": ErrorType(self.error_type.data), "release": release}


class ConsultationForm(FeedbackForm):
    """留言咨询."""

    kind_of = Kind.CONSULTATION

    kind = SelectField(
        "类别",
        choices=[SelectChoice(kind.value, kind.label) for kind in ConsultationKind],
        default=ConsultationKind.QUESTION.value,
        validate_choice=False,
        validators=[AnyOf([*ConsultationKind], "请选择类别")],
    )
    subject = StringField("主题", render_kw={"autocomplete": "off"}, **_required("请填写主题", 100))
    content = TextAreaField("内容", render_kw={"rows": 6}, **_required("请填写内容", 5000))
    name = _name()
    contact = _contact("电子邮箱或电话。留下邮箱，答复会写信告诉您")
    publish = BooleanField("可以公开这条留言和答复，我的姓名会隐去一部分")
    website = _trap()

    def answers(self) -> dict[str, Any]:
        """The values of the record's columns; its ``kind`` is the kind of submission."""
        answers = super().answers()
        return {"consultation_kind": ConsultationKind(answers.pop("kind")), **answers}


FORMS: dict[Kind, type[FeedbackForm]] = {
    Kind.CORRECTION: CorrectionForm,
    Kind.CONSULTATION: ConsultationForm,
}


class _Kept(threading.local):
    """The forms of a thread."""

    def __init__(self) -> None:
        self.forms: dict[Kind, FeedbackForm] = {}


_kept = _Kept()


def right(kind: Kind, sent: MultiDict[str, str]) -> FeedbackForm | None:
    """The form with what was sent if nothing in it is wrong.

    It is to be read, not changed: making one takes longer than all of its checks, so that each thread fills
    in the one it has again. It holds until the thread's next call.
    """
    form = _kept.forms.get(kind)
    if form is None:
        form = _kept.forms[kind] = FORMS[kind]()
    return form if form.takes(sent) else None


class AttachmentForm(Form):  # type: ignore[misc]
    """The file on the check page; after ``validate``, ``file`` holds it, or None when there is none."""

    attachment = FileField(
        "附件",
        description="PNG、JPEG、WebP或PDF，不超过5 MB",
        render_kw={"accept": ",".join(attachments.MEDIA_TYPES)},
    )
    file: attachments.File | None = None

    def validate_attachment(self, field: Field) -> None:
        """Read no more of the file than may be kept."""
        data = field.data.stream.read(attachments.MAX_BYTES + 1) if field.data else b""
        if not data:
            return
        try:
            self.file = attachments.examine(field.data.filename, data)
        except attachments.AttachmentError as error:
            raise ValidationError(str(error)) from None


class StatusForm(Form):  # type: ignore[misc]
    """受理编号 and 查询码. It changes nothing, so it needs no token."""

    number = StringField(
        "受理编号",
        description="例如JC-20260105-0001",
        filters=[clean],
        validators=[DataRequired("请填写受理编号"), Length(max=60, message="受理编号最多60字")],
        render_kw={"autocomplete": "off", "enterkeyhint": "next"},
    )
    code = StringField(
        "查询码",
        description="回执上的8位字母和数字",
        filters=[clean],
        validators=[DataRequired("请填写查询码"), Length(max=60, message="查询码最多60字")],
        render_kw={"autocomplete": "off", "enterkeyhint": "search"},
    )
