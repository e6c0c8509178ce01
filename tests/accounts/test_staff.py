"""The commands and verbs on accounts."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import signing_in, staff
from portal.accounts.models import RoleName
from portal.database import db
from tests.support.client import MODERATOR, PASSWORD


def run(app: Flask, *arguments: str, typed: str | None = None):
    return app.test_cli_runner().invoke(args=["staff", *arguments], input=typed)


@pytest.mark.parametrize(
    "address",
    ["a@example.test", "b@localhost", "C.D+E@EXAMPLE.COM", "f@g.example", "h@i.invalid", "王@例子.中国"],
)
def test_any_well_formed_address_can_be_added_and_signs_in(app: Flask, address: str) -> None:
    done = run(app, "add", address, "--role", "moderator")
    assert done.exit_code == 0, done.output
    password = re.fullmatch(r"one-time password: (\w{20})\n", done.output)
    assert password
    with app.app_context():
        someone = signing_in.sign_in(staff.normal_address(address), password[1], app.config["PORTAL"])
        assert someone.email == address.lower()


@pytest.mark.parametrize(
    ("arguments", "typed", "line"),
    [
        (["no-address", "--role", "moderator"], None, "not an e-mail address"),
        (["a b@example.cn", "--role", "moderator"], None, "not an e-mail address"),
        (["a@" + "b" * 300, "--role", "moderator"], None, "not an e-mail address"),
        (["new@example.cn", "--role", "king"], None, "king"),
        (["new@example.cn"], None, "--role"),
        (["new@example.cn", "--role", "moderator", "--password-stdin"], "short\n", "too short"),
        (["new@example.cn", "--role", "moderator", "--password-stdin"], "x" * 129 + "\n", "too long"),
        (["new@example.cn", "--role", "moderator", "--password-stdin"], "a" * 12 + "\n", "too easy"),
        ([MODERATOR.upper(), "--role", "administrator"], None, "already on the staff"),
    ],
)
def test_a_mistake_changes_nothing(app: Flask, arguments: list[str], typed: str | None, line: str) -> None:
    assert (
        run(app, "add", MODERATOR, "--role", "moderator", "--password-stdin", typed=PASSWORD).exit_code == 0
    )
    before = run(app, "list").output
    done = run(app, "add", *arguments, typed=typed)
    assert done.exit_code == 1
    assert line in done.stderr
    assert done.stderr.count("\n") == 1
    assert run(app, "list").output == before == f"{MODERATOR}\tmoderator\tactive\n"
    with app.app_context():
        assert signing_in.sign_in(MODERATOR, PASSWORD, app.config["PORTAL"])


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa",
        "AaAaAaAaAaAa",
        "密" * 12,
        "123412341234",
        "1234 1234 1234 12",
        "abcabcabcabcab",
        "aaaaaaaaaaaa2026",
        "my name is ZhangSan!",
        "zhang san zhang san",
    ],
)
def test_what_is_easy_to_guess(password: str) -> None:
    with pytest.raises(staff.WeakPassword):
        staff.checked(password, "zhangsan@example.cn")


@pytest.mark.parametrize(
    ("password", "address"),
    [
        ("correct horse battery", "mod@example.test"),
        ("a modern password", "mod@example.test"),
        ("314159265358", "mod@example.test"),
        ("2026-11-24-09", "mod@example.test"),
        ("abcdeabcdeabcde", "mod@example.test"),
        ("今天天气真好我们都去公园吧", "王@例子.中国"),
    ],
)
def test_any_other_of_twelve_characters_will_do(password: str, address: str) -> None:
    assert staff.checked(password, address)


def test_a_lost_password_is_replaced_and_sessions_end(app: Flask, staff_client: FlaskClient) -> None:
    done = run(app, "password", MODERATOR)
    password = done.output.removeprefix("one-time password: ").strip()
    assert staff_client.get("/moderation/").status_code == 302
    with app.app_context():
        with pytest.raises(signing_in.WrongCredentials):
            signing_in.sign_in(MODERATOR, PASSWORD, app.config["PORTAL"])
        assert signing_in.sign_in(MODERATOR, password, app.config["PORTAL"]).one_time
    again = run(app, "password", "nobody@example.cn")
    assert (again.exit_code, again.stderr) == (1, "Error: nobody@example.cn is not on the staff\n")


def test_the_first_administrator_is_made_once(database_app: Flask) -> None:
    with database_app.app_context():
        password = staff.first_administrator(database_app.config["PORTAL"])
        assert password
        assert staff.first_administrator(database_app.config["PORTAL"]) is None
        (someone,) = staff.everyone()
        assert (someone.email, someone.one_time) == ("admin@localhost", True)
        assert someone.has_role(RoleName.ADMINISTRATOR)


def test_passwords_are_kept_as_argon2_only(database_app: Flask) -> None:
    with database_app.app_context():
        staff.add(MODERATOR, RoleName.MODERATOR, PASSWORD)
        staff.add("other@example.cn", RoleName.MODERATOR, PASSWORD)
        hashes = [someone.password for someone in staff.everyone()]
        assert all(kept.startswith("$argon2id$") for kept in hashes)
        assert len(set(hashes)) == 2
        someone = staff.everyone()[0]
        with pytest.raises(staff.WrongPassword):
            staff.change_password(someone.id, PASSWORD.upper(), "a new password")
        with pytest.raises(staff.StaffError):
            staff.change_password(someone.id, PASSWORD, "short")
        before = someone.fs_uniquifier
        staff.change_password(someone.id, PASSWORD, "a new password")
        db.session.expire_all()
        assert staff.everyone()[0].fs_uniquifier != before
