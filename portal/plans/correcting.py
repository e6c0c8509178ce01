"""Corrections of published text: drafted on a revision, published as the next one, taken back as another.

Nothing here commits: the verbs of moderation own the transaction, and hold the line of the publishers first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import now
from portal.plans import publishing
from portal.plans.editing import Editable, EditError, Problem, anchors_in, editable, rewrite
from portal.plans.models import Change, Erratum, ErratumState, Page, Plan, Revision
from portal.plans.rendering import render

TAKEN_BACK = "撤回勘误：{}"


@dataclass(frozen=True)
class Edit:
    """The new text of one block, as ``Editable.written`` has it; ``base`` is the revision that was seen."""

    plan: str
    page: str
    anchor: str
    base: int
    text: str


class CannotCorrect(Exception):
    """Base of the reasons why text is not changed; nothing is written then."""


class TextChanged(CannotCorrect):
    """The page has another revision, or the block another text, than what the correction was made for."""

    def __init__(self, plan: str, page: str, anchor: str) -> None:
        super().__init__(f"{plan}/{page}#{anchor}")
        self.plan, self.page, self.anchor = plan, page, anchor


class NothingChanged(CannotCorrect):
    """The new text is the old one."""


class Superseded(TextChanged):
    """What an erratum wrote has been changed again since: it cannot be taken back by itself."""


def draft(session: Session, edits: Iterable[Edit]) -> list[Change]:
    """The changes that these edits make, page by page as they come, none written yet; what stays is left out.

    Raises:
        TextChanged: a page has another revision than the one that was seen, or is gone.
        NothingChanged: no edit changes anything.
        EditError: a text cannot stand where it is to stand.
    """
    changes = []
    for (plan, number), same_page in _by_place(edits):
        page = _page(session, plan, number)
        newest = _newest(session, page) if page else None
        if page is None or newest is None or any(edit.base != newest.number for edit in same_page):
            raise TextChanged(plan, number, same_page[0].anchor)
        for edit in same_page:
            place = {"page": page, "base": newest.number, "anchor": edit.anchor, "written": edit.text}
            if texts := _changed(newest.source, edit.anchor, edit.text):
                changes.append(Change(**place, before=texts[0], after=texts[1]))
    if not changes:
        raise NothingChanged
    return changes


def publish(session: Session, erratum: Erratum, approved_by: str) -> None:
    """Write an erratum's changes: one revision for each page, all in one new release.

    Raises:
        TextChanged: a block is no longer what it was when the erratum was drafted.
        EditError: the text cannot stand there any more.
    """
    release = publishing.next_release(session)
    for page, changes in _by_page(erratum.changes):
        newest = _newest(session, page)
        texts: dict[str, str] = {}
        if page.withdrawn_at is not None:
            raise TextChanged(page.plan.slug, page.number, changes[0].anchor)
        for change in changes:
            # Both texts are to be what was drafted, whatever else has happened to the page since.
            if _changed(newest.source, change.anchor, change.written) != (change.before, change.after):
                raise TextChanged(page.plan.slug, page.number, change.anchor)
            texts[change.anchor] = change.written
        source = rewrite(newest.source, texts, _used(session, page) if _adds(texts) else ())
        revision = _add(session, page, newest, source, release, erratum, erratum.proposed_by, erratum.reason)
        for change in changes:
            change.base, change.revision = newest.number, revision
    erratum.state = ErratumState.PUBLISHED
    erratum.approved_by, erratum.corrected_at = approved_by, now()


def take_back(session: Session, erratum: Erratum, reason: str, by: str) -> None:
    """Write what stood there before, as new revisions in one new release; the erratum is then withdrawn.

    Raises:
        Superseded: the text that the erratum wrote has been changed again since.
    """
    release = publishing.next_release(session)
    for page, changes in _by_page(erratum.changes):
        newest, written = _newest(session, page), changes[0].revision
        if written is None or page.withdrawn_at is not None:
            raise Superseded(page.plan.slug, page.number, changes[0].anchor)
        before = _revision(session, page, written.number - 1)
        source = before.source
        if newest.id != written.id:
            _refuse_later(session, page, written, changes)
            source = _without(newest, written, before, changes)
        _add(session, page, newest, source, release, erratum, by, TAKEN_BACK.format(reason))
    erratum.state = ErratumState.WITHDRAWN
    erratum.withdrawn_at, erratum.withdrawn_by, erratum.withdrawn_reason = now(), by, reason


def _refuse_later(session: Session, page: Page, written: Revision, changes: Sequence[Change]) -> None:
    """What an erratum in force has changed since is its own, even where the text is the same again."""
    anchors = [change.anchor for change in changes]
    query = (
        select(Change.anchor)
        .join(Change.erratum)
        .join(Change.revision)
        .where(Change.page_id == page.id, Change.anchor.in_(anchors), Revision.number > written.number)
        .where(Erratum.state == ErratumState.PUBLISHED)
    )
    if (anchor := session.scalars(query).first()) is not None:
        raise Superseded(page.plan.slug, page.number, anchor)


def _without(newest: Revision, written: Revision, before: Revision, changes: Sequence[Change]) -> str:
    """The newest text of a page without what these changes wrote, while all that came later stays."""
    plan, page = newest.page.plan.slug, newest.page.number
    texts: dict[str, str | None] = dict.fromkeys(_anchors(written.source) - _anchors(before.source))
    for change in changes:
        old = editable(before.source, change.anchor)
        texts[change.anchor] = old.written if old else None
    for anchor in texts:
        now_there = editable(newest.source, anchor)
        if now_there is None or now_there != editable(written.source, anchor):
            raise Superseded(plan, page, anchor)
    try:
        source = rewrite(newest.source, texts)
    except EditError as error:
        raise Superseded(plan, page, error.anchor) from None
    for change in changes:
        if editable(source, change.anchor) != editable(before.source, change.anchor):
            raise Superseded(plan, page, change.anchor)
    return source


def _add(
    session: Session,
    page: Page,
    newest: Revision,
    source: str,
    release: int,
    erratum: Erratum,
    author: str,
    reason: str,
) -> Revision:
    page.plan.release = release
    revision = Revision(
        page=page,
        number=newest.number + 1,
        release=release,
        source=source,
        author=author,
        reason=reason,
        erratum=erratum,
    )
    session.add(revision)
    session.flush()
    return revision


def _page(session: Session, plan: str, number: str) -> Page | None:
    query = select(Page).join(Page.plan).where(Plan.slug == plan, Page.number == number)
    return session.scalar(query.where(Page.withdrawn_at.is_(None)))


def _newest(session: Session, page: Page) -> Revision:
    query = select(Revision).where(Revision.page_id == page.id).order_by(Revision.number.desc())
    return session.scalars(query.limit(1)).one()


def _revision(session: Session, page: Page, number: int) -> Revision:
    query = select(Revision).where(Revision.page_id == page.id, Revision.number == number)
    return session.scalars(query).one()


def _used(session: Session, page: Page) -> set[str]:
    """Every anchor that the page ever had."""
    sources = session.scalars(select(Revision.source).where(Revision.page_id == page.id))
    return {anchor for source in sources for anchor in anchors_in(source)}


def _adds(texts: dict[str, str]) -> bool:
    return any("\n" in text for text in texts.values())


def _anchors(source: str) -> set[str]:
    return {block.anchor for block in render(source).blocks}


def _changed(source: str, anchor: str, text: str) -> tuple[str, str] | None:
    """A block before and after it is written anew, with the paragraphs that come with it; None when it stays.

    Both are plain text or, where only the markup changes, Markdown.
    """
    old, new = editable(source, anchor), rewrite(source, {anchor: text})
    written = editable(new, anchor)
    if old is None or written is None or not written.text.strip():
        raise EditError(Problem.EMPTY, anchor)
    if (old.written, old.markdown) == (written.written, written.markdown):
        return None if _anchors(new) == _anchors(source) else (old.text, _with_others(source, new, written))
    after = _with_others(source, new, written)
    return (old.written, written.written) if after == old.text else (old.text, after)


def _with_others(before: str, after: str, block: Editable) -> str:
    """The text of a block that was written anew, with that of the paragraphs that came with it."""
    old = _anchors(before)
    return "\n".join([block.text, *(b.text for b in render(after).blocks if b.anchor not in old)])


def _by_place(edits: Iterable[Edit]) -> Iterable[tuple[tuple[str, str], list[Edit]]]:
    places: dict[tuple[str, str], list[Edit]] = {}
    for edit in edits:
        places.setdefault((edit.plan, edit.page), []).append(edit)
    return places.items()


def _by_page(changes: Iterable[Change]) -> list[tuple[Page, list[Change]]]:
    pages: dict[int, tuple[Page, list[Change]]] = {}
    for change in changes:
        pages.setdefault(change.page.id, (change.page, []))[1].append(change)
    return list(pages.values())
