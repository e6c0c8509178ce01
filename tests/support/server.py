"""The portal as it is really served: gunicorn, its own instance folder, the content of the repository."""

import contextlib
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.services import running, wait_until

ROOT = Path(__file__).resolve().parents[2]


def _threads(process: int) -> int:
    try:
        return len(os.listdir(f"/proc/{process}/task"))
    except FileNotFoundError:
        return 0


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass(frozen=True)
class Server:
    """A running portal: its address, the environment it runs in, its command line, and its first process."""

    url: str
    environment: dict[str, str]
    process: int = 0

    def __str__(self) -> str:
        return self.url

    def children(self) -> set[int]:
        """The processes that the first one started or took over."""
        children = Path(f"/proc/{self.process}/task/{self.process}/children")
        return {int(number) for number in children.read_text(encoding="ascii").split()}

    def workers(self) -> set[int]:
        """Those that answer: they look after the snapshot meanwhile, so that they have several threads. The
        one that answers first has one until it is asked, and so has the nursery, which never answers.
        """
        return {child for child in self.children() if _threads(child) > 1}

    def complete(self, workers: int = 2) -> bool:
        """Whether all of them have loaded the portal, and whoever was there before them has gone."""
        return len(self.children()) == len(self.workers()) == workers

    def flask(self, *arguments: str, typed: str | None = None) -> str:
        """Run ``flask --app wsgi …`` beside the server and return what it prints; it must go well."""
        done = self.try_flask(*arguments, typed=typed)
        assert done.returncode == 0, f"flask {' '.join(arguments)}: {done.stderr or done.stdout}"
        return done.stdout

    def try_flask(self, *arguments: str, typed: str | None = None) -> "subprocess.CompletedProcess[str]":
        """The same, whatever comes of it."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )


def installation(folder: Path, **settings: str) -> Server:
    """A portal whose files are all under ``folder``, neither prepared nor started.

    Keyword arguments are settings: ``mail_url="…"`` becomes ``PORTAL_MAIL_URL``.
    """
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment |= {
        "PORT": str(port),
        "BIND": "127.0.0.1",
        "PORTAL_SECRET_KEY": "only for these tests",
        "PORTAL_INSTANCE": str(folder / "instance"),
        "PORTAL_SEARCH_INDEX": str(folder / "search_index"),
        "PORTAL_RATE_LIMITS": "off",
    }
    environment |= {f"PORTAL_{name.upper()}": value for name, value in settings.items()}
    return Server(f"http://127.0.0.1:{port}", environment)


@contextlib.contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Server]:
    """Prepare an installation as ``make run`` does, and serve it; what is prepared already is only served."""
    server = installation(folder, **settings)
    if not (folder / "instance").exists():
        server.flask("site", "prepare")
    with started(server, folder) as running_server:
        yield running_server


@contextlib.contextmanager
def started(server: Server, folder: Path) -> Iterator[Server]:
    """Serve what is prepared; the log is in the folder."""
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    with (
        (folder / "gunicorn.log").open("wb") as log,
        running(command, cwd=ROOT, env=server.environment, stdout=log, stderr=log) as process,
    ):
        wait_until(lambda: _alive(server.url), process, "gunicorn")
        yield replace(server, process=process.pid)


def _alive(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
