"""The forms of signing in and changing one's password."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField, SubmitField, ValidationError
from wtforms.validators import EqualTo, InputRequired, Length, StopValidation

from portal.accounts.staff import PASSWORD_MAXIMUM, PASSWORD_MINIMUM, StaffError, normal_address


def _current_password(label: str, message: str) -> PasswordField:
    return PasswordField(
        label, [InputRequired(message)], render_kw={"autocomplete": "current-password"}, id="password"
    )


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Address and password."""

    email = StringField(
        "邮箱地址",
        [InputRequired("请填写邮箱地址")],
        render_kw={"autocomplete": "username", "inputmode": "email", "autocapitalize": "none"},
    )
    password = _current_password("密码", "请填写密码")
    submit = SubmitField("登录")

    def validate_email(self, field: StringField) -> None:
        """Only a well-formed address is looked up; the field keeps what was typed."""
        try:
            self.address = normal_address(field.data)
        except StaffError:
            raise ValidationError("请填写完整的邮箱地址，例如 name@example.cn") from None


class ChangePasswordForm(FlaskForm):  # type: ignore[misc]
    """The current password and a new one, typed twice."""

    password = _current_password("当前密码", "请填写当前密码")
    new_password = PasswordField(
        "新密码",
        [
            InputRequired("请填写新密码"),
            Length(min=PASSWORD_MINIMUM, message=f"新密码至少{PASSWORD_MINIMUM}个字符"),
            Length(max=PASSWORD_MAXIMUM, message=f"新密码最多{PASSWORD_MAXIMUM}个字符"),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    new_password_confirm = PasswordField(
        "再次填写新密码",
        [InputRequired("请再次填写新密码"), EqualTo("new_password", "两次填写的新密码不一致")],
        render_kw={"autocomplete": "new-password"},
    )
    submit = SubmitField("修改密码")

    def validate_new_password(self, field: PasswordField) -> None:
        """A change that changes nothing would leave a one-time password in use."""
        if field.data == self.password.data:
            raise StopValidation("新密码不能与当前密码相同")
