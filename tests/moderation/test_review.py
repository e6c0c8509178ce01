"""Reviewing a correction: its words found again, the wording, and what the buttons do to the text."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portal.database import db
from portal.feedback.models import Status
from portal.moderation import corrections, queue
from portal.moderation.corrections import Draft, Edit
from portal.moderation.merging import merge
from portal.plans import catalogue
from portal.plans.editing import editable, text_at
from portal.plans.models import Erratum, Revision
from portal.plans.publishing import import_document
from tests.conftest import build, close
from tests.moderation.support import letters, send
from tests.support.client import MODERATOR, PASSWORD, form_of, sign_in, tree_of
from tests.support.server import ROOT

PLAN, ANCHOR = "2023-work-plan", "s2-1-p1"
PAGE = f"http://localhost/plans/{PLAN}/2#{ANCHOR}"
QUOTE, RIGHT = "使科创成为区域发展新名片", "使科技创新成为区域发展新名片"
OTHER = "other@example.cn"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Path:
    """A folder with the first plan published and two moderators on the staff, to be copied."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "instance").mkdir()
    shutil.copy(migrated_sqlite, folder / "instance" / "portal.sqlite3")
    app = build(folder, content=folder / "content")
    with app.app_context():
        import_document(ROOT / "seeds" / "2023-work-plan.txt", folder / "content", PLAN)
        app.extensions["search"].catch_up()
    for someone in (MODERATOR, OTHER):
        sign_in(app, someone)
    close(app)
    return folder


@pytest.fixture
def make_office(published: Path, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        folder = shutil.copytree(published, tmp_path / "office")
        made.append(build(folder, content=folder / "content", **settings))
        return made[-1]

    yield make
    for app in made:
        close(app)


@pytest.fixture
def office(make_office: Callable[..., Flask]) -> Flask:
    return make_office()


@pytest.fixture
def desk(office: Flask) -> FlaskClient:
    """A moderator, signed in where the first plan is published."""
    return seated(office)


def seated(app: Flask, someone: str = MODERATOR) -> FlaskClient:
    client = app.test_client()
    form = form_of(client.get("/account/login")) | {"email": someone, "password": PASSWORD}
    assert client.post("/account/login", data=form).status_code in (302, 303)
    return client


def report(app: Flask, **answers: Any) -> str:
    typed = {"page_url": PAGE, "anchor": ANCHOR, "quote": QUOTE, "suggestion": RIGHT}
    return send(app, **(typed | answers))


def address(number: str) -> str:
    return f"/moderation/submissions/{number}"


def opened(desk: FlaskClient, number: str) -> dict[str, str]:
    return form_of(desk.get(address(number)), f"{address(number)}/decision")


def press(desk: FlaskClient, number: str, decision: str = "accept", **changed: Any) -> Any:
    """What the button sends from the page as it opens, with some of its fields changed."""
    data: dict[str, Any] = opened(desk, number) | {"decision": decision} | changed
    return desk.post(f"{address(number)}/decision", data=data)


def text(app: Flask, anchor: str = ANCHOR) -> str:
    with app.app_context():
        plan = catalogue.find_plan(PLAN)
        page = plan and plan.page(anchor[1])
        assert page
        return text_at(page.source, anchor)


def edit(app: Flask, wrong: str, right: str, anchor: str = ANCHOR, actor: str = OTHER) -> str:
    """Someone else changes a paragraph meanwhile; the number of the erratum."""
    with app.app_context():
        plan = catalogue.find_plan(PLAN)
        page = plan and plan.page(anchor[1])
        block = page and editable(page.source, anchor)
        assert page
        assert block
        assert wrong in block.written
        change = Edit(PLAN, page.number, anchor, page.revision, block.written.replace(wrong, right))
        return corrections.edit(Draft((change,), "另有更正。"), actor).number


def state(app: Flask, number: str) -> tuple[Status, str | None]:
    with app.app_context():
        found = queue.find(number)
        assert found
        return found.status, found.erratum.number if found.erratum else None


def revisions(app: Flask) -> int:
    with app.app_context():
        return db.session.query(Revision).count()


def said(answer: Any, where: str = "//*[@role='alert']") -> str:
    return "".join(tree_of(answer).xpath(f"string({where})").split())


def difference(answer: Any) -> tuple[str, str]:
    """What the page marks as deleted and as inserted."""
    tree = tree_of(answer)
    marked = "//*[@id='review-difference']//{}/text()"
    return "".join(tree.xpath(marked.format("del"))), "".join(tree.xpath(marked.format("ins")))


# Accepting


def test_one_press_changes_the_text_and_says_so(office: Flask, desk: FlaskClient) -> None:
    number = report(office)
    before = text(office)
    page = desk.get(address(number))
    assert difference(page) == ("创", "技创新")
    assert opened(desk, number)["reason"] == "更正错别字。"
    assert "更正原文" in said(page, "//*[@id='review-outcome']")
    answer = press(desk, number)
    assert (answer.status_code, answer.location) == (303, address(number))
    assert text(office) == before.replace(QUOTE, RIGHT)
    assert state(office, number) == (Status.ACCEPTED, number)
    shown = desk.get(answer.location)
    notice = tree_of(shown).xpath("//main//*[@role='status']")[0]
    assert "原文已更正，勘误已公布。" in "".join(notice.itertext())
    assert notice.xpath(".//a/@href") == [f"/errata/{number}", f"/plans/{PLAN}/2#{ANCHOR}"]
    assert tree_of(shown).xpath("//section[@class='review']//a/@href")[1:] == [
        f"/errata/{number}",
        f"/moderation/errata/{number}",
    ]
    found = desk.get(f"/search?q={RIGHT}")
    assert RIGHT in "".join(tree_of(found).xpath("//main//text()"))
    assert desk.get(f"/errata/{number}").status_code == 200


@pytest.mark.parametrize("suggestion", ["", QUOTE])
def test_accepting_without_a_change_leaves_no_erratum(
    office: Flask, desk: FlaskClient, suggestion: str
) -> None:
    number = report(office, suggestion=suggestion)
    page = desk.get(address(number))
    assert "采纳后不改原文" in said(page, "//*[@id='review-outcome']")
    assert tree_of(page).xpath("//*[@id='review-difference']//mark/text()") == [QUOTE]
    assert press(desk, number, reason="").status_code == 303
    assert state(office, number) == (Status.ACCEPTED, None)
    assert revisions(office) == 6
    assert "原文没有改动。" in desk.get(address(number)).text


def test_a_form_without_a_wording_changes_no_text(office: Flask, desk: FlaskClient) -> None:
    number = report(office)
    form = opened(desk, number)
    data = {name: form[name] for name in ("csrf_token", "version")} | {"decision": "accept"}
    assert desk.post(f"{address(number)}/decision", data=data).status_code == 303
    assert state(office, number) == (Status.ACCEPTED, None)


@pytest.mark.parametrize(
    ("anchor", "changed", "message", "field"),
    [
        (ANCHOR, {"text": "  "}, "请写出最终文字", "#text"),
        ("s2-2", {"text": "(二)持续聚焦\n创新"}, "标题要写在一行里", "#text"),
        (ANCHOR, {"text": "字" * 20_001}, "最终文字最多20000字", "#text"),
        (ANCHOR, {"reason": " "}, "请写明公开的更正原因", "#reason"),
    ],
)
def test_a_wording_that_cannot_stand(
    office: Flask, desk: FlaskClient, anchor: str, changed: dict[str, str], message: str, field: str
) -> None:
    number = report(
        office, page_url=PAGE.replace(ANCHOR, anchor), anchor=anchor, quote="聚焦", suggestion="集聚"
    )
    answer = press(desk, number, reply="写好的回复", **changed)
    assert answer.status_code == 422
    assert f"错误：{message}" in answer.text
    assert tree_of(answer).xpath("//*[@class='error-summary']//a/@href") == [field]
    kept = form_of(answer, f"{address(number)}/decision")
    assert kept["reply"] == "写好的回复"
    assert all(kept[name] == value for name, value in changed.items() if name == "text")
    assert state(office, number) == (Status.RECEIVED, None)
    assert revisions(office) == 6


@pytest.mark.parametrize(("token", "status"), [({}, 422), ({"csrf_token": "x"}, 400)])
def test_a_wording_that_is_too_long_is_kept_and_not_worked_through(
    office: Flask, desk: FlaskClient, token: dict[str, str], status: int
) -> None:
    number = report(office, quote="苏河湾功能区", suggestion="苏州河湾功能区")
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 20_000))) * 5
    started = time.process_time()
    answer = press(desk, number, "preview", text=long, **token)
    assert time.process_time() - started < 2
    assert answer.status_code == status
    assert form_of(answer, f"{address(number)}/decision")["text"] == long
    assert said(answer, "//*[@id='review-summary']") == "文字太长，没有预览"
    assert said(answer, "//*[@id='review-difference']").strip() == text(office)
    assert said(answer, "//*[@id='review-outcome']") == "最终文字最多20000字。"
    assert not tree_of(answer).xpath("//input[@name='elsewhere']")


def test_the_longest_wording_is_previewed_at_once(office: Flask, desk: FlaskClient) -> None:
    number = report(office)
    wording = "".join(map(chr, range(0x4E00, 0x4E00 + 20_000)))
    started = time.process_time()
    assert press(desk, number, "preview", text=wording).status_code == 200
    assert time.process_time() - started < 2


def test_a_preview_stores_nothing_and_keeps_everything(office: Flask, desk: FlaskClient) -> None:
    number = report(office)
    wording = text(office).replace("云计算", "云计算的的")
    answer = press(desk, number, "preview", text=wording, reason="另一个原因。", reply="谢谢您")
    assert answer.status_code == 200
    kept = form_of(answer, f"{address(number)}/decision")
    assert (kept["text"], kept["reason"], kept["reply"]) == (wording, "另一个原因。", "谢谢您")
    assert difference(answer) == ("", "的的")
    assert "文字或标点重复" in said(answer, "//div[contains(@class, 'notice')][contains(., '请留意')]")
    assert "云计算的的" in said(answer, "//details[@open]//*[@class='review__rendered']")
    assert state(office, number) == (Status.RECEIVED, None)
    assert revisions(office) == 6
    empty = press(desk, number, "preview", text="")
    assert empty.status_code == 422
    assert said(empty, "//*[@id='review-outcome']") == "请写出最终文字。"


def test_what_is_typed_as_a_wording_is_only_ever_text(office: Flask, desk: FlaskClient) -> None:
    number = report(office)
    for payload in ("<script>alert(1)</script>", "</textarea><img src=x onerror=alert(1)>", "{{7*7}}", "# x"):
        tree = tree_of(press(desk, number, "preview", text=payload))
        assert not tree.xpath("//main//script[not(@src)] | //main//img | //main//*[@onerror]")
        assert payload in "".join(tree.xpath("//*[@class='review__rendered']//text()"))
    assert press(desk, number, text="<b>粗</b>[x](javascript:alert(1))").status_code == 303
    assert text(office) == "<b>粗</b>[x](javascript:alert(1))"


def test_what_points_nowhere_has_todays_form(office: Flask, desk: FlaskClient) -> None:
    number = send(office, quote="这里没有的话", suggestion="x")
    assert "text" not in opened(desk, number)
    assert press(desk, number).status_code == 303
    assert state(office, number) == (Status.ACCEPTED, None)


# Finding the words again


def test_an_unchanged_paragraph_needs_no_notice(office: Flask, desk: FlaskClient) -> None:
    number = report(office, release=1)
    assert not tree_of(desk.get(address(number))).xpath(
        "//section[@class='review']//*[contains(@class, 'notice')]"
    )


@pytest.mark.parametrize("release", [1, None])
@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ("云计算", "云端计算", "这段文字还在这一段里"),
        ("成为区域发展", "成为全区发展", "很可能在这里（"),
        ("使科创成为区域发展新名片", "另写一句", "这段文字已不在文件中"),
    ],
)
def test_a_paragraph_that_has_changed_since(
    office: Flask, desk: FlaskClient, wrong: str, right: str, told: str, release: int | None
) -> None:
    number = report(office, release=release)
    edit(office, wrong, right)
    notice = said(desk.get(address(number)), "//section[@class='review']/div[contains(@class, 'notice')]")
    assert "原文已更新" in notice
    assert told in notice
    assert QUOTE in notice, "the words as they stood"


def test_what_was_corrected_in_the_words_since_stays_corrected(office: Flask, desk: FlaskClient) -> None:
    number = report(office)
    edit(office, "成为区域发展", "成为全区发展")
    assert difference(desk.get(address(number))) == ("创", "技创新")
    assert press(desk, number).status_code == 303
    assert "使科技创新成为全区发展新名片" in text(office)


def test_one_press_never_undoes_what_was_corrected_since(office: Flask, desk: FlaskClient) -> None:
    number = report(office, quote="使科创成为", suggestion="使创新成为")
    edit(office, QUOTE, RIGHT)
    corrected = text(office)
    page = desk.get(address(number))
    assert "很可能在这里（" in said(page, "//section[@class='review']/div")
    assert "采纳后不改原文" in said(page, "//*[@id='review-outcome']")
    assert press(desk, number).status_code == 303
    assert text(office) == corrected


def test_words_that_have_moved_are_followed(office: Flask, desk: FlaskClient) -> None:
    number = report(office, release=1)
    edit(office, QUOTE, "另写一句")
    edit(office, "提升核心竞争力", f"提升核心竞争力,{QUOTE}", "s2-2-p1")
    page = desk.get(address(number))
    assert "现在在另一段里" in said(page, "//section[@class='review']/div")
    assert form_of(page, f"{address(number)}/decision")["anchor"] == "s2-2-p1"
    assert press(desk, number).status_code == 303
    assert RIGHT in text(office, "s2-2-p1")


def test_the_context_says_which_of_the_same_words_are_meant(office: Flask, desk: FlaskClient) -> None:
    whole = text(office)
    places = [at for at in range(len(whole)) if whole.startswith("推动", at)]
    assert len(places) > 2
    at = places[1]
    number = report(
        office,
        quote="推动",
        suggestion="",
        prefix=whole[at - 32 : at],
        suffix=whole[at + 2 : at + 34],
        release=1,
    )
    shown = tree_of(desk.get(address(number))).xpath("//*[@id='review-difference']//mark")
    assert [mark.text for mark in shown] == ["推动"]
    assert (shown[0].tail or "").startswith(whole[at + 2 : at + 20])


# The text changes while the moderator writes


def test_a_stale_text_can_be_gone_on_with(office: Flask, desk: FlaskClient) -> None:
    number = report(office)
    form = opened(desk, number) | {"decision": "accept", "reply": "谢谢您", "reason": "我的原因。"}
    mine = form["text"]
    erratum = edit(office, "云计算", "云端计算")
    now = text(office)
    answer = desk.post(f"{address(number)}/decision", data=form)
    assert answer.status_code == 409
    assert f"{OTHER}在" in said(answer)
    assert f"勘误{erratum}" in said(answer)
    assert [said(answer, f"(//*[@class='sides']//figure)[{n}]")[:4] for n in (1, 2)] == [
        "现在的文",
        "您的文字",
    ]
    assert text(office) == now
    assert state(office, number) == (Status.RECEIVED, None)
    action = f"{address(number)}/decision"
    kept = form_of(answer, action)
    assert (kept["text"], kept["reply"], kept["reason"], kept["base"]) == (mine, "谢谢您", "我的原因。", "2")
    choices = tree_of(answer).xpath("//*[@role='alert']//button/@value")
    assert choices == ["preview", "published", "merged"]
    for choice, wanted in (
        ("preview", mine),
        ("published", now),
        ("merged", now.replace(QUOTE, RIGHT)),
    ):
        chosen = desk.post(action, data=kept | {"decision": choice})
        assert chosen.status_code == 200
        fields = form_of(chosen, action)
        assert (fields["text"], fields["reply"], fields["base"]) == (wanted, "谢谢您", "2")
    assert desk.post(action, data=kept | {"decision": "accept"}).status_code == 303
    assert text(office) == mine


def test_another_paragraph_of_the_page_has_changed(office: Flask, desk: FlaskClient) -> None:
    number = report(office)
    form = opened(desk, number) | {"decision": "accept"}
    edit(office, "提升核心竞争力", "提升核心竞争能力", "s2-2-p1")
    answer = desk.post(f"{address(number)}/decision", data=form)
    assert answer.status_code == 409
    assert "这一段没有变" in said(answer)
    again = form_of(answer, f"{address(number)}/decision") | {"decision": "accept"}
    assert desk.post(f"{address(number)}/decision", data=again).status_code == 303
    assert RIGHT in text(office)


def test_an_odd_base_is_a_stale_one(office: Flask, desk: FlaskClient) -> None:
    number = report(office)
    form = opened(desk, number)
    for base in ("", "x", "0", "7", "9" * 30):
        data = form | {"base": base, "since": base}
        for decision, status in (("accept", 409), ("merged", 200)):
            answer = desk.post(f"{address(number)}/decision", data=data | {"decision": decision})
            assert answer.status_code == status, base
    assert revisions(office) == 6


def test_a_paragraph_that_is_gone_loses_no_words(office: Flask, desk: FlaskClient) -> None:
    number = report(office)
    answer = press(desk, number, anchor="s2-9-p9", text="写好的最终文字")
    assert answer.status_code == 409
    assert "写好的最终文字" in said(answer, "//*[contains(@class, 'notice--error')]")
    assert revisions(office) == 6


def test_a_wording_outlives_an_expired_session(office: Flask, desk: FlaskClient) -> None:
    number = report(office)
    twin = report(office)
    typed = opened(desk, number) | {"decision": "accept", "text": "写好的文字", "reason": "我的原因。"}
    typed |= {"also": f"{twin}:0"}
    signed_out = office.test_client().post(f"{address(number)}/decision", data=typed)
    assert signed_out.status_code == 401
    fields = tree_of(signed_out).xpath("//textarea/text()")
    assert fields == ["写好的文字", "我的原因。", f"{twin}:0"]
    stale = desk.post(f"{address(number)}/decision", data=typed | {"csrf_token": "x"})
    assert stale.status_code == 400
    again = form_of(stale, f"{address(number)}/decision")
    assert (again["text"], again["reason"]) == ("写好的文字", "我的原因。")
    assert tree_of(stale).xpath("//input[@name='also']/@checked")
    assert state(office, number) == (Status.RECEIVED, None)


# Together with others


def test_the_same_error_elsewhere_is_changed_where_it_is_ticked(office: Flask, desk: FlaskClient) -> None:
    number = report(office, quote="苏河湾功能区", suggestion="苏州河湾功能区")
    boxes = tree_of(desk.get(address(number))).xpath("//input[@name='elsewhere']")
    assert boxes
    assert not any(box.get("checked") for box in boxes)
    assert {box.get("form") for box in boxes} == {"decision"}
    places = [str(box.get("value")).split("/")[2] for box in boxes]
    before = [text(office, anchor) for anchor in places]
    outdated = press(
        desk, number, elsewhere=[boxes[0].get("value")], text=text(office).replace("苏河湾", "河湾")
    )
    assert outdated.status_code == 409
    assert "请再看一遍" in said(outdated)
    assert tree_of(outdated).xpath("//input[@name='elsewhere'][@checked]")
    assert press(desk, number, elsewhere=[boxes[0].get("value")]).status_code == 303
    assert "更正2处" in desk.get(address(number)).text
    after = [text(office, anchor) for anchor in places]
    assert after[0] == before[0].replace("苏河湾功能区", "苏州河湾功能区")
    assert after[1:] == before[1:]
    with office.app_context():
        assert len(db.session.query(Erratum).one().changes) == 2


def test_one_decision_answers_all_who_ask_for_the_same(office: Flask, desk: FlaskClient) -> None:
    number, twin = report(office), report(office, name="李四")
    other = report(office, name="王五", quote="使科创成为", suggestion="使创新成为")
    boxes = tree_of(desk.get(address(number))).xpath("//input[@name='also']")
    ticked = {box.get("value"): box.get("checked") is not None for box in boxes}
    assert ticked == {f"{twin}:0": True, f"{other}:0": False}
    assert press(desk, number, also=[f"{twin}:0"]).status_code == 303
    assert f"一并处理：{twin}。" in desk.get(address(number)).text
    assert state(office, twin) == (Status.ACCEPTED, number)
    assert state(office, other) == (Status.RECEIVED, None)
    with office.app_context():
        assert len(letters(db.session)) == 5


def test_one_of_the_others_was_decided_meanwhile(office: Flask, desk: FlaskClient) -> None:
    number, twin = report(office), report(office)
    form = opened(desk, number) | {"decision": "accept", "also": f"{twin}:0"}
    assert press(desk, twin, "reject", reply="原文无误", also=[]).status_code == 303
    answer = desk.post(f"{address(number)}/decision", data=form)
    assert answer.status_code == 409
    assert "请再看一遍" in said(answer)
    assert state(office, number) == (Status.RECEIVED, None)
    for odd in ("x", "JC-20260101-0001:0", f"{number}:0", "\0:0", "'--:" + "9" * 40):
        assert press(desk, number, also=[odd]).status_code == 409
    assert press(desk, number, "spam", also=["x"]).status_code == 303, "spam is decided alone"


# A second pair of eyes


def test_with_second_approval_a_proposal_waits(make_office: Callable[..., Flask]) -> None:
    app = make_office(second_approval=True)
    desk, other = seated(app), seated(app, OTHER)
    number = report(app)
    page = desk.get(address(number))
    assert tree_of(page).xpath("//button[@name='decision']/text()")[1] == "采纳并提交复核"
    before = text(app)
    assert press(desk, number).status_code == 303
    assert state(app, number) == (Status.REVIEW, number)
    assert text(app) == before
    own = desk.get(address(number))
    assert "另一位同事复核同意后" in own.text
    assert "您提出的更正正在等待另一位同事复核" in own.text
    assert not tree_of(own).xpath("//button[@name='decision']")
    assert "提交复核" in said(own, "//ol[@class='timeline']")
    theirs = tree_of(other.get(address(number)))
    assert theirs.xpath("//a[.='去复核']/@href") == [f"/moderation/proposals/{number}"]
    assert not tree_of(own).xpath("//a[.='去复核']")
    late = other.post(f"{address(number)}/decision", data={"decision": "reject", "version": "0"})
    assert late.status_code == 400


# The pure rule


TEXTS = st.text("甲乙丙丁，。", max_size=12)


@given(TEXTS, TEXTS)
@hypothesis_settings(max_examples=60)
def test_merging_with_no_change_is_the_other_change(base: str, mine: str) -> None:
    assert merge(base, mine, base) == mine
    assert merge(base, base, mine) == mine
    assert merge(base, mine, mine) == mine


@given(TEXTS, TEXTS, TEXTS, TEXTS)
@hypothesis_settings(max_examples=60)
def test_changes_apart_are_both_made(left: str, right: str, mine: str, theirs: str) -> None:
    """What stands between two changes, and is in neither, keeps them apart."""
    middle = "一二三四五六七八九十" * 2
    base = left + middle + right
    assert merge(base, mine + middle + right, left + middle + theirs) == mine + middle + theirs


def test_changes_of_the_same_characters_are_not_merged() -> None:
    assert merge("甲乙丙", "甲子丙", "甲丑丙") is None
    assert merge("甲乙", "甲子乙", "甲丑乙") is None
