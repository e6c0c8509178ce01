"""What an imported file is to its page: whether it says anything new, from which revision it was made, and
which corrections it would undo.
"""

from collections.abc import Callable, Mapping, Sequence

from portal.plans.conflicts import Conflict, Version, conflicts
from portal.plans.content import digest
from portal.plans.models import ErratumState, Page, Plan, Revision
from portal.plans.rendering import read_metadata
from portal.plans.writing import PLAN_FILE, page_file

FROM_CONTENT = "从 content 导入"  # the reason of revisions that come from no source document


def is_new(page: Page, file: str) -> bool:
    """Whether a file says what its page does not; a copy from before some corrections says nothing new."""
    if digest(file.encode()) == page.imported_sha256:
        return False
    place = _last(page, lambda revision: revision.source == file)
    return place is None or any(not later.erratum_id for later in page.revisions[place + 1 :])


def lost(
    slug: str, plan: Plan | None, files: Mapping[str, str], base_of: Callable[[Page, str], int]
) -> list[Conflict]:
    """The corrections that the files of a plan would undo; ``base_of`` is one of the two below."""
    listed = read_metadata(files[PLAN_FILE]).pages
    found = []
    for page in plan.pages if plan else []:
        file = files[page_file(page.number)] if page.number in listed else None
        touched = page.withdrawn_at is None if file is None else is_new(page, file)
        if touched and any(revision.erratum_id for revision in page.revisions):
            history = [_version(revision) for revision in page.revisions]
            base = base_of(page, file or "")
            found += conflicts(f"{slug}/{page.number}", history, base, file)
    return found


def _version(revision: Revision) -> Version:
    erratum = revision.erratum
    if erratum is None:
        return Version(revision.source)
    return Version(revision.source, erratum.number, erratum.state is ErratumState.PUBLISHED)


def file_base(page: Page, file: str) -> int:
    """The place of the revision that a file in the content folder was made from."""
    same = _last(page, lambda revision: revision.source == file)
    known = _last(page, lambda revision: digest(revision.source.encode()) == page.imported_sha256)
    return next((place for place in (same, known) if place is not None), 0)


def document_base(page: Page, file: str) -> int:
    """The place of the revision that a document last made; what came since, its author has not seen."""
    place = last_document(page)
    return file_base(page, file) if place is None else place


def last_document(page: Page) -> int | None:
    """The place of the newest revision that came from a source document."""
    return _last(page, lambda revision: not revision.erratum_id and revision.reason != FROM_CONTENT)


def _last(page: Page, which: Callable[[Revision], bool]) -> int | None:
    places = range(len(page.revisions) - 1, -1, -1)
    return next((place for place in places if which(page.revisions[place])), None)


def way_on(lost: Sequence[Conflict], first: str) -> str:
    """How to go on, in one line; ``first`` is what comes before anything else."""
    pages = ", ".join(dict.fromkeys(conflict.place.split("/")[1] for conflict in lost))
    numbers = ", ".join(dict.fromkeys(conflict.erratum for conflict in lost))
    standing = ", ".join(dict.fromkeys(conflict.erratum for conflict in lost if conflict.stands))
    if any(conflict.gone for conflict in lost):
        return f"page {pages} has corrections: withdraw {standing} at the desk before it is taken away"
    slug = lost[0].place.split("/")[0]
    withdraw = f"; or withdraw {standing} at the desk" if standing else ""
    return (
        f'it would undo {numbers} on page {pages}: {first}run "flask plan export {slug}", make the edit '
        f"again in the exported file, and import it{withdraw}"
    )
