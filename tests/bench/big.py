"""A big site to measure growth with: ``python -m tests.bench.big FOLDER [CORPUS] [PLANS]`` fills an instance.

1,000 plans of ten pages, two sections and about seven paragraphs each. The text is that of a corpus (see
``corpus``) in its order or, without one, sentences of the first plan in ever new combinations. The same
arguments always give the same site.
"""

import random
import re
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path

from flask import Flask

from portal import create_app
from portal.database import db
from portal.plans import publishing
from portal.plans.reading import PageOutline, Paragraph, PlanOutline, Section
from portal.plans.writing import write_plan
from portal.schema import alembic
from tests.bench.corpus import Corpus
from tests.support.server import ROOT

PLANS, PAGES, SECTIONS = 1_000, 10, 2
# Plans published in one transaction.
BATCH = 25
SEED = 2023
NUMERALS = "一二三四五六七八九十"
SENTENCE = re.compile("[^。；\n]{8,}[。；]")
# A section is called what its text begins with.
TITLE_LENGTH = 14


def main() -> None:
    """Fill the folder that is named."""
    folder, corpus, plans = (*sys.argv[1:], "", "")[:3]
    fill(Path(folder), Corpus.read(Path(corpus), 100_000) if corpus else None, int(plans or PLANS))


def fill(folder: Path, corpus: Corpus | None = None, plans: int = PLANS) -> Flask:
    """The portal with its instance, content and index below the folder, all of it published and indexed."""
    app = create_app(
        secret_key="only for this measurement",
        instance=folder / "instance",
        content=folder / "content",
        search_index=folder / "index",
        rate_limits="off",
    )
    texts = cycle(text for raw in corpus.texts if (text := " ".join(raw.split()))) if corpus else combined()
    folders = [written(app.config["PORTAL"].content, number, texts) for number in range(plans)]
    with app.app_context():
        alembic().upgrade()
    for start in range(0, plans, BATCH):
        with app.app_context():
            publishing.import_content(folders[start : start + BATCH])
    with app.app_context():
        app.extensions["search"].catch_up()
        db.engine.dispose()
    return app


def combined() -> Iterator[str]:
    """Paragraphs of two or three sentences of the first plan, without end."""
    text = (ROOT / "seeds" / "2023-work-plan.txt").read_text(encoding="utf-8")
    sentences = SENTENCE.findall(text)
    chance = random.Random(SEED)
    while True:
        yield "".join(chance.sample(sentences, chance.randint(2, 3)))


def written(content: Path, number: int, texts: Iterator[str]) -> Path:
    """The folder of one plan, filled with the next texts."""
    chance = random.Random(SEED + number)
    pages = tuple(page(str(at), chance, texts) for at in range(1, PAGES + 1))
    issued_on = date(2020, 1, 1) + timedelta(days=number)
    outline = PlanOutline(f"第{number}号工作要点", "办公室", issued_on, "", pages)
    folder = content / f"plan-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in write_plan(outline).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def page(number: str, chance: random.Random, texts: Iterator[str]) -> PageOutline:
    """One page with the next texts."""
    chapter = f"s{number}"
    sections = tuple(
        section(NUMERALS[at - 1], f"{chapter}-{at}", chance, texts) for at in range(1, SECTIONS + 1)
    )
    return PageOutline(number, f"{NUMERALS[int(number) - 1]}、", f"第{number}章", chapter, (), sections)


def section(label: str, anchor: str, chance: random.Random, texts: Iterator[str]) -> Section:
    """One section of two to five paragraphs."""
    held = list(islice(texts, chance.randint(2, 5)))
    paragraphs = tuple(Paragraph(f"{anchor}-p{at}", text) for at, text in enumerate(held, 1))
    return Section(f"({label})", held[0][:TITLE_LENGTH].strip(), anchor, paragraphs)


if __name__ == "__main__":
    main()
