"""Where corrections point, whatever is sent; and what of it is kept."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import db
from portal.feedback.models import Submission
from portal.feedback.pointing import Selector, Target, point, selector
from portal.moderation import corrections
from portal.moderation.corrections import Draft, Edit
from portal.plans import catalogue, publishing, rendering
from tests.feedback.sending import CORRECTION, check_page, confirm, send
from tests.plans.corrected import publish_many
from tests.support.client import form_of, tree_of

PLAN = "http://localhost/plans/2023-work-plan"
FIRST = Target("2023-work-plan", "2", "s2-1-p1")
WORDS = "苏河湾功能区"
FORM = "/feedback/correction"


@pytest.fixture
def site(published_app: Flask) -> Any:
    with published_app.app_context():
        yield published_app


@pytest.fixture
def visitor(published_app: Flask) -> FlaskClient:
    client: FlaskClient = published_app.test_client()
    return client


def text_at(page: str, anchor: str) -> str:
    place = catalogue.find_paragraph("2023-work-plan", page, anchor)
    assert place is not None
    return place.text


def kept(app: Flask) -> Submission:
    with app.app_context():
        return db.session.scalars(select(Submission).order_by(Submission.id.desc())).first()


# Where it points


@pytest.mark.parametrize(
    ("address", "anchor"),
    [
        (f"{PLAN}/2#s2-1-p1", ""),
        (f"{PLAN}/2", "s2-1-p1"),
        (f"{PLAN}/2?q=创新", "s2-1-p1"),
        (f"{PLAN}/2#s2-2-p1", "s2-1-p1"),  # the anchor comes before the fragment
        (f"{PLAN}/2#s2-1-p1", "s9-9"),  # when it exists
        (f"{PLAN}/full#s2-1-p1", ""),
        (f"{PLAN}/full", "s2-1-p1"),
        (f"{PLAN}/", "s2-1-p1"),
        (f"{PLAN}/1", "s2-1-p1"),
        (f"{PLAN}/2/history#s2-1-p1", ""),
        (f"{PLAN}/2/history/1#s2-1-p1", ""),
        ("/plans/2023%2Dwork-plan/2#s2-1-p1", ""),
        ("plans/2023-work-plan/2", "s2-1-p1"),
        ("127.0.0.1:8000/plans/2023-work-plan/2", "s2-1-p1"),
        ("www.example.cn/plans/2023-work-plan/2/#s2-1-p1", ""),
        ("https://elsewhere.example/plans/2023-work-plan/2#s2-1-p1", ""),
    ],
)
def test_an_anchor_is_a_place(site: Flask, address: str, anchor: str) -> None:
    assert point(address, anchor, "") == FIRST


@pytest.mark.parametrize(
    ("page", "anchor"), [("2", "s2"), ("2", "s2-1"), ("preface", "s0"), ("preface", "s0-p1")]
)
def test_headings_are_places_too(site: Flask, page: str, anchor: str) -> None:
    assert point(f"{PLAN}/{page}#{anchor}", "", "") == Target("2023-work-plan", page, anchor)


@pytest.mark.parametrize(
    "address", [f"{PLAN}/2", f"{PLAN}/full", f"{PLAN}/1", f"{PLAN}/", "http://localhost/search?q=x", "/"]
)
def test_words_that_stand_once_are_a_place(site: Flask, address: str) -> None:
    sentence = text_at("2", "s2-1-p1")[:30]
    assert point(address, "", sentence) == FIRST
    assert point(address, "", f" {sentence[:9]}\n{sentence[9:]} ") == FIRST
    assert point(address, "", "这句话哪里都没有") is None


def test_of_words_that_stand_often_the_first_place_is_taken(site: Flask) -> None:
    assert text_at("2", "s2-1-p1").count("科技") > 1
    assert point(f"{PLAN}/2", "", "科技") == Target("2023-work-plan", "2", "s2")
    assert point("/", "", "科技") is None, "no plan is named"
    assert point(f"{PLAN}/2#s2-1-p1", "", "科技") == FIRST
    assert point(f"{PLAN}/2", "", "。") is None


@pytest.mark.parametrize(
    "address",
    [
        *("", "第二章", "http://[bad", "http://localhost/plans/none/2#s2-1-p1", "/plans/%00/2#s2-1-p1"),
        *(f"{PLAN}/2/more#s2-1-p1", f"{PLAN}/2#s2-1-p99", f"{PLAN}/2#%00", f"{PLAN}/2#" + "s" * 5000),
    ],
)
def test_what_says_nothing_points_nowhere(site: Flask, address: str) -> None:
    assert point(address, "", "") is None


@pytest.mark.parametrize("page", ["2", "5", "full"])
def test_words_are_found_in_whatever_way_they_are_written(site: Flask, page: str) -> None:
    address = f"{PLAN}/{page}"
    sentence = text_at("2", "s2-1-p1")[20:60]
    assert "," in sentence
    wider = sentence.replace(",", "，")
    for words in (wider, f"“{sentence}”", f'"{wider[:9]} \n{wider[9:]}" ', sentence[:18] + sentence[19:]):
        assert point(address, "", words) == FIRST, words
    for anchor in ("s2", "s2-1"):
        title = text_at("2", anchor)
        assert point(address, "", f"“{title[:2]} {title[2:]}”") == Target("2023-work-plan", "2", anchor)


def test_words_over_two_paragraphs_begin_in_the_first(site: Flask) -> None:
    words = text_at("2", "s2-1-p1")[-9:] + "\n" + text_at("2", "s2-2")
    assert point(f"{PLAN}/2", "", words) == FIRST
    assert point(f"{PLAN}/2", "", words[1:] + "别的") is None


def test_words_corrected_since_are_found_through_the_revision(site: Flask) -> None:
    wrong = "使科创成为区域发展新名片"
    whole = text_at("2", "s2-1-p1")
    edit = Edit("2023-work-plan", "2", "s2-1-p1", 1, whole.replace(wrong, "成为一张名片"))
    corrections.edit(Draft((edit,), "改正。"), "someone@example.cn")
    assert point(f"{PLAN}/2", "", wrong) is None
    assert point(f"{PLAN}/2/history/2", "", wrong) is None
    assert point(f"{PLAN}/2/history/1", "", wrong) == FIRST
    before, _, after = whole.partition(wrong)
    kept_as = selector(f"{PLAN}/2/history/1", Selector(), wrong)
    assert kept_as == Selector("s2-1-p1", before[-32:], after[:32], 1)
    assert catalogue.current_release() == 2
    for odd in ("0", "99", "9" * 9, "9" * 30, "x"):
        assert point(f"{PLAN}/2/history/{odd}", "", wrong) is None


@pytest.mark.parametrize("words", ["稀有词语在此处", "参见工作方案全文", "“参见工作方案 2023”"])
def test_markup_parts_no_words(database_app: Flask, words: str) -> None:
    folder = database_app.config["PORTAL"].instance / "marked"
    folder.mkdir()
    (folder / "plan.md").write_text("---\ntitle: 甲\npages:\n- '1'\n---\n", encoding="utf-8")
    paragraphs = [
        "稀有**词*语***在此处，[参见工作](https://plan.example/2023)方案全文。",
        "[参见工作](https://plan.example/2023)方案 2023。",
        "方案全文，参见工作。",
    ]
    (folder / "1.md").write_text(
        "---\nnumber: '1'\nlabel: ''\ntitle: 乙\nanchor: s1\n---\n"
        + "".join(f"\n{text}\n{{: #s1-p{number} }}\n" for number, text in enumerate(paragraphs, 1)),
        encoding="utf-8",
    )
    with database_app.app_context():
        publishing.import_content([folder])
        assert point("/", "", words) == Target("marked", "1", "s1-p2" if "2023" in words else "s1-p1")
        assert [plan.slug for plan in catalogue.holding([words])] == ["marked"]
        assert not list(catalogue.holding([f"{words}哪里"]))
        assert not list(catalogue.holding(["稀有词语方案"]))


def test_frequent_words_are_looked_for_no_further_than_needed(database_app: Flask, tmp_path: Path) -> None:
    with database_app.app_context():
        publish_many(tmp_path, 30)
        rendering.render.cache_clear()
        assert point("/", "", "养老服务") is None
        assert selector("/", Selector(), "养老服务") == Selector()
        assert point("/", "", "第30号工作要点") is None
        # What only the files of pages say stands nowhere.
        for words in ("number", "anchor", "p1", "s1-p1", "many", "一a" * 1000):
            assert point("/", "", words) is None, words
        assert rendering.render.cache_info().misses <= 2
        newest = [plan.slug for plan in catalogue.holding(["养老服务"])]
        assert newest == [f"many-{number}" for number in range(30, 0, -1)]


# What is kept


def test_the_context_of_words_is_looked_up(site: Flask) -> None:
    text = text_at("2", "s2-1-p1")
    assert text.count(WORDS) == 1
    before, _, after = text.partition(WORDS)
    release = catalogue.current_release()
    whole = Selector("s2-1-p1", before[-32:], after[:32], release)
    assert selector(f"{PLAN}/2", Selector("s2-1-p1"), WORDS) == whole
    assert selector(f"{PLAN}/full", Selector("s2-1-p1", release=release + 1), f"{WORDS}\n") == whole
    # It stands in another paragraph than the one that was named.
    assert selector(f"{PLAN}/2#s2-2-p1", Selector("s2-3-p1"), WORDS) == whole
    assert selector(f"{PLAN}/5#s5-1-p1", Selector("s2-1-p1"), WORDS) == whole


@pytest.mark.parametrize(
    ("address", "sent", "quote", "expected"),
    [
        (f"{PLAN}/2", Selector("s2-1-p1", "前", "后", 1), "没有", Selector("s2-1-p1", "前", "后", 1)),
        (f"{PLAN}/2", Selector("s2-1-p1"), "没有", Selector("s2-1-p1", "", "", 1)),
        (f"{PLAN}/2", Selector("s2-1-p1"), "科技", Selector("s2-1-p1", "", "", 1)),  # more than once
        (f"{PLAN}/2#s2-1-p1", Selector("", "前", "", 999), "", Selector("s2-1-p1", "前", "", 1)),
        ("", Selector("s2-1-p1", "前", "后", 999), WORDS, Selector("s2-1-p1", "前", "后", None)),
        (f"{PLAN}/9", Selector("s9"), "", Selector("s9")),
    ],
)
def test_what_cannot_be_looked_up_is_kept_as_sent(
    site: Flask, address: str, sent: Selector, quote: str, expected: Selector
) -> None:
    assert selector(address, sent, quote) == expected


# The form


def test_words_are_filled_in(published_app: Flask, visitor: FlaskClient) -> None:
    place = {"plan": "2023-work-plan", "page": "2", "anchor": "s2-1-p1"}
    words = {"quote": WORDS, "prefix": "北部做强", "suffix": "。", "release": "1"}
    page = visitor.get(FORM, query_string=place | words)
    assert page.headers["Cache-Control"].startswith("public")
    action = f"{FORM}?plan=2023-work-plan&page=2&anchor=s2-1-p1"
    form = form_of(page, action)
    assert {name: form[name] for name in words} == words
    assert form["suggestion"] == WORDS
    assert form["anchor"] == "s2-1-p1"
    tree = tree_of(page)
    assert "《区科委2023年工作要点》，" in tree.xpath("string(//main)")
    assert "第1版" in tree.xpath("string(//main)")
    assert tree.xpath("//main//blockquote//mark/text()") == [WORDS]
    assert tree.xpath("//main//textarea[@readonly]/@name") == ["quote"]
    # Hidden fields stay through what is wrong, the check and the way back.
    wrong = visitor.post(action, data=form)
    assert wrong.status_code == 422
    typed = form_of(wrong, action) | {
        "error_type": "typo",
        "description": "错字",
        "name": "张三",
        "suggestion": "苏河湾功能园区",
        "publish": "y",
    }
    check = visitor.post(action, data=typed)
    back = visitor.post(action, data=form_of(check, action) | {"edit": "1"})
    assert form_of(back, action) == typed
    confirm_data = form_of(visitor.post(action, data=form_of(back, action)), action) | {"confirm": "1"}
    assert visitor.post(action, data=confirm_data).status_code == 303
    row = kept(published_app)
    assert (row.quote, row.prefix, row.suffix, row.release) == (WORDS, "北部做强", "。", 1)
    assert (row.anchor, row.suggestion, row.publish) == ("s2-1-p1", "苏河湾功能园区", True)


def test_without_words_the_paragraph_is_filled_in(site: Flask, visitor: FlaskClient) -> None:
    page = visitor.get(f"{FORM}?plan=2023-work-plan&page=2&anchor=s2-1-p1&prefix=x&release=7")
    form = form_of(page, f"{FORM}?plan=2023-work-plan&page=2&anchor=s2-1-p1")
    assert form["quote"] == form["suggestion"] == text_at("2", "s2-1-p1")
    assert (form["prefix"], form["suffix"], form["release"]) == ("", "", "1")


def test_the_heading_of_a_chapter_is_filled_in(visitor: FlaskClient) -> None:
    page = visitor.get(f"{FORM}?plan=2023-work-plan&page=2&anchor=s2")
    form = form_of(page, f"{FORM}?plan=2023-work-plan&page=2&anchor=s2")
    assert form["quote"].startswith("二、")
    assert form["page_url"].endswith("/plans/2023-work-plan/2#s2")


@pytest.mark.parametrize("quote", ["", "引文" * 2])
def test_a_very_long_paragraph_is_shown_but_not_filled_in(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch, quote: str
) -> None:
    monkeypatch.setattr("portal.feedback.views.MOST_QUOTED", 20)
    address = f"{FORM}?plan=2023-work-plan&page=2&anchor=s2-1-p1&quote={quote}"
    page = visitor.get(address)
    form = form_of(page, f"{FORM}?plan=2023-work-plan&page=2&anchor=s2-1-p1")
    assert form["quote"] == form["suggestion"] == quote
    assert len(tree_of(page).xpath("string(//main//blockquote)")) > 50


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("prefix", "甲" * 40 + "乙", "甲" * 31 + "乙"),
        ("suffix", "乙" + "甲" * 40, "乙" + "甲" * 31),
        ("prefix", "一\0二", "一二"),
        *(("release", value, "") for value in ("0", "-1", "1.5", "x", "９", "1" * 10, "1 OR 1=1", "<b>")),
    ],
)
def test_what_nobody_could_mend_is_no_mistake(
    client: FlaskClient, name: str, value: str, expected: str
) -> None:
    assert form_of(check_page(client, "correction", **{name: value}))[name] == expected


def test_a_suggestion_left_as_it_was_is_none(app: Flask, client: FlaskClient) -> None:
    page = check_page(client, "correction", quote=WORDS, suggestion=f"{WORDS} ")
    rows = dict(
        zip(
            tree_of(page).xpath("//main//dt/text()"),
            [answer.xpath("string()") for answer in tree_of(page).xpath("//main//dd")],
            strict=True,
        )
    )
    assert (rows["出错的文字"], rows["建议改为"]) == (WORDS, "未填写")
    assert not tree_of(page).xpath("//main//del | //main//ins")
    assert confirm(client, "correction", page).status_code == 303
    assert kept(app).suggestion == f"{WORDS} "


def test_the_name_is_published_only_with_consent(app: Flask, client: FlaskClient) -> None:
    assert "您的姓名和联系方式不会公开。" in check_page(client, "correction").text
    page = check_page(client, "correction", publish="y")
    assert "可以写上，隐去一部分" in page.text
    assert "您的姓名和联系方式不会公开。" not in page.text
    confirm(client, "correction", page)
    assert kept(app).publish is True
    send(client, "correction", description="没有勾选")
    assert kept(app).publish is False


# What comes from footers and machines


def test_a_quote_alone_is_kept_with_its_place(published_app: Flask, visitor: FlaskClient) -> None:
    address = {"page_url": f"{PLAN}/full", "quote": WORDS}
    with published_app.app_context():
        before, _, after = text_at("2", "s2-1-p1").partition(WORDS)
    send(visitor, "correction", **address | {"anchor": "s2-1-p1"})
    row = kept(published_app)
    assert (row.anchor, row.prefix, row.suffix, row.release) == ("s2-1-p1", before[-32:], after[:32], 1)
    assert row.page_url == f"{PLAN}/full"


@pytest.mark.parametrize("address", ["https://elsewhere.example/2#s2-1-p1", "第二章"])
def test_addresses_of_no_page_point_nowhere(published_app: Flask, visitor: FlaskClient, address: str) -> None:
    send(visitor, "correction", page_url=address, quote=WORDS)
    row = kept(published_app)
    assert (row.anchor, row.prefix, row.suffix, row.release) == ("", "", "", None)


@pytest.mark.parametrize(
    "address", ["/plans/2023-work-plan/2", "http://127.0.0.1:9/plans/2023-work-plan/2", f"{PLAN}/2"]
)
def test_the_name_of_the_site_does_not_count(
    published_app: Flask, visitor: FlaskClient, address: str
) -> None:
    send(visitor, "correction", page_url=address, quote=WORDS)
    row = kept(published_app)
    assert (row.anchor, row.release, row.page_url) == ("s2-1-p1", 1, address)


@pytest.mark.parametrize("address", ["/plans/2023-work-plan/99", "/search?q=苏河湾"])
def test_the_footer_of_other_pages_goes_on_working(
    published_app: Flask, visitor: FlaskClient, address: str
) -> None:
    form = form_of(visitor.get(address), FORM)
    filled = form | CORRECTION | {"page_url": form["page_url"], "quote": WORDS}
    page = visitor.post(FORM, data=filled)
    assert confirm(visitor, "correction", page).status_code == 303
    assert kept(published_app).quote == WORDS
