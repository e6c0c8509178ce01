"""Write what is published back to the content folder, corrections and all."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.database import transaction
from portal.plans.content import digest, written_beside
from portal.plans.folders import newest_files, refuse_unknown_edits
from portal.plans.models import Page, Plan
from portal.plans.publishing import hold_line
from portal.plans.reading import DocumentError
from portal.plans.writing import page_file


@dataclass(frozen=True)
class Exported:
    """How many files of a plan's folder were written, and how many that are no part of it now removed."""

    slug: str
    written: int
    removed: int


def export(
    content: Path,
    slugs: Sequence[str] = (),
    each: Callable[[list[Plan]], Iterable[Plan]] = iter,
) -> list[Exported]:
    """Write the newest text of these plans, or of all, as ``content/<slug>/``: all of them or none.

    ``each`` goes through the plans, for whoever shows how far it is. What is written counts as imported.

    Raises:
        DocumentError: there is no such plan, or a folder holds edits that were never imported.
        OSError: the files cannot be written.
        Nothing is changed then.
    """
    with ExitStack() as workplaces, transaction() as session:
        hold_line(session)
        plans = _plans(session, slugs)
        exported, put_in_place = [], []
        for plan in each(plans):
            folder, files = content / plan.slug, newest_files(plan)
            refuse_unknown_edits(plan, folder, files)
            exported.append(_compared(plan.slug, folder, files))
            put_in_place.append(workplaces.enter_context(written_beside(folder, files)))
            for page in plan.pages:
                if page.withdrawn_at is None:
                    page.imported_sha256 = digest(files[page_file(page.number)].encode())
        # Before the commit: files that are newer than what the record knows of them undo nothing.
        for put in put_in_place:
            put()
    return exported


def _plans(session: Session, slugs: Sequence[str]) -> list[Plan]:
    query = select(Plan).options(selectinload(Plan.pages).selectinload(Page.revisions)).order_by(Plan.slug)
    plans = [plan for plan in session.scalars(query) if not slugs or plan.slug in slugs]
    known = {plan.slug for plan in plans}
    for slug in slugs:
        if slug not in known:
            raise DocumentError(f"no plan is published as {slug!r}: `plan list` shows the plans")
    return plans


def _compared(slug: str, folder: Path, files: dict[str, str]) -> Exported:
    there = {path.name: path.read_bytes() for path in folder.glob("*")} if folder.is_dir() else {}
    written = sum(there.get(name) != text.encode() for name, text in files.items())
    return Exported(slug, written, len(there.keys() - files.keys()))
