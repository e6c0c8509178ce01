"""Publish what was imported: revisions and one release in one transaction, then the files."""

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import db, now, transaction
from portal.plans.anchors import keep_pages
from portal.plans.models import Page, Plan, Release, Revision
from portal.plans.reading import (
    Document,
    DocumentError,
    PageOutline,
    PlanMetadata,
    PlanOutline,
    anchors_of,
    read_document,
)
from portal.plans.rendering import RenderedPage, read_metadata, render
from portal.plans.writing import PLAN_FILE, page_file, write_metadata, write_plan

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LENGTH = 80
IMPORT = "import"  # who makes the revisions that no person made
# Addresses below a plan that are not pages.
RESERVED = {"full"}
Read = TypeVar("Read")


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
    slug = _checked_slug(path.stem.lower() if slug is None else slug)
    document = _read_document(path)
    files = write_plan(_keep_written_anchors(slug, document.plan))
    folder = content / slug
    _refuse_unknown_edits(slug, folder, files)
    # Written beside the folder first, so that full disks and missing rights show before anything is public.
    with _written_beside(folder, files) as put_in_place:
        imported = publish(slug, files, f"从 {path.name} 导入")
        put_in_place()
    return replace(imported, left_out=document.left_out)


def import_content(folder: Path, slug: str | None = None) -> Imported:
    """Publish the Markdown files of one ``content/<slug>/`` folder; unchanged files make no revision.

    Raises:
        DocumentError: a file is missing or cannot be read as a page. Nothing is changed then.
    """
    slug = _checked_slug(folder.name if slug is None else slug)
    return publish(slug, read_folder(folder), "从 content 导入")


def check_document(path: Path) -> str:
    """Read a source document without publishing it; gives its title.

    Raises:
        DocumentError: it cannot be read as a plan.
    """
    plan = _read_document(path).plan
    for name, text in write_plan(plan).items():
        if name != PLAN_FILE:
            render(text)
    return plan.title


def content_folders(content: Path) -> list[Path]:
    """The plan folders below ``content/``, by name."""
    folders = (path.parent for path in content.glob(f"*/{PLAN_FILE}"))
    return sorted(folder for folder in folders if not folder.name.startswith("."))


def read_folder(folder: Path) -> dict[str, str]:
    """The files of one plan folder, checked: its own file and every page that it lists.

    Raises:
        DocumentError: with the name of the file and what is wrong in it.
    """
    _checked_slug(folder.name)
    if not (folder / PLAN_FILE).is_file():
        raise DocumentError(f"no {PLAN_FILE} in {folder}")
    files, pages = {PLAN_FILE: _text(folder / PLAN_FILE)}, []
    for number in _in_file(folder / PLAN_FILE, partial(read_metadata, files[PLAN_FILE])).pages:
        path = folder / page_file(number)
        files[path.name] = _text(path)
        page = _in_file(path, partial(render, files[path.name]))
        if page.number != number:
            raise DocumentError(f"{path}: front matter says page {page.number}")
        pages.append(page)
    _refuse_what_pages_share(folder, pages)
    return files


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
            page for page in pages if page.imported_sha256 != _digest(files[page_file(page.number)].encode())
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


@contextmanager
def _written_beside(folder: Path, files: dict[str, str]) -> Iterator[Callable[[], None]]:
    """Write the files into a new folder beside this one; what is yielded puts them in its place at once.

    A folder that already holds exactly these files is left alone.
    """
    if _folder_equals(folder, files):
        yield lambda: None
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as workplace:
        fresh = Path(workplace) / "new"
        fresh.mkdir()
        for name, text in files.items():
            (fresh / name).write_text(text, encoding="utf-8", newline="\n")

        def put_in_place() -> None:
            if folder.exists():
                folder.rename(Path(workplace) / "old")
            fresh.rename(folder)

        yield put_in_place


def _checked_slug(slug: str) -> str:
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_LENGTH:
        raise DocumentError(
            f"{slug!r} cannot be a plan's address: give --slug with small letters, digits and hyphens"
        )
    return slug


def _read_document(path: Path) -> Document:
    return read_document(_read(path), markdown=path.suffix.lower() in (".md", ".markdown"))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"cannot read {path}: {error.strerror}") from None


def _text(path: Path) -> str:
    try:
        return _read(path).decode("utf-8")
    except UnicodeDecodeError:
        raise DocumentError(f"{path}: not UTF-8") from None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


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
        if path.is_dir() or _digest(_read(path)) not in (
            known.get(path.name),
            _digest(files.get(path.name, "").encode()),
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
    return {PLAN_FILE: _digest(write_metadata(about).encode())} | pages


def _refuse_what_pages_share(folder: Path, pages: list[RenderedPage]) -> None:
    seen: set[str] = set()
    for page in pages:
        if page.number in RESERVED:
            raise DocumentError(f"{folder}: a page cannot be numbered {page.number!r}")
        for anchor in anchors_of(page.outline):
            if anchor in seen:
                raise DocumentError(f"{folder}: two equal anchors: {anchor}")
            seen.add(anchor)


def _folder_equals(folder: Path, files: dict[str, str]) -> bool:
    names = {path.name for path in folder.glob("*")} if folder.is_dir() else set()
    return names == set(files) and all(
        (folder / name).read_bytes() == text.encode() for name, text in files.items()
    )


def _in_file(path: Path, read: Callable[[], Read]) -> Read:
    try:
        return read()
    except DocumentError as error:
        raise DocumentError(f"{path}: {error}") from None


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
    page.imported_sha256 = _digest(source.encode())
    page.revisions.append(
        Revision(number=number, release=release, source=source, author=IMPORT, reason=reason)
    )
