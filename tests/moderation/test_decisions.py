"""Deciding, on both databases: who may do what when, what it leaves behind, and who wins."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from portal import create_app
from portal.database import db
from portal.feedback import letters as letters_module
from portal.feedback.models import EventKind, Kind, Status
from portal.moderation import decisions, queue
from portal.moderation.decisions import Decision
from tests.moderation.support import letters, send

ACTOR = "moderator@example.gov.cn"


def decide(number: str, decision: Decision, reply: str = "", version: int = 0, actor: str = ACTOR) -> Any:
    return decisions.decide(number, decision, reply, version, actor)


@pytest.mark.parametrize(
    ("decision", "reply", "status", "kind"),
    [
        (Decision.ACCEPT, "", Status.ACCEPTED, EventKind.ACCEPTED),
        (Decision.REJECT, " 原文无误 ", Status.REJECTED, EventKind.REJECTED),
        (Decision.ANSWER, "第一行\n第二行", Status.ANSWERED, EventKind.ANSWERED),
        (Decision.SPAM, "", Status.SPAM, EventKind.SPAM),
    ],
)
def test_a_decision_leaves_status_event_and_letter(
    database_app: Flask, decision: Decision, reply: str, status: Status, kind: EventKind
) -> None:
    number = send(database_app)
    with database_app.app_context():
        decide(number, decision, reply)
    with database_app.app_context():
        found = queue.find(number)
        assert found
        assert (found.status, found.version) == (status, 1)
        event = found.events[-1]
        assert (event.kind, event.actor, event.note) == (kind, ACTOR, reply.strip())
        assert len(found.events) == 2
        waiting = letters(db.session)
        assert [letter.recipient for letter in waiting] == ["zhang@example.cn"] * 2
        assert kind.label in waiting[1].subject
        assert reply.strip() in waiting[1].body


@pytest.mark.parametrize("kind", [Kind.CORRECTION, Kind.CONSULTATION])
@pytest.mark.parametrize("trapped", [False, True])
def test_what_the_state_and_the_kind_allow(database_app: Flask, kind: Kind, trapped: bool) -> None:
    number = send(database_app, kind, trapped=trapped)
    with database_app.app_context():
        found = queue.find(number)
        assert found
        expected = [Decision.ACCEPT] if kind is Kind.CORRECTION else []
        expected += [Decision.REJECT, Decision.ANSWER, Decision.SPAM]
        assert decisions.allowed(found) == expected + ([Decision.REOPEN] if trapped else [])
        for refused in set(Decision) - set(decisions.allowed(found)):
            with pytest.raises(decisions.NotAllowed):
                decide(number, refused, "…")
        decide(number, Decision.SPAM)
        found = queue.find(number)
        assert found
        assert decisions.allowed(found) == [Decision.REOPEN]
        for refused in set(Decision) - {Decision.REOPEN}:
            with pytest.raises(decisions.NotAllowed):
                decide(number, refused, "…", version=1)
        decide(number, Decision.REOPEN, version=1)
        found = queue.find(number)
        assert found
        assert (found.status, found.version, len(found.events)) == (Status.RECEIVED, 2, 3)


def test_a_suspected_one_can_be_cleared(database_app: Flask) -> None:
    number = send(database_app, trapped=True)
    with database_app.app_context():
        decide(number, Decision.REOPEN)
        found = queue.find(number)
        assert found
        assert found.status is Status.RECEIVED


@pytest.mark.parametrize("decision", [Decision.REJECT, Decision.ANSWER])
@pytest.mark.parametrize("reply", ["", " \n\t　"])
def test_a_missing_reason_changes_nothing(database_app: Flask, decision: Decision, reply: str) -> None:
    number = send(database_app)
    with database_app.app_context():
        with pytest.raises(decisions.ReplyMissing):
            decide(number, decision, reply)
        found = queue.find(number)
        assert found
        assert (found.status, found.version, len(found.events)) == (Status.RECEIVED, 0, 1)
        with pytest.raises(decisions.UnknownSubmission):
            decide("JC-20260101-9999", decision, reply)


def test_what_fails_in_the_middle_leaves_nothing(
    database_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("no letter")

    number = send(database_app)
    monkeypatch.setattr(letters_module, "decided", fail)
    with database_app.app_context():
        with pytest.raises(OSError, match="no letter"):
            decide(number, Decision.ACCEPT)
        found = queue.find(number)
        assert found
        assert (found.status, found.version, len(found.events)) == (Status.RECEIVED, 0, 1)
        assert len(letters(db.session)) == 1


def test_of_two_who_decide_at_once_one_wins(database_app: Flask) -> None:
    numbers = [send(database_app) for _ in range(6)]

    def attempt(task: tuple[str, int]) -> str:
        number, moderator = task
        with database_app.app_context():
            try:
                decide(number, Decision.REJECT, f"理由{moderator}", actor=f"m{moderator}@example.cn")
            except decisions.Stale:
                return "stale"
            return "decided"

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(attempt, [(number, m) for number in numbers for m in range(3)]))
    for place in range(0, len(outcomes), 3):
        assert sorted(outcomes[place : place + 3]) == ["decided", "stale", "stale"]
    with database_app.app_context():
        for number in numbers:
            found = queue.find(number)
            assert found
            assert (found.version, len(found.events)) == (1, 2)
        assert len(letters(db.session)) == 2 * len(numbers)


def _in_a_process(task: tuple[dict[str, Any], str, str]) -> str:
    settings, number, actor = task
    app = create_app(**settings)
    with app.app_context():
        try:
            decide(number, Decision.ACCEPT, actor=actor)
        except decisions.Stale:
            return "stale"
        finally:
            db.engine.dispose()
    return "decided"


def test_processes_too(database_app: Flask) -> None:
    number = send(database_app)
    given = database_app.config["PORTAL"]
    settings = {"secret_key": "only for these tests", "instance": given.instance}
    settings |= {"database_url": given.database_url, "search_index": given.search_index}
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        outcomes = list(pool.map(_in_a_process, [(settings, number, f"m{i}@example.cn") for i in range(3)]))
    assert sorted(outcomes) == ["decided", "stale", "stale"]
