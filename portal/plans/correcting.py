"""Corrections of published text: drafted on a revision, published as the next one, taken back as another.

Nothing here commits: the verbs of moderation own the transaction, and hold the line of the publishers first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import now
from portal.plans import publishing
from portal.plans.editing import EditError, anchors_in, editable, rewrite, text_at
from portal.plans.models import Change, Erratum, ErratumState, Page, Plan, Revision
from portal.plans.rendering import render

TAKEN_BACK = "撤回勘误：{}"


@dataclass(frozen=True)
class Edit:
    """The new text of one block, as ``editing.rewrite`` takes it; ``base`` is the revision that was seen."""

    plan: str
    page: str
    anchor: str
    base: int
    text: str | None


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
    """The changes that these edits make, none of them written yet; edits that change nothing are left out.

    Raises:
        TextChanged: a page has another revision than the one that was seen, or is gone.
        NothingChanged: no edit changes anything.
        EditError: a text cannot stand where it is to stand.
    """
    changes = []
    for (plan, number), group in _by_place(edits):
        same_page = list(group)
        page = _page(session, plan, number)
        newest = _newest(session, page) if page else None
        if page is None or newest is None or any(edit.base != newest.number for edit in same_page):
            raise TextChanged(plan, number, same_page[0].anchor)
        for edit in same_page:
            before = text_at(newest.source, edit.anchor)
            after = _text_after(newest.source, rewrite(newest.source, {edit.anchor: edit.text}), edit.anchor)
            if after != before:
                place = {"page": page, "base": newest.number, "anchor": edit.anchor}
                changes.append(Change(**place, written=edit.text or "", before=before, after=after))
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
        texts: dict[str, str | None] = {}
        for change in changes:
            if text_at(newest.source, change.anchor) != change.before:
                raise TextChanged(page.plan.slug, page.number, change.anchor)
            texts[change.anchor] = change.written if change.after else None
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
            source = _without(newest, written, before, changes)
        _add(session, page, newest, source, release, erratum, by, TAKEN_BACK.format(reason))
    erratum.state = ErratumState.WITHDRAWN
    erratum.withdrawn_at, erratum.withdrawn_by, erratum.withdrawn_reason = now(), by, reason


def _without(newest: Revision, written: Revision, before: Revision, changes: Sequence[Change]) -> str:
    """The newest text of a page without what these changes wrote, while all that came later stays."""
    added = _anchors(written.source) - _anchors(before.source)
    texts: dict[str, str | None] = dict.fromkeys(added)
    for change in changes:
        old = editable(before.source, change.anchor)
        texts[change.anchor] = old.written if old else None
    for anchor in texts:
        now_there = text_at(newest.source, anchor)
        if not now_there or now_there != text_at(written.source, anchor):
            raise Superseded(newest.page.plan.slug, newest.page.number, anchor)
    try:
        source = rewrite(newest.source, texts)
    except EditError as error:
        raise Superseded(newest.page.plan.slug, newest.page.number, error.anchor) from None
    for change in changes:
        if text_at(source, change.anchor) != change.before:
            raise Superseded(newest.page.plan.slug, newest.page.number, change.anchor)
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


def _adds(texts: dict[str, str | None]) -> bool:
    return any("\n" in text for text in texts.values() if text)


def _anchors(source: str) -> set[str]:
    return {block.anchor for block in render(source).blocks}


def _text_after(before: str, after: str, anchor: str) -> str:
    """The text of a block that was written anew, with that of the paragraphs that came with it."""
    old = _anchors(before)
    texts = [b.text for b in render(after).blocks if b.anchor == anchor or b.anchor not in old]
    page = render(after)
    return text_at(after, anchor) if anchor == page.anchor else "\n".join(texts)


def _by_place(edits: Iterable[Edit]) -> Iterable[tuple[tuple[str, str], Iterable[Edit]]]:
    in_order = sorted(edits, key=lambda edit: (edit.plan, edit.page))
    return groupby(in_order, key=lambda edit: (edit.plan, edit.page))


def _by_page(changes: Iterable[Change]) -> list[tuple[Page, list[Change]]]:
    pages: dict[int, tuple[Page, list[Change]]] = {}
    for change in changes:
        pages.setdefault(change.page.id, (change.page, []))[1].append(change)
    return list(pages.values())
