"""Corrections of published text for the tests of what imports and exports make of them."""

from pathlib import Path

from portal.moderation import corrections
from portal.moderation.corrections import Draft, Edit
from portal.plans import catalogue
from portal.plans.editing import editable

ACTOR = "moderator@example.gov.cn"


def source(page: str, plan: str = "plan") -> str:
    """The published file of a page."""
    published = catalogue.find_plan(plan)
    found = published and published.page(page)
    assert found
    return found.source


def correct(anchor: str, wrong: str, right: str, plan: str = "plan", page: str = "1") -> str:
    """Correct one paragraph, without a report; gives the number of the erratum."""
    published = catalogue.find_plan(plan)
    found = published and published.page(page)
    assert found
    block = editable(found.source, anchor)
    assert block
    assert wrong in block.written
    edit = Edit(plan, page, anchor, found.revision, block.written.replace(wrong, right))
    return corrections.edit(Draft((edit,), "更正"), ACTOR).number


def withdraw(number: str) -> None:
    """Take an erratum back."""
    corrections.withdraw(number, "撤回", ACTOR)


def rewrite_file(file: Path, old: str, new: str) -> None:
    """Edit a file of the content folder by hand."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def snapshot(folder: Path) -> dict[str, bytes]:
    """The files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
