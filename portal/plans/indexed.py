"""What is published, as the search index reads it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from portal.database import db
from portal.plans import catalogue
from portal.plans.catalogue import PublishedPage, PublishedPlan
from portal.search import terms
from portal.search.lexicon import Lexicon
from portal.search.results import Passage


class SearchRecord:
    """What is published, as the search index reads it; ``content`` is the folder with the site's lexicon."""

    def __init__(self, content: Path) -> None:
        self._content = content

    def refresh(self) -> None:
        """Begin to read anew: a session sees the database as it was when it first looked."""
        session = db.session
        if not (session.new or session.dirty or session.deleted):
            session.commit()

    def identity(self) -> str:
        """The name of the database."""
        return catalogue.record_identity()

    def release(self) -> int:
        """The number of the newest release."""
        return catalogue.current_release()

    def documents(self) -> list[tuple[str, str]]:
        """Every page by plan and number, with a version that changes when what search shows of it does."""
        return list(catalogue.versions().items())

    def passages(self, keys: Sequence[str]) -> Iterator[tuple[str, list[Passage]]]:
        """The headings and paragraphs of the pages; on the first page of a plan its title too."""
        for slug, wanted in groupby(keys, key=lambda key: key.rpartition("/")[0]):
            plan = catalogue.find_plan(slug)
            for key in wanted:
                page = plan and plan.page(key.rpartition("/")[2])
                if plan and page:
                    yield key, list(passages(plan, page))

    def lexicon(self) -> Lexicon:
        """The words of the content folder, and those that the staff have added."""
        return terms.site_lexicon(self._content)

    def stamp(self) -> str:
        """Changes with the files of the lexicon; what the staff add counts a release."""
        return terms.files_stamp(self._content)


def passages(plan: PublishedPlan, page: PublishedPage) -> Iterator[Passage]:
    """The headings and paragraphs of a page; on the first page of a plan its title too."""
    chapter = page.heading
    if page is plan.pages[0]:
        yield Passage(plan.slug, plan.title, page.number, page.anchor, plan.title, (), plan.title, True)
    if page.title:
        yield Passage(plan.slug, plan.title, page.number, page.anchor, chapter, (chapter,), chapter, True)
    for block, section, title in page.walk():
        path = (chapter,) if section == page.anchor else (chapter, title)
        is_heading = block.kind == "section"
        yield Passage(plan.slug, plan.title, page.number, block.anchor, title, path, block.text, is_heading)
