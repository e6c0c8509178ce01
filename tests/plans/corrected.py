"""Errata for tests, published and withdrawn as the office's verbs write them, without reports or mail."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from portal.database import now, transaction
from portal.plans import correcting, publishing
from portal.plans.catalogue import find_plan
from portal.plans.correcting import Edit
from portal.plans.editing import editable
from portal.plans.models import Erratum, ErratumState
from portal.plans.reading import PageOutline, Paragraph, PlanOutline
from portal.plans.writing import write_plan

SLUG = "2023-work-plan"
MODERATOR = "moderator@example.gov.cn"
# A second plan, for corrections of two at once: what Markdown and HTML would read otherwise stands in it.
OTHER = "2024-work-plan"
OTHER_FILES = {
    "plan.md": (
        "---\ntitle: 区科委2024年工作要点\nissuer: 区科委\nissued_on: 2024-02-01\n"
        "issued_on_text: 2024年2月1日\npages:\n- '1'\n---\n"
    ),
    "1.md": (
        "---\nnumber: '1'\nlabel: 一、\ntitle: 总体要求\nanchor: s1\n---\n\n"
        "推动苏河湾功能区发展“金融”业态，研发投入&lt;3%、R&amp;D人员增加。\n{: #s1-p1 }\n\n"
        "第二段没有错误。\n{: #s1-p2 }\n"
    ),
}


def publish_other(app: Flask, files: Mapping[str, str] = OTHER_FILES) -> None:
    """Publish the second plan, or what else its files are to hold."""
    with TemporaryDirectory() as parent:
        folder = Path(parent) / OTHER
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        imported = app.test_cli_runner().invoke(args=["plan", "import", str(folder)])
    assert imported.exit_code == 0, imported.output


def publish_many(parent: Path, count: int) -> None:
    """Publish plans of one short page, the last one the newest; inside an application context."""
    folders = []
    for number in range(1, count + 1):
        paragraph = Paragraph("s1-p1", f"第{number}次提高养老服务水平。")
        page = PageOutline("1", "", "养老", "s1", (paragraph,), ())
        issued_on = date(2000, 1, 1) + timedelta(days=number)
        outline = PlanOutline(f"第{number}号工作要点", "民政局", issued_on, "", (page,))
        folder = parent / f"many-{number}"
        folder.mkdir()
        for name, text in write_plan(outline).items():
            (folder / name).write_text(text, encoding="utf-8")
        folders.append(folder)
    publishing.import_content(folders)


def edit_of(anchor: str, before: str, after: str, plan: str = SLUG) -> Edit:
    """These words of the block at an anchor replaced by others; inside an application context."""
    published = find_plan(plan)
    assert published
    number = re.match(r"s(\d+)", anchor)
    assert number
    page = next(page for page in published.pages if page.anchor == number[0])
    block = editable(page.source, anchor)
    assert block, anchor
    assert before in block.written, (anchor, before)
    return Edit(plan, page.number, anchor, page.revision, block.written.replace(before, after, 1))


def correct(
    app: Flask,
    anchor: str,
    before: str,
    after: str,
    *,
    plan: str = SLUG,
    also: tuple[tuple[str, str, str, str], ...] = (),
    number: str = "KW-20261124-0001",
    reason: str = "文字有误。",
    reporter: str = "",
    reported_on: date | None = None,
    at: datetime | None = None,
    state: ErratumState = ErratumState.PUBLISHED,
) -> str:
    """Correct words in a paragraph or heading; ``also`` are further places: plan, anchor, before, after.

    ``at`` is when (now, if nobody says). PROPOSED stays unpublished, WITHDRAWN is taken back at once.
    """
    with app.app_context():
        edits = [edit_of(anchor, before, after, plan)]
        edits += [edit_of(where, old, new, other) for other, where, old, new in also]
        with transaction() as session:
            publishing.hold_line(session)
            erratum = Erratum(
                number=number,
                state=ErratumState.PROPOSED,
                reason=reason,
                reporter=reporter,
                reported_on=reported_on,
                proposed_by=MODERATOR,
            )
            session.add(erratum)
            erratum.changes = correcting.draft(session, edits)
            session.flush()
            if state is not ErratumState.PROPOSED:
                correcting.publish(session, erratum, "")
                erratum.corrected_at = (at or now()).astimezone(UTC)
    if state is ErratumState.WITHDRAWN:
        withdraw(app, number)
    return number


def withdraw(app: Flask, number: str, reason: str = "原文无误。", at: datetime | None = None) -> None:
    """Take an erratum back."""
    with app.app_context(), transaction() as session:
        publishing.hold_line(session)
        erratum = session.query(Erratum).filter_by(number=number).one()
        correcting.take_back(session, erratum, reason, MODERATOR)
        erratum.withdrawn_at = (at or now()).astimezone(UTC)
