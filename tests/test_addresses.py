"""Addresses are kept once they are built, and are those that Flask would build."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, url_for

from portal.addresses import asked_by_name
from portal.extensions import limiter
from portal.feedback.views import HOLE, footer_questions
from portal.static_files import version
from tests.conftest import MakeApp

PAGE = {"plan": "2023-work-plan", "page": "1"}


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("site.home", {}),
        ("plans.page", PAGE),
        ("plans.page", {**PAGE, "_anchor": "s2-1-p1"}),
        ("plans.page", {**PAGE, "_anchor": "一 \"#%'"}),
        ("plans.page", {**PAGE, "q": "人工 智能&", "results": 2, "within": None}),
        ("plans.page", {"plan": "甲/乙", "page": "第一章"}),
        (".page", PAGE),
        ("static", {"filename": "portal.css"}),
        ("site.home", {"_external": True}),
        ("site.home", {"_scheme": "https", "_external": True}),
        ("plans.page", {**PAGE, "_method": "GET"}),
    ],
)
@pytest.mark.parametrize("address", ["/plans/2023-work-plan/1", "/plans/2023-work-plan/1?view=elder&x=1"])
def test_an_address_is_what_flask_makes_of_it(
    app: Flask, address: str, endpoint: str, values: dict[str, Any]
) -> None:
    with app.test_request_context(address):
        expected = Flask.url_for(app, endpoint, **values)
        assert [url_for(endpoint, **values) for _ in range(2)] == [expected] * 2
        assert app.url_for(endpoint, **values) == expected
    with app.test_request_context(address, environ_overrides={"SCRIPT_NAME": "/prefix"}):
        assert app.url_for(endpoint, **values) == Flask.url_for(app, endpoint, **values)
        assert "/prefix/" in app.url_for(endpoint, **values)


def test_a_static_file_that_changes_has_another_address(app: Flask, tmp_path: Path) -> None:
    app.static_folder = str(tmp_path)
    addresses = []
    for content in ("one", "another"):
        (tmp_path / "one.css").write_text(content, encoding="utf-8")
        with app.test_request_context("/"):
            addresses.append(url_for("static", filename="one.css"))
            assert addresses[-1].endswith(f"?v={version('one.css')}")
    assert addresses[0] != addresses[1]


def test_the_forms_of_the_footer_name_the_page_and_nothing_of_another(app: Flask) -> None:
    for path, heading in (("/guide", "使用<说明>"), ("/privacy", f'"{HOLE}"'), ("/guide", "")):
        with app.test_request_context(path):
            questions = footer_questions("correction", heading)
            assert f'value="http://localhost{path}"' in questions
            shown = heading.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
            assert f'name="page_title" required type="text" value="{shown}"' in questions
            assert questions.count(HOLE) == heading.count(HOLE)
            assert HOLE not in footer_questions("consultation", heading)


def test_a_view_that_only_reads_may_be_limited_too(make_app: MakeApp) -> None:
    app = make_app(rate_limits="on")

    @app.get("/seldom")
    @limiter.limit("1 per minute")
    def seldom() -> Response:
        return Response("seldom", mimetype="text/plain")

    client = app.test_client()
    assert [client.get("/seldom").status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("asked", "host", "expected"),
    [
        ("plan.example.gov.cn", "plan.example.gov.cn", True),
        ("plan.example.gov.cn:8000", "plan.example.gov.cn", False),
        ("127.0.0.1:8000", "", True),
        ("plan.example.gov.cn:١", "", False),
        ("a b", "", False),
        ("", "", False),
    ],
)
def test_only_its_own_name_is_answered_ahead_of_flask(asked: str, host: str, expected: bool) -> None:
    assert asked_by_name({"HTTP_HOST": asked}, host) is expected
    assert not asked_by_name({"HTTP_HOST": asked, "SCRIPT_NAME": "/below"}, host)
