"""The revisions of a page, and what each changed, paragraph by paragraph."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache
from itertools import groupby

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from portal.database import db
from portal.paging import shown_page
from portal.plans import publishing
from portal.plans.catalogue import PublishedPage
from portal.plans.content import SLUG
from portal.plans.differences import Difference, Piece, compare
from portal.plans.models import Page, Plan, Revision
from portal.plans.rendering import render
from portal.plans.writing import heading

PER_PAGE = 20
FIRST = "首次发布"
BY_FILE = "按文件更新"


class Fate(StrEnum):
    """What a revision did to a heading or paragraph."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"

    @property
    def label(self) -> str:
        """The word on the screen."""
        return {"same": "没有改动", "changed": "有改动", "new": "新增", "gone": "删去"}[self]


@dataclass(frozen=True)
class Row:
    """A heading or paragraph in two revisions; ``place`` says which one it is, in words."""

    anchor: str
    place: str
    fate: Fate
    before: str
    after: str

    @property
    def difference(self) -> Difference:
        """What was changed in it."""
        return compare(self.before, self.after)


@dataclass(frozen=True)
class Step:
    """A revision beside the one before it, which the first one has not."""

    revision: Revision
    before: Revision | None

    @property
    def rows(self) -> tuple[Row, ...]:
        """All headings and paragraphs in order; none for the first revision."""
        return align(self.before.source, self.revision.source) if self.before else ()

    @property
    def summary(self) -> str:
        """How much was changed in all, in words."""
        return summary(self.before.source, self.revision.source) if self.before else ""

    @property
    def withdraws(self) -> bool:
        """Whether it takes an erratum back, rather than bringing it."""
        erratum = self.revision.erratum
        return erratum is not None and all(
            change.revision_id != self.revision.id for change in erratum.changes
        )

    @property
    def reason(self) -> str:
        """Why it was made, as the public is told: what an import notes down is for the office."""
        if self.revision.author != publishing.IMPORT:
            return self.revision.reason
        return BY_FILE if self.before else FIRST

    @property
    def page(self) -> PublishedPage:
        """The page as this revision has it."""
        revision = self.revision
        return PublishedPage(
            revision.page.number, revision.source, revision.number, revision.created_at, revision.release
        )


@dataclass(frozen=True)
class History:
    """Some of a page's revisions, the newest first; ``page`` and ``pages`` say which."""

    steps: tuple[Step, ...]
    page: int
    pages: int
    total: int


def find_page(plan: str, number: str) -> Page | None:
    """A page of a plan, withdrawn or not."""
    if not SLUG.fullmatch(plan):
        return None
    query = select(Page).join(Page.plan).where(Plan.slug == plan).options(joinedload(Page.plan))
    return next((page for page in db.session.scalars(query) if page.number == number), None)


def newest(page: Page) -> int:
    """The number of a page's newest revision."""
    query = select(func.max(Revision.number)).where(Revision.page_id == page.id)
    return db.session.scalar(query) or 0


def listing(page: Page, shown: int = 1) -> History:
    """A page of a page's revisions; one beyond the last shows the last."""
    total = db.session.scalar(select(func.count(Revision.id)).where(Revision.page_id == page.id)) or 0
    shown, pages = shown_page(shown, total, PER_PAGE)
    # One more: the oldest that is shown is compared with the one before it.
    query = _newest_first(page).offset((shown - 1) * PER_PAGE).limit(PER_PAGE + 1)
    found = list(db.session.scalars(query))
    steps = tuple(map(Step, found, [*found[1:], None]))
    return History(steps[:PER_PAGE], shown, pages, total)


def find_step(page: Page, number: int) -> Step | None:
    """One revision of a page with the one before it."""
    query = _newest_first(page).where(Revision.number <= number).limit(2)
    found = list(db.session.scalars(query))
    if not found or found[0].number != number:
        return None
    return Step(found[0], found[1] if len(found) > 1 else None)


@lru_cache(maxsize=256)
def align(before: str, after: str) -> tuple[Row, ...]:
    """The headings and paragraphs of two versions of a page's file in order, matched by their anchors."""
    old, new = _parts(before), _parts(after)
    rows: list[Row] = []
    matcher = SequenceMatcher(None, list(old), list(new), autojunk=False)
    for _, start, end, new_start, new_end in matcher.get_opcodes():
        gone = [anchor for anchor in list(old)[start:end] if anchor not in new]
        rows += [Row(anchor, old[anchor][0], Fate.GONE, old[anchor][1], "") for anchor in gone]
        rows += [_row(anchor, old, new) for anchor in list(new)[new_start:new_end]]
    return tuple(rows)


@lru_cache(maxsize=1024)
def summary(before: str, after: str) -> str:
    """How much differs between two versions of a page's file, in words."""
    pieces: list[Piece] = []
    for row in align(before, after):
        pieces += [*row.difference.pieces, Piece("equal", "\n")]
    return Difference(tuple(pieces)).summary


def folded(rows: tuple[Row, ...]) -> list[tuple[bool, list[Row]]]:
    """Stretches of rows in order, each with whether nothing was changed in it."""
    return [(same, list(group)) for same, group in groupby(rows, key=lambda row: row.fate is Fate.SAME)]


def _newest_first(page: Page) -> Select[Revision]:
    query = select(Revision).where(Revision.page_id == page.id).order_by(Revision.number.desc())
    return query.options(joinedload(Revision.erratum))


Part = tuple[str, str]


def _row(anchor: str, old: dict[str, Part], new: dict[str, Part]) -> Row:
    place, after = new[anchor]
    if anchor not in old:
        return Row(anchor, place, Fate.NEW, "", after)
    before = old[anchor][1]
    return Row(anchor, place, Fate.SAME if before == after else Fate.CHANGED, before, after)


def _parts(source: str) -> dict[str, Part]:
    """Place in words and plain text of the page's and sections' headings and the paragraphs, by anchor."""
    page = render(source)
    title = heading(page.label, page.title)
    found = {page.anchor: ("章标题", title)} if title else {}
    section, count = "", 0
    for block in page.blocks:
        if block.kind == "section":
            section, count = block.text, 0
            found[block.anchor] = ("节标题", block.text)
        else:
            count += 1
            found[block.anchor] = (f"{section}第{count}段", block.text)
    return found
