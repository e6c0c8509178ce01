"""Releases while readers read, over gunicorn with two workers."""

import http.client
import re
import shutil
import threading
from collections import Counter
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import build, close
from tests.plans.correcting import correct
from tests.support.server import Server, serving
from tests.support.waiting import eventually

PLAN, PAGE = "2023-work-plan", "/plans/2023-work-plan/2"
READERS = 4
RELEASE = re.compile(r'data-release="(\d+)"')
WORDS = re.compile("持续引进|改第.次")
TOLD = re.compile(r"随网站第(\d+)版发布")


class Reader(threading.Thread):
    """Reads pages over one connection until told to stop, and keeps what went wrong."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
        self.stop = threading.Event()
        self.seen: Counter[tuple[str, str]] = Counter()
        self.wrong: list[str] = []

    def run(self) -> None:
        while not self.stop.is_set():
            for path in (PAGE, f"/plans/{PLAN}/full", "/errata", "/guide"):
                try:
                    self.read(path)
                except (OSError, http.client.HTTPException) as error:
                    self.wrong.append(f"{path}: {error!r}")
                    self.connection.close()
        self.connection.close()

    def read(self, path: str) -> None:
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            self.wrong.append(f"{path}: {answer.status}")
        if path == PAGE:
            releases, words = {*RELEASE.findall(text), *TOLD.findall(text)}, set(WORDS.findall(text))
            if len(releases) != 1 or len(words) != 1:
                self.wrong.append(f"a page of the releases {releases} with {words}")
            self.seen[releases.pop(), words.pop()] += 1


@pytest.fixture
def files(tmp_path: Path, published_files: Path) -> Path:
    shutil.copytree(published_files, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_readers_see_each_release_whole_and_no_failure(files: Path) -> None:
    with serving(files, content=str(files / "content")) as server:
        readers = [Reader(server) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        eventually(partial(_all_read, readers, 0))
        # Another process publishes, which knows nothing of those who serve.
        app = build(files, content=files / "content")
        for number in range(1, 4):
            with app.app_context():
                correct("s2-1-p1", _words(number - 1), _words(number), plan=PLAN, page="2")
            eventually(partial(_all_read, readers, number))
        close(app)
        for reader in readers:
            reader.stop.set()
        for reader in readers:
            reader.join()
    assert not [wrong for reader in readers for wrong in reader.wrong]
    for reader in readers:
        assert set(reader.seen) == {(str(number + 1), _words(number)) for number in range(4)}


def _all_read(readers: list[Reader], number: int) -> bool:
    """Whether each has met the correction with the release that brought it."""
    return all((str(number + 1), _words(number)) in reader.seen for reader in readers)


def _words(number: int) -> str:
    return f"改第{number}次" if number else "持续引进"
