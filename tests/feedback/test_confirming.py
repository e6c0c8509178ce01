"""What is taken in ahead of Flask is answered as Flask does; everything else is Flask's, as it was sent."""

from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import EnvironBuilder, encode_multipart, run_wsgi_app

from portal.database import db
from portal.feedback import confirming, intake
from portal.feedback.confirming import Confirmations, urlencoded
from portal.feedback.models import Submission
from tests.feedback.sending import ANSWERS, check_page
from tests.support.client import form_of

KINDS = ("correction", "consultation")
PIECES = ("a", "=", "&", "+", "%", "%E4", "%b8%AD", "%zz", "%4", "中", ";", "%41", "%2B", "%0A", "é", "%FF")


@pytest.fixture
def asked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bodies that came to Flask."""
    layer, bodies = app.wsgi_app, []
    assert isinstance(layer, Confirmations)
    flask = layer._flask

    def spy(environ: dict[str, Any], start_response: Any) -> Any:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        bodies.append(body.decode(errors="replace"))
        return flask(environ, start_response)

    monkeypatch.setattr(layer, "_flask", spy)
    return bodies


@pytest.fixture
def form(client: FlaskClient, asked: list[str]) -> dict[str, str]:
    """A check page's form of a correction, ready to be confirmed."""
    form = form_of(check_page(client, "correction")) | {"confirm": "1"}
    asked.clear()
    return form


def kept(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Submission)).all())


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("=")
@example("a=%E4%B8&b=%E4%B8%AD+c&&d")
def test_a_form_is_read_as_by_werkzeug(text: str) -> None:
    pairs = parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote")
    assert urlencoded(text.encode()) == MultiDict(pairs)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("multipart", [False, True])
@pytest.mark.parametrize("settings", [{}, {"site_url": "https://plan.example.cn"}])
def test_it_is_kept_once_and_answered_as_by_flask(
    make_app: Any, kind: str, multipart: bool, settings: dict[str, str]
) -> None:
    app = make_app(**settings)
    layer, origin = app.wsgi_app, settings.get("site_url", "http://localhost")
    client = app.test_client()
    client.environ_base |= {
        "HTTP_HOST": origin.partition("://")[2],
        "wsgi.url_scheme": origin.partition(":")[0],
    }
    page = client.post(f"/feedback/{kind}", base_url=origin, data=ANSWERS[kind])
    values: Any = form_of(page) | {"confirm": "1"}
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    environ = {"base_url": origin, "headers": {"Cookie": cookie, "Origin": origin}, "method": "POST"}
    if multipart:  # as browsers send a form in which no file was chosen
        boundary, body = encode_multipart(values | {"attachment": FileStorage(BytesIO(), filename="")})
        environ |= {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}
    else:
        environ |= {"data": values}

    def answer(application: Any) -> tuple[bytes, str, list[tuple[str, str]]]:
        made = EnvironBuilder(f"/feedback/{kind}?plan=p&page=1&anchor=s1", **environ).get_environ()
        body, status, headers = run_wsgi_app(application, made)
        return b"".join(body), status, sorted(headers.items())

    of_flask: list[Any] = []
    layer._flask, flask = lambda *_: of_flask.append(_) or (), layer._flask
    ours = answer(layer)
    assert not of_flask
    assert ours[1] == "303 SEE OTHER"
    assert ours == answer(flask)
    assert kept(app) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"headers": {"Origin": "http://elsewhere.example"}},
        {"headers": {"Origin": "null"}},
        {"headers": {"Sec-Fetch-Site": "cross-site"}},
        {"headers": {"Host": "a b"}},
        {"query_string": "view=elder"},
        {"query_string": "plan=p&view=elder"},
        {"environ_overrides": {"SCRIPT_NAME": "/under"}},
        {"content_type": "text/plain"},
    ],
)
def test_what_is_odd_is_asked_of_flask(
    client: FlaskClient, asked: list[str], form: dict[str, str], odd: dict[str, Any]
) -> None:
    client.post("/feedback/correction", data=form, **odd)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"csrf_token": "x"},
        {"csrf_token": ""},
        {"check": "x.1.y"},
        {"check": "错"},
        {"name": " "},
        {"edit": "1"},
        {"description": "长" * 5001},
        {"description": "长" * 9000},
    ],
)
def test_what_is_not_right_comes_to_flask_as_it_was_sent(
    app: Flask, client: FlaskClient, asked: list[str], form: dict[str, str], changes: dict[str, str]
) -> None:
    answer = client.post("/feedback/correction", data=form | changes)
    assert answer.status_code in (200, 400, 422)
    assert [dict(parse_qsl(body, keep_blank_values=True)) for body in asked] == [form | changes]
    assert kept(app) == 0


def test_a_file_behind_an_empty_one_is_seen(
    client: FlaskClient, asked: list[str], form: dict[str, str]
) -> None:
    values = MultiDict(form)
    for content, name in ((b"", ""), (b"\x89PNG\r\n\x1a\n", "a.png")):
        values.add("attachment", FileStorage(BytesIO(content), filename=name))
    boundary, body = encode_multipart(values)
    content_type = f"multipart/form-data; boundary={boundary}"
    client.post("/feedback/correction", data=body, content_type=content_type)
    assert len(asked) == 1


def test_what_was_cut_on_its_way_is_not_kept_ahead_of_flask(
    client: FlaskClient, asked: list[str], form: dict[str, str]
) -> None:
    client.post("/feedback/correction", data=form, environ_overrides={"CONTENT_LENGTH": "9999"})
    assert len(asked) == 1


def test_a_token_of_another_session_is_none(app: Flask, asked: list[str], form: dict[str, str]) -> None:
    other = app.test_client()
    check_page(other, "correction")
    asked.clear()
    assert other.post("/feedback/correction", data=form).status_code == 400
    assert len(asked) == 1
    assert kept(app) == 0


def test_a_session_with_an_end_is_renewed_by_flask(
    app: Flask, staff_client: FlaskClient, asked: list[str]
) -> None:
    form = form_of(check_page(staff_client, "consultation")) | {"confirm": "1"}
    asked.clear()
    with staff_client.session_transaction() as session:
        session.permanent = True
    answer = staff_client.post("/feedback/consultation", data=form)
    assert (answer.status_code, len(asked), kept(app)) == (303, 1, 1)
    assert "Expires" in answer.headers["Set-Cookie"]


def test_what_cannot_be_kept_is_told_by_flask_and_not_tried_again(
    client: FlaskClient, asked: list[str], form: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def away(*_: Any) -> str:
        tried.append(1)
        raise OperationalError("", None, Exception("away"))

    monkeypatch.setattr(intake, "submit", away)
    answer = client.post("/feedback/correction", data=form)
    assert (answer.status_code, len(asked), len(tried)) == (503, 1, 1)
    assert "<h1" in answer.text


def test_the_sender_is_the_one_behind_the_proxy(make_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(trusted_proxies=1)
    seen: list[str] = []
    monkeypatch.setattr(
        confirming.tokens, "client", lambda secret, address, day: seen.append(address) or address
    )
    client = app.test_client()
    form = form_of(check_page(client, "correction")) | {"confirm": "1"}
    headers = {"X-Forwarded-For": "192.0.2.7"}
    assert client.post("/feedback/correction", data=form, headers=headers).status_code == 303
    assert seen == ["192.0.2.7"]
