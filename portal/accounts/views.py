"""Addresses of this room: /account/login, /account/logout, /account/change.

The blueprint has the name that Flask-Security expects its pages under.
"""

import math
import re

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_security import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal import database
from portal.accounts import sessions, signing_in, staff
from portal.accounts.forms import ChangePasswordForm, SignInForm
from portal.extensions import csrf, limiter

blueprint = Blueprint("security", __name__, url_prefix="/account")

HOME = "moderation.queue"
# A path of this site. Browsers read "//host" and "/\host" as another one, and drop control characters.
OWN_PATH = re.compile(r"/(?![/\\])[^\\\s\x00-\x1f\x7f]*")


@blueprint.after_request
def unlisted(response: Response) -> Response:
    """Keep these pages out of search engines."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.route("/login", methods=["GET", "POST"])
@limiter.limit("60 per minute", methods=["POST"])
def login() -> AnyResponse:
    """The sign-in page; it comes back when it has been open for too long."""
    target = own_path(request.args.get("next", "")) or url_for(HOME)
    if current_user.is_authenticated:
        return redirect(target)
    form = SignInForm()
    if form.validate_on_submit():
        try:
            someone = signing_in.sign_in(form.address, form.password.data, current_app.config["PORTAL"])
        except signing_in.SignInRefused as refusal:
            form.password.errors = [explanation(refusal)]
        else:
            sessions.begin(someone)
            return redirect(url_for("security.change_password") if someone.one_time else target, 303)
    if form.csrf_token.errors:
        again = SignInForm(formdata=None, email=form.email.data)
        return make_response(render_template("security/login.html", form=again, stale=True), 400)
    return page("security/login.html", form)


@blueprint.route("/logout", methods=["POST"])
def logout() -> AnyResponse:
    """Sign out: every session of this account ends, copied cookies included."""
    if current_user.is_authenticated:
        staff.end_sessions(current_user.id)
    session.clear()
    flash("您已退出登录。", "ok")
    return redirect(url_for("security.login"), 303)


@blueprint.route("/change", methods=["GET", "POST"])
def change_password() -> AnyResponse:
    """Change the own password; other sessions of the account end, this one goes on."""
    if not current_user.is_authenticated:
        return to_sign_in()
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            changed = staff.change_password(current_user.id, form.password.data, form.new_password.data)
        except staff.WrongPassword:
            form.password.errors = ["当前密码不正确，请重新填写"]
        except staff.WeakPassword:
            form.new_password.errors = ["新密码太容易猜到：不要只重复几个字，也不要含有您的邮箱名"]
        else:
            sessions.begin(changed)
            flash("密码已修改。其他设备上的登录已退出。", "ok")
            return redirect(url_for(HOME), 303)
    return page("security/change_password.html", form)


# The form asks for the token, after the page has had its say about one of yesterday.
csrf.exempt(login)


def to_sign_in() -> AnyResponse:
    """Lead someone who is not signed in to the sign-in page, and from there back to where they were going."""
    wanted = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
    return redirect(url_for("security.login", next=wanted))


def own_path(target: str) -> str:
    """The target if it is a path of this site, otherwise nothing."""
    return target if OWN_PATH.fullmatch(target) else ""


def explanation(refusal: signing_in.SignInRefused) -> str:
    """What the person is told."""
    if isinstance(refusal, signing_in.Locked):
        minutes = math.ceil((refusal.until - database.now()).total_seconds() / 60)
        return f"登录失败次数过多，请在{max(minutes, 1)}分钟后再试"
    if isinstance(refusal, signing_in.Disabled):
        return "账号已停用，请联系管理员"
    if isinstance(refusal, signing_in.Spent):
        return "一次性密码已用过或已过期，请联系管理员重新生成"
    return "邮箱地址或密码不正确"


def page(template: str, form: SignInForm | ChangePasswordForm) -> Response:
    """A page with a form: 422 when it was sent and something in it is wrong."""
    return make_response(render_template(template, form=form), 422 if form.errors else 200)
