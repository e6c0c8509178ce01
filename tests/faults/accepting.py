"""Accept corrections while processes are killed, or while two moderators do so at once.

It forks, so a process of its own runs it: ``python -m tests.faults.accepting kill|race URL FOLDER ROUNDS``.
What it finds wrong ends it with a traceback; the last line it prints says what happened, as JSON.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from portal import create_app
from portal.database import db
from portal.feedback.models import EventKind, Status
from portal.mail.models import OutgoingMail
from portal.moderation import decisions, queue
from portal.moderation.corrections import Draft, Edit, Stale, TextChanged
from portal.moderation.decisions import Decision
from portal.plans import catalogue
from portal.plans.editing import text_at
from portal.plans.models import Change, Erratum, Page, Revision
from portal.plans.publishing import import_document
from portal.schema import alembic
from tests.moderation.support import send

ROOT = Path(__file__).parents[2]
# The shortest page: what is accepted is not what is measured here.
PLAN, PAGE, ANCHOR = "2023-work-plan", "preface", "s0-p1"


def make(url: str, folder: Path) -> Flask:
    """The portal on a database of its own, with its plan."""
    app = create_app(
        secret_key="only for these tests",
        instance=folder / "instance",
        content=folder / "content",
        search_index=folder / "search_index",
        database_url=url,
        rate_limits="off",
    )
    with app.app_context():
        alembic().upgrade()
        import_document(ROOT / "seeds" / f"{PLAN}.txt", folder / "content", PLAN)
        app.extensions["search"].catch_up()
    return app


def source() -> tuple[int, str]:
    """Number and text of the page's newest revision, as the record has it now."""
    plan = catalogue.find_plan(PLAN)
    page = plan and plan.page(PAGE)
    assert page
    return page.revision, page.source


def accept(number: str, words: str, base: int | None = None) -> None:
    """Accept a report: the words stand at the end of the paragraph then."""
    revision, text = source()
    edit = Edit(PLAN, PAGE, ANCHOR, base or revision, text_at(text, ANCHOR) + words)
    decisions.decide(
        number, Decision.ACCEPT, "谢谢", 0, "a@example.cn", draft=Draft((edit,), "补充。"), also=()
    )


def apart(app: Flask, work: Callable[[], None]) -> int:
    """Do something in a process of its own; the connections of this one are closed first."""
    close(app)
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        with app.app_context():
            work()
            status = 0
    finally:
        os._exit(status)


def close(app: Flask) -> None:
    """Give back every connection."""
    with app.app_context():
        db.engine.dispose()


def kill(app: Flask, rounds: int) -> dict[str, Any]:
    """Accept one report after another, and kill the process that does so at some moment."""
    chance = random.Random(20261124)
    index = app.extensions["search"]

    def work(number: str, words: str) -> Callable[[], None]:
        def run() -> None:
            accept(number, words)
            index.catch_up()

        return run

    took = measure(app, work(send(app), "起"))
    outcomes: Counter[str] = Counter()
    accepted = 1
    for turn in range(rounds):
        number, words = send(app), f"第{turn}次"
        child = apart(app, work(number, words))
        # Closer together while the accepting goes on than while the index follows.
        time.sleep(took * chance.random() ** 2)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with app.app_context():
            done = wholly(number, words)
        outcomes["after" if done else "before"] += 1
        accepted += done
        with app.app_context():
            assert source()[0] == accepted + 1
            numbers = db.session.scalars(select(Revision.number).join(Page).where(Page.number == PAGE))
            assert sorted(numbers) == list(range(1, accepted + 2))
    with app.app_context():
        index.catch_up()
        assert index.release == catalogue.current_release() == accepted + 1
        text = text_at(source()[1], ANCHOR)
        assert index.search(f'"{text[-12:]}"').total == 1
    return {**outcomes, "milliseconds": round(took * 1000)}


def measure(app: Flask, work: Callable[[], None]) -> float:
    """How long it takes, in seconds, in a process of its own."""
    start = time.monotonic()
    _, status = os.waitpid(apart(app, work), 0)
    assert status == 0
    return time.monotonic() - start


def wholly(number: str, words: str) -> bool:
    """Whether a report is accepted, with all that belongs to it; otherwise nothing of that is there."""
    submission = queue.find(number)
    assert submission
    done = submission.status is Status.ACCEPTED
    made = db.session.scalar(select(func.count()).select_from(Change).where(Change.after.endswith(words)))
    errata = db.session.scalar(select(func.count()).select_from(Erratum).where(Erratum.number == number))
    letters = db.session.scalar(
        select(func.count()).select_from(OutgoingMail).where(OutgoingMail.subject.contains(number))
    )
    kinds = [event.kind for event in submission.events]
    expected = [EventKind.RECEIVED, EventKind.ACCEPTED] if done else [EventKind.RECEIVED]
    text = text_at(source()[1], ANCHOR)
    found = (kinds, submission.version, made, errata, letters, text.endswith(words))
    assert found == (expected, int(done), int(done), int(done), 1 + done, done), found
    return done


def race(app: Flask, rounds: int) -> dict[str, Any]:
    """Two moderators accept at the same moment: the same report, or two about the same page."""
    context = get_context("fork")
    barrier, results = context.Barrier(2, timeout=60), context.SimpleQueue()
    reports = [(send(app), None if turn % 2 else send(app)) for turn in range(rounds)]
    close(app)

    def moderator(which: int) -> None:
        for turn, (first, second) in enumerate(reports):
            number = first if which == 0 or second is None else second
            with app.app_context():
                base, _ = source()
                barrier.wait()
                results.put((turn, attempt(number, f"{turn}之{which}", base)))
                barrier.wait()
                if second is not None and which == 1:
                    again(first, second, turn)
                barrier.wait()

    def again(first: str, second: str, turn: int) -> None:
        db.session.rollback()
        for number in (first, second):
            found = queue.find(number)
            if found and found.status is Status.RECEIVED:
                accept(number, f"{turn}再次")

    processes = [context.Process(target=moderator, args=(which,)) for which in (0, 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(180)
        assert process.exitcode == 0
    # All of them together are less than a pipe holds.
    return judged(app, reports, [results.get() for _ in range(2 * rounds)])


def attempt(number: str, words: str, base: int) -> str:
    """What came of accepting; anything but the two refusals that there should be is an error."""
    try:
        accept(number, words, base)
    except Stale:
        return "stale"
    except TextChanged:
        return "changed"
    return "won"


def judged(
    app: Flask, reports: list[tuple[str, str | None]], outcomes: list[tuple[int, str]]
) -> dict[str, Any]:
    """One won in every round, and no revision is lost or skipped."""
    for turn, (_, second) in enumerate(reports):
        got = sorted(outcome for at, outcome in outcomes if at == turn)
        assert got == ["stale" if second is None else "changed", "won"], (turn, got)
    with app.app_context():
        accepted = sum(1 if second is None else 2 for _, second in reports)
        numbers = db.session.scalars(select(Revision.number).join(Page).where(Page.number == PAGE))
        assert sorted(numbers) == list(range(1, accepted + 2))
        made = db.session.scalar(select(func.count()).select_from(Erratum))
        assert made == accepted
        text = text_at(source()[1], ANCHOR)
        assert sum(text.count(f"{turn}再次") for turn in range(len(reports))) >= 1
    return dict(Counter(outcome for _, outcome in outcomes))


if __name__ == "__main__":
    what, url, folder, rounds = sys.argv[1:]
    print(json.dumps({"kill": kill, "race": race}[what](make(url, Path(folder)), int(rounds))))
