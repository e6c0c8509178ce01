"""Workers are born beside the first process, and become its own: whatever of it is killed, or asked, when."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.server import ROOT, Server, free_port, installation
from tests.support.services import running

LONG = 60.0
GUNICORN = [sys.executable, "-m", "gunicorn", "wsgi:app"]


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def answers(server: Server) -> bool:
    """Whether a page is given out that only the loaded portal has."""
    try:
        with urllib.request.urlopen(f"{server.url}/healthz", timeout=LONG) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def nursery(server: Server, before: set[int]) -> int:
    """The child that there is more now, and that becomes workers."""
    until(lambda: server.children() - before)
    (found,) = server.children() - before
    return found


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """An installation that is not running."""
    server = installation(tmp_path_factory.mktemp("nursery"))
    server.flask("site", "prepare")
    return server


@contextmanager
def started(server: Server) -> Iterator[tuple[Server, "subprocess.Popen[bytes]"]]:
    with running(
        GUNICORN, cwd=ROOT, env=server.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        yield replace(server, process=process.pid), process


@pytest.fixture(scope="module")
def portal(prepared: Server) -> Iterator[Server]:
    """One that is running."""
    with started(prepared) as (server, _):
        until(lambda: server.complete())
        yield server


def libraries(process: int) -> str:
    return Path(f"/proc/{process}/maps").read_text(encoding="utf-8")


def test_the_first_process_does_without_the_portal(portal: Server) -> None:
    assert all("brotli" in libraries(worker) for worker in portal.workers())
    assert "brotli" not in libraries(portal.process)


def test_when_a_worker_is_killed_others_are_born(portal: Server) -> None:
    before = portal.workers()
    os.kill(min(before), signal.SIGKILL)
    until(lambda: not portal.children() & before)
    until(lambda: portal.complete())
    assert answers(portal)


def test_when_all_workers_are_killed_one_answers_at_once(portal: Server) -> None:
    before = portal.workers()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    assert answers(portal)
    until(lambda: portal.complete() and not portal.workers() & before)


def test_when_the_nursery_is_killed_another_one_follows(portal: Server) -> None:
    before = portal.workers()
    os.kill(portal.process, signal.SIGHUP)
    os.kill(nursery(portal, before), signal.SIGKILL)
    until(lambda: portal.complete() and not portal.workers() & before)
    assert answers(portal)


def test_the_last_of_many_reloads_counts(portal: Server) -> None:
    before = portal.workers()
    for _ in range(3):
        os.kill(portal.process, signal.SIGHUP)
    until(lambda: portal.complete() and not portal.workers() & before)
    assert answers(portal)


def test_as_many_as_are_asked_for(portal: Server) -> None:
    os.kill(portal.process, signal.SIGTTIN)
    until(lambda: len(portal.workers()) == 3)
    os.kill(portal.process, signal.SIGTTOU)
    until(lambda: portal.complete())


def test_it_ends_at_once_while_the_portal_is_loaded(prepared: Server) -> None:
    elsewhere = replace(prepared, environment=prepared.environment | {"PORT": str(free_port())})
    with started(elsewhere) as (server, process):
        until(lambda: len(server.children()) == 2)
        children = server.children()
        process.terminate()
        assert process.wait(LONG) == 0
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


def test_a_portal_that_cannot_be_loaded_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("no folder")
    server = installation(tmp_path)
    done = subprocess.run(GUNICORN, cwd=ROOT, env=server.environment, capture_output=True, timeout=LONG)
    assert done.returncode != 0
    assert "The portal cannot be loaded" in done.stderr.decode()
