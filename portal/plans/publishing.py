"""Publish what was imported: revisions and one release in one transaction, then the files."""

from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import db, now, transaction
from portal.plans.anchors import keep_pages
from portal.plans.content import checked_slug, digest, read_file, read_folder, read_source, written_beside
from portal.plans.models import Page, Plan, Release, Revision
from portal.plans.reading import DocumentError, PageOutline, PlanMetadata, PlanOutline
from portal.plans.rendering import read_metadata, render
from portal.plans.writing import PLAN_FILE, page_file, write_metadata, write_plan

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

    Raises:
        DocumentError: it cannot be read as a plan, the slug is no slug, or ``content/<slug>/`` holds
            edits that were never imported.
        OSError: the files cannot be written.
        Nothing is changed then.
    """
    slug = checked_slug(path.stem.lower() if slug is None else slug)
    document = read_source(path)
    files = write_plan(_keep_written_anchors(slug, document.plan))
    folder = content / slug
    _refuse_unknown_edits(slug, folder, files)
    # Written beside the folder first, so that full disks and missing rights show before anything is public.
    with written_beside(folder, files) as put_in_place:
        imported = publish(slug, files, f"从 {path.name} 导入")
        put_in_place()
    return replace(imported, left_out=document.left_out)


def import_content(folder: Path, slug: str | None = None) -> Imported:
    """Publish the Markdown files of one ``content/<slug>/`` folder; unchanged files make no revision.

    Raises:
        DocumentError: a file is missing or cannot be read as a page. Nothing is changed then.
    """
    slug = checked_slug(folder.name if slug is None else slug)
    return publish(slug, read_folder(folder), "从 content 导入")


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


def publish(slug: str, files: dict[str, str], reason: str) -> Imported:
    """Make the files of a plan the published text, in one transaction; no change, no release."""
    about = read_metadata(files[PLAN_FILE])
    with transaction() as session:
        # On PostgreSQL publishers wait here for each other, before they read what they compare with.
        session.execute(select(Release.id).with_for_update())
        plan = session.scalar(select(Plan).where(Plan.slug == slug)) or Plan(slug=slug)
        published = [page for page in plan.pages if page.withdrawn_at is None]
        gone = [page for page in published if page.number not in about.pages]
        rearranged = [page.number for page in published] != list(about.pages)
        changed = _update_metadata(plan, about) or rearranged
        session.add(plan)
        pages = [_placed(plan, number, position) for position, number in enumerate(about.pages)]
        new = [
            page for page in pages if page.imported_sha256 != digest(files[page_file(page.number)].encode())
        ]
        if not (changed or new):
            return Imported(slug, current_release(session), ())
        release = next_release(session)
        for page in new:
            _add_revision(page, files[page_file(page.number)], release, reason)
        for page in gone:
            page.withdrawn_at = now()
        about_plan = ("plan",) if changed else ()
        return Imported(slug, release, (*about_plan, *(page.number for page in [*new, *gone])))


def current_release(session: Session) -> int:
    """The number of the newest release; 0 before anything was published."""
    return session.scalar(select(Release.number)) or 0


def next_release(session: Session) -> int:
    """Count a new release inside the caller's transaction; on PostgreSQL others wait at this row."""
    statement = (
        update(Release).values(number=Release.number + 1, published_at=now()).returning(Release.number)
    )
    return session.execute(statement).scalar_one()


def _keep_written_anchors(slug: str, outline: PlanOutline) -> PlanOutline:
    """Carry the anchors of the published pages over to a newly read document."""
    query = (
        select(Page.number, Revision.source)
        .join(Revision.page)
        .join(Page.plan)
        .where(Plan.slug == slug)
        .order_by(Page.position, Page.id, Revision.number)
    )
    history: dict[str, list[PageOutline]] = {}
    for number, source in db.session.execute(query):
        history.setdefault(number, []).append(render(source).outline)
    return replace(outline, pages=keep_pages(history, outline.pages))


def _refuse_unknown_edits(slug: str, folder: Path, files: dict[str, str]) -> None:
    """A file in content/ that is neither what was last imported nor what would be written is an edit."""
    known = _last_imported(slug)
    for path in sorted(folder.glob("*")):
        if path.is_dir() or digest(read_file(path)) not in (
            known.get(path.name),
            digest(files.get(path.name, "").encode()),
        ):
            raise DocumentError(
                f"{path} was edited and not imported: run `plan import {folder}` first, or remove the edit"
            )


def _last_imported(slug: str) -> dict[str, str]:
    """The digests of the files that the record was imported from."""
    plan = db.session.scalar(select(Plan).where(Plan.slug == slug))
    if plan is None:
        return {}
    numbers = tuple(page.number for page in plan.pages if page.withdrawn_at is None)
    about = PlanMetadata(plan.title, plan.issuer, plan.issued_on, plan.issued_on_text, numbers)
    pages = {page_file(page.number): page.imported_sha256 for page in plan.pages}
    return {PLAN_FILE: digest(write_metadata(about).encode())} | pages


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
    page.imported_sha256 = digest(source.encode())
    page.revisions.append(
        Revision(number=number, release=release, source=source, author=IMPORT, reason=reason)
    )
