"""`docs/performance.md` is what `make bench` writes, whatever the figures."""

from typing import Any
from xml.etree import ElementTree

from tests.bench import document, posts, reloading, requests, searches, serving, subjects, submissions
from tests.bench.document import Section
from tests.bench.figures import Measured
from tests.bench.load import Load
from tests.bench.subjects import SUBJECTS


def made_up() -> dict[str, Measured]:
    """What each subject could have found."""
    post: dict[str, Any] = {
        name: {"posts_per_second": [100.0], "p99_ms": [20.0], "cpu_ms": [4.0], "errors": 0}
        for name in ("portal", "bare", "flask")
    } | {"whole": True}
    once = {"cpu_ms": [3.0], "ratio": [1.5]}
    names = (searches.EMPTY, searches.AGAIN, *requests.searches(0))
    loads = {name: [Load(1000.0, 100.0, 1.0, 2.0)] for name in serving.NAMES}
    return {
        "serving": serving.judge(dict.fromkeys(serving.NAMES, 30_000), loads),
        "posts": submissions.judge({(where, n): post for where in posts.DATABASES for n in posts.WORKERS}),
        "requests": subjects.in_process(dict.fromkeys((requests.AGAIN, requests.NEW), once)),
        "searches": searches.judge({name: [searches.Taken(1000.0, 1.0)] for name in names}),
        "memory": subjects.by_name(dict.fromkeys(subjects.USED, 1.0), subjects.USED),
        "reloading": reloading.told(dict.fromkeys(reloading.NAMES, reloading.Found(20_000, 300, 40.0))),
        "growth": subjects.by_name(dict.fromkeys(subjects.GROWN, 1.0), subjects.GROWN),
    }


def test_the_document_is_what_the_program_writes() -> None:
    """A subject, a table or a target that is new, gone or told in other words: run `make bench` again."""
    found = made_up()
    sections = {name: Section(subject.title, subject.how, found[name]) for name, subject in SUBJECTS.items()}
    written = document.DOCUMENT.read_text(encoding="utf-8")
    assert document.skeleton(document.text(sections, is_plotted=True)) == document.skeleton(written)
    plot = ElementTree.fromstring(document.PLOT.read_text(encoding="utf-8"))
    shown_in_plot = {element.text for element in plot.iter()}
    assert shown_in_plot >= {
        bar.name for measured in found.values() for bars in measured.panels.values() for bar in bars
    }
