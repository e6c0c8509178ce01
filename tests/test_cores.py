"""A process that serves runs on one core; what it has others do, they do on any."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from portal import cores
from portal.downloads import views
from portal.downloads.edition import read
from portal.search import apart

if not hasattr(os, "sched_setaffinity"):
    pytest.skip("threads cannot be kept to cores here", allow_module_level=True)

ALL = os.sched_getaffinity(0)
if len(ALL) < 2:
    pytest.skip("there is one core alone", allow_module_level=True)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This thread on one core, as those of a worker."""
    monkeypatch.setattr(cores, "_allowed", set())
    cores.keep_to_one(0)
    yield
    os.sched_setaffinity(0, ALL)


@pytest.mark.usefixtures("kept")
def test_one_core_and_any() -> None:
    mine = os.sched_getaffinity(0)
    assert mine == {min(ALL)}
    with pytest.raises(ZeroDivisionError), cores.on_any():
        assert os.sched_getaffinity(0) == ALL
        raise ZeroDivisionError
    assert os.sched_getaffinity(0) == mine


def test_numbers_in_a_row_are_different_cores() -> None:
    script = "import os, sys; from portal.cores import keep_to_one; keep_to_one(int(sys.argv[1])); "
    script += "print(*os.sched_getaffinity(0))"
    got = [
        subprocess.check_output([sys.executable, "-c", script, str(n)], text=True) for n in range(len(ALL))
    ]
    assert sorted(map(int, got)) == sorted(ALL)


def test_who_may_not_choose_runs_on_any(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(cores, "_allowed", set())
    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    cores.keep_to_one(0)
    with cores.on_any():
        assert os.sched_getaffinity(0) == ALL


def test_who_was_not_kept_to_one_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_setaffinity", None)
    with cores.on_any():
        assert os.sched_getaffinity(0) == ALL


@pytest.mark.usefixtures("kept")
def test_who_writes_a_part_of_the_index_runs_on_any() -> None:
    with apart.Writer() as writer:
        assert os.sched_getaffinity(writer._process.pid) == ALL


def tidy(_: Flask) -> object:
    return apart.tidy(Path("parts"))


def make_a_file(_: Flask) -> object:
    edition = read("2023-work-plan", "", "", "")
    assert edition
    return views.FORMS["pdf"][1](edition)


def build_the_snapshot(app: Flask) -> object:
    return app.extensions["snapshot"]._in_another_process("http://localhost")


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("begin", [tidy, make_a_file, build_the_snapshot])
def test_other_processes_run_on_any(
    published_app: Flask, begin: Callable[[Flask], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def run(*_: Any, **__: Any) -> object:
        seen.append(os.sched_getaffinity(0))
        return SimpleNamespace(returncode=0, stdout=b"")

    monkeypatch.setattr(subprocess, "run", run)
    with published_app.test_request_context():
        begin(published_app)
    assert seen == [ALL]
    assert len(os.sched_getaffinity(0)) == 1
