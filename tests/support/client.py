"""A test client that reads every HTML answer as a strict judge would."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from tests.support.html import parsed, problems

MODERATOR = "moderator@example.gov.cn"
PASSWORD = "a password for these tests"


class CheckingClient(FlaskClient):
    """Flask's test client; an HTML page with anything wrong in it fails the test."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # Buffered: files that are sent are closed with the answer.
        kwargs["buffered"] = True
        response = super().open(*args, **kwargs)
        redirected = 300 <= response.status_code < 400
        if response.mimetype == "text/html" and response.data and not redirected:
            wrong = problems(response.text)
            assert not wrong, f"{response.request.path}: {'; '.join(wrong)}"
        return response


def tree_of(response: TestResponse) -> etree._ElementTree:
    """The parsed page, for XPath."""
    return parsed(response.text)


def token_of(response: TestResponse) -> str:
    """The Flask-WTF token on a page."""
    return str(tree_of(response).xpath("string(//input[@name='csrf_token']/@value)"))


def form_of(response: TestResponse, action: str = "") -> dict[str, str]:
    """Names and values of a form's fields as a browser would send them (files left out).

    Without an action: the first form that carries a token.
    """
    test = "@action=$action" if action else ".//input[@name='csrf_token']"
    form = tree_of(response).xpath(f"//form[{test}]", action=action)[0]
    values: dict[str, str] = {}
    for field in form.iter("input", "select", "textarea"):
        name, kind = field.get("name"), field.get("type")
        if not name or kind in ("submit", "file", "image", "button"):
            continue
        if kind in ("radio", "checkbox") and field.get("checked") is None:
            continue
        values[name] = _value(field)
    return values


def _value(field: Any) -> str:
    if field.tag == "textarea":
        return field.text or ""
    if field.tag == "select":
        options = field.xpath(".//option[@selected]") or field.xpath(".//option")
        return options[0].get("value", options[0].text) if options else ""
    return field.get("value") or ("on" if field.get("type") == "checkbox" else "")


def sign_in(app: Flask, email: str = MODERATOR, role: str = "moderator") -> FlaskClient:
    """Add someone to the staff by the command line, and sign in by the page."""
    arguments = ["staff", "add", email, "--role", role, "--password-stdin"]
    added = app.test_cli_runner().invoke(args=arguments, input=PASSWORD + "\n")
    assert added.exit_code == 0, added.output
    client = app.test_client()
    form = form_of(client.get("/account/login"))
    answer = client.post("/account/login", data=form | {"email": email, "password": PASSWORD})
    assert answer.status_code in (302, 303), answer.text
    return client
