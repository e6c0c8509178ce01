"""The lock-out, on both databases; its counting is exact whoever counts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from portal import database
from portal.accounts import signing_in, staff
from portal.accounts.models import RoleName, SignInFailures
from portal.config import Settings
from tests.conftest import MakeApp
from tests.support.client import MODERATOR, PASSWORD, form_of, tree_of

UNKNOWN = "nobody@example.gov.cn"


def settings_of(app: Flask) -> Settings:
    settings: Settings = app.config["PORTAL"]
    return settings


def attempt(app: Flask, address: str, password: str) -> str:
    """What comes of an attempt, by the name of its class."""
    with app.app_context():
        try:
            return type(signing_in.sign_in(address, password, settings_of(app))).__name__
        except signing_in.SignInRefused as refusal:
            return type(refusal).__name__


@pytest.fixture
def with_staff(database_app: Flask) -> Flask:
    with database_app.app_context():
        staff.add(MODERATOR, RoleName.MODERATOR, PASSWORD)
    return database_app


@pytest.mark.parametrize("address", [MODERATOR, UNKNOWN])
def test_five_failures_lock_an_address_known_or_not(with_staff: Flask, address: str) -> None:
    outcomes = [attempt(with_staff, address, "wrong") for _ in range(6)]
    assert outcomes == ["WrongCredentials"] * 4 + ["Locked"] * 2
    assert attempt(with_staff, address, PASSWORD) == "Locked"


def test_one_address_does_not_lock_another(with_staff: Flask) -> None:
    for _ in range(9):
        attempt(with_staff, UNKNOWN, "wrong")
    assert attempt(with_staff, MODERATOR, PASSWORD) == "Staff"


def test_a_success_wipes_the_slate(with_staff: Flask) -> None:
    for _ in range(3):
        assert [attempt(with_staff, MODERATOR, "wrong") for _ in range(4)] == ["WrongCredentials"] * 4
        assert attempt(with_staff, MODERATOR, PASSWORD) == "Staff"


def test_attempts_while_locked_do_not_make_it_longer(
    with_staff: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = database.now()
    monkeypatch.setattr(database, "now", lambda: start)
    for _ in range(5):
        attempt(with_staff, MODERATOR, "wrong")
    for minute in (1, 10, 14):
        monkeypatch.setattr(database, "now", lambda: start + timedelta(minutes=minute))  # noqa: B023
        assert attempt(with_staff, MODERATOR, PASSWORD) == "Locked"
    monkeypatch.setattr(database, "now", lambda: start + timedelta(minutes=15, seconds=1))
    assert attempt(with_staff, MODERATOR, "wrong") == "WrongCredentials"
    assert attempt(with_staff, MODERATOR, PASSWORD) == "Staff"


def test_attempts_at_once_are_counted_exactly(with_staff: Flask) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: attempt(with_staff, UNKNOWN, "wrong"), range(12)))
    assert outcomes.count("WrongCredentials") == 4
    assert outcomes.count("Locked") == 8
    with with_staff.app_context():
        rows = database.db.session.query(SignInFailures).all()
        assert [row.failures for row in rows] == [5]
        assert UNKNOWN not in rows[0].address


def test_workers_count_together(make_app: MakeApp) -> None:
    first, second = make_app(), make_app()
    for app in (first, second, first, second, first):
        attempt(app, UNKNOWN, "wrong")
    assert attempt(second, UNKNOWN, "wrong") == "Locked"


def test_a_one_time_password_is_spent_by_one_of_many(database_app: Flask) -> None:
    with database_app.app_context():
        password = staff.add(MODERATOR, RoleName.MODERATOR)
    assert password
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: attempt(database_app, MODERATOR, password), range(4)))
    assert sorted(outcomes) == ["Spent"] * 3 + ["Staff"]


def test_an_unknown_address_costs_the_same_work(with_staff: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    work: list[str] = []
    for name in ("hash_password", "verify_password"):
        real = getattr(signing_in, name)
        monkeypatch.setattr(
            signing_in, name, lambda *given, real=real, name=name: work.append(name) or real(*given)
        )
    attempt(with_staff, UNKNOWN, "wrong")
    attempt(with_staff, MODERATOR, "wrong")
    assert work == ["hash_password", "verify_password"]


@pytest.mark.parametrize("address", [MODERATOR, UNKNOWN])
def test_the_page_says_how_long(app: Flask, address: str) -> None:
    with app.app_context():
        staff.add(MODERATOR, RoleName.MODERATOR, PASSWORD)
    client = app.test_client()
    for _ in range(5):
        form = form_of(client.get("/account/login"))
        answer = client.post("/account/login", data=form | {"email": address, "password": "wrong"})
    form = form_of(client.get("/account/login"))
    answer = client.post("/account/login", data=form | {"email": address, "password": PASSWORD})
    assert answer.status_code == 422
    message = tree_of(answer).xpath("string(//*[@class='field__error'])")
    assert message == "错误：登录失败次数过多，请在15分钟后再试"
