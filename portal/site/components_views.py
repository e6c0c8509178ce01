"""The living page: every component in its states, and the tokens that all are drawn with."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, render_template, url_for
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired

from portal.headers import cacheable
from portal.paging import Pager, with_page
from portal.site import tokens

blueprint = Blueprint("components", __name__)

SENT_AT = datetime(2023, 7, 12, 6, 5, tzinfo=UTC)


def choices(*pairs: tuple[str, str]) -> list[SelectChoice]:
    """Values with their words."""
    return [SelectChoice(value, words) for value, words in pairs]


class SampleForm(Form):  # type: ignore[misc]
    """One question of each kind."""

    name = StringField("您的姓名", [DataRequired("请填写您的姓名")])
    kind = SelectField(
        "错误类", [DataRequired("请选择错误类")], choices=choices(("", "请选择"), ("typo", "错别字"))
    )
    content = TextAreaField("内容", [DataRequired("请填写内容")], description="写清哪里不对，应该是什么")
    way = RadioField(
        "答复方式", [DataRequired("请选择答复方式")], choices=choices(("mail", "邮件"), ("call", "电话"))
    )
    publish = BooleanField("可以公开，姓名会隐去一部分")


@cache
def _style_sheet(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@blueprint.get("/components")
def show() -> Response:
    """组件一览."""
    css = _style_sheet(Path(str(current_app.static_folder)) / "tokens.css")
    wrong = SampleForm(MultiDict({"content": "第二行\n多了一个字"}), prefix="wrong-")
    wrong.validate()
    address = url_for("components.show")
    html = render_template(
        "site/components.html",
        form=SampleForm(prefix="right-"),
        wrong=wrong,
        sent_at=SENT_AT,
        pager=Pager(4, 9, 90, lambda page: with_page(address, page)),
        themes=[name for name, _ in tokens.THEMES.values()],
        texts=tokens.pairs(css, tokens.TEXTS),
        shapes=tokens.pairs(css, tokens.SHAPES),
    )
    return cacheable(make_response(html))
