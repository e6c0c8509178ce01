"""Editing published text that nobody has reported, as a moderator does it on the pages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from werkzeug.test import TestResponse

from portal.plans import catalogue, rendering
from portal.plans.models import ErratumState
from tests.conftest import MakeApp, NewPage
from tests.moderation.test_browser import sign_in as sign_in_by_browser
from tests.moderation.test_pages import PAYLOADS
from tests.plans.corrected import OTHER, correct, publish_many, publish_other
from tests.support.client import PASSWORD, form_of, sign_in, tree_of
from tests.support.server import Server

PLANS = "/moderation/plans"
CHAPTER = f"{PLANS}/2023-work-plan/2"
PARAGRAPH = f"{CHAPTER}/s2-1-p1"
WRONG, RIGHT = "推动苏河湾功能区重点发展", "推动苏河湾功能区着重发展"


@pytest.fixture
def staff(published_app: Flask) -> FlaskClient:
    return sign_in(published_app)


def text_of(app: Flask, anchor: str = "s2-1-p1", plan: str = "2023-work-plan") -> str:
    with app.app_context():
        place = catalogue.find_paragraph(plan, anchor[1], anchor)
        assert place
        return place.text


def post(
    client: FlaskClient, address: str = PARAGRAPH, decision: str = "edit", **changed: object
) -> TestResponse:
    form: dict[str, object] = dict(form_of(client.get(address), address))
    return client.post(address, data=form | changed | {"decision": decision})


def alert(answer: TestResponse) -> str:
    return str(tree_of(answer).xpath("string(//*[@role='alert'])"))


def test_from_the_plans_to_the_text_and_its_erratum(published_app: Flask, staff: FlaskClient) -> None:
    plans = tree_of(staff.get(PLANS))
    assert plans.xpath("string(//a[@aria-current='page'])") == "原文修改"
    assert CHAPTER in plans.xpath("//main//@href")
    for path in (PLANS, CHAPTER, PARAGRAPH):
        elder = tree_of(staff.get(f"{path}?view=elder"))
        assert elder.xpath("string(//nav[@class='menu']//a[@aria-current='page'])") == "原文修改", path
    chapter = tree_of(staff.get(CHAPTER))
    links = chapter.xpath("//main//a[starts-with(., '修改')]/@href")
    assert links[:4] == [f"{CHAPTER}/s2", f"{CHAPTER}/s2-1", PARAGRAPH, f"{CHAPTER}/s2-2"]
    before = text_of(published_app)
    assert form_of(staff.get(PARAGRAPH), PARAGRAPH)["text"] == before
    after = before.replace(WRONG, RIGHT)
    visitor, search = published_app.test_client(), f"/api/v1/search?q={RIGHT}"
    assert visitor.get(search).json["partial"]
    answer = post(staff, text=after, reason="用词有误。")
    assert (answer.status_code, answer.location) == (303, CHAPTER)
    assert text_of(published_app) == after
    message = tree_of(staff.get(answer.location)).xpath("//main//*[@role='status']")[0]
    assert "原文已更正1处，勘误KW-" in "".join(message.itertext())
    erratum, text = message.xpath(".//a/@href")
    public = visitor.get(erratum)
    assert "用词有误。" in public.text
    assert RIGHT in visitor.get(text).text
    # The index has caught up before the answer.
    found = visitor.get(search).json
    assert not found["partial"]
    assert [one["anchor"] for one in found["results"]] == ["s2-1-p1"]


def test_many_plans_are_listed_page_by_page_and_found_by_their_titles(
    published_app: Flask, staff: FlaskClient, tmp_path: Path
) -> None:
    assert not tree_of(staff.get(PLANS)).xpath("//main//form")
    with published_app.app_context():
        publish_many(tmp_path, 21)
    rendering.render.cache_clear()
    first, last = tree_of(staff.get(PLANS)), tree_of(staff.get(f"{PLANS}?page=9"))
    assert first.xpath("//main//h2/text()")[:2] == ["区科委2023年工作要点", "第21号工作要点"]
    assert last.xpath("//main//h2/text()") == ["第2号工作要点", "第1号工作要点"]
    assert f"{PLANS}/many-1/1" in last.xpath("//main//@href")
    assert f"{PLANS}?page=2" in first.xpath("//nav[@class='pagination']//@href")
    found = tree_of(staff.get(f"{PLANS}?q=+号+第2&page=1"))
    assert found.xpath("//input[@name='q']/@value") == ["号 第2"]
    assert found.xpath("//main//h2/text()") == ["第21号工作要点", "第20号工作要点", "第2号工作要点"]
    assert "没有文件的标题里有“100%”" in str(tree_of(staff.get(f"{PLANS}?q=100%25")).xpath("string(//main)"))
    # A list of headings takes no texts to be rendered.
    assert rendering.render.cache_info().misses == 0


def test_a_preview_shows_everything_and_stores_nothing(published_app: Flask, staff: FlaskClient) -> None:
    before = text_of(published_app)
    answer = post(staff, decision="preview", text=before.replace(WRONG, RIGHT + "，，"), reason="用词。")
    assert answer.status_code == 200
    tree = tree_of(answer)
    assert "着重" in tree.xpath("string(//ins)")
    assert "请留意" in answer.text
    assert RIGHT in tree.xpath("string(//*[@class='review__rendered'])")
    form = form_of(answer, PARAGRAPH)
    assert form["reason"] == "用词。"
    assert RIGHT in form["text"]
    assert text_of(published_app) == before


@pytest.mark.parametrize(
    ("address", "changed", "message"),
    [
        (PARAGRAPH, {"text": " \n "}, "请写出最终文字"),
        (PARAGRAPH, {"text": "", "reason": "删去。"}, "请写出最终文字"),
        (PARAGRAPH, {"reason": "没有改"}, "最终文字和现在的原文一样，没有可发布的更正"),
        (PARAGRAPH, {"text": "全新的一段。", "reason": " "}, "请写明公开的更正原因"),
        (PARAGRAPH, {"text": "字" * 20_001, "reason": "改。"}, "最终文字最多20000字"),
        (PARAGRAPH, {"text": "全新的一段。", "reason": "因" * 501}, "公开的更正原因最多500字"),
        (f"{CHAPTER}/s2-1", {"text": "(一)一行\n又一行", "reason": "改。"}, "标题要写在一行里"),
    ],
)
def test_what_cannot_be_published_keeps_what_was_typed(
    published_app: Flask, staff: FlaskClient, address: str, changed: dict[str, str], message: str
) -> None:
    before = text_of(published_app)
    answer = post(staff, address, **changed)
    assert answer.status_code == 422
    assert f"错误：{message}" in answer.text
    assert message in alert(answer)
    assert ("文字太长，没有预览" in answer.text) == (message == "最终文字最多20000字")
    form = form_of(answer, address)
    # HTML drops a line break at the beginning of a text area.
    assert {name: form[name].strip() for name in changed} == {n: v.strip() for n, v in changed.items()}
    assert text_of(published_app) == before


def test_the_text_has_changed_since_the_page_was_opened(published_app: Flask, staff: FlaskClient) -> None:
    form = form_of(staff.get(PARAGRAPH), PARAGRAPH)
    mine = form["text"].replace("持续引进", "陆续引进")
    correct(published_app, "s2-1-p1", WRONG, RIGHT, number="KW-20260101-0001")
    typed = form | {"text": mine, "reason": "用词。", "decision": "edit"}
    preview = staff.post(PARAGRAPH, data=typed | {"decision": "preview"})
    assert preview.status_code == 409
    assert "原文刚刚有变化" in alert(preview)
    answer = staff.post(PARAGRAPH, data=typed)
    assert answer.status_code == 409
    assert "原文刚刚有变化" in alert(answer)
    assert "KW-20260101-0001" in alert(answer)
    again = form_of(answer, PARAGRAPH)
    assert (again["text"], again["reason"]) == (mine, "用词。")
    theirs = text_of(published_app)
    # Three ways on: the published wording, both together, or one's own.
    shown = form_of(staff.post(PARAGRAPH, data=again | {"decision": "published"}), PARAGRAPH)
    assert shown["text"] == theirs
    merged = form_of(staff.post(PARAGRAPH, data=again | {"decision": "merged"}), PARAGRAPH)
    assert merged["text"] == theirs.replace("持续引进", "陆续引进")
    assert staff.post(PARAGRAPH, data=again | {"decision": "edit"}).status_code == 303
    assert text_of(published_app) == mine


def test_the_same_error_elsewhere_is_one_erratum(published_app: Flask, staff: FlaskClient) -> None:
    publish_other(published_app)
    before = text_of(published_app)
    mine = before.replace("推动苏河湾功能区重点", "推动苏河湾片区重点")
    shown = post(staff, decision="preview", text=mine, reason="名称有误。")
    boxes = tree_of(shown).xpath("//input[@name='elsewhere']")
    assert boxes
    assert not any(box.get("checked") for box in boxes)
    value = next(box.get("value") for box in boxes if box.get("value").startswith(f"{OTHER}/1/s1-p1/"))
    form = form_of(shown, PARAGRAPH)
    ticked = post(staff, decision="preview", text=mine, elsewhere=[value])
    assert tree_of(ticked).xpath("//input[@checked]/@value") == [value]
    # Another wording would make something else of the place: it is shown first.
    other = form | {"text": mine.replace("片区", "地区"), "elsewhere": [value], "decision": "edit"}
    refused = staff.post(PARAGRAPH, data=other)
    assert refused.status_code == 409
    assert "勾选的地方刚刚有变化" in alert(refused)
    assert text_of(published_app) == before
    answer = staff.post(PARAGRAPH, data=form | {"elsewhere": [value], "decision": "edit"})
    assert answer.status_code == 303
    assert "原文已更正2处" in staff.get(answer.location).text
    assert text_of(published_app, "s1-p1", OTHER).startswith("推动苏河湾片区发展")
    errata = published_app.test_client().get("/api/v1/errata").json["errata"]
    assert {one["plan"] for one in errata} == {OTHER, "2023-work-plan"}
    assert len({one["number"] for one in errata}) == 1


def test_with_a_second_pair_of_eyes_nothing_is_published_yet(published_app: Flask, make_app: MakeApp) -> None:
    content = published_app.config["PORTAL"].content
    app = make_app(content=content, second_approval=True)
    staff = sign_in(app)
    before = text_of(app)
    answer = post(staff, text=before.replace(WRONG, RIGHT), reason="用词。")
    assert answer.status_code == 303
    page = staff.get(answer.location)
    assert "已提交复核" in page.text
    assert "勘误（1项待复核）" in page.text
    assert text_of(app) == before
    link = tree_of(page).xpath("//main//*[@role='status']//a/@href")[0]
    assert ErratumState.PROPOSED.label in staff.get(link).text


def test_a_form_from_an_earlier_session_keeps_what_was_typed(
    published_app: Flask, staff: FlaskClient
) -> None:
    answer = post(staff, text="全新的一段。", reason="改写。", csrf_token="old")
    assert answer.status_code == 400
    assert "请再按一次" in alert(answer)
    form = form_of(answer, PARAGRAPH)
    assert (form["text"], form["reason"]) == ("全新的一段。", "改写。")
    assert staff.post(PARAGRAPH, data=form | {"decision": "edit"}).status_code == 303


def test_whoever_is_signed_out_can_copy_what_was_typed(published_app: Flask) -> None:
    visitor = published_app.test_client()
    answer = visitor.post(PARAGRAPH, data={"text": "全新的一段。", "reason": "改写。"})
    assert answer.status_code == 401
    assert [area.text for area in tree_of(answer).xpath("//textarea")] == ["全新的一段。", "改写。"]
    assert tree_of(answer).xpath("string(//input[@name='next']/@value)") == PARAGRAPH
    assert visitor.get(PARAGRAPH).location.startswith("/account/login")


@pytest.mark.parametrize(
    "path",
    [
        "nowhere/2",
        "2023-work-plan/9",
        "2023-work-plan/2/s9",
        "2023-work-plan/preface/s0",
        "2023-work-plan/1/s2",
    ],
)
def test_what_is_not_published_is_not_found(staff: FlaskClient, path: str) -> None:
    assert staff.get(f"{PLANS}/{path}").status_code == 404


def test_nothing_that_is_typed_becomes_markup(staff: FlaskClient) -> None:
    for payload in PAYLOADS:
        answer = post(staff, decision="preview", text=payload, reason=payload)
        assert answer.status_code in (200, 422)


def test_the_pages_are_accessible_and_fit(
    server: Server, new_page: NewPage, axe: Callable[[object], None]
) -> None:
    name = "editing@example.gov.cn"
    server.flask("staff", "add", name, "--role", "moderator", "--password-stdin", typed=PASSWORD + "\n")
    page = new_page(width=390)
    sign_in_by_browser(page, name)
    page.get_by_role("link", name="原文修改").click()
    page.get_by_role("link", name="三、").click()
    page.get_by_role("link", name="修改这段").first.click()
    field = page.get_by_label("最终文字")
    field.fill(field.input_value().replace("科技", "科技的", 1))
    # What changes is marked while it is typed, without pressing anything.
    expect(page.locator("#review ins")).to_contain_text("的")
    axe(page)
    page.get_by_role("button", name="发布更正").click()
    expect(page.get_by_role("alert")).to_contain_text("请写明公开的更正原因")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 768})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
