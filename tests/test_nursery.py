"""Workers are born beside the first process, and become its own: whatever of it is killed, or asked, when."""

import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import gunicorn.arbiter
import pytest

from portal import nursery as nurseries
from portal.nursery import Arbiter, Nursery
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


def threads(process: int) -> list[int]:
    return [int(thread.name) for thread in Path(f"/proc/{process}/task").iterdir()]


def test_the_first_process_does_without_the_portal(portal: Server) -> None:
    assert all("brotli" in libraries(worker) for worker in portal.workers())
    assert "brotli" not in libraries(portal.process)


def test_each_worker_runs_on_a_core_of_its_own(portal: Server) -> None:
    cores = os.sched_getaffinity(portal.process)
    used = [os.sched_getaffinity(thread) for worker in portal.workers() for thread in threads(worker)]
    assert {len(its) for its in used} == {1}
    assert len(set.union(*used)) == min(len(portal.workers()), len(cores))


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


@dataclass
class Held:
    """A server whose nursery waits for a word by which what it loads may be had, or not: ``fail``."""

    server: Server
    process: "subprocess.Popen[bytes]"
    folder: Path

    def nursery_waits(self) -> int:
        """Wait until one does, and give the file that takes the word."""
        words: list[int] = []

        def is_read() -> bool:
            with suppress(OSError):  # nobody reads there
                words.append(os.open(self.folder / "words", os.O_WRONLY | os.O_NONBLOCK))
            return bool(words)

        until(is_read)
        return words[0]

    def say(self, word: bytes) -> None:
        """Wait until a nursery waits, and have it go on."""
        words = self.nursery_waits()
        os.write(words, word)
        os.close(words)

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


STAND_IN = """
import os, threading

def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "0")])
    return ()

def prepare():
    with open(os.environ["WORDS"]) as words:
        if words.read() == "fail":
            raise ValueError

app.prepare = prepare
app.begin = threading.Thread(target=threading.Event().wait, daemon=True).start
"""


@pytest.fixture
def held(prepared: Server, tmp_path: Path) -> Iterator[Held]:
    """A server that has begun. Whoever waits for workers that do not end waits longer than the test does."""
    (tmp_path / "stand_in.py").write_text(STAND_IN, encoding="utf-8")
    os.mkfifo(tmp_path / "words")
    arguments = ["--pythonpath", str(tmp_path), "--pid", str(tmp_path / "pid"), "--graceful-timeout", "600"]
    environment = prepared.environment | {
        "PORT": str(free_port()),
        "WORDS": str(tmp_path / "words"),
        "GUNICORN_CMD_ARGS": "--worker-class gthread",  # any class will do
    }
    server = replace(prepared, environment=environment, url=f"http://127.0.0.1:{environment['PORT']}")
    command = [*GUNICORN[:-1], "stand_in:app", *arguments]
    with (
        (tmp_path / "log").open("wb") as log,
        running(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as process,
    ):
        yield Held(replace(server, process=process.pid), process, tmp_path)


def test_it_ends_at_once_while_the_portal_is_loaded(held: Held) -> None:
    words = held.nursery_waits()
    children = held.server.children()
    held.process.terminate()
    assert held.process.wait(LONG) == 0
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
    os.close(words)


def test_a_reload_that_fails_leaves_the_workers_and_nothing_is_waited_for(held: Held) -> None:
    until(lambda: answers(held.server))
    held.say(b"well")
    until(held.server.complete)
    before = held.server.workers()
    held.process.send_signal(signal.SIGHUP)
    held.say(b"fail")
    until(lambda: "The nursery of the workers has ended with 4" in held.log())
    assert held.server.children() == before
    assert answers(held.server)
    held.process.terminate()
    assert held.process.wait(LONG) == 0


def test_a_start_that_fails_after_a_reload_ends_once(held: Held) -> None:
    words = held.nursery_waits()
    children = held.server.children()
    held.process.send_signal(signal.SIGHUP)
    until(lambda: children - held.server.children())
    held.say(b"fail")
    os.close(words)
    assert held.process.wait(LONG) == 4
    assert held.log().count("Traceback") == 1
    assert not (held.folder / "pid").exists()


def test_nobody_stays_when_the_first_process_is_killed(held: Held) -> None:
    words = held.nursery_waits()
    held.process.kill()
    held.process.wait(LONG)
    os.write(words, b"well")
    os.close(words)

    def is_nobody_there() -> bool:
        with socket.socket() as client:
            address = ("127.0.0.1", int(held.server.environment["PORT"]))
            return client.connect_ex(address) == errno.ECONNREFUSED

    until(is_nobody_there)


@pytest.fixture
def arbiter(monkeypatch: pytest.MonkeyPatch) -> Arbiter:
    """What looks after workers, in no process of its own, with a nursery that gunicorn has just reaped."""
    made = object.__new__(Arbiter)
    child = subprocess.Popen(["true"])
    child.wait()
    (births, tells), (waits, gate) = os.pipe(), os.pipe()
    os.close(tells)
    os.close(waits)
    made.nursery = Nursery(child.pid, 0.0, [], births, gate)
    made.log = logging.getLogger()
    made.WORKERS, made._num_workers, made.due = {}, 2, True
    monkeypatch.setattr(gunicorn.arbiter.Arbiter, "stop", lambda *_: None)
    monkeypatch.setattr(gunicorn.arbiter.Arbiter, "manage_workers", lambda _: None)
    return made


def test_a_nursery_that_was_reaped_among_others_may_be_given_up(arbiter: Arbiter) -> None:
    arbiter.stop()
    assert arbiter.nursery is None


def test_who_is_still_missing_after_a_nursery_that_took_too_long_is_born_after_a_pause(
    arbiter: Arbiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile one answers: it costs little."""
    done: list[str] = []
    monkeypatch.setattr(gunicorn.arbiter.Arbiter, "spawn_worker", lambda _: done.append("one begins"))
    monkeypatch.setattr(Arbiter, "_fork", lambda _: done.append("all are born"))
    monkeypatch.setattr(nurseries.time, "monotonic", lambda: 100.0)
    arbiter.manage_workers()
    assert arbiter.nursery is None
    assert done == ["one begins"]
    monkeypatch.setattr(nurseries.time, "monotonic", lambda: 100.0 + nurseries.PAUSE)
    arbiter.WORKERS = {1: None}
    arbiter.manage_workers()
    assert done == ["one begins", "all are born"]


def test_a_portal_that_cannot_be_loaded_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("no folder")
    server = installation(tmp_path)
    done = subprocess.run(GUNICORN, cwd=ROOT, env=server.environment, capture_output=True, timeout=LONG)
    assert done.returncode == Arbiter.APP_LOAD_ERROR
    assert "The portal cannot be loaded" in done.stderr.decode()
