"""Signing in and out by the pages, as a browser does it."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import database
from tests.conftest import MakeApp
from tests.support.client import MODERATOR, PASSWORD, form_of, tree_of

UNKNOWN = "nobody@example.gov.cn"


def add(app: Flask, email: str = MODERATOR, *options: str, typed: str | None = PASSWORD) -> str:
    """Add someone by the command line and return what is printed."""
    arguments = ["staff", "add", email, "--role", "moderator", *options]
    if typed is not None:
        arguments.append("--password-stdin")
    done = app.test_cli_runner().invoke(args=arguments, input=f"{typed}\n" if typed is not None else None)
    assert done.exit_code == 0, done.output
    return done.output


def attempt(client: FlaskClient, email: str, password: str, address: str = "/account/login"):
    form = form_of(client.get(address))
    return client.post(address, data=form | {"email": email, "password": password})


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(database, "now", lambda: moment)


def errors(response) -> list[str]:
    return [text.strip() for text in tree_of(response).xpath("//*[@class='field__error']/text()")]


def test_a_right_password_leads_to_the_queue(app: Flask, client: FlaskClient) -> None:
    add(app)
    answer = attempt(client, f"  {MODERATOR.upper()} ", PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/moderation/")
    assert client.get("/moderation/").status_code == 200
    assert client.get("/account/login").location == "/moderation/"


def test_a_wrong_password_and_an_unknown_address_read_the_same(app: Flask, client: FlaskClient) -> None:
    add(app)
    wrong = attempt(client, MODERATOR, "not the password")
    unknown = attempt(client, UNKNOWN, "not the password")
    assert wrong.status_code == unknown.status_code == 422
    assert errors(wrong) == errors(unknown) == ["错误：邮箱地址或密码不正确"]
    assert form_of(wrong)["email"] == MODERATOR
    assert form_of(wrong)["password"] == ""


@pytest.mark.parametrize(
    ("email", "password", "message"),
    [
        ("", "x", "请填写邮箱地址"),
        ("no address", "x", "请填写完整的邮箱地址，例如 name@example.cn"),
        (MODERATOR, "", "请填写密码"),
        (MODERATOR, "x" * 500_000, "邮箱地址或密码不正确"),
        (MODERATOR, "nul\0byte", "邮箱地址或密码不正确"),
    ],
)
def test_what_is_missing_is_said(
    app: Flask, client: FlaskClient, email: str, password: str, message: str
) -> None:
    add(app)
    answer = attempt(client, email, password)
    assert answer.status_code == 422
    assert errors(answer) == [f"错误：{message}"]


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/moderation/?state=all&q=%E9%94%99", "/moderation/?state=all&q=%E9%94%99"),
        ("//evil.example", "/moderation/"),
        ("/\\evil.example", "/moderation/"),
        ("\\\\evil.example", "/moderation/"),
        ("https:evil.example", "/moderation/"),
        ("https://evil.example/", "/moderation/"),
        ("/%09//evil.example", "/%09//evil.example"),
        ("/\t/evil.example", "/moderation/"),
        ("javascript:alert(1)", "/moderation/"),
        ("", "/moderation/"),
    ],
)
def test_next_is_a_path_of_this_site(app: Flask, client: FlaskClient, target: str, leads_to: str) -> None:
    add(app)
    login = app.test_request_context("/account/login", query_string={"next": target}).request.full_path
    answer = attempt(client, MODERATOR, PASSWORD, login)
    assert answer.location == leads_to


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app: Flask, staff_client: FlaskClient) -> None:
    copied = staff_client.get_cookie("session").value
    thief = app.test_client()
    thief.set_cookie("session", copied)
    assert thief.get("/moderation/").status_code == 200
    form = form_of(staff_client.get("/moderation/"), "/account/logout")
    answer = staff_client.post("/account/logout", data=form)
    assert (answer.status_code, answer.location) == (303, "/account/login")
    assert "您已退出登录" in staff_client.get("/account/login").text
    assert thief.get("/moderation/").status_code == 302
    assert staff_client.get("/moderation/").status_code == 302


def test_signing_out_takes_a_token(staff_client: FlaskClient) -> None:
    assert staff_client.get("/account/logout").status_code == 405
    assert staff_client.post("/account/logout").status_code == 400
    assert staff_client.get("/moderation/").status_code == 200


def test_signing_in_takes_a_token(app: Flask, client: FlaskClient) -> None:
    add(app)
    answer = client.post("/account/login", data={"email": MODERATOR, "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get("/moderation/").status_code == 302
    assert "页面停留时间过长，请再登录一次" in tree_of(answer).xpath("string(//*[@role='alert'])")
    form = form_of(answer)
    assert (form["email"], form["password"]) == (MODERATOR, "")
    assert client.post("/account/login", data=form | {"password": PASSWORD}).status_code == 303


def test_there_is_no_other_way_in(app: Flask, staff_client: FlaskClient) -> None:
    account = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("security.")}
    assert account == {"/account/login", "/account/logout", "/account/change"}
    with app.app_context():
        from portal.accounts import staff

        token = staff.everyone()[0].get_auth_token()
    stranger = app.test_client()
    assert stranger.get(f"/moderation/?auth_token={token}").status_code == 302
    assert stranger.get("/moderation/", headers={"Authentication-Token": token}).status_code == 302


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (31, 302)])
def test_a_session_ends_when_idle(
    staff_client: FlaskClient, monkeypatch: pytest.MonkeyPatch, minutes: int, status: int
) -> None:
    at(monkeypatch, database.now() + timedelta(minutes=minutes))
    assert staff_client.get("/moderation/").status_code == status


@pytest.mark.parametrize(("minutes", "status"), [(-1, 200), (1, 302)])
def test_a_busy_session_ends_too(
    staff_client: FlaskClient, monkeypatch: pytest.MonkeyPatch, minutes: int, status: int
) -> None:
    start = database.now()
    for step in range(20, 12 * 60, 20):
        at(monkeypatch, start + timedelta(minutes=step))
        assert staff_client.get("/account/change").status_code == 200
    at(monkeypatch, start + timedelta(hours=12, minutes=minutes))
    assert staff_client.get("/moderation/").status_code == status


def test_disabling_an_account_ends_its_sessions(app: Flask, staff_client: FlaskClient) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["staff", "disable", MODERATOR]).exit_code == 0
    assert staff_client.get("/moderation/").status_code == 302
    answer = attempt(app.test_client(), MODERATOR, PASSWORD)
    assert errors(answer) == ["错误：账号已停用，请联系管理员"]
    assert runner.invoke(args=["staff", "enable", MODERATOR]).exit_code == 0
    assert staff_client.get("/moderation/").status_code == 302, "an old session must not come back"
    assert attempt(app.test_client(), MODERATOR, PASSWORD).status_code == 303


def test_a_one_time_password_serves_once(app: Flask, client: FlaskClient) -> None:
    password = add(app, typed=None).removeprefix("one-time password: ").strip()
    answer = attempt(client, MODERATOR, password, "/account/login?next=/moderation/%3Fstate=all")
    assert (answer.status_code, answer.location) == (303, "/account/change")
    assert "一次性密码" in client.get("/account/change").text
    assert client.get("/moderation/").status_code == 200
    second = attempt(app.test_client(), MODERATOR, password)
    assert errors(second) == ["错误：一次性密码已用过或已过期，请联系管理员重新生成"]
    own = "我自己的密码，记得住的一句话"
    form = form_of(client.get("/account/change"), "") | {"password": password}
    form |= {"new_password": own, "new_password_confirm": own}
    assert client.post("/account/change", data=form).location == "/moderation/"
    assert "密码已修改" in client.get("/moderation/").text
    assert "一次性密码" not in client.get("/account/change").text
    assert attempt(app.test_client(), MODERATOR, own).location == "/moderation/"


@pytest.mark.parametrize(("hours", "leads_to"), [(71, "/account/change"), (73, None)])
def test_a_one_time_password_waits_three_days(
    app: Flask, monkeypatch: pytest.MonkeyPatch, hours: int, leads_to: str | None
) -> None:
    password = add(app, typed=None).removeprefix("one-time password: ").strip()
    later = database.now() + timedelta(hours=hours)
    at(monkeypatch, later)
    answer = attempt(app.test_client(), MODERATOR, password)
    assert answer.location == leads_to
    if leads_to is None:
        assert errors(answer) == ["错误：一次性密码已用过或已过期，请联系管理员重新生成"]
        renewed = app.test_cli_runner().invoke(args=["staff", "password", MODERATOR]).output
        password = renewed.removeprefix("one-time password: ").strip()
        assert attempt(app.test_client(), MODERATOR, password).location == "/account/change"


def test_an_own_password_does_not_run_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    add(app)
    at(monkeypatch, database.now() + timedelta(days=400))
    assert attempt(app.test_client(), MODERATOR, PASSWORD).location == "/moderation/"


def change(client: FlaskClient, **typed: str):
    tree = tree_of(client.get("/account/change"))
    token = str(tree.xpath("string(//main//input[@name='csrf_token']/@value)"))
    return client.post("/account/change", data={"csrf_token": token} | typed)


@pytest.mark.parametrize(
    ("current", "new", "again", "message"),
    [
        ("wrong", "another password", "another password", "当前密码不正确，请重新填写"),
        (PASSWORD, "eleven char", "eleven char", "新密码至少12个字符"),
        (PASSWORD, "x" * 129, "x" * 129, "新密码最多128个字符"),
        (PASSWORD, "another password", "other", "两次填写的新密码不一致"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码不能与当前密码相同"),
        ("", "another password", "another password", "请填写当前密码"),
        (
            PASSWORD,
            "1234 1234 1234",
            "1234 1234 1234",
            "新密码太容易猜到：不要只重复几个字，也不要含有您的邮箱名",
        ),
    ],
)
def test_a_change_that_cannot_be_made(
    app: Flask, staff_client: FlaskClient, current: str, new: str, again: str, message: str
) -> None:
    answer = change(staff_client, password=current, new_password=new, new_password_confirm=again)
    assert answer.status_code == 422
    assert f"错误：{message}" in errors(answer)
    assert attempt(app.test_client(), MODERATOR, PASSWORD).status_code == 303


@pytest.mark.parametrize("new", ["314159265358", "密码" + "密" * 126, "twelve chars", "   spaces around   "])
def test_a_change_ends_other_sessions_and_not_this_one(
    app: Flask, staff_client: FlaskClient, new: str
) -> None:
    other = app.test_client()
    assert attempt(other, MODERATOR, PASSWORD).status_code == 303
    assert (
        change(staff_client, password=PASSWORD, new_password=new, new_password_confirm=new).status_code == 303
    )
    assert staff_client.get("/moderation/").status_code == 200
    assert other.get("/moderation/").status_code == 302
    assert attempt(app.test_client(), MODERATOR, PASSWORD).status_code == 422
    assert attempt(app.test_client(), MODERATOR, new).status_code == 303


def test_changing_a_password_is_for_the_signed_in(client: FlaskClient) -> None:
    answer = client.get("/account/change")
    assert (answer.status_code, answer.location) == (302, "/account/login?next=/account/change")


def test_staff_pages_are_private(staff_client: FlaskClient, client: FlaskClient) -> None:
    for page in (client.get("/account/login"), staff_client.get("/account/change")):
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Robots-Tag"] == "noindex"


def test_public_pages_neither_read_nor_set_the_session(staff_client: FlaskClient) -> None:
    for address in ("/guide", "/feedback/correction", "/static/portal.css"):
        answer = staff_client.get(address)
        assert answer.status_code == 200, address
        assert "Set-Cookie" not in answer.headers, address
        assert "Cookie" not in answer.headers.get("Vary", ""), address


def test_the_cookie_is_secure_behind_https(make_app: MakeApp) -> None:
    app = make_app(site_url="https://plan.example.gov.cn")
    answer = app.test_client().get("/account/login", base_url="https://plan.example.gov.cn")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
