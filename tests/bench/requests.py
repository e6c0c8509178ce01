"""How much work Flask has with one request: processor time in this process, beside a Flask that does nothing.

All requests take turns, so that a busy machine slows them alike. Loading, gunicorn's parsing of HTTP and the
network are left out.
"""

import statistics
import tempfile
import time
from pathlib import Path

from flask import Flask
from werkzeug.test import EnvironBuilder

from portal import create_app
from portal.database import alembic, db
from tests.support.server import ROOT

ROUNDS = 9
REQUESTS = 10
EMPTY = "bare Flask, an empty route"
ADDRESSES = {
    "an empty route of the portal": "/empty",
    "a chapter": "/plans/2023-work-plan/1",
    "the whole plan": "/plans/2023-work-plan/full",
    "/search, two characters": "/search?q=企业",
    "/search, 151项目": "/search?q=151项目",
    "/search, nothing found": "/search?q=龘龘",
    "/api/v1/search, two characters": "/api/v1/search?q=企业",
}


def measure(rounds: int = ROUNDS) -> dict[str, dict[str, list[float]]]:
    """For each request, once a round: ``cpu_ms``, and ``ratio`` to the empty route of a bare Flask."""
    bare = Flask("bare", static_folder=None)
    bare.add_url_rule("/empty", view_func=lambda: "")
    with tempfile.TemporaryDirectory() as folder:
        app = build(Path(folder))
        asked = {EMPTY: (bare, "/empty")}
        asked |= {name: (app, address) for name, address in ADDRESSES.items()}
        taken: dict[str, list[float]] = {name: [] for name in asked}
        for application, address in asked.values():
            cpu_ms(application, address)
        for _ in range(rounds):
            for name, (application, address) in asked.items():
                taken[name].append(cpu_ms(application, address))
        with app.app_context():
            db.engine.dispose()
    return {
        name: {"cpu_ms": times, "ratio": [a / b for a, b in zip(times, taken[EMPTY], strict=True)]}
        for name, times in taken.items()
    }


def build(folder: Path) -> Flask:
    """The portal with its first plan, and a route that does nothing."""
    app = create_app(
        secret_key="only for this measurement",
        instance=folder,
        content=folder / "content",
        search_index=folder / "search_index",
    )
    app.add_url_rule("/empty", view_func=lambda: "")
    with app.app_context():
        alembic.upgrade()
    imported = app.test_cli_runner().invoke(
        args=["plan", "import", str(ROOT / "seeds" / "2023-work-plan.txt")]
    )
    assert imported.exit_code == 0, imported.output
    return app


def cpu_ms(app: Flask, address: str) -> float:
    """Milliseconds of processor time that one request takes, called as gunicorn calls it."""
    answers: list[str] = []
    environ = EnvironBuilder(address).get_environ()
    begin = time.process_time()
    for _ in range(REQUESTS):
        body = app(environ.copy(), lambda status, headers, error=None: answers.append(status))
        for _part in body:
            pass
        body.close()
    taken = time.process_time() - begin
    assert set(answers) == {"200 OK"}, f"{address}: {set(answers)}"
    return taken * 1000 / REQUESTS


def main() -> None:
    for name, found in measure().items():
        middle = statistics.median(found["cpu_ms"]), statistics.median(found["ratio"])
        print(f"{name:<34}{middle[0]:>8.2f} ms{middle[1]:>8.1f}x")


if __name__ == "__main__":
    main()
