"""What the record knows of a plan's folder: its files as they are published, and edits it has not seen."""

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from sqlalchemy import select

from portal.database import db
from portal.plans.content import digest, read_file
from portal.plans.models import Page, Plan
from portal.plans.reading import DocumentError, PlanMetadata
from portal.plans.rendering import read_metadata, split
from portal.plans.writing import PLAN_FILE, page_file, write_metadata


def newest_files(plan: Plan) -> dict[str, str]:
    """The files of a published plan, name to text: byte for byte what an import would take."""
    pages = {page_file(page.number): newest_source(page) for page in _published(plan)}
    return {PLAN_FILE: write_metadata(metadata(plan))} | pages


def newest_source(page: Page) -> str:
    """The file of a page as it is published now."""
    return page.revisions[-1].source


def metadata(plan: Plan) -> PlanMetadata:
    """What a plan says of itself."""
    numbers = tuple(page.number for page in _published(plan))
    return PlanMetadata(plan.title, plan.issuer, plan.issued_on, plan.issued_on_text, numbers)


def refuse_unknown_edits(plan: Plan | None, folder: Path, files: dict[str, str]) -> None:
    """A file that is neither what was last imported nor what would be written is an edit.

    Raises:
        DocumentError: there is one, or something else than the plan's files.
    """
    imported = {page_file(page.number): page.imported_sha256 for page in plan.pages} if plan else {}
    for path in sorted(folder.glob("*")):
        written = digest(files.get(path.name, "").encode())
        if path.is_dir() or digest(read_file(path)) not in (imported.get(path.name), written):
            if plan and path.name == PLAN_FILE and _says(path, metadata(plan)):
                continue
            raise DocumentError(
                f"{path} was edited and not imported: run `plan import {folder}` first, or remove the edit"
            )


def unchanged(folders: Mapping[str, Path]) -> set[str]:
    """The plans whose folders say nothing but what was imported from them, by the digests of their files: to
    render the chapters of a thousand plans would hold up a start for half a minute.
    """
    about = (Plan.slug, Plan.title, Plan.issuer, Plan.issued_on, Plan.issued_on_text)
    pages = select(*about, Page.number, Page.imported_sha256).join_from(Plan, Page)
    wanted = pages.where(Plan.slug.in_(folders), Page.withdrawn_at.is_(None))
    rows = db.session.execute(wanted.order_by(Plan.id, Page.position))
    found = set()
    for (slug, title, issuer, issued_on, dated), group in groupby(rows, key=lambda row: row[: len(about)]):
        digests = {number: imported for *_, number, imported in group}
        said = PlanMetadata(title, issuer, issued_on, dated, tuple(digests))
        if _holds(folders[slug], said, digests):
            found.add(slug)
    return found


def _holds(folder: Path, about: PlanMetadata, digests: Mapping[str, str]) -> bool:
    """Whether a folder has these pages, as they were imported, and says this of their plan."""
    try:
        return _says(folder / PLAN_FILE, about) and all(
            digest(read_file(folder / page_file(number))) == imported for number, imported in digests.items()
        )
    except DocumentError:
        return False


def _published(plan: Plan) -> list[Page]:
    return [page for page in plan.pages if page.withdrawn_at is None]


def _says(path: Path, about: PlanMetadata) -> bool:
    """Whether a plan's own file, however it is written, says this and no more."""
    try:
        text = read_file(path).decode("utf-8")
        return read_metadata(text) == about and not split(text)[1].strip()
    except (DocumentError, UnicodeDecodeError):
        return False
