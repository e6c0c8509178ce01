"""The forms, the check page, the receipt and the question for the outcome, as a visitor meets them."""

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.database import db, now
from portal.errors.words import ELSEWHERE
from portal.feedback.models import ErrorType, Kind, Status, Submission
from portal.feedback.tokens import Mark
from portal.mail.models import OutgoingMail
from tests.feedback.sending import (
    ANSWERS,
    CONSULTATION,
    CORRECTION,
    check_page,
    confirm,
    receipt,
    send,
    upload,
)
from tests.support.client import form_of, tree_of

KINDS = ["correction", "consultation"]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Submission)) or 0


def only(app: Flask) -> Submission:
    with app.app_context():
        return db.session.execute(select(Submission)).scalar_one()


# The forms


@pytest.mark.parametrize("address", ["/feedback/correction", "/feedback/consultation", "/feedback/status"])
def test_pages_are_the_same_for_everyone(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Cache-Control"].startswith("public")
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers.get("Vary", "")
    assert "csrf_token" not in response.text
    again = client.get(address, headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_both_forms_stand_at_the_foot_of_a_page(client: FlaskClient) -> None:
    page = client.get("/feedback/status")
    tree = tree_of(page)
    for kind in KINDS:
        details = tree.xpath("//details[@id=$id]", id=f"report-{kind}")[0]
        assert details.xpath(".//form/@action") == [f"/feedback/{kind}"]
        assert "个工作日内" in details.xpath("string(p)")
    form = form_of(page, "/feedback/correction")
    assert (form["page_url"], form["page_title"]) == ("http://localhost/feedback/status", "回执查询")
    assert set(form) == {
        *("error_type", "page_url", "page_title", "description", "name"),
        *("contact", "anchor", "quote", "prefix", "suffix", "release", "suggestion", "website"),
    }
    assert set(form_of(page, "/feedback/consultation")) == {
        *("kind", "subject", "content", "name", "contact", "website")
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_has_one_place_on_its_own_page(client: FlaskClient, kind: str) -> None:
    page = tree_of(client.get(f"/feedback/{kind}"))
    assert page.xpath("//form[@method='post']/@action").count(f"/feedback/{kind}") == 1
    assert not page.xpath("//details[@id=$id]", id=f"report-{kind}")


def test_the_labels_are_those_of_the_source(client: FlaskClient) -> None:
    page = tree_of(client.get("/feedback/correction"))
    labels = [label.xpath("string(.)") for label in page.xpath("//label[starts-with(@for, 'correction-')]")]
    for words in (
        "错误类",
        "出错页面的地址（浏览器地址栏里面的地址）",
        "内容标题",
        "为了方便我们更准确及时的处理错误，请尽可能详细填写你的操作经过",
        "您的姓名",
    ):
        assert any(label.startswith(words) and "必填" in label for label in labels), words
    options = page.xpath("//select[@name='error_type']/option/@value")
    assert options == ["", *ErrorType]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?plan=x",
        "?plan=x&page=1&anchor=s1",
        "?anchor=%00&plan=%00&page=%ff",
        "?_external=1&anchor=" + "a" * 3000,
    ],
)
def test_a_wrong_place_is_no_place(client: FlaskClient, query: str) -> None:
    response = client.get(f"/feedback/correction{query}")
    assert response.status_code == 200
    form = form_of(response, "/feedback/correction")
    assert (form["page_url"], form["page_title"], form["anchor"]) == (
        "http://localhost/",
        "工作要点公开平台",
        "",
    )


# The check page


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_stored_before_it_is_confirmed(app: Flask, client: FlaskClient, kind: str) -> None:
    page = check_page(client, kind)
    assert page.headers["Cache-Control"] == "no-store"
    assert count(app) == 0
    form = tree_of(page).xpath("//form[.//input[@name='csrf_token']]")[0]
    assert form.get("action") == f"/feedback/{kind}"
    buttons = [button.text for button in form.iter("button")]
    assert buttons == [f"提交{'纠错' if kind == 'correction' else '咨询'}", "返回修改"]
    assert "未填写" in page.text


def test_the_check_page_shows_old_and_new_together(client: FlaskClient) -> None:
    page = check_page(client, "correction", quote="数字转型\n<b>", suggestion="数字化转型")
    shown = tree_of(page).xpath("//dl//*[@class='difference']")
    assert len(shown) == 1
    parts = [part.xpath("string(text())") for part in shown[0].xpath(".//del | .//ins")]
    assert parts == ["化", "\n<b>"]
    assert form_of(page)["suggestion"] == "数字化转型"
    assert "共2处改动：删4字，增1字" in tree_of(page).xpath("string(//dl)")
    one = check_page(client, "correction", quote="数字转型")
    assert not tree_of(one).xpath("//del | //ins")
    assert "建议改为" in one.text


def test_the_check_page_shows_the_sentence_and_folds_the_paragraph(client: FlaskClient) -> None:
    text = f"{'前一句。' * 30}推动数字转型。后一句。"
    page = check_page(client, "correction", quote=text, suggestion=text.replace("数字", "数字化"))
    sentence, whole = tree_of(page).xpath("//dl//*[@class='difference']")
    assert [each.tag for each in sentence.iterancestors()][:1] == ["ul"]
    assert "前一句" not in sentence.xpath("string()")
    assert whole.getparent().xpath("string(summary)") == "查看整段"
    assert whole.xpath("string()").startswith("前一句。")


def test_the_check_page_shows_the_words_of_the_choices(client: FlaskClient) -> None:
    page = check_page(client, "consultation", kind="complaint", publish="on")
    answers = tree_of(page).xpath("//dl[@class='summary-list']//dd/text()")
    assert "投诉" in answers
    assert "可以公开，姓名会隐去一部分" in answers
    assert form_of(page)["publish"] == "y"
    assert "publish" not in form_of(check_page(client, "consultation"))


@pytest.mark.parametrize("kind", KINDS)
def test_bad_input_is_told_and_nothing_is_lost(app: Flask, client: FlaskClient, kind: str) -> None:
    typed = ANSWERS[kind] | {"name": "  ", "contact": "明天再说"}
    response = client.post(f"/feedback/{kind}", data=typed)
    tree = tree_of(response)
    assert response.status_code == 422
    assert tree.findtext("head/title").startswith("错误：")
    summary = tree.xpath("//div[@class='error-summary']")[0]
    assert summary.xpath("string(h2)") == "提交前请改正以下2处"
    links = {link.get("href"): link.text for link in summary.iter("a")}
    assert links == {
        f"#{kind}-name": "请填写您的姓名",
        f"#{kind}-contact": "请填写电子邮箱，或11位手机号、带区号的座机号",
    }
    form = form_of(response, f"/feedback/{kind}")
    assert {name: form[name] for name in typed} == typed
    assert count(app) == 0


@pytest.mark.parametrize("name", sorted(CORRECTION))
def test_required_answers_of_a_correction(client: FlaskClient, name: str) -> None:
    without = {key: value for key, value in CORRECTION.items() if key != name}
    assert client.post("/feedback/correction", data=without).status_code == 422
    assert client.post("/feedback/correction", data=CORRECTION | {name: "\u3000\n"}).status_code == 422


@pytest.mark.parametrize("name", sorted(CONSULTATION))
def test_required_answers_of_a_consultation(client: FlaskClient, name: str) -> None:
    assert client.post("/feedback/consultation", data=CONSULTATION | {name: ""}).status_code == 422


@pytest.mark.parametrize(
    ("kind", "name", "most"),
    [
        *(("correction", *limit) for limit in (("name", 50), ("page_url", 1000), ("page_title", 300))),
        *(("correction", *limit) for limit in (("description", 5000), ("quote", 4000), ("suggestion", 4000))),
        *(("consultation", *limit) for limit in (("name", 50), ("subject", 100), ("content", 5000))),
    ],
)
def test_limits_count_characters_and_line_breaks_once(
    client: FlaskClient, kind: str, name: str, most: int
) -> None:
    text = ("𠮷\r\n" * most)[: most // 2 * 3]
    check_page(client, kind, **{name: text})
    response = client.post(f"/feedback/{kind}", data=ANSWERS[kind] | {name: text + "多两"})
    assert response.status_code == 422
    assert f"最多{most}字，请删去2字" in response.text
    assert form_of(response, f"/feedback/{kind}")[name].count("𠮷") == text.count("𠮷")


@pytest.mark.parametrize("value", ["nonsense", "", "TYPO", "typo "])
def test_an_unknown_kind_of_error_is_refused(client: FlaskClient, value: str) -> None:
    assert client.post("/feedback/correction", data=CORRECTION | {"error_type": value}).status_code == 422


def test_kinds_of_consultation(client: FlaskClient) -> None:
    assert client.post("/feedback/consultation", data=CONSULTATION | {"kind": "x"}).status_code == 422
    assert form_of(check_page(client, "consultation"))["kind"] == "question"


def test_odd_requests_do_not_break_anything(client: FlaskClient) -> None:
    repeated = CORRECTION | {"name": ["张三", "李四"], "error_type": ["typo", "other"]}
    assert form_of(client.post("/feedback/correction", data=repeated))["name"] == "张三"
    file = CORRECTION | {"description": (io.BytesIO(b"text"), "a.txt")}
    assert client.post("/feedback/correction", data=file).status_code == 422
    extra = CORRECTION | {"status": "accepted", "number": "JC-1", "id": "7"}
    assert "status" not in form_of(client.post("/feedback/correction", data=extra))
    assert client.post("/feedback/correction", json=CORRECTION).status_code == 422
    assert client.post("/feedback/correction", data=b"\xff\xfe=%ff&name=%00").status_code == 422
    anchor = form_of(check_page(client, "correction", anchor="<b>"))
    assert anchor["anchor"] == ""


def test_going_back_shows_the_form_with_everything(client: FlaskClient) -> None:
    typed = CORRECTION | {"quote": "\n 原文 ", "suggestion": "改\r\n为", "contact": "138 0013 8000"}
    page = client.post("/feedback/correction", data=typed)
    response = client.post("/feedback/correction", data=form_of(page) | {"edit": "1"})
    assert response.status_code == 200
    form = form_of(response, "/feedback/correction")
    assert {name: form[name] for name in typed} == typed | {"suggestion": "改\n为"}


# Confirming


@pytest.mark.parametrize("kind", KINDS)
def test_confirming_leads_to_the_receipt(app: Flask, client: FlaskClient, kind: str) -> None:
    answer = send(client, kind, contact="+86 138-0013-8000")
    number, code = receipt(client, answer)
    assert re.fullmatch(r"(JC|ZX)-\d{8}-0001", number)
    assert re.fullmatch(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", code)
    kept = only(app)
    assert (kept.number, kept.kind, kept.status) == (number, Kind(kind), Status.RECEIVED)
    assert kept.contact == "+86 138-0013-8000"
    assert kept.name == ANSWERS[kind]["name"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate_limits", ["on", "off"])
def test_one_check_page_is_one_submission(make_app: Any, kind: str, rate_limits: str) -> None:
    app = make_app(rate_limits=rate_limits, minimum_seconds=0)
    client = app.test_client()
    page = check_page(client, kind)
    answers = [confirm(client, kind, page) for _ in range(3)]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len({receipt(client, answer) for answer in answers}) == 1
    assert count(app) == 1


def test_a_reloaded_check_page_is_the_same_submission(make_app: Any) -> None:
    app = make_app(rate_limits="on", minimum_seconds=0)
    client = app.test_client()
    first = send(client, "correction")
    assert send(client, "correction").headers["Location"] == first.headers["Location"]
    assert send(client, "correction", description="另一处").headers["Location"] != first.headers["Location"]
    other = app.test_client()
    assert send(other, "correction").headers["Location"] != first.headers["Location"]
    assert count(app) == 3


def test_load_tests_may_send_one_text_many_times(app: Flask, client: FlaskClient) -> None:
    assert len({send(client, "correction").headers["Location"] for _ in range(5)}) == 5
    assert count(app) == 5


@pytest.mark.parametrize(
    "damage",
    [
        {"csrf_token": ""},
        {"csrf_token": "wrong"},
        {"check": ""},
        {"check": "wrong"},
        {"csrf_token": "", "check": ""},
        {"check": Mark.new(now()).sign("another secret", "correction")},
    ],
)
def test_without_a_good_token_nothing_is_stored(
    app: Flask, client: FlaskClient, damage: dict[str, str]
) -> None:
    page = check_page(client, "correction", description="\n不能丢 ")
    response = confirm(client, "correction", page, **damage)
    assert response.status_code == 400
    assert "页面停留时间过长，请再按一次“提交纠错”" in response.text
    assert count(app) == 0
    assert form_of(response)["description"] == "\n不能丢 "
    assert confirm(client, "correction", response).status_code == 303
    assert only(app).description == "\n不能丢 "


def test_an_expired_session_needs_one_more_press(app: Flask, client: FlaskClient) -> None:
    page = check_page(client, "consultation")
    client.delete_cookie("session")
    response = confirm(client, "consultation", page)
    assert response.status_code == 400
    assert count(app) == 0
    assert confirm(client, "consultation", response).status_code == 303


def test_a_token_of_someone_else_is_no_token(app: Flask, client: FlaskClient) -> None:
    page = check_page(client, "correction")
    other = app.test_client()
    check_page(other, "correction")
    assert confirm(other, "correction", page).status_code == 400
    assert count(app) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://[bad"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
)
def test_confirming_from_another_site_is_refused(
    app: Flask, client: FlaskClient, headers: dict[str, str]
) -> None:
    data = form_of(check_page(client, "correction"))
    response = client.post("/feedback/correction", data=data, headers=headers)
    assert response.status_code == 403
    assert tree_of(response).findtext(".//h1") == ELSEWHERE.heading
    assert count(app) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
def test_confirming_from_this_site_is_not(client: FlaskClient, headers: dict[str, str]) -> None:
    data = form_of(check_page(client, "correction"))
    assert client.post("/feedback/correction", data=data, headers=headers).status_code == 303


def test_behind_a_proxy_the_site_is_known_by_its_address(make_app: Any) -> None:
    client = make_app(site_url="https://plan.example.gov.cn").test_client()
    base = {"base_url": "https://plan.example.gov.cn"}
    page = client.post("/feedback/correction", data=CORRECTION, **base)
    headers = {"Origin": "https://plan.example.gov.cn"}
    answer = client.post("/feedback/correction", data=form_of(page), headers=headers, **base)
    assert answer.status_code == 303


# The file


def test_a_file_goes_with_a_correction(app: Flask, client: FlaskClient) -> None:
    page = check_page(client, "correction")
    upload(client, "correction", page, PNG, "截图.png")
    with app.app_context():
        kept = db.session.execute(select(Submission)).scalar_one().attachment
        assert kept is not None
        assert (kept.filename, kept.media_type, kept.size, kept.data) == ("截图.png", "image/png", 28, PNG)


@pytest.mark.parametrize("name", ["", "a.png", "a.exe"])
def test_an_empty_file_is_no_file(app: Flask, client: FlaskClient, name: str) -> None:
    page = check_page(client, "correction")
    answer = upload(client, "correction", page, b"", name)
    assert answer.status_code == 303
    with app.app_context():
        assert db.session.execute(select(Submission)).scalar_one().attachment is None


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"MZ", "a.exe"), (b"MZ", "a.png"), (PNG, "a.pdf"), (PNG.ljust(9_000_000, b"\0"), "a.png")],
)
def test_a_wrong_file_keeps_the_text(app: Flask, client: FlaskClient, data: bytes, name: str) -> None:
    page = check_page(client, "correction", description="\n不能丢")
    response = upload(client, "correction", page, data, name)
    tree = tree_of(response)
    assert response.status_code == 422
    assert tree.findtext("head/title").startswith("错误：")
    assert tree.xpath("//div[@class='error-summary']//a/@href") == ["#attachment"]
    assert count(app) == 0
    assert form_of(response)["description"] == "\n不能丢"
    assert confirm(client, "correction", response).status_code == 303


def test_a_consultation_takes_no_file(app: Flask, client: FlaskClient) -> None:
    page = check_page(client, "consultation")
    upload(client, "consultation", page, b"MZ", "a.exe")
    with app.app_context():
        assert db.session.execute(select(Submission)).scalar_one().attachment is None


def test_a_flood_of_bytes_is_refused(client: FlaskClient) -> None:
    page = check_page(client, "correction")
    assert upload(client, "correction", page, PNG.ljust(26_000_000), "a.png").status_code == 413
    assert client.post("/feedback/correction", data={"name": "a" * 1_100_000}).status_code == 413


# The guards


def test_the_visitor_does_not_see_a_suspicion(make_app: Any) -> None:
    app = make_app(rate_limits="on", minimum_seconds=3600)
    client = app.test_client()
    answer = send(client, "correction", website="http://spam.example", contact="zhang@example.cn")
    number, code = receipt(client, answer)
    assert only(app).suspicions == "honeypot too_fast"
    status = client.post("/feedback/status", data={"number": number, "code": code})
    assert "待处理" in status.text
    assert "疑似" not in status.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(OutgoingMail)) == 0


def test_pressing_again_after_a_stale_page_is_not_too_fast(make_app: Any) -> None:
    app = make_app(rate_limits="on", minimum_seconds=60)
    client = app.test_client()
    page = check_page(client, "correction")
    client.delete_cookie("session")
    old = Mark(now() - timedelta(hours=20), "nonce").sign("only for these tests", "correction")
    stale = confirm(client, "correction", page, check=old)
    assert stale.status_code == 400
    confirm(client, "correction", stale)
    assert only(app).status is Status.RECEIVED


def test_too_many_from_one_address(make_app: Any) -> None:
    app = make_app(rate_limits="on", minimum_seconds=0, submissions_per_hour=2)
    client = app.test_client()
    for number in range(3):
        send(client, "consultation", content=str(number))
    with app.app_context():
        kept = db.session.scalars(select(Submission.suspicions).order_by(Submission.id)).all()
    assert kept == ["", "", "too_many"]


def test_too_many_files_are_refused_with_the_text_kept(make_app: Any) -> None:
    app = make_app(rate_limits="on", minimum_seconds=0, submissions_per_hour=1)
    client = app.test_client()
    send(client, "correction")
    page = check_page(client, "correction", description="第二件")
    refused = upload(client, "correction", page, PNG, "a.png")
    assert refused.status_code == 429
    assert "请先不带附件提交" in refused.text
    assert "第二件" in refused.text
    assert confirm(client, "correction", refused).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Submission.suspicions).order_by(Submission.id)).all() == [
            "",
            "too_many",
        ]


def test_what_is_too_long_is_not_looked_at_further(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.feedback.forms.is_contact", lambda text: 1 / 0)
    response = client.post("/feedback/correction", data=CORRECTION | {"contact": "\ufdfa" * 101})
    assert response.status_code == 422
    assert "联系方式最多100字，请删去1字" in response.text


# The receipt


def test_a_receipt_can_be_opened_again_and_tells_nothing_personal(client: FlaskClient) -> None:
    answer = send(client, "correction", contact="zhang@example.cn")
    response = client.get(answer.headers["Location"])
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert "已收到您的纠错" in response.text
    for private in ("张三", "zhang@example.cn", CORRECTION["description"]):
        assert private not in response.text
    tree = tree_of(response)
    assert "http://localhost/plans/2023-work-plan/2#s2-1-p1" in tree.xpath("//main//a/@href")
    assert form_of(response, "/feedback/correction")["page_url"] == "http://localhost/feedback/status"
    assert client.get("/feedback/receipt/" + "A" * 43).status_code == 404


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "javascript:alert(1)", "//evil.example", "http://[bad", "第二章"]
)
def test_a_receipt_leads_back_to_this_site_alone(client: FlaskClient, address: str) -> None:
    answer = send(client, "correction", page_url=address)
    page = tree_of(client.get(answer.headers["Location"]))
    assert address not in page.xpath("//main//a/@href")
    assert "/" in page.xpath("//main//a/@href")


def test_a_receipt_names_the_day_when_it_is_known(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.feedback.deadlines.due_on", lambda *_: now().date())
    known = client.get(send(client, "correction").headers["Location"])
    assert re.search(r"我们会在<time [^>]*>\d+年\d+月\d+日</time>前处理（3个工作日内）", known.text)
    monkeypatch.setattr("portal.feedback.deadlines.due_on", lambda *_: None)
    unknown = client.get(send(client, "consultation").headers["Location"])
    assert "未公布" in unknown.text
    assert "5个工作日内" in unknown.text


# The outcome


def test_number_and_code_show_the_timeline(client: FlaskClient) -> None:
    number, code = receipt(client, send(client, "consultation", subject="<i>创新券</i>"))
    response = client.post("/feedback/status", data={"number": number, "code": code})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "收到来件" in response.text
    assert "&lt;i&gt;创新券" in response.text
    assert "李四" not in response.text


def test_what_is_copied_by_hand_is_read_kindly(client: FlaskClient) -> None:
    number, code = receipt(client, send(client, "correction"))
    wide = str.maketrans({chr(n): chr(n + 0xFEE0) for n in range(33, 127)})
    for typed in (
        (number.lower(), code.lower()),
        (number.replace("-", ""), code.replace("-", "")),
        (number.replace("-", " "), f" {code} "),
        (number.translate(wide), code.translate(wide)),
        (number.replace("-", "—"), code.replace("-", "－")),
    ):
        answer = client.post("/feedback/status", data=dict(zip(("number", "code"), typed, strict=True)))
        assert answer.status_code == 200, typed


def test_a_wrong_pair_tells_nothing(client: FlaskClient) -> None:
    number, code = receipt(client, send(client, "correction"))
    wrong = client.post("/feedback/status", data={"number": number, "code": "2222-2222"})
    absent = client.post("/feedback/status", data={"number": "JC-20200101-0001", "code": code})
    assert wrong.status_code == absent.status_code == 422
    assert "没有查到，请核对受理编号和查询码" in wrong.text
    assert tree_of(wrong).xpath("string(//*[@class='error-summary']/h2)") == "查询前请改正以下2处"
    assert tree_of(wrong).xpath("//main//input[@aria-invalid='true']/@name") == ["number", "code"]
    assert wrong.text.replace(number, "") == absent.text.replace("JC-20200101-0001", "").replace(
        code, "2222-2222"
    )
    for typed in ({}, {"number": number}, {"code": code}, {"number": "\0" * 99, "code": "9" * 5000}):
        assert client.post("/feedback/status", data=typed).status_code == 422


def test_guessing_is_slowed_down(make_app: Any) -> None:
    client = make_app(rate_limits="on", status_lookups="3 per minute").test_client()
    data = {"number": "JC-20200101-0001", "code": "2222-2222"}
    assert [client.post("/feedback/status", data=data).status_code for _ in range(4)] == [422, 422, 422, 429]
    response = client.post("/feedback/status", data=data)
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert client.get("/feedback/status").status_code == 200


def test_a_network_of_ipv6_is_one_who_guesses(make_app: Any) -> None:
    client = make_app(rate_limits="on", status_lookups="3 per minute").test_client()
    data = {"number": "JC-20200101-0001", "code": "2222-2222"}
    answers = [
        client.post("/feedback/status", data=data, environ_base={"REMOTE_ADDR": f"2001:db8::{number}"})
        for number in range(1, 5)
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]


def test_asking_rightly_is_not(make_app: Any) -> None:
    client = make_app(rate_limits="on", status_lookups="3 per minute").test_client()
    number, code = receipt(client, send(client, "correction"))
    for _ in range(9):
        assert client.post("/feedback/status", data={"number": number, "code": code}).status_code == 200


# The paragraph


@pytest.fixture
def paragraph(make_app: Any, tmp_path: Path) -> FlaskClient:
    """A visitor of a site with the plan."""
    app = make_app(content=tmp_path / "content")
    result = app.test_cli_runner().invoke(args=["plan", "import", "seeds/2023-work-plan.txt"])
    assert result.exit_code == 0, result.output
    client: FlaskClient = app.test_client()
    return client


def test_a_paragraph_is_shown_and_filled_in(paragraph: FlaskClient) -> None:
    address = "/feedback/correction?plan=2023-work-plan&page=2&anchor=s2-1-p1"
    own = "string(//main//textarea[@readonly])"
    response = paragraph.get(address)
    shown = tree_of(response).xpath(own)
    assert len(shown) > 50
    form = form_of(response, address)
    assert form["page_url"] == "http://localhost/plans/2023-work-plan/2#s2-1-p1"
    assert form["page_title"].startswith("(一)")
    assert form["anchor"] == "s2-1-p1"
    # It stays in sight when something is missing, and on the way back.
    wrong = paragraph.post(address, data=form)
    assert wrong.status_code == 422
    assert tree_of(wrong).xpath(own) == shown
    page = paragraph.post(address, data=form | CORRECTION)
    back = paragraph.post(address, data=form_of(page, address) | {"edit": "1"})
    assert tree_of(back).xpath(own) == shown
    answer = paragraph.post(address, data=form_of(page, address))
    assert answer.status_code == 303
    assert "http://localhost/plans/2023-work-plan/2#s2-1-p1" in paragraph.get(answer.headers["Location"]).text


@pytest.mark.parametrize("query", ["page=2&anchor=s9-9", "page=9&anchor=s2-1", "page=2&anchor=%00", "page=2"])
def test_no_paragraph_of_the_plan(paragraph: FlaskClient, query: str) -> None:
    response = paragraph.get(f"/feedback/correction?plan=2023-work-plan&{query}")
    assert response.status_code == 200
    assert not tree_of(response).xpath("//blockquote")
