"""A big site: how long all of it takes to be made ready, what it takes of memory, how soon it answers after a
start, and how soon a correction is seen that a moderator has accepted.

``PLANS`` in the environment says how big: plans of ten pages each. A thousand take a quarter of an hour.
"""

import json
import os
import re
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from tests.bench import memory
from tests.bench.big import fill
from tests.bench.contenders import answers
from tests.bench.progress import report
from tests.bench.visitor import EMAIL, PASSWORD, Visitor
from tests.support.client import form_of
from tests.support.server import ROOT, Server, installation
from tests.support.services import running, wait_until

PLANS = int(os.environ.get("PLANS") or 100)
CORRECTIONS, STARTS = 12, 3
PATIENCE = 30.0


def measure(plans: int = PLANS, corrections: int = CORRECTIONS) -> dict[str, float | list[float]]:
    """``visible_s`` for each correction, ``build_s`` and ``build_cores``, ``first_answer_s`` for each start,
    ``pss_mb`` once pages of all plans have been read; ``plans`` and ``pages``.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        settings = {"content": str(folder / "content"), "search_index": str(folder / "index")}
        server = installation(folder, **settings)
        report(f"growth: publishing {plans} plans")
        fill(folder, plans=plans)
        server.flask("plan", "import", str(ROOT / "seeds" / "2023-work-plan.txt"))
        server.flask("staff", "add", EMAIL, "--role", "moderator", "--password-stdin", typed=PASSWORD + "\n")
        report("growth: making all pages ready")
        build_s, build_cores = build(server)
        with running(
            [sys.executable, "-m", "gunicorn", "wsgi:app"], cwd=ROOT, env=server.environment
        ) as process:
            wait_until(lambda: answers(f"{server.url}/healthz"), process, "the portal")
            server = replace(server, process=process.pid)
            memory.until_complete(server)
            for number in range(plans):
                Visitor(server).get(f"/plans/plan-{number}/1?theme=dark")
            pss = memory.pss(server)
            visible = [visible_after(server, f"growth: correction {n + 1}") for n in range(corrections)]
            pages = len(list((folder / "instance" / "snapshot").rglob("*.meta")))
        first = [memory.first_answer(server) for _ in range(STARTS)]
    return {
        "plans": plans + 1,
        "pages": pages,
        "build_s": build_s,
        "build_cores": build_cores,
        "first_answer_s": first,
        "pss_mb": pss,
        "visible_s": visible,
    }


def build(server: Server) -> tuple[float, float]:
    """Seconds that making all pages ready takes, and how many cores were at work on the average."""
    before, begin = os.times(), time.monotonic()
    server.flask("site", "snapshot", "--origin", server.url)
    taken, after = time.monotonic() - begin, os.times()
    used = sum(after[2:4]) - sum(before[2:4])
    return taken, used / taken


def visible_after(server: Server, step: str) -> float:
    """Seconds from accepting a correction to the moment when others see it on its page and find it."""
    report(step)
    Visitor(server).report()
    moderator = Visitor(server)
    moderator.sign_in()
    number = re.findall(r"/moderation/submissions/(JC-[0-9]+-[0-9]+)", moderator.get("/moderation/").text)[0]
    address = f"/moderation/submissions/{number}"
    form = form_of(moderator.get(address), f"{address}/decision") | {"decision": "accept"}
    page = json.loads(Visitor(server).get("/api/v1/plans/2023-work-plan").text)["pages"][2]
    old = page["sections"][0]["paragraphs"][0]["text"]
    new = old[:6][::-1] + old[6:20]
    seen: list[float] = []
    reader = threading.Thread(target=look, args=(server, page["number"], new, seen))
    begin = time.monotonic()
    reader.start()
    moderator.post(f"{address}/decision", form)
    reader.join()
    return seen[0] - begin


def look(server: Server, page: str, words: str, seen: list[float]) -> None:
    """Ask again and again, over new connections, until the page has the words and the search finds them."""
    deadline = time.monotonic() + PATIENCE
    found = f"{server.url}/api/v1/search?q=%22{quote(words)}%22"
    while time.monotonic() < deadline:
        with suppress(OSError):
            text = re.sub("<[^>]*>", "", _get(f"{server.url}/plans/2023-work-plan/{page}"))
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
