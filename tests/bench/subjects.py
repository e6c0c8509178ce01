"""The subjects of ``make bench``: what each measures, how it is told, and what it is held to."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench import requests, serving, submissions
from tests.bench.figures import Measured, Spread, Table, Target, shown


@dataclass(frozen=True)
class Subject:
    """A part of the document."""

    title: str
    how: str
    measure: Callable[[], Measured]


SERVING = """
The same chapter, with the same bytes, is served by all of them at once, each by gunicorn with the settings
of `gunicorn.conf.py`, or by nginx with one process. wrk loads one after another for a second, over 16
connections that are kept, and each answer must be whole and right. Bare gunicorn sends two headers, and
“all headers” the portal's. “Flask + Jinja” makes the text of the chapter from data, as a plain Flask site
does; Django has its cache of whole pages in memory. nginx alone has a file and no header of its own; behind
it, the portal's snapshot is served by the files of `deploy/`. wrk has its share of the same cores: the
faster the server, the more requests a second understate it, and processor time does not.
"""
POSTS = """
Confirmed corrections, from 16 visitors at once who each keep their connection and have their check page
already; every post is a text of its own. The bare insert parses the same form and writes one row in one
commit, under the same gunicorn and just as durable (SQLite: WAL and `synchronous=FULL`; PostgreSQL:
`fsync` and `synchronous_commit`), on a disk. Afterwards the record must hold each post that was answered,
numbered without gap or twin: what is wrong is counted.
"""
REQUESTS = """
What Flask answers itself, in one process that calls it as gunicorn does. The yardstick is a route that
returns nothing, of a Flask without anything else. The site has 14 plans with about 1,000 paragraphs. Pages
stand here as they are rendered for the snapshot, and as readers get them with a choice of display in the
address. Each search but the one that is asked again is asked for the first time.
"""


def in_process(found: dict[str, dict[str, list[float]]]) -> Measured:
    """Processor time of single requests, by name: ``cpu_ms`` and ``ratio``, once a round."""
    heads = ("request", "CPU ms", "to bare Flask")
    rows = [
        (name, shown(Spread.over(figures["cpu_ms"])), shown(Spread.over(figures["ratio"])))
        for name, figures in found.items()
    ]
    targets = [
        Target(f"CPU of {name}, to an empty route of bare Flask", Spread.over(found[name]["ratio"]).median, 2)
        for name in (requests.AGAIN, requests.NEW)
    ]
    return Measured([Table(heads, rows)], targets)


def by_name(found: dict[str, float | list[float]], labels: dict[str, str], targets: list[Target]) -> Measured:
    """Single figures, or one a round, under the words for them."""
    spreads = {
        key: Spread.over(figures if isinstance(figures, list) else [figures])
        for key, figures in found.items()
    }
    rows = [(labels.get(key, key), shown(spread)) for key, spread in spreads.items()]
    return Measured([Table(("what", "measured"), rows)], targets)


SUBJECTS = {
    "serving": Subject("A chapter", SERVING, serving.measure),
    "posts": Subject("Submissions", POSTS, submissions.measure),
    "requests": Subject("Answers of Flask", REQUESTS, lambda: in_process(requests.measure())),
}
