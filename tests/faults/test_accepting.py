"""Accepting a correction is all or nothing: when the power fails, and when two do it at once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import ROOT
from tests.support.services import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'portal.sqlite3'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


def run(what: str, url: str, folder: Path, rounds: int) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.faults.accepting", what, url, str(folder), str(rounds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=220, check=False)
    assert done.returncode == 0, done.stderr
    outcome: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return outcome


def test_a_process_killed_at_any_moment_leaves_all_or_nothing(database_url: str, tmp_path: Path) -> None:
    outcome = run("kill", database_url, tmp_path, 100)
    # The moments fall on both sides of the commit.
    assert outcome["before"] + outcome["after"] == 100
    assert outcome["before"] >= 5
    assert outcome["after"] >= 5


def test_of_two_at_the_same_moment_one_wins_and_the_other_can_go_on(
    database_url: str, tmp_path: Path
) -> None:
    outcome = run("race", database_url, tmp_path, 200)
    assert outcome == {"won": 200, "stale": 100, "changed": 100}
