"""The memory that the portal takes once all of it has been used, and how soon it answers after a start.

Memory is PSS (proc(5), ``smaps_rollup``): what processes share counts once. The first process is among them.
"""

import json
import re
import socket
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.processes import family
from tests.bench.visitor import EMAIL, FILES, PASSWORD, PLAN, Visitor
from tests.support.server import ROOT, Server, serving
from tests.support.services import running

STARTS = 5
# Each answer goes to whichever worker is there first: after so many rounds, each has seen everything.
ROUNDS = 5


def measure(starts: int = STARTS, rounds: int = ROUNDS) -> dict[str, float | list[float]]:
    """``first_answer_s``: seconds from start to the whole first answer, once a start; ``pss_mb``: first
    process and two workers, with everything used; ``pss_fresh_mb``: the same, asked nothing yet.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with serving(folder) as server:
            until_complete(server)
            fresh = pss(server)
            use(server, rounds)
            used = pss(server)
        first = [first_answer(server) for _ in range(starts)]
    return {"first_answer_s": first, "pss_mb": used, "pss_fresh_mb": fresh}


def until_complete(server: Server) -> None:
    """Wait until all workers are there."""
    while not server.complete():
        time.sleep(0.05)


def pss(server: Server, field: str = "Pss") -> float:
    """Megabytes of all processes of a server (programs that make downloads have ended by then)."""
    lines = "".join(Path(f"/proc/{pid}/smaps_rollup").read_text("ascii") for pid in family(server.process))
    return sum(int(size) for size in re.findall(rf"^{field}: +(\d+) kB", lines, re.MULTILINE)) / 1024


def use(server: Server, rounds: int) -> None:
    """Use all of the portal, several times."""
    server.flask("staff", "add", EMAIL, "--role", "moderator", "--password-stdin", typed=PASSWORD + "\n")
    moderator = Visitor(server)
    moderator.sign_in()
    for _ in range(rounds):
        reader = Visitor(server)
        reader.read()
        reader.report()
        queue = moderator.get("/moderation/").text
        moderator.decide(re.findall(r"/moderation/submissions/(JC-[0-9]+-[0-9]+)", queue)[0])
    for address in FILES * 2:
        reader.get(address)


def first_answer(server: Server) -> float:
    """Seconds from starting gunicorn to the end of the first answer, for a page that is ready."""
    address = urlsplit(server.url)
    asked = f"GET {PLAN}/1 HTTP/1.0\r\nHost: {address.netloc}\r\n\r\n".encode()
    begin = time.perf_counter()
    with running([sys.executable, "-m", "gunicorn", "wsgi:app"], cwd=ROOT, env=server.environment) as process:
        while True:
            assert process.poll() is None
            try:
                with socket.create_connection((address.hostname, address.port), timeout=30) as client:
                    client.sendall(asked)
                    while client.recv(65536):
                        pass
                return time.perf_counter() - begin
            except ConnectionError:
                time.sleep(0.005)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
