"""A correction changes the text, on both databases: what it leaves behind, who may, and the way back."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.database import db
from portal.feedback.models import EventKind, Status, Submission
from portal.moderation import corrections, decisions, errata, queue
from portal.moderation.corrections import (
    Draft,
    Edit,
    NothingChanged,
    OwnProposal,
    ReasonMissing,
    Stale,
    Superseded,
    TextChanged,
    UnknownErratum,
)
from portal.moderation.decisions import Decision
from portal.plans import catalogue
from portal.plans import errata as published_errata
from portal.plans.editing import EditError, editable, text_at
from portal.plans.models import Erratum, ErratumState, Revision
from portal.plans.publishing import import_content, import_document
from tests.moderation.support import letters, send
from tests.support.server import ROOT

ACTOR, OTHER = "moderator@example.gov.cn", "other@example.gov.cn"
PLAN, ANCHOR = "2023-work-plan", "s2-1-p1"
WRONG, RIGHT = "苏河湾功能区", "苏州河湾功能区"


@pytest.fixture
def office(database_app: Flask, tmp_path: Path) -> Flask:
    """The first plan, published."""
    with database_app.app_context():
        import_document(ROOT / "seeds" / "2023-work-plan.txt", tmp_path / "content", PLAN)
    return database_app


def source(page: str = "2") -> str:
    plan = catalogue.find_plan(PLAN)
    assert plan
    found = plan.page(page)
    assert found
    return found.source


def change(wrong: str = WRONG, right: str = RIGHT, base: int = 1, anchor: str = ANCHOR) -> Edit:
    page = anchor[1]
    found = editable(source(page), anchor)
    assert found
    return Edit(PLAN, page, anchor, base, found.written.replace(wrong, right))


def draft(*edits: Edit, reason: str = "更正地名。") -> Draft:
    return Draft(edits or (change(),), reason)


def accept(number: str, wanted: Draft | None = None, **options: Any) -> Submission:
    version = options.pop("version", 0)
    return decisions.decide(
        number, Decision.ACCEPT, "谢谢", version, ACTOR, draft=wanted or draft(), **options
    )


def found(number: str) -> Submission:
    submission = queue.find(number)
    assert submission
    return submission


def seen(number: str) -> str:
    """The proposal that is there now."""
    erratum = errata.find(number)
    assert erratum
    return erratum.proposal


def history(page: str = "2") -> list[tuple[int, str, str]]:
    plan = catalogue.find_plan(PLAN)
    assert plan
    query = select(Revision).join(Revision.page).where(Revision.page.has(number=page))
    revisions = db.session.scalars(query.order_by(Revision.number))
    return [(one.number, one.author, one.reason) for one in revisions]


def test_accepting_leaves_revision_erratum_event_letter_and_release(office: Flask) -> None:
    number = send(office, publish=True, name="张三丰")
    with office.app_context():
        release, before = catalogue.current_release(), text_at(source(), ANCHOR)
        accept(number)
    with office.app_context():
        submission = found(number)
        erratum = submission.erratum
        assert erratum
        assert (submission.status, submission.version) == (Status.ACCEPTED, 1)
        assert [event.kind for event in submission.events] == [EventKind.RECEIVED, EventKind.ACCEPTED]
        assert (erratum.number, erratum.state, erratum.reason) == (
            number,
            ErratumState.PUBLISHED,
            "更正地名。",
        )
        assert (erratum.reporter, erratum.proposed_by, erratum.approved_by) == ("张**", ACTOR, ACTOR)
        assert erratum.reported_on is not None
        assert erratum.corrected_at is not None
        (made,) = erratum.changes
        assert (made.anchor, made.base, made.before) == (ANCHOR, 1, before)
        assert made.after == before.replace(WRONG, RIGHT) == text_at(source(), ANCHOR)
        assert made.revision
        assert (made.revision.number, made.revision.release) == (2, release + 1)
        assert history() == [(1, "import", "从 2023-work-plan.txt 导入"), (2, ACTOR, "更正地名。")]
        assert catalogue.current_release() == release + 1
        assert len(letters(db.session)) == 2


def test_without_consent_there_is_no_name(office: Flask) -> None:
    number = send(office)
    with office.app_context():
        accept(number)
        erratum = found(number).erratum
        assert erratum
        assert erratum.reporter == ""


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (lambda: draft(change(base=0)), TextChanged),
        (lambda: draft(Edit(PLAN, "9", "s9-p1", 1, "没有这一章")), TextChanged),
        (lambda: draft(change(right=WRONG)), NothingChanged),
        (lambda: draft(Edit(PLAN, "2", ANCHOR, 1, "  ")), EditError),
        (lambda: draft(Edit(PLAN, "2", "s2-9-p1", 1, "没有这一段")), EditError),
        (lambda: draft(reason=" "), ReasonMissing),
        (lambda: draft(change(), change("创新", "创造", anchor="s1-1-p1", base=7)), TextChanged),
    ],
)
def test_what_cannot_be_corrected_changes_nothing(
    office: Flask, wanted: Any, problem: type[Exception]
) -> None:
    number = send(office)
    with office.app_context():
        release = catalogue.current_release()
        with pytest.raises(problem):
            accept(number, wanted())
    with office.app_context():
        submission = found(number)
        assert (submission.status, submission.version, len(submission.events)) == (Status.RECEIVED, 0, 1)
        assert catalogue.current_release() == release
        assert len(history()) == 1
        assert db.session.scalar(select(func.count()).select_from(Erratum)) == 0
        assert len(letters(db.session)) == 1


def test_several_places_are_one_erratum_and_one_release(office: Flask) -> None:
    number = send(office)
    with office.app_context():
        release = catalogue.current_release()
        edits = [
            change(),
            change("苏河湾", "苏州河湾", anchor="s2-3-p1"),
            change("创新", "创造", anchor="s1-1-p1"),
        ]
        accept(number, draft(*edits))
    with office.app_context():
        erratum = found(number).erratum
        assert erratum
        assert [one.anchor for one in erratum.changes] == [ANCHOR, "s2-3-p1", "s1-1-p1"]
        assert catalogue.current_release() == release + 1
        assert (len(history("1")), len(history("2")), len(history("3"))) == (2, 2, 1)


def test_one_fix_answers_everyone(office: Flask) -> None:
    first, second, third = (
        send(office),
        send(office, contact="li@example.cn", name="李四", publish=True),
        send(office),
    )
    with office.app_context():
        accept(second, also=[(first, 0), (third, 0)])
    with office.app_context():
        errata = {found(number).erratum_id for number in (first, second, third)}
        assert len(errata) == 1
        assert {found(number).status for number in (first, second, third)} == {Status.ACCEPTED}
        erratum = found(second).erratum
        assert erratum
        assert (erratum.number, erratum.reporter) == (second, "李**")
        assert [letter.recipient for letter in letters(db.session)].count("li@example.cn") == 2
        assert len(letters(db.session)) == 6


def test_one_stale_one_stops_them_all(office: Flask) -> None:
    first, second = send(office), send(office)
    with office.app_context():
        decisions.decide(first, Decision.REJECT, "无误", 0, ACTOR)
        with pytest.raises(Stale):
            accept(second, also=[(first, 0)])
    with office.app_context():
        assert found(second).status is Status.RECEIVED
        assert len(history()) == 1


def test_withdrawing_puts_the_old_text_back_and_all_is_open_again(office: Flask) -> None:
    number = send(office)
    with office.app_context():
        old = source()
        accept(number)
        with pytest.raises(ReasonMissing):
            corrections.withdraw(number, " ", OTHER)
        corrections.withdraw(number, "原名无误。", OTHER)
    with office.app_context():
        assert source() == old
        assert history()[2] == (3, OTHER, "撤回勘误：原名无误。")
        submission = found(number)
        assert submission.erratum
        assert submission.erratum.state is ErratumState.WITHDRAWN
        assert (submission.erratum.withdrawn_by, submission.erratum.withdrawn_reason) == (OTHER, "原名无误。")
        assert (submission.status, submission.version) == (Status.RECEIVED, 2)
        assert submission.events[-1].kind is EventKind.WITHDRAWN
        assert len(letters(db.session)) == 3
        with pytest.raises(Stale):
            corrections.withdraw(number, "再一次", OTHER)
        with pytest.raises(UnknownErratum):
            corrections.withdraw("JC-20000101-0001", "没有", OTHER)
        # The same number again, with a number of its own.
        accept(number, draft(change(base=3)), version=2)
    with office.app_context():
        again = found(number).erratum
        assert again
        assert again.number == f"{number}-2"


def test_what_came_later_stays_when_an_erratum_is_withdrawn(office: Flask) -> None:
    first, second = send(office), send(office)
    with office.app_context():
        accept(first)
        accept(second, draft(change("苏河湾", "苏州河湾", base=2, anchor="s2-3-p1")))
        corrections.withdraw(first, "原名无误。", ACTOR)
    with office.app_context():
        assert WRONG in text_at(source(), ANCHOR)
        assert RIGHT not in text_at(source(), ANCHOR)
        assert "苏州河湾" in text_at(source(), "s2-3-p1")
        assert len(history()) == 4


def test_an_erratum_with_a_later_one_on_top_is_not_withdrawn(office: Flask) -> None:
    first, second = send(office), send(office)
    with office.app_context():
        accept(first)
        accept(second, draft(change(RIGHT, "苏河湾地区", base=2)))
        with pytest.raises(Superseded):
            corrections.withdraw(first, "原名无误。", ACTOR)
    with office.app_context():
        assert len(history()) == 3
        corrections.withdraw(second, "先撤后一件。", ACTOR)
        corrections.withdraw(first, "再撤前一件。", ACTOR)
        assert WRONG in text_at(source(), ANCHOR)


def test_paragraphs_that_came_with_a_correction_go_with_it(office: Flask) -> None:
    first, second = send(office), send(office)
    with office.app_context():
        old = source()
        text = text_at(old, ANCHOR)
        accept(first, draft(Edit(PLAN, "2", ANCHOR, 1, text[:40] + "\n" + text[40:])))
        assert text_at(source(), "s2-1-p2") == text[40:]
        erratum = found(first).erratum
        assert erratum
        assert erratum.changes[0].after == text[:40] + "\n" + text[40:]
        accept(second, draft(change("苏河湾", "苏州河湾", base=2, anchor="s2-3-p1")))
        corrections.withdraw(first, "不必分段。", ACTOR)
        assert text_at(source(), ANCHOR) == text
        assert text_at(source(), "s2-1-p2") == ""
        # The address is never given to another text.
        third = send(office)
    with office.app_context():
        accept(third, draft(Edit(PLAN, "2", ANCHOR, 4, text[:30] + "\n" + text[30:])))
        assert text_at(source(), "s2-1-p2") == ""
        assert text_at(source(), "s2-1-p3") == text[30:]


def test_an_edit_without_a_report_goes_the_same_way(office: Flask) -> None:
    with office.app_context():
        with pytest.raises(ReasonMissing):
            corrections.edit(draft(reason=""), ACTOR)
        erratum = corrections.edit(draft(), ACTOR)
        assert erratum.number.startswith("KW-")
        assert erratum.reported_on is None
        assert RIGHT in text_at(source(), ANCHOR)
        corrections.withdraw(erratum.number, "原名无误。", ACTOR)
        assert RIGHT not in text_at(source(), ANCHOR)


def test_a_second_pair_of_eyes(office: Flask) -> None:
    number, other = send(office), send(office)
    with office.app_context():
        accept(number, second_approval=True, also=[(other, 0)])
    with office.app_context():
        submission = found(number)
        assert (submission.status, submission.status.public_label) == (Status.REVIEW, "待处理")
        assert decisions.allowed(submission) == []
        assert (len(history()), len(letters(db.session))) == (1, 2)
        with pytest.raises(decisions.NotAllowed):
            decisions.decide(number, Decision.REJECT, "无误", 1, OTHER)
        with pytest.raises(OwnProposal):
            corrections.approve(number, seen(number), ACTOR)
        corrections.approve(number, seen(number), OTHER)
    with office.app_context():
        submission = found(number)
        assert submission.erratum
        assert (submission.erratum.proposed_by, submission.erratum.approved_by) == (ACTOR, OTHER)
        assert {found(one).status for one in (number, other)} == {Status.ACCEPTED}
        assert submission.events[-1].note == "谢谢"
        assert (len(history()), len(letters(db.session))) == (2, 4)
        with pytest.raises(Stale):
            corrections.approve(number, seen(number), OTHER)


def test_a_proposal_that_is_sent_back_leaves_no_trace_in_public(office: Flask) -> None:
    number = send(office)
    with office.app_context():
        accept(number, second_approval=True)
        with pytest.raises(ReasonMissing):
            corrections.decline(number, seen(number), "", OTHER)
        corrections.decline(number, seen(number), "请核对地名。", OTHER)
    with office.app_context():
        submission = found(number)
        assert (submission.status, submission.erratum) == (Status.RECEIVED, None)
        assert submission.events[-1].note == "请核对地名。"
        assert db.session.scalar(select(func.count()).select_from(Erratum)) == 0
        assert len(letters(db.session)) == 1
        accept(number, version=2)
        assert RIGHT in text_at(source(), ANCHOR)


def test_a_proposal_holds_while_only_other_paragraphs_change(office: Flask) -> None:
    first, second, third = send(office), send(office), send(office)
    with office.app_context():
        accept(first, second_approval=True)
        accept(second, draft(change("苏河湾", "苏州河湾", anchor="s2-3-p1")))
        corrections.approve(first, seen(first), OTHER)
        assert RIGHT in text_at(source(), ANCHOR)
        assert "苏州河湾" in text_at(source(), "s2-3-p1")
    with office.app_context():
        accept(third, draft(change("推动", "促进", base=3)), second_approval=True)
        corrections.edit(draft(change("推动", "带动", base=3)), ACTOR)
        with pytest.raises(TextChanged):
            corrections.approve(third, seen(third), OTHER)


def test_nobody_approves_what_they_have_not_seen(office: Flask) -> None:
    number = send(office)
    with office.app_context():
        accept(number, second_approval=True)
        first = seen(number)
        corrections.decline(number, first, "请核对地名。", OTHER)
        accept(number, draft(change(right="完全不同")), version=2, second_approval=True)
    with office.app_context():
        for verb in (
            lambda: corrections.approve(number, first, OTHER),
            lambda: corrections.decline(number, first, "再核对。", OTHER),
        ):
            with pytest.raises(Stale):
                verb()
    with office.app_context():
        assert len(history()) == 1
        corrections.approve(number, seen(number), OTHER)
        assert "完全不同" in text_at(source(), ANCHOR)


def content_of(folder: Path, *paragraphs: str) -> Path:
    """A plan's folder with one page of these paragraphs, or none but the first page where there are none."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = ["1", "2"] if paragraphs else ["1"]
    listed = "".join(f"- '{number}'\n" for number in numbers)
    (folder / "plan.md").write_text(f"---\ntitle: 计划\npages:\n{listed}---\n", encoding="utf-8")
    texts = {"1": ("首页。",), "2": paragraphs}
    for number in numbers:
        blocks = "\n\n".join(f"{text}\n{{: #s{number}-p{at} }}" for at, text in enumerate(texts[number], 1))
        front = f"---\nnumber: '{number}'\nlabel: ''\ntitle: 第{number}页\nanchor: s{number}\n---\n\n"
        (folder / f"{number}.md").write_text(front + blocks + "\n", encoding="utf-8")
    return folder


def text_of(anchor: str = "s2-p1") -> str:
    plan = catalogue.find_plan("p")
    page = plan and plan.page("2")
    assert page
    return text_at(page.source, anchor)


def test_a_proposal_for_a_page_that_is_gone_is_not_published(office: Flask, tmp_path: Path) -> None:
    number = send(office)
    with office.app_context():
        import_content([content_of(tmp_path / "p", "甲。")])
        accept(number, draft(Edit("p", "2", "s2-p1", 1, "乙。")), second_approval=True)
        import_content([content_of(tmp_path / "p")])
        with pytest.raises(TextChanged):
            corrections.approve(number, seen(number), OTHER)
    with office.app_context():
        assert found(number).status is Status.REVIEW


def test_markup_is_corrected_too(office: Flask, tmp_path: Path) -> None:
    number = send(office)
    with office.app_context():
        import_content([content_of(tmp_path / "p", "见[链接](http://old.example/)。")])
        accept(number, draft(Edit("p", "2", "s2-p1", 1, "见[链接](http://new.example/)。")))
        plan = catalogue.find_plan("p")
        page = plan and plan.page("2")
        assert page
        assert "new.example" in page.source
        erratum = found(number).erratum
        assert erratum
        assert "old.example" in erratum.changes[0].before
        assert "new.example" in erratum.changes[0].after
        corrections.withdraw(number, "旧址仍可用。", OTHER)
        plan = catalogue.find_plan("p")
        page = plan and plan.page("2")
        assert page
        assert "old.example" in page.source


def test_a_wording_without_any_text_is_refused(office: Flask, tmp_path: Path) -> None:
    number = send(office)
    with office.app_context():
        import_content([content_of(tmp_path / "p", "甲*乙*。")])
        with pytest.raises(EditError):
            accept(number, draft(Edit("p", "2", "s2-p1", 1, "![](/a.png)")))
        assert text_of() == "甲乙。"


def test_what_was_proposed_with_markup_is_not_published_without(office: Flask, tmp_path: Path) -> None:
    number = send(office)
    with office.app_context():
        import_content([content_of(tmp_path / "p", "甲*乙*丙。")])
        accept(number, draft(Edit("p", "2", "s2-p1", 1, "甲*乙*丙丁。")), second_approval=True)
        import_content([content_of(tmp_path / "p", "甲乙丙。")])
        with pytest.raises(TextChanged):
            corrections.approve(number, seen(number), OTHER)
        assert text_of() == "甲乙丙。"


def test_an_erratum_under_others_in_force_stays_though_its_words_are_back(
    office: Flask, tmp_path: Path
) -> None:
    numbers = [send(office) for _ in range(3)]
    with office.app_context():
        import_content([content_of(tmp_path / "p", "甲。")])
        for base, (number, text) in enumerate(zip(numbers, ("乙。", "丙。", "乙。"), strict=True), 1):
            accept(number, draft(Edit("p", "2", "s2-p1", base, text)))
        with pytest.raises(Superseded):
            corrections.withdraw(numbers[0], "原文无误。", OTHER)
        assert text_of() == "乙。"
        for number in reversed(numbers):
            corrections.withdraw(number, "原文无误。", OTHER)
        assert text_of() == "甲。"


def test_an_edit_that_is_sent_back_is_kept_with_the_reason(office: Flask) -> None:
    with office.app_context():
        number = corrections.edit(draft(), ACTOR, second_approval=True).number
        corrections.decline(number, seen(number), "请核对地名。", OTHER)
    with office.app_context():
        erratum = errata.find(number)
        assert erratum
        assert (erratum.state, erratum.withdrawn_by) == (ErratumState.DECLINED, OTHER)
        assert erratum.withdrawn_reason == "请核对地名。"
        assert published_errata.find(number) is None
        with pytest.raises(Stale):
            corrections.approve(number, erratum.proposal, OTHER)
        with pytest.raises(Stale):
            corrections.withdraw(number, "再来。", OTHER)
        assert len(history()) == 1
