"""Whatever is typed comes back: on the check page, in the form, and from the record."""

import unicodedata
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from portal.database import db
from portal.feedback.models import Event, Submission
from tests.feedback.sending import CORRECTION, check_page, confirm
from tests.support.client import form_of


def is_noncharacter(character: str) -> bool:
    return ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF


# Surrogates cannot be sent, and the judge of our HTML does not let noncharacters pass.
CHARACTERS = st.characters(exclude_categories=["Cs"]).filter(lambda c: not is_noncharacter(c))
TEXT = st.text(CHARACTERS | st.sampled_from("\n\t \r\0&<>\"'{}%\\，（\u3000\u202e\ufeff\u2028"), max_size=40)


def kept(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) != "Cc")


def filled(text: str) -> bool:
    return bool(kept(text).strip())


@pytest.fixture
def submissions(database_app: Flask) -> Any:
    """Sends two texts through all steps, and gives what was seen on the way."""
    client = database_app.test_client()

    def send(typed: dict[str, str]) -> list[dict[str, str]]:
        page = check_page(client, "correction", **typed)
        seen = [form_of(page)]
        back = client.post("/feedback/correction", data=seen[0] | {"edit": "1"})
        seen.append(form_of(back, "/feedback/correction"))
        # A browser sends line breaks as CR LF.
        again = client.post(
            "/feedback/correction", data={k: v.replace("\n", "\r\n") for k, v in seen[1].items()}
        )
        assert confirm(client, "correction", again).status_code == 303
        with database_app.app_context():
            row = db.session.execute(select(Submission).order_by(Submission.id.desc())).scalars().first()
            assert row is not None
            seen.append({name: getattr(row, name) for name in typed})
            db.session.execute(delete(Event))
            db.session.execute(delete(Submission))
            db.session.commit()
        return seen

    return send


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    description=TEXT.filter(filled),
    name=TEXT.filter(filled),
    quote=TEXT,
    suggestion=TEXT,
    page_title=TEXT.filter(filled),
)
def test_what_is_typed_comes_back(submissions: Any, **typed: str) -> None:
    expected = {name: kept(text) for name, text in typed.items()}
    for seen in submissions(CORRECTION | typed):
        assert {name: seen[name] for name in expected} == expected


@pytest.mark.parametrize(
    "texts",
    [
        ("\n\n首行空", "  两端有空格  ", "\t制表"),
        ("<script>alert(1)</script>", "&amp; &#0; </textarea>", "\"><b onclick='x'>"),
        ("{{ 7*7 }} %s {0.__class__}", "'; DROP TABLE submissions; --", "𠮷·😀a\u0301"),
    ],
)
def test_hard_texts(submissions: Any, texts: tuple[str, str, str]) -> None:
    typed = dict(zip(("description", "quote", "name"), texts, strict=True))
    for seen in submissions(CORRECTION | typed):
        assert {name: seen[name] for name in typed} == typed
