"""A big site: how long all of it takes to be made ready, what it takes of memory, how soon it answers after a
start, and how soon a correction is seen that a moderator has accepted.

``PLANS`` in the environment says how big: plans of ten pages each. A thousand take a quarter of an hour.
"""

import json
import os
import re
import statistics
import tempfile
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from tests.bench import memory
from tests.bench.big import fill
from tests.bench.desk import ready_to_accept
from tests.bench.progress import report
from tests.bench.visitor import PLAN, Visitor
from tests.support.server import ROOT, Server, installation, serving, started

PLANS = int(os.environ.get("PLANS") or 100)
CORRECTIONS, STARTS, ROUNDS = 12, 3, 2
PATIENCE = 30.0
NUMERALS = "甲乙丙丁戊己庚辛壬癸"


def measure(plans: int = PLANS, corrections: int = CORRECTIONS) -> dict[str, float | list[float]]:
    """``visible_s`` for each correction, ``slowest_s`` the most of them; ``build_s`` and ``build_cores``;
    ``first_answer_s`` for each start; ``prepare_s`` for each time that all is brought up to date before one,
    ``prepare_more_s`` how much longer than with one plan; ``pss_mb`` and ``own_mb`` (without mapped files)
    with everything used, ``growth`` how many times that of a site with one plan; ``plans`` and ``pages``.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name, serving(Path(name)) as server:
        report("growth: the memory of a site with one plan")
        alone = used(server)
        alone_s = prepared(server)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        server = filled(folder, plans)
        report("growth: making all pages ready")
        build_s, build_cores = build(server)
        with started(server, folder) as running:
            report("growth: using all of it")
            pss, own = used(running)
            moderator = Visitor(running)
            moderator.sign_in()
            visible = [visible_after(moderator, number) for number in range(corrections)]
            prepare_s = prepared(running)
        pages = len(list((folder / "instance" / "snapshot").rglob("*.meta")))
        first = [memory.first_answer(server) for _ in range(STARTS)]
    return {
        "plans": plans + 1,
        "pages": pages,
        "build_s": build_s,
        "build_cores": build_cores,
        "first_answer_s": first,
        "prepare_s": prepare_s,
        "prepare_more_s": statistics.median(prepare_s) - statistics.median(alone_s),
        "pss_mb": pss,
        "own_mb": own,
        "growth": own / alone[1],
        "visible_s": visible,
        "slowest_s": max(visible),
    }


def settings(folder: Path) -> dict[str, str]:
    """Where ``fill`` puts what it makes."""
    return {"content": str(folder / "content"), "search_index": str(folder / "index")}


def filled(folder: Path, plans: int) -> Server:
    """A site with so many plans and the first one, without a snapshot."""
    report(f"growth: publishing {plans} plans")
    fill(folder, plans=plans)
    server = installation(folder, **settings(folder))
    server.flask("plan", "import", str(ROOT / "seeds" / "2023-work-plan.txt"))
    return server


def used(server: Server) -> tuple[float, float]:
    """Megabytes of all processes once everything was used, and without what is mapped from files."""
    memory.until_complete(server)
    memory.use(server, ROUNDS)
    return memory.pss(server), memory.pss(server, "Pss_Anon")


def prepared(server: Server) -> list[float]:
    """Seconds that ``site prepare`` takes where there is nothing to do, as before nearly every start."""
    seconds = []
    for _ in range(STARTS):
        begin = time.monotonic()
        server.flask("site", "prepare")
        seconds.append(time.monotonic() - begin)
    return seconds


def build(server: Server) -> tuple[float, float]:
    """Seconds that making all pages ready takes, and how many cores were at work on the average."""
    before, begin = os.times(), time.monotonic()
    server.flask("site", "snapshot", "--origin", server.url)
    taken, after = time.monotonic() - begin, os.times()
    used = sum(after[2:4]) - sum(before[2:4])
    return taken, used / taken


def visible_after(moderator: Visitor, number: int) -> float:
    """Seconds from accepting a correction to the moment when others see it on its page and find it."""
    report(f"growth: correction {number + 1}")
    words = "".join(NUMERALS[int(digit)] for digit in f"{number:06}")
    accept = ready_to_accept(moderator, words)
    seen: list[float] = []
    reader = threading.Thread(target=look, args=(moderator.server, words, seen))
    begin = time.monotonic()
    reader.start()
    accept()
    reader.join()
    return seen[0] - begin


def look(server: Server, words: str, seen: list[float]) -> None:
    """Ask again and again, over new connections, until the page has the words and the search finds them."""
    deadline = time.monotonic() + PATIENCE
    found = f"{server.url}/api/v1/search?q=%22{quote(words)}%22"
    while time.monotonic() < deadline:
        with suppress(OSError):
            text = re.sub("<[^>]*>", "", _get(f"{server.url}{PLAN}/2"))
            results = json.loads(_get(found))
            if words in text and results["total"] and not results["partial"]:
                break
        time.sleep(0.01)
    seen.append(time.monotonic())


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
