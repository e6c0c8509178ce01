"""The subjects of ``make bench``: what each measures, how it is told, and what it is held to."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench import growth, memory, reloading, requests, searches, serving, submissions
from tests.bench.figures import Measured, Spread, Table, Target, rounded, shown


@dataclass(frozen=True)
class Subject:
    """A part of the document."""

    title: str
    how: str
    measure: Callable[[], Measured]


SERVING = """
The same chapter, with the same bytes, is served by all of them at once, each by gunicorn with the settings
of `gunicorn.conf.py`, or by nginx with one process. The portal has a worker class of its own, which keeps to
one core; all others have gunicorn's threaded worker. wrk loads one after another for a second, over 16
connections that are kept, and each answer must be whole and right. Bare gunicorn sends two headers, and
“all headers” the portal's. “Flask + Jinja” makes the text of the chapter from data, as a plain Flask site
does; Django has its cache of whole pages in memory. nginx alone has a file and no header of its own; behind
it, the portal's snapshot is served by the files of `deploy/`. wrk has its share of the same cores: the
faster the server, the more requests a second understate it, and processor time does not.
"""
POSTS = """
Confirmed corrections, from 16 visitors at once who each keep their connection and have their check page
already; every post is a text of its own. The bare insert parses the same form and writes one row in one
commit, with no index, under gunicorn's threaded worker with the same settings, and just as durable (SQLite:
WAL and `synchronous=FULL`; PostgreSQL: `fsync` and `synchronous_commit`), on a disk. Afterwards the record
must hold each post that was answered, numbered without gap or twin: what is wrong is counted.
"""
REQUESTS = """
What Flask answers itself, in one process that calls it as gunicorn does. The yardstick is a route that
returns nothing, of a Flask without anything else. The site has 14 plans with about 1,000 paragraphs. Pages
stand here as they are rendered for the snapshot, and as readers get them with a choice of display in the
address. Each search but the one that is asked again is asked for the first time. gunicorn is left out, so
that this is the finer tool; what searches are held to is what they cost over HTTP, as people ask.
"""
SEARCHES = """
The same searches asked of two workers of gunicorn by 16 connections that are kept; the yardstick is the empty
route of a bare Flask, served by gunicorn with the same settings. Both parse HTTP, so that the ratio is that
of the whole answer. No words are asked twice but those that are asked again. Processor time is that of all
processes of the server; requests a second hold the client's share of the same cores too.
"""
MEMORY = """
The portal with its first plan: the first process and two workers. PSS counts what processes share once
(`smaps_rollup`). Everything has been used: each page, searches, forms, sign-in, the queue, corrections
accepted, and all downloads. The first answer is a chapter, from the start of gunicorn to its last byte.
"""
RELOADING = """
Eight readers ask for seventeen addresses, plain, in Brotli and in gzip, each third time conditionally, over
connections that they keep or new ones, and two visitors send forms, while a moderator accepts three
corrections at the desk and gunicorn is told to reload (HUP) just before the second. Each answer is looked at
in full. After each correction all pages are asked for in calm, and the text, the errata and the release that
they name must agree: any other answer has to be one of these, byte for byte, or it mixes releases. It is out
of date when it was asked for after the moderator had been told, and is of an earlier release; nginx goes on
with a file that it has open for a second.
"""
GROWTH = """
Plans of ten pages each, two sections to a page, from sentences of the first plan. `make bench PLANS=1000`
makes a site of 10,000 chapters, and takes a quarter of an hour more. A correction is seen when its page,
asked for over a new connection, has the new words and the search finds all of them: who accepts it and who
looks are different connections, so that different workers may answer. Memory is taken as above, by two rounds
of everything; what is mapped from files (the search index) is in the system's cache, which takes it back.
"""


def in_process(found: dict[str, dict[str, list[float]]]) -> Measured:
    """Processor time of single requests, by name: ``cpu_ms`` and ``ratio``, once a round."""
    heads = ("request", "CPU ms", "to bare Flask")
    rows = [
        (name, shown(Spread.over(figures["cpu_ms"])), shown(Spread.over(figures["ratio"])))
        for name, figures in found.items()
    ]
    return Measured([Table(heads, rows)], [])


# Single figures by their names: in words, and the most that they may be.
USED: dict[str, tuple[str, float | None]] = {
    "first_answer_s": ("first answer after a start, s", 0.6),
    "pss_mb": ("memory of all processes (PSS) with everything used, MB", 130),
    "pss_fresh_mb": ("memory of all processes (PSS) after a start, with everything loaded, MB", 130),
}
GROWN: dict[str, tuple[str, float | None]] = {
    "plans": ("plans", None),
    "pages": ("pages in the snapshot", None),
    "build_s": ("all pages made ready, s", None),
    "build_cores": ("cores at work meanwhile", None),
    "first_answer_s": ("first answer after a start of the big site, s", 1),
    "prepare_s": ("`site prepare` before a start of the big site, with nothing to do, s", None),
    "prepare_more_s": ("that beyond the same with one plan, s", 1),
    "pss_mb": ("memory of all processes (PSS) with everything used, MB", None),
    "own_mb": ("of it what is not mapped from files, MB", None),
    "growth": ("that memory to the same with one plan", 1.25),
    "visible_s": ("from accepting a correction until others see and find it, s", 1),
    "slowest_s": ("the slowest of them, s", 1),
}


def by_name(found: dict[str, float | list[float]], words: dict[str, tuple[str, float | None]]) -> Measured:
    """Single figures, or one a turn, in words; where there is a limit, the median is judged."""
    rows, targets = [], []
    for key, (name, limit) in words.items():
        figures = found[key]
        spread = Spread.over(figures if isinstance(figures, list) else [figures])
        rows.append((name, shown(spread) if isinstance(figures, list) else rounded(figures)))
        if limit is not None:
            targets.append(Target(name, spread.median, limit))
    return Measured([Table(("what", "measured"), rows)], targets)


SUBJECTS = {
    "serving": Subject("A chapter", SERVING, serving.measure),
    "posts": Subject("Submissions", POSTS, submissions.measure),
    "requests": Subject("Answers of Flask", REQUESTS, lambda: in_process(requests.measure())),
    "searches": Subject("Searches over HTTP", SEARCHES, searches.measure),
    "memory": Subject("Memory and start", MEMORY, lambda: by_name(memory.measure(), USED)),
    "reloading": Subject(
        "A reload and three releases", RELOADING, lambda: reloading.told(reloading.measure())
    ),
    "growth": Subject("A big site", GROWTH, lambda: by_name(growth.measure(), GROWN)),
}
