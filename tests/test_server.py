"""The portal as gunicorn serves it."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.server import ROOT, Server, installation, serving


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_alive_and_ready(server: Server) -> None:
    assert get(f"{server.url}/healthz")[0] == 200
    status, report = get(f"{server.url}/readyz")
    assert status == 200
    assert json.loads(report)["ready"] is True


def test_every_plan_of_the_repository_is_served(server: Server) -> None:
    folders = [path.name for path in (ROOT / "content").iterdir() if path.is_dir()]
    assert "2023-work-plan" in folders
    for slug in folders:
        assert get(f"{server.url}/plans/{slug}/")[0] == 200


def test_many_readers_at_once(server: Server) -> None:
    addresses = ["/", "/plans/2023-work-plan/1", "/search?q=%E4%BC%81%E4%B8%9A", "/no/such/page"] * 10
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda address: get(server.url + address)[0], addresses))
    assert found == [200, 200, 200, 404] * 10


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        pages = {path: get(server.url + path) for path in ("/", "/readyz", "/plans/2023-work-plan/1")}
        assert server.flask("site", "prepare") == ""
        assert {path: get(server.url + path) for path in pages} == pages
    # Nothing of what readers ask for is written down: the address of a receipt opens it.
    assert "/plans/" not in (tmp_path / "gunicorn.log").read_text(encoding="utf-8")


def test_the_first_start_prints_the_password_once(tmp_path: Path) -> None:
    portal = installation(tmp_path)
    first = portal.flask("site", "prepare")
    assert len(re.findall(r"^one-time password: \S{12,}$", first, re.MULTILINE)) == 1
    assert "password" not in portal.flask("site", "prepare")


@pytest.mark.parametrize(
    "arguments", [("plan", "import", "no-such-file"), ("staff", "add"), ("plan", "no-such-command")]
)
def test_a_mistake_on_the_command_line_is_one_line(server: Server, arguments: tuple[str, ...]) -> None:
    done = server.try_flask(*arguments)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stdout == ""


def test_a_wrong_setting_stops_the_start_in_one_line(tmp_path: Path) -> None:
    broken = installation(tmp_path, status_lookups="now and then")
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "wsgi:app"],
        cwd=ROOT,
        env=broken.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("portal: PORTAL_STATUS_LOOKUPS: ")
    assert done.stderr.count("\n") == 1
