"""``make bench``: how much work a chapter and a search are, next to a Flask route that does nothing.

Everything runs in this one process, in turns, so that a busy machine slows all of them alike; what is
printed are ratios of processor time. Loading, HTTP parsing and the network are left out.
"""

import statistics
import tempfile
import time
from pathlib import Path

from flask import Flask
from werkzeug.test import Client, EnvironBuilder

from portal import create_app
from portal.database import alembic, db
from tests.support.server import ROOT

ROUNDS = 15
REQUESTS = 20
ADDRESSES = {
    "an empty route": "/empty",
    "a chapter": "/plans/2023-work-plan/1",
    "the whole plan": "/plans/2023-work-plan/full",
    "search, two characters": "/search?q=企业",
    "search, 151项目": "/search?q=151项目",
    "search, nothing found": "/search?q=龘龘",
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


def measure(app: Flask) -> dict[str, list[float]]:
    """Milliseconds of processor time for one request of each kind, once per round."""
    client = Client(app)
    taken: dict[str, list[float]] = {name: [] for name in ADDRESSES}
    for _ in range(ROUNDS):
        for name, address in ADDRESSES.items():
            builder = EnvironBuilder.from_environ(client.get(address).request.environ)
            begin = time.process_time()
            for _ in range(REQUESTS):
                answer = client.open(builder)
                assert answer.status_code == 200, f"{address}: {answer.status}"
            taken[name].append((time.process_time() - begin) * 1000 / REQUESTS)
    return taken


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = build(Path(folder))
        taken = measure(app)
        with app.app_context():
            db.engine.dispose()
    empty = statistics.median(taken["an empty route"])
    print(f"{'':<24}{'ms CPU':>8}{'to empty':>10}")
    for name, times in taken.items():
        middle = statistics.median(times)
        print(f"{name:<24}{middle:>8.2f}{middle / empty:>9.1f}x")


if __name__ == "__main__":
    main()
