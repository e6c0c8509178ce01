"""Who takes part: the portal, what it is measured against, and nginx, all started at once."""

import os
import runpy
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gunicorn.config import KNOWN_SETTINGS

from tests.bench.load import Answer, LoadError, ask
from tests.bench.page import ADDRESS
from tests.support.server import ROOT, free_port, installation
from tests.support.services import running, wait_until

APPS = Path(__file__).with_name("apps")
DJANGO = ROOT / "build" / "bench" / "bin" / "python"


@dataclass(frozen=True)
class Contender:
    """An address to load, and the first process of the server behind it."""

    name: str
    url: str
    pid: int
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    def ask(self) -> Answer:
        """What is answered, once it is seen to be what is meant to be measured.

        Raises:
            LoadError: it is something else.
        """
        answer = ask(self.url, self.headers)
        encoding = answer.headers.get("content-encoding", "")
        if answer.status != self.status or encoding != self.headers.get("Accept-Encoding", ""):
            raise LoadError(f"{self.name}: status {answer.status}, encoding “{encoding}”")
        return answer


def gunicorn_settings(path: Path) -> None:
    """Write the settings of ``gunicorn.conf.py`` alone: its hooks know the portal, which others lack.

    They all have gunicorn's own threaded worker.
    """
    known = {setting.name for setting in KNOWN_SETTINGS} - {"bind", "worker_class", "preload_app"}
    found = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    settings = {name: found[name] for name in known & found.keys() if not callable(found[name])}
    lines = [f"{name} = {value!r}" for name, value in sorted(settings.items())]
    path.write_text("\n".join([*lines, 'worker_class = "gthread"', ""]), encoding="utf-8")


@contextmanager
def application(
    name: str, page: Path, python: str | Path = sys.executable, address: str = ADDRESS
) -> Iterator[tuple[str, int]]:
    """An application of ``tests/bench/apps``, served by gunicorn as the portal is: address and process.

    It is there once it answers at ``address``.
    """
    port = free_port()
    settings = page / "gunicorn.py"
    gunicorn_settings(settings)
    command = [str(python), "-m", "gunicorn", "-c", str(settings), "-b", f"127.0.0.1:{port}", name]
    environment = os.environ | {"BENCH_PAGE": str(page), "PYTHONDONTWRITEBYTECODE": "1"}
    url = f"http://127.0.0.1:{port}"
    with running(command, cwd=APPS, env=environment) as process:
        wait_until(lambda: answers(url + address), process, name)
        yield url, process.pid


@contextmanager
def portal(folder: Path) -> Iterator[tuple[str, int, Path]]:
    """The portal with its plan, as ``make run`` prepares and serves it: address, process and snapshot."""
    server = installation(folder)
    # Pages hold absolute addresses: with one address, all are made before the start.
    server.environment["PORTAL_SITE_URL"] = server.url
    server.flask("site", "prepare")
    (tree,) = (folder / "instance" / "snapshot").glob("*/site")
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    with (
        (folder / "gunicorn.log").open("wb") as log,
        running(command, cwd=ROOT, env=server.environment, stdout=log, stderr=log) as process,
    ):
        wait_until(lambda: answers(server.url + ADDRESS), process, "the portal")
        yield server.url, process.pid, tree


def answers(url: str) -> bool:
    """Whether it is there."""
    try:
        return ask(url, {}).status == 200
    except OSError:
        return False
