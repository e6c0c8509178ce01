"""Publish what was imported: revisions and one release in one transaction, then the files."""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import db, now, transaction
from portal.plans.anchors import keep_anchors
from portal.plans.models import Page, Plan, Release, Revision
from portal.plans.reading import DocumentError, PlanOutline, anchors_of, read_document
from portal.plans.rendering import PlanMetadata, read_metadata, render
from portal.plans.writing import PLAN_FILE, page_file, write_plan

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LENGTH = 80
Read = TypeVar("Read")


@dataclass(frozen=True)
class Imported:
    """What an import did: the current release, and the pages that got a revision or were withdrawn."""

    slug: str
    release: int
    changed: tuple[str, ...]


def import_document(path: Path, content: Path, slug: str | None = None, author: str = "import") -> Imported:
    """Read a source document, publish it, and write it as ``content/<slug>/``.

    Raises:
        DocumentError: it cannot be read as a plan, the slug is no slug, or ``content/<slug>/`` holds
            edits that were never imported. Nothing is changed then.
    """
    slug = _checked_slug(path.stem.lower() if slug is None else slug)
    outline = _keep_written_anchors(slug, read_document(_read(path)))
    files = write_plan(outline)
    folder = content / slug
    _refuse_unknown_edits(slug, folder, files)
    imported = publish(slug, files, author, f"从 {path.name} 导入")
    write_folder(folder, files)
    return imported


def import_content(folder: Path, slug: str | None = None, author: str = "import") -> Imported:
    """Publish the Markdown files of one ``content/<slug>/`` folder; unchanged files make no revision.

    Raises:
        DocumentError: a file is missing or cannot be read as a page. Nothing is changed then.
    """
    slug = _checked_slug(folder.name if slug is None else slug)
    return publish(slug, read_folder(folder), author, "从 content 导入")


def check_document(path: Path) -> str:
    """Read a source document without publishing it; gives its title.

    Raises:
        DocumentError: it cannot be read as a plan.
    """
    outline = read_document(_read(path))
    for name, text in write_plan(outline).items():
        if name != PLAN_FILE:
            render(text)
    return outline.title


def content_folders(content: Path) -> list[Path]:
    """The plan folders below ``content/``, by name."""
    return sorted(path.parent for path in content.glob(f"*/{PLAN_FILE}"))


def read_folder(folder: Path) -> dict[str, str]:
    """The files of one plan folder, checked: its own file and every page that it lists.

    Raises:
        DocumentError: with the name of the file and what is wrong in it.
    """
    if not (folder / PLAN_FILE).is_file():
        raise DocumentError(f"no {PLAN_FILE} in {folder}")
    files = {PLAN_FILE: _text(folder / PLAN_FILE)}
    for number in _in_file(folder / PLAN_FILE, partial(read_metadata, files[PLAN_FILE])).pages:
        path = folder / page_file(number)
        files[path.name] = _text(path)
        page = _in_file(path, partial(render, files[path.name]))
        if page.number != number:
            raise DocumentError(f"{path}: front matter says page {page.number}")
    return files


def publish(slug: str, files: dict[str, str], author: str, reason: str) -> Imported:
    """Make the files of a plan the published text, in one transaction; no change, no release."""
    about = read_metadata(files[PLAN_FILE])
    with transaction() as session:
        plan = session.scalar(select(Plan).where(Plan.slug == slug)) or Plan(slug=slug)
        published = [page for page in plan.pages if page.withdrawn_at is None]
        gone = [page for page in published if page.number not in about.pages]
        rearranged = [page.number for page in published] != list(about.pages)
        changed = _update_metadata(plan, about) or rearranged
        session.add(plan)
        pages = [_placed(plan, number, position) for position, number in enumerate(about.pages)]
        new = [page for page in pages if page.imported_sha256 != _digest(files[page_file(page.number)])]
        if not (changed or new):
            return Imported(slug, current_release(session), ())
        release = next_release(session)
        for page in new:
            _add_revision(page, files[page_file(page.number)], release, author, reason)
        for page in gone:
            page.withdrawn_at = now()
        return Imported(slug, release, tuple(page.number for page in [*new, *gone]))


def current_release(session: Session) -> int:
    """The number of the newest release; 0 before anything was published."""
    return session.scalar(select(Release.number)) or 0


def next_release(session: Session) -> int:
    """Count a new release inside the caller's transaction; on PostgreSQL others wait at this row."""
    statement = (
        update(Release).values(number=Release.number + 1, published_at=now()).returning(Release.number)
    )
    return session.execute(statement).scalar_one()


def write_folder(folder: Path, files: dict[str, str]) -> None:
    """Put the files in place of the folder's, all at once; a folder that already holds them is left alone."""
    if _folder_equals(folder, files):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    for name, text in files.items():
        (fresh / name).write_text(text, encoding="utf-8", newline="\n")
    fresh.chmod(0o755)
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        folder.rename(old / "old")
        fresh.rename(folder)
        shutil.rmtree(old)
    else:
        fresh.rename(folder)


def _checked_slug(slug: str) -> str:
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_LENGTH:
        raise DocumentError(
            f"{slug!r} cannot be a plan's address: give --slug with small letters, digits and hyphens"
        )
    return slug


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


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _keep_written_anchors(slug: str, outline: PlanOutline) -> PlanOutline:
    """Carry the anchors of the published pages over to a newly read document."""
    query = (
        select(Page.number, Revision.source)
        .join(Revision.page)
        .join(Page.plan)
        .where(Plan.slug == slug)
        .order_by(Revision.number)
    )
    history: dict[str, list[str]] = {}
    for number, source in db.session.execute(query):
        history.setdefault(number, []).append(source)
    pages = []
    for page in outline.pages:
        if sources := history.get(page.number):
            used = {anchor for source in sources for anchor in anchors_of(render(source).outline)}
            page = keep_anchors(render(sources[-1]).outline, page, used)
        pages.append(page)
    return replace(outline, pages=tuple(pages))


def _refuse_unknown_edits(slug: str, folder: Path, files: dict[str, str]) -> None:
    """A file in content/ that is neither what was last imported nor what would be written is an edit."""
    query = select(Page.number, Page.imported_sha256).join(Page.plan).where(Plan.slug == slug)
    known = {page_file(number): digest for number, digest in db.session.execute(query)}
    for path in sorted(folder.glob("*.md")):
        text = _text(path)
        if text != files.get(path.name) and path.name in known and _digest(text) != known[path.name]:
            raise DocumentError(
                f"{path} was edited and not imported: run `plan import {folder}` first, or remove the edit"
            )


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


def _add_revision(page: Page, source: str, release: int, author: str, reason: str) -> None:
    number = max((revision.number for revision in page.revisions), default=0) + 1
    page.imported_sha256 = _digest(source)
    page.revisions.append(
        Revision(number=number, release=release, source=source, author=author, reason=reason)
    )
