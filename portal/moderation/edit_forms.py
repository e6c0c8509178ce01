"""The forms that change published text or take a change back: the wording, and the reasons."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from portal.feedback.forms import clean
from portal.paging import whole_number
from portal.plans.editing import LONGEST, Problem

# The buttons that only show what a wording makes of the text.
LOOK = {"preview", "published", "merged"}
REASON_MAXIMUM = 500


def reason_field(label: str) -> Any:
    """Why something is done; whether it may be left out is for the verb to say."""
    too_long = f"{label}最多{REASON_MAXIMUM}字"
    return TextAreaField(label, [Length(max=REASON_MAXIMUM, message=too_long)], filters=[clean])


class Wording:
    """Fields of every form that changes a heading or paragraph; the ticks stand beside them."""

    text = TextAreaField(
        "最终文字",
        [Length(max=LONGEST, message=Problem.LONG.label)],
        filters=[clean],
        render_kw={"rows": 7},
    )
    reason = reason_field("公开的更正原因")
    base = HiddenField()

    @property
    def seen_base(self) -> int:
        """The revision that was seen; one that no page has when it cannot be read."""
        return whole_number(self.base.data)

    def go_back(self) -> None:
        """To the revision that the wording was written on, from before its writer was told of a newer one."""
        self.base.data = request.form.get("since", "")

    def take(self, wanted: str, published: str, merged: str, base: int) -> None:
        """Put the published text in the place of the wording, or both changes together where they fit."""
        self.text.data = published if wanted == "published" else merged or self.text.data
        self.base.data = str(base)

    @staticmethod
    def ticked() -> list[str]:
        """The other places that are to be changed too: see ``elsewhere.Occurrence.value``."""
        return request.form.getlist("elsewhere")


class EditForm(Wording, FlaskForm):  # type: ignore[misc]
    """A change of published text that nobody has reported."""

    def renewed(self) -> "EditForm":
        """The same answers in a form with a token that holds, and without complaints."""
        return EditForm(formdata=None, text=self.text.data, reason=self.reason.data, base=self.base.data)


class WithdrawalForm(FlaskForm):  # type: ignore[misc]
    """Why an erratum is taken back."""

    reason = reason_field("公开的撤回原因")

    def renewed(self) -> "WithdrawalForm":
        """As above."""
        return WithdrawalForm(formdata=None, reason=self.reason.data)


class ApprovalForm(FlaskForm):  # type: ignore[misc]
    """Why a proposal is sent back."""

    reason = reason_field("退回的理由")
    proposal = HiddenField()

    def renewed(self) -> "ApprovalForm":
        """As above."""
        return ApprovalForm(formdata=None, reason=self.reason.data, proposal=self.proposal.data)
