"""The portal is used once before it is copied, and leaves nothing behind that copies must not share."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.server import ROOT, Server, installation

PROGRAM = """if True:
    import json, os, sys, threading
    from wsgi import app
    import werkzeug.test
    asked, get = [], werkzeug.test.Client.get
    def noted(self, address, **more):
        answer = get(self, address, **more)
        asked.append((answer.status_code, address))
        return answer
    werkzeug.test.Client.get = noted
    app.prepare()
    files = [os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]
    threads = [thread.name for thread in threading.enumerate()]
    print(json.dumps({"asked": asked, "files": files, "threads": threads}))
"""


def rehearsed(server: Server) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=server.environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_asks_for_every_kind_of_page_and_leaves_nothing_open(server: Server) -> None:
    told = rehearsed(server)
    assert {status for status, _ in told["asked"]} == {200}
    assert len({address.partition("?")[0] for _, address in told["asked"]}) > 15
    assert any("/api/v1/search" in address for _, address in told["asked"])
    assert told["threads"] == ["MainThread"]
    instance = server.environment["PORTAL_INSTANCE"]
    assert [name for name in told["files"] if name.startswith(instance)] == []


def test_it_waits_for_no_index(server: Server, tmp_path: Path) -> None:
    """Nobody else answers what is not ready until the workers have been born."""
    elsewhere = replace(
        server, environment=server.environment | {"PORTAL_SEARCH_INDEX": str(tmp_path / "index")}
    )
    told = rehearsed(elsewhere)
    assert {status for status, _ in told["asked"]} == {200}
    assert not [address for _, address in told["asked"] if "search" in address]
    assert not (tmp_path / "index").exists()


def test_without_a_database_it_gives_up_at_once(tmp_path: Path) -> None:
    (told,) = rehearsed(installation(tmp_path))["asked"]
    assert told[0] == 503
