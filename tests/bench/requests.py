"""How much work Flask has with one request: processor time in this process, beside a Flask that does nothing.

All requests take turns, so that a busy machine slows them alike. Loading, gunicorn's parsing of HTTP and the
network are left out. The site has about 1,000 paragraphs.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from urllib.parse import quote

from flask import Flask
from pypinyin import lazy_pinyin
from werkzeug.test import EnvironBuilder

from tests.bench.big import combined, fill
from tests.bench.corpus import Corpus
from tests.bench.progress import report
from tests.bench.queries import Queries

PLANS, ROUNDS, REQUESTS = 14, 9, 10
EMPTY = "bare Flask, an empty route"
AGAIN, NEW = "/api/v1/search, asked again", "/api/v1/search, 2 characters"
PAGES = {
    "an empty route of the portal": "/empty",
    "a chapter": "/plans/plan-0/1",
    "the whole plan": "/plans/plan-0/full",
    AGAIN: "/api/v1/search?q=企业",
    "/search, asked again": "/search?q=企业",
}
# Kinds of queries, each asked for the first time.
KINDS = ("2 characters", "two words", "questions", "absent words")
PINYIN = "pinyin"


def measure(rounds: int = ROUNDS, plans: int = PLANS) -> dict[str, dict[str, list[float]]]:
    """For each request, once a round: ``cpu_ms``, and ``ratio`` to the empty route of a bare Flask."""
    bare = Flask("bare", static_folder=None)
    bare.add_url_rule("/empty", view_func=lambda: "")
    with tempfile.TemporaryDirectory() as folder:
        report("requests: publishing")
        app = fill(Path(folder), plans=plans)
        app.add_url_rule("/empty", view_func=lambda: "")
        asked = {EMPTY: (bare, repeat("/empty"))}
        asked |= {name: (app, repeat(address)) for name, address in PAGES.items()}
        asked |= {name: (app, addresses) for name, addresses in searches((rounds + 1) * REQUESTS).items()}
        taken: dict[str, list[float]] = {name: [] for name in asked}
        for number in range(rounds + 1):
            report(f"requests: round {number} of {rounds}")
            for name, (application, addresses) in asked.items():
                milliseconds = cpu_ms(application, addresses)
                if number:
                    taken[name].append(milliseconds)
        app.extensions["tally"].write()
    return {
        name: {"cpu_ms": times, "ratio": [a / b for a, b in zip(times, taken[EMPTY], strict=True)]}
        for name, times in taken.items()
    }


def searches(count: int) -> dict[str, Iterator[str]]:
    """So many addresses of each kind of search, none of them twice."""
    texts = combined()
    corpus = Corpus([("", "", next(texts)) for _ in range(200)])
    found: dict[str, dict[str, None]] = {kind: {} for kind in (*KINDS, PINYIN)}
    for query in Queries(corpus).make(count):
        if query.kind in KINDS:
            found[query.kind][query.text] = None
        if query.piece and len(query.text) == 3:
            found[PINYIN]["".join(lazy_pinyin(query.text))] = None
    return {
        f"/api/v1/search, {kind}": (f"/api/v1/search?q={quote(text)}" for text in texts)
        for kind, texts in found.items()
    }


def cpu_ms(app: Flask, addresses: Iterator[str]) -> float:
    """Milliseconds of processor time that one request takes, called as gunicorn calls it."""
    answers: list[str] = []
    environs = [EnvironBuilder(next(addresses)).get_environ() for _ in range(REQUESTS)]
    begin = time.process_time()
    for environ in environs:
        body = app(environ, lambda status, headers, error=None: answers.append(status))
        for _part in body:
            pass
        if hasattr(body, "close"):
            body.close()
    taken = time.process_time() - begin
    assert set(answers) == {"200 OK"}, set(answers)
    return taken * 1000 / REQUESTS


def main() -> None:
    for name, found in measure().items():
        middle = statistics.median(found["cpu_ms"]), statistics.median(found["ratio"])
        print(f"{name:<34}{middle[0]:>8.2f} ms{middle[1]:>8.1f}x")


if __name__ == "__main__":
    main()
