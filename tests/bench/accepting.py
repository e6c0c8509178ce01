"""``make bench-accepting CORPUS=FILE SIZE=N``: from accepting a correction to finding it in another worker.

The paragraphs are published as plans. One process accepts corrections, one after another, and brings its
index in step as a view does; another one, a second worker, keeps asking for the page and the new words.
"""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from typing import Any

from flask import Flask

from portal import create_app
from portal.database import db
from portal.feedback.models import Kind
from portal.moderation import decisions
from portal.moderation.corrections import Draft, Edit
from portal.moderation.decisions import Decision
from portal.plans import catalogue, publishing
from portal.plans.editing import text_at
from portal.plans.reading import PageOutline, Paragraph, PlanOutline
from portal.plans.writing import write_plan
from portal.schema import alembic
from tests.bench.corpus import Corpus, CorpusError
from tests.moderation.support import send

PARAGRAPHS, PAGES = 20, 10
TURNS = 60
TARGET_SECONDS = 1.0
PAUSE = 0.005


def main() -> None:
    """Measure, and print what was found; exit status 2 when there is nothing to measure with."""
    try:
        path, size = Path(sys.argv[1]), int(sys.argv[2])
        corpus = Corpus.read(path, size)
    except (IndexError, ValueError, CorpusError) as error:
        print(f"use: make bench-accepting CORPUS=FILE.jsonl.xz SIZE=10000 ({error})", file=sys.stderr)
        sys.exit(2)
    with tempfile.TemporaryDirectory() as folder:
        print("\n".join(bench(corpus, Path(folder))))


def bench(corpus: Corpus, folder: Path, turns: int = TURNS) -> list[str]:
    """The lines to print."""
    app = build(folder)
    publish(app, corpus)
    seconds = measure(app, turns)
    cuts = quantiles(seconds, n=20, method="inclusive")
    verdict = "met" if cuts[18] <= TARGET_SECONDS else "missed"
    return [
        f"{len(corpus)} paragraphs, {turns} corrections accepted one after another",
        "from accepting to seen and found in another worker, s",
        f"p50 {cuts[9]:.3f}   p95 {cuts[18]:.3f}   most {max(seconds):.3f}   target p95 <= 1: {verdict}",
    ]


def build(folder: Path) -> Flask:
    """The portal, empty."""
    app = create_app(
        secret_key="only for this measurement",
        instance=folder,
        content=folder / "content",
        search_index=folder / "search_index",
        rate_limits="off",
    )
    with app.app_context():
        alembic().upgrade()
    return app


def publish(app: Flask, corpus: Corpus) -> None:
    """The paragraphs as pages of twenty, ten to a plan."""
    texts = [" ".join(text.split()) for text in corpus.texts]
    pages = list(parted(list(filter(None, texts)), PARAGRAPHS))
    content, folders = app.config["PORTAL"].content, []
    with app.app_context():
        for number, group in enumerate(parted(pages, PAGES)):
            outlines = tuple(
                PageOutline(
                    str(at),
                    "",
                    f"第{at}页",
                    f"s{at}",
                    tuple(Paragraph(f"s{at}-p{n}", text) for n, text in enumerate(page, 1)),
                )
                for at, page in enumerate(group, 1)
            )
            folder = content / f"plan-{number}"
            folder.mkdir(parents=True)
            for name, text in write_plan(PlanOutline(f"文件{number}", "", None, "", outlines)).items():
                (folder / name).write_text(text, encoding="utf-8")
            folders.append(folder)
        publishing.import_content(folders)
        app.extensions["search"].catch_up()


def parted(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The things, so many at a time."""
    return (things[start : start + size] for start in range(0, len(things), size))


def measure(app: Flask, turns: int) -> list[float]:
    """Seconds from the moment before accepting until the other worker sees and finds the new text."""
    with app.app_context():
        plans = [plan.slug for plan in catalogue.list_plans()]
        db.engine.dispose()
    here, there = multiprocessing.get_context("fork").Pipe()
    worker = multiprocessing.get_context("fork").Process(target=serve, args=(app, there), daemon=True)
    worker.start()
    assert here.recv() == "ready"
    seconds = []
    for turn in range(turns):
        words, slug = f"勘误第{turn}号增补", plans[turn * 7 % len(plans)]
        number = send(app, Kind.CORRECTION)
        here.send((slug, words))
        assert here.recv() == "asking"
        with app.app_context():
            plan = catalogue.find_plan(slug)
            assert plan
            page = plan.pages[0]
            anchor = f"{page.anchor}-p1"
            text = text_at(page.source, anchor) + words
            begin = time.monotonic()
            edit = Edit(slug, page.number, anchor, page.revision, text)
            decisions.decide(number, Decision.ACCEPT, "", 0, "a@b.cn", draft=Draft((edit,), "补充。"))
            app.extensions["search"].catch_up()
        seconds.append(here.recv() - begin)
    here.send(None)
    worker.join()
    return seconds


def serve(app: Flask, pipe: Connection) -> None:
    """The other worker: searches as requests do, and says when it has found what it was asked for."""
    index = app.extensions["search"]
    with app.app_context():
        index.search("勘误")
    pipe.send("ready")
    while wanted := pipe.recv():
        slug, words = wanted
        pipe.send("asking")
        found = False
        while not found:
            time.sleep(PAUSE)
            # A request has a session of its own.
            with app.app_context():
                plan = catalogue.find_plan(slug)
                seen = plan is not None and any(words in page.source for page in plan.pages)
                found = seen and index.search(words).total == 1
        pipe.send(time.monotonic())


if __name__ == "__main__":
    main()
