"""Publish what was imported: revisions and one release in one transaction, then the files."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import db, now, transaction
from portal.plans import losses
from portal.plans.anchors import keep_pages
from portal.plans.conflicts import CorrectionsLost, texts
from portal.plans.content import checked_slug, digest, read_folder, read_source, written_beside
from portal.plans.folders import newest_source, refuse_unknown_edits, unchanged
from portal.plans.models import Page, Plan, Release, Revision
from portal.plans.reading import PlanMetadata, PlanOutline
from portal.plans.rendering import read_metadata, render
from portal.plans.writing import PLAN_FILE, page_file, write_plan

IMPORT = "import"  # who makes the revisions that no person made


@dataclass(frozen=True)
class Imported:
    """What an import did: the current release, and what changed: numbers of pages that got a revision or
    were withdrawn, and ``plan`` when something about the plan as a whole did. ``left_out`` are the lines
    of the source document that are no plan text.
    """

    slug: str
    release: int
    changed: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def import_document(path: Path, content: Path, slug: str | None = None) -> Imported:
    """Read a source document, publish it, and write it as ``content/<slug>/``.

    A page whose text in the document is what it was the last time stays as it is published.

    Raises:
        DocumentError: it cannot be read as a plan, the slug is no slug, or ``content/<slug>/`` holds
            edits that were never imported.
        CorrectionsLost: it would undo accepted corrections.
        OSError: the files cannot be written.
        Nothing is changed then.
    """
    slug = checked_slug(path.stem.lower() if slug is None else slug)
    document = read_source(path)
    folder = content / slug
    with ExitStack() as workplace:
        with transaction() as session:
            hold_line(session)
            plan = _find(session, slug)
            files = _files(plan, document.plan)
            refuse_unknown_edits(plan, folder, files)
            lost = losses.lost(slug, plan, files, losses.document_base)
            if lost:
                raise CorrectionsLost(f"{path}: {losses.way_on(lost, '')}", lost)
            # Written beside the folder first, so that full disks and missing rights show before the commit.
            put_in_place = workplace.enter_context(written_beside(folder, files))
            imported = _publish(session, slug, files, f"从 {path.name} 导入")
        put_in_place()
    return replace(imported, left_out=document.left_out)


def import_content(folders: Sequence[Path], slug: str | None = None) -> list[Imported]:
    """Publish the Markdown files of ``content/<slug>/`` folders; unchanged files make no revision.

    Raises:
        DocumentError: a file is missing or cannot be read as a page.
        CorrectionsLost: a file would undo accepted corrections.
        Nothing is changed then, of no plan.
    """
    every = {checked_slug(folder.name if slug is None else slug): folder for folder in folders}
    # No transaction stays open while files are read and rendered: whoever writes may wait for it.
    db.end_reading()
    known = unchanged(every)
    db.end_reading()
    changed = _import_changed({slug: folder for slug, folder in every.items() if slug not in known})
    release = current_release(db.session)
    return [changed.get(slug) or Imported(slug, release, ()) for slug in every]


def _import_changed(plans: Mapping[str, Path]) -> dict[str, Imported]:
    files = {slug: read_folder(folder) for slug, folder in plans.items()}
    if not files:
        return {}
    with transaction() as session:
        hold_line(session)
        lost = {
            slug: losses.lost(slug, _find(session, slug), files[slug], losses.file_base) for slug in plans
        }
        for slug, found in lost.items():
            if found:
                every = [one for some in lost.values() for one in some]
                raise CorrectionsLost(
                    f"{plans[slug]}: {losses.way_on(found, 'move the edited files away, ')}", every
                )
        return {slug: _publish(session, slug, files[slug], losses.FROM_CONTENT) for slug in plans}


def check_document(path: Path) -> str:
    """Read a source document without publishing it; gives its title.

    Raises:
        DocumentError: it cannot be read as a plan.
    """
    plan = read_source(path).plan
    for name, text in write_plan(plan).items():
        if name != PLAN_FILE:
            render(text)
    return plan.title


def hold_line(session: Session) -> None:
    """Wait for whoever publishes now; on PostgreSQL all others wait until this transaction has ended."""
    session.execute(select(Release.id).with_for_update())


def current_release(session: Session) -> int:
    """The number of the newest release; 0 before anything was published."""
    return session.scalar(select(Release.number)) or 0


def next_release(session: Session) -> int:
    """Count a new release inside the caller's transaction; on PostgreSQL others wait at this row."""
    statement = (
        update(Release).values(number=Release.number + 1, published_at=now()).returning(Release.number)
    )
    return session.execute(statement).scalar_one()


def _publish(session: Session, slug: str, files: Mapping[str, str], reason: str) -> Imported:
    """Make the files of a plan the published text; no change, no release."""
    about = read_metadata(files[PLAN_FILE])
    plan = _find(session, slug) or Plan(slug=slug)
    published = [page for page in plan.pages if page.withdrawn_at is None]
    gone = [page for page in published if page.number not in about.pages]
    rearranged = [page.number for page in published] != list(about.pages)
    changed = _update_metadata(plan, about) or rearranged
    session.add(plan)
    pages = [_placed(plan, number, position) for position, number in enumerate(about.pages)]
    new = [page for page in pages if losses.is_new(page, files[page_file(page.number)])]
    for page in pages:
        page.imported_sha256 = digest(files[page_file(page.number)].encode())
    if not (changed or new):
        return Imported(slug, current_release(session), ())
    plan.release = release = next_release(session)
    for page in new:
        _add_revision(page, files[page_file(page.number)], release, reason)
    for page in gone:
        page.withdrawn_at = now()
    about_plan = ("plan",) if changed else ()
    return Imported(slug, release, (*about_plan, *(page.number for page in [*new, *gone])))


def _find(session: Session, slug: str) -> Plan | None:
    return session.scalar(select(Plan).where(Plan.slug == slug))


def _files(plan: Plan | None, outline: PlanOutline) -> dict[str, str]:
    """The files of a newly read document, with the anchors of the published pages carried over."""
    in_place = sorted(plan.pages, key=lambda page: (page.position, page.id)) if plan else []
    pages = {page.number: page for page in in_place if page.revisions}
    history = {
        number: [render(revision.source).outline for revision in page.revisions]
        for number, page in pages.items()
    }
    kept = replace(outline, pages=keep_pages(history, outline.pages))
    files = write_plan(kept)
    for number, page in pages.items():
        file, base = files.get(page_file(number)), losses.last_document(page)
        if file and base is not None and _same_words(page.revisions[base].source, file):
            files[page_file(number)] = newest_source(page)
    return files


def _same_words(one: str, other: str) -> bool:
    return list(texts(one).values()) == list(texts(other).values())


def _update_metadata(plan: Plan, about: PlanMetadata) -> bool:
    fields = ("title", "issuer", "issued_on", "issued_on_text")
    changed = any(getattr(plan, field) != getattr(about, field) for field in fields)
    for field in fields:
        setattr(plan, field, getattr(about, field))
    return changed


def _placed(plan: Plan, number: str, position: int) -> Page:
    """The page of that number, made or brought back when needed, in its place."""
    page = next((page for page in plan.pages if page.number == number), None)
    if page is None:
        page = Page(number=number, position=position, imported_sha256="")
        plan.pages.append(page)
    page.position = position
    page.withdrawn_at = None
    return page


def _add_revision(page: Page, source: str, release: int, reason: str) -> None:
    number = max((revision.number for revision in page.revisions), default=0) + 1
    page.revisions.append(
        Revision(number=number, release=release, source=source, author=IMPORT, reason=reason)
    )
