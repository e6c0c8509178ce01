"""The pages of the queue as a moderator sees them."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import database
from portal.database import db
from portal.feedback.attachments import File
from portal.feedback.models import Kind, Status
from portal.moderation import queue
from tests.moderation.support import send
from tests.support.client import MODERATOR, PASSWORD, form_of, sign_in, tree_of

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "{{7*7}}{% raw %}",
    "javascript:alert(1)",
    "</title><h1>",
    "\u202eevil\u2028",
    "%s {0.__class__} &lt;b&gt;",
]


def status_of(app: Flask, number: str) -> tuple[Status, int, int]:
    with app.app_context():
        found = queue.find(number)
        assert found
        return found.status, found.version, len(found.events)


def post(client: FlaskClient, number: str, decision: str, reply: str = "", **changed: str):
    form = form_of(
        client.get(f"/moderation/submissions/{number}"), f"/moderation/submissions/{number}/decision"
    )
    data = form | {"decision": decision, "reply": reply} | changed
    return client.post(f"/moderation/submissions/{number}/decision", data=data)


def numbers_on(answer) -> list[str]:
    return tree_of(answer).xpath("//tbody//th/a/text()")


def buttons_on(answer) -> list[str]:
    return tree_of(answer).xpath("//button[@name='decision']/text()")


# Access


def test_every_address_refuses_the_anonymous(app: Flask, client: FlaskClient) -> None:
    number = send(app)
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("moderation."):
            continue
        address = re.sub("<int.*>", "1", rule.rule.replace("<number>", number))
        answer = client.get(address)
        if "GET" in rule.methods:
            assert answer.status_code == 302, address
            assert answer.location.startswith("/account/login?next=/moderation/"), address
        answer = client.post(address, data={"decision": "accept", "version": "0"})
        assert answer.status_code in (401, 405), address
        assert not tree_of(answer).xpath("//textarea")
    assert status_of(app, number) == (Status.RECEIVED, 0, 1)


def test_the_anonymous_come_back_to_where_they_were_going(app: Flask, staff_client: FlaskClient) -> None:
    answer = app.test_client().get("/moderation/?state=all&q=错")
    login = app.test_client()
    form = form_of(login.get(answer.location))
    data = form | {"email": MODERATOR, "password": PASSWORD}
    assert login.post(answer.location, data=data).location == "/moderation/?state=all&q=%E9%94%99"


def test_staff_without_a_role_are_refused(app: Flask, staff_client: FlaskClient) -> None:
    from portal.accounts.models import Staff

    with app.app_context():
        someone = db.session.query(Staff).one()
        someone.roles.clear()
        db.session.commit()
    answer = staff_client.get("/moderation/")
    assert answer.status_code == 403
    assert tree_of(answer).xpath("//body[@class='staff']//main//a/@href") == ["/moderation/"]


def test_administrators_may_enter(app: Flask) -> None:
    assert sign_in(app, "admin@example.cn", "administrator").get("/moderation/").status_code == 200


def test_a_post_without_a_token_stores_nothing(app: Flask, staff_client: FlaskClient) -> None:
    number = send(app)
    for token in ({}, {"csrf_token": "wrong"}):
        data = {"decision": "reject", "reply": "写好的理由", "version": "0"} | token
        answer = staff_client.post(f"/moderation/submissions/{number}/decision", data=data)
        assert answer.status_code == 400
        assert "请再按一次" in tree_of(answer).xpath("string(//*[@role='alert'])")
        assert "错误：" not in answer.text
    assert status_of(app, number) == (Status.RECEIVED, 0, 1)


def test_pages_are_private(app: Flask, staff_client: FlaskClient) -> None:
    number = send(app)
    for address in ("/moderation/", f"/moderation/submissions/{number}"):
        answer = staff_client.get(address)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert tree_of(answer).xpath("//form[@action='/account/logout']")


# The list


def test_the_opening_view_is_all_that_is_open(app: Flask, staff_client: FlaskClient) -> None:
    first, second = send(app), send(app, Kind.CONSULTATION, trapped=True)
    done = send(app)
    post(staff_client, done, "accept")
    answer = staff_client.get("/moderation/")
    assert sorted(numbers_on(answer)) == sorted([first, second])
    tabs = [" ".join(link.itertext()) for link in tree_of(answer).xpath("//nav[@class='tabs']//a")]
    assert tabs == [
        "未办结 2",
        "待处理 1",
        "疑似垃圾 1",
        "待复核 0",
        "已采纳 1",
        "未采纳 0",
        "已答复 0",
        "不受理 0",
        "全部 3",
    ]
    assert numbers_on(staff_client.get("/moderation/?state=accepted")) == [done]
    headings = tree_of(answer).xpath("//thead//th/text()")
    assert headings == ["期限", "编号", "类型", "位置", "摘要", "状态"]
    for row in tree_of(answer).xpath("//tbody/tr"):
        assert [cell.get("data-label") for cell in row] == headings


def test_a_line_of_the_queue_shows_what_differs(app: Flask, staff_client: FlaskClient) -> None:
    paragraph = f"{'持续引进各类人才，' * 9}推动数字转型。"
    send(app, quote=paragraph, suggestion=paragraph.replace("数字", "数字化"))
    cell = "normalize-space(//td[@data-label='摘要'])"
    shown = tree_of(staff_client.get("/moderation/")).xpath(cell)
    assert shown == "……进各类人才，推动数字转型。 → ……进各类人才，推动数字化转型。"


def test_a_place_is_said_in_words(app: Flask, staff_client: FlaskClient) -> None:
    send(app, anchor="s2-1-p1")
    place = tree_of(staff_client.get("/moderation/")).xpath("string(//td[@data-label='位置'])")
    assert place == "二、全面推进"


def test_filters_narrow_and_can_be_taken_off(app: Flask, staff_client: FlaskClient) -> None:
    typo, asked = send(app), send(app, Kind.CONSULTATION)
    answer = staff_client.get("/moderation/?state=all&kind=correction&error_type=typo&q=多了")
    assert numbers_on(answer) == [typo]
    chips = tree_of(answer).xpath("//ul[@class='chips']//a")
    assert ["".join(chip.itertext()) for chip in chips] == [
        *(f"取消筛选：{words}×" for words in ("纠错", "错别字", "“多了”")),
        "清除全部筛选",
    ]
    assert sorted(numbers_on(staff_client.get(chips[-1].get("href")))) == sorted([typo, asked])
    assert numbers_on(staff_client.get(chips[0].get("href"))) == [typo]
    assert form_of(answer, "/moderation/")["q"] == "多了"


@pytest.mark.parametrize(
    "query",
    [
        "state=nothing",
        "page=0",
        "page=-1",
        "page=99999999999999999999",
        "page=٣",
        "page=" + "9" * 5000,
        "kind=x&error_type=y&order=z",
        "q=%00",
        "q=" + "长" * 3000,
        "state=open&state=spam",
    ],
)
def test_odd_addresses_still_give_a_list(app: Flask, staff_client: FlaskClient, query: str) -> None:
    send(app)
    assert staff_client.get(f"/moderation/?{query}").status_code == 200


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("since=2026-13-01", "日期应写成2026-11-24的样子"),
        ("until=yesterday", "日期应写成2026-11-24的样子"),
        ("since=2026-11-02&until=2026-11-01", "结束日期不能早于开始日期"),
    ],
)
def test_a_date_that_cannot_be_read(app: Flask, staff_client: FlaskClient, query: str, message: str) -> None:
    send(app)
    answer = staff_client.get(f"/moderation/?{query}")
    assert answer.status_code == 422
    assert f"错误：{message}" in answer.text
    assert query.split("=")[1].split("&")[0] in answer.text
    assert tree_of(answer).xpath("string(//*[@class='error-summary']/h2)") == "筛选条件有1处要改"
    assert len(numbers_on(answer)) == 1, "a wrong day narrows nothing"
    empty = staff_client.get(f"/moderation/?state=spam&{query}")
    assert tree_of(empty).xpath("string(//*[@class='empty']/h2)") == "还没有筛选"


def test_pages_keep_the_filter(app: Flask, staff_client: FlaskClient) -> None:
    for _ in range(21):
        send(app)
    answer = staff_client.get("/moderation/?state=all&kind=correction")
    following = tree_of(answer).xpath("string(//a[@rel='next']/@href)")
    assert following == "/moderation/?state=all&kind=correction&page=2"
    assert len(numbers_on(staff_client.get(following))) == 1
    assert len(numbers_on(staff_client.get("/moderation/?state=all&page=50"))) == 1


def test_three_kinds_of_emptiness(staff_client: FlaskClient) -> None:
    headings = [
        tree_of(staff_client.get(address)).xpath("string(//*[@class='empty']/h2)")
        for address in ("/moderation/", "/moderation/?state=spam", "/moderation/?q=x")
    ]
    assert headings == ["没有未办结的来件", "这里还没有来件", "没有符合筛选的来件"]


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31"])
def test_days_that_no_clock_knows(staff_client: FlaskClient, query: str) -> None:
    answer = staff_client.get(f"/moderation/?{query}")
    assert answer.status_code == 422
    assert "年份应在2000年到2100年之间" in answer.text


# A submission


def test_a_submission_shows_everything_but_the_client(app: Flask, staff_client: FlaskClient) -> None:
    number = send(app, anchor="s2-1-p1", quote="原文", suggestion="改文", trapped=True)
    answer = staff_client.get(f"/moderation/submissions/{number}")
    rows = {
        "".join(row[0].itertext()): "".join(row[1].itertext()).strip()
        for row in tree_of(answer).xpath("//dl/div")
    }
    assert rows["类型"] == "纠错：错别字"
    assert rows["位置"] == "s2-1-p1"
    assert (rows["出错的文字"], rows["建议改为"]) == ("原文", "改文")
    assert (rows["姓名"], rows["联系方式"]) == ("张三", "zhang@example.cn")
    assert "填写了页面上看不见的栏目" in answer.text
    assert "c" * 64 not in answer.text
    link = tree_of(answer).xpath("//dd/a")[0]
    assert (link.get("href"), link.get("rel")) == ("http://localhost/plans/2023-work-plan/2", "noreferrer")
    buttons = tree_of(answer).xpath("//button[@name='decision']")
    assert [button.text for button in buttons] == [
        "移入待处理",
        "采纳纠错",
        "不采纳纠错",
        "答复来件",
        "标为不受理",
    ]
    assert [button.get("class") for button in buttons] == ["button"] + ["button button--secondary"] * 4
    assert post(staff_client, number, "reopen").status_code == 303
    moved = staff_client.get(f"/moderation/submissions/{number}")
    assert "待处理" in moved.text
    assert "重新办理" not in moved.text
    assert buttons_on(moved) == ["采纳纠错", "不采纳纠错", "答复来件", "标为不受理"]
    assert tree_of(moved).xpath("string(//p[@class='meta'][contains(., '疑似垃圾')])")


def test_a_consultation_has_its_own_buttons(app: Flask, staff_client: FlaskClient) -> None:
    number = send(app, Kind.CONSULTATION)
    answer = staff_client.get(f"/moderation/submissions/{number}")
    assert buttons_on(answer) == ["答复来件", "不采纳", "标为不受理"]
    assert "期限" in tree_of(answer).xpath("string(//*[@class='case__head'])")


@pytest.mark.parametrize(
    ("quote", "mark"),
    [
        ("落地,促进", "落地,促进"),
        (" 落 地，促进 ", "落地,促进"),
        ("", None),
        ("这里没有的话", None),
        ("<b>", None),
    ],
)
def test_the_paragraph_as_it_is_now(published_app: Flask, quote: str, mark: str | None) -> None:
    staff_client = sign_in(published_app)
    for answers in (
        {"anchor": "s2-1-p1"},
        {"page_url": "http://localhost/plans/2023-work-plan/2?q=x#s2-1-p1"},
    ):
        number = send(published_app, quote=quote, **answers)
        page = f"/moderation/submissions/{number}"
        for open_ in (True, False):
            tree = tree_of(staff_client.get(page))
            shown = "//*[@id='review-difference']" if open_ else "//dt[.='现在的原文']/following-sibling::dd"
            assert "持续推进产业发展" in tree.xpath(
                f"string({shown}/ancestor::*[self::section or self::div][1])"
            )
            assert "落地,促进" in tree.xpath(f"string({shown})")
            assert tree.xpath(f"{shown}//mark/text()") == ([mark] if mark else [])
            lost = "没有找到" in tree.xpath("string(//section[@class='review'])")
            assert lost == (open_ and bool(quote and not mark))
            if open_:
                assert post(staff_client, number, "reject", "原文无误").status_code == 303


@pytest.mark.parametrize(
    "answers",
    [
        {"anchor": "s9-9-p9"},
        {"anchor": ""},
        {"anchor": "s2-1-p1", "page_url": "https://elsewhere.example/plans/2023-work-plan/2"},
        {"anchor": "s2-1-p1", "page_url": "http://localhost/plans/2023-work-plan"},
        {"anchor": "s2-1-p1", "page_url": "http://[odd"},
        {"anchor": "s2-1-p1", "page_url": "第二页"},
    ],
)
def test_a_place_that_is_not_published(published_app: Flask, answers: dict[str, str]) -> None:
    number = send(published_app, **answers)
    page = sign_in(published_app).get(f"/moderation/submissions/{number}")
    assert page.status_code == 200
    assert "现在的原文" not in page.text


def test_a_submission_that_does_not_exist(staff_client: FlaskClient) -> None:
    for number in ("JC-20260101-0001", "%00", "x" * 500):
        answer = staff_client.get(f"/moderation/submissions/{number}")
        assert answer.status_code == 404
        assert tree_of(answer).xpath("//body[@class='staff']//main//a/@href") == ["/moderation/"]
        assert staff_client.get(f"/moderation/submissions/{number}/attachment").status_code == 404


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (
            Kind.CORRECTION,
            ("page_url", "page_title", "description", "quote", "suggestion", "name", "contact"),
        ),
        (Kind.CONSULTATION, ("subject", "content", "name", "contact")),
    ],
)
def test_what_visitors_type_is_only_ever_text(
    app: Flask, staff_client: FlaskClient, kind: Kind, fields: tuple[str, ...]
) -> None:
    scripts = len(tree_of(staff_client.get("/moderation/")).xpath("//script"))
    for payload in PAYLOADS:
        file = File(f"{payload}.png", "image/png", b"\x89PNG\r\n\x1a\n")
        number = send(app, kind, file=file, **dict.fromkeys(fields, payload))
        page = f"/moderation/submissions/{number}"
        for address in (page, "/moderation/?state=all", "/moderation/?" + urlencode({"q": payload})):
            tree = tree_of(staff_client.get(address))
            assert len(tree.xpath("//script")) == scripts
            assert not tree.xpath("//img | //svg | //*[@onerror or @onload]")
            assert not tree.xpath("//a[starts-with(@href, 'javascript')]")
            if address == page:
                assert "".join(tree.xpath("//dd//text()")).count(payload) >= len(fields)


def test_earlier_submissions_are_listed(app: Flask, staff_client: FlaskClient) -> None:
    first, second = send(app, anchor="s2-1"), send(app, anchor="s2-1")
    text = staff_client.get(f"/moderation/submissions/{second}").text
    assert "同一页面的较早来件" in text
    assert first in text
    assert "同一页面的较早来件" not in staff_client.get(f"/moderation/submissions/{first}").text


def test_an_attachment_is_for_download_only(app: Flask, staff_client: FlaskClient) -> None:
    data = b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"
    number = send(app, file=File('截图 "1";.png', "image/png", data))
    address = f"/moderation/submissions/{number}/attachment"
    assert address in staff_client.get(f"/moderation/submissions/{number}").text
    answer = staff_client.get(address)
    assert answer.data == data
    assert answer.mimetype == "image/png"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "filename*=UTF-8''%E6%88%AA%E5%9B%BE%20%221%22%3B.png" in disposition
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["Cache-Control"] == "no-store"
    assert app.test_client().get(address).status_code == 302


# Deciding


def test_a_decision_is_shown_and_leads_on(app: Flask, staff_client: FlaskClient) -> None:
    number, waiting = send(app), send(app)
    answer = post(staff_client, number, "reject", "原文无误\r\n谢谢")
    assert (answer.status_code, answer.location) == (303, f"/moderation/submissions/{number}")
    page = staff_client.get(answer.location)
    assert f"处理决定已保存：{number}现在是“未采纳”。" in page.text
    assert f"下一件未办结：{waiting}" in page.text
    assert tree_of(page).xpath("string(//a[@href='#decide'])") == "重新办理"
    assert "原文无误<br>谢谢" in page.text
    assert MODERATOR in tree_of(page).xpath("string(//ol[@class='timeline'])")
    assert buttons_on(page) == ["重新办理"]
    assert post(staff_client, number, "reopen").status_code == 303
    assert status_of(app, number) == (Status.RECEIVED, 2, 3)


@pytest.mark.parametrize(
    ("decision", "reply", "message"),
    [
        ("reject", "  ", "请写明不采纳的理由"),
        ("answer", "", "请写明答复内容"),
        ("answer", "字" * 5001, "回复或理由最多5000字"),
        ("", "写好的", "请在下面的按钮中选择一种处理决定"),
        ("burn", "写好的", "请在下面的按钮中选择一种处理决定"),
        ("reopen", "写好的", "请在下面的按钮中选择一种处理决定"),
    ],
)
def test_a_decision_that_cannot_be_made(
    app: Flask, staff_client: FlaskClient, decision: str, reply: str, message: str
) -> None:
    number = send(app)
    answer = post(staff_client, number, decision, reply)
    assert answer.status_code == 422
    assert f"错误：{message}" in answer.text
    assert tree_of(answer).xpath("//*[@class='error-summary']//a/@href") == ["#reply"]
    assert form_of(answer, f"/moderation/submissions/{number}/decision")["reply"] == reply
    assert status_of(app, number) == (Status.RECEIVED, 0, 1)


def test_the_second_is_told_who_decided_what(app: Flask, staff_client: FlaskClient) -> None:
    number = send(app)
    other = sign_in(app, "other@example.cn")
    action = f"/moderation/submissions/{number}/decision"
    typed = form_of(other.get(f"/moderation/submissions/{number}"), action)
    assert post(staff_client, number, "accept").status_code == 303
    answer = other.post(action, data=typed | {"decision": "reject", "reply": "不同意的理由"})
    assert answer.status_code == 409
    told = tree_of(answer).xpath("string(//*[@role='alert'])")
    assert f"{MODERATOR}已在" in told
    assert "采纳" in told
    assert "来件人也没有看到" in told
    assert "只能重新办理" in told
    form = form_of(answer, action)
    assert form["reply"] == "不同意的理由"
    assert buttons_on(answer) == ["重新办理"]
    assert status_of(app, number) == (Status.ACCEPTED, 1, 2)
    assert other.post(action, data=form | {"decision": "reopen"}).status_code == 303


def test_the_second_is_told_even_with_a_mistake_of_his_own(app: Flask, staff_client: FlaskClient) -> None:
    number = send(app)
    other = sign_in(app, "other@example.cn")
    action = f"/moderation/submissions/{number}/decision"
    typed = form_of(other.get(f"/moderation/submissions/{number}"), action)
    assert post(staff_client, number, "answer", "已办").status_code == 303
    answer = other.post(action, data=typed | {"decision": "reject", "reply": "长" * 5001})
    assert answer.status_code == 409
    assert f"{MODERATOR}已在" in tree_of(answer).xpath("string(//*[@role='alert'])")


def test_a_fault_is_not_taken_for_a_wrong_button(
    app: Flask, staff_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = send(app)

    def broken(*_: object) -> None:
        raise ValueError("a fault")

    monkeypatch.setattr("portal.feedback.letters.decided", broken)
    with pytest.raises(ValueError, match="a fault"):
        post(staff_client, number, "accept")
    assert status_of(app, number) == (Status.RECEIVED, 0, 1)


def test_who_decided_in_another_tab_is_called_you(app: Flask, staff_client: FlaskClient) -> None:
    number = send(app, trapped=True)
    page = f"/moderation/submissions/{number}"
    typed = form_of(staff_client.get(page), f"{page}/decision")
    assert post(staff_client, number, "reopen").status_code == 303
    answer = staff_client.post(f"{page}/decision", data=typed | {"decision": "accept"})
    assert answer.status_code == 409
    told = tree_of(answer).xpath("string(//*[@role='alert'])")
    assert "您已在" in told
    assert "再作处理决定" in told
    assert "重新办理" not in told
    assert "您写的文字" not in told


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "٠", "7"])
def test_an_odd_version_is_a_stale_one(app: Flask, staff_client: FlaskClient, version: str) -> None:
    number = send(app)
    assert post(staff_client, number, "accept", version=version).status_code == 409
    assert status_of(app, number) == (Status.RECEIVED, 0, 1)


def test_a_reply_outlives_the_session(
    app: Flask, staff_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = send(app)
    action = f"/moderation/submissions/{number}/decision"
    form = form_of(staff_client.get(f"/moderation/submissions/{number}"), action)
    later = database.now() + timedelta(hours=1)
    monkeypatch.setattr(database, "now", lambda: later)
    answer = staff_client.post(action, data=form | {"decision": "answer", "reply": "写了很久的答复"})
    assert answer.status_code == 401
    assert tree_of(answer).xpath("string(//textarea)") == "写了很久的答复"
    assert form_of(answer, "/account/login")["next"] == f"/moderation/submissions/{number}"
    assert status_of(app, number) == (Status.RECEIVED, 0, 1)


def test_a_reply_outlives_signing_out_in_another_tab(app: Flask, staff_client: FlaskClient) -> None:
    number = send(app)
    page = f"/moderation/submissions/{number}"
    typed = form_of(staff_client.get(page), f"{page}/decision")
    typed |= {"decision": "answer", "reply": "写了很久的答复"}
    staff_client.post("/account/logout", data=form_of(staff_client.get(page), "/account/logout"))
    signed_out = staff_client.post(f"{page}/decision", data=typed)
    assert signed_out.status_code == 401
    assert tree_of(signed_out).xpath("string(//textarea)") == "写了很久的答复"
    login = form_of(staff_client.get("/account/login"))
    staff_client.post("/account/login", data=login | {"email": MODERATOR, "password": PASSWORD})
    stale = staff_client.post(f"{page}/decision", data=typed)
    assert stale.status_code == 400
    again = form_of(stale, f"{page}/decision")
    assert again["reply"] == "写了很久的答复"
    assert status_of(app, number) == (Status.RECEIVED, 0, 1)
    assert staff_client.post(f"{page}/decision", data=again | {"decision": "answer"}).status_code == 303
    assert status_of(app, number) == (Status.ANSWERED, 1, 2)


def test_control_characters_do_not_reach_the_record(app: Flask, staff_client: FlaskClient) -> None:
    number = send(app)
    assert post(staff_client, number, "answer", "答\0复\x1b[31m").status_code == 303
    with app.app_context():
        found = queue.find(number)
        assert found
        assert found.events[-1].note == "答复[31m"
