"""Where the words of a correction are placed on the desk, and what of its suggestion gets into the text."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portal.moderation import cases, queue
from portal.moderation.cases import Case
from portal.moderation.merging import carry
from portal.plans.confusables import site_confusables
from portal.plans.quotes import one_form
from tests.moderation.support import send
from tests.moderation.test_elsewhere import publish
from tests.support.client import form_of, sign_in, tree_of

PAGE = "http://localhost/plans/drills/1"
DRILL = "开展演练4次,(含夜间演练1次)。"
SAME = "按时报送材料,接受检查。"
LIKE = "按时报送数据,接受检查。"
PARAGRAPHS = [DRILL, LIKE, SAME, "落实责任。", f"另外{SAME}"]


@pytest.fixture
def office(app: Flask) -> Flask:
    publish(app, "drills", [PARAGRAPHS, [SAME, "只在第二章的话。"]])
    return app


def case(app: Flask, quote: str, suggestion: str = "", **answers: Any) -> Case:
    number = send(app, **({"page_url": PAGE, "quote": quote, "suggestion": suggestion} | answers))
    with app.test_request_context("/"):
        found = queue.find(number)
        assert found
        return cases.look(found, None, site_confusables(Path("content")))


@pytest.mark.parametrize(
    ("quote", "suggestion", "wording"),
    [
        ("开展演练\n4次", "开展演练\n5次", DRILL.replace("4", "5")),
        ("开展演练\n4次", "开展演练5次", DRILL.replace("4", "5")),
        ("开展 演练\n4次，（含", "开展 演练\n5次，（含", DRILL.replace("4", "5")),
        ("开展 演练\n4次，（含", "开展演练4次，（共", DRILL.replace("含", "共")),
        ("演练４次，", "演练４次、", DRILL.replace(",", "、")),
        ("“开展演练4次”", "“开展演练5次”", DRILL.replace("4", "5")),
        ('"开展演练4次"', "开展演练5次", DRILL.replace("4", "5")),
        ("开展演练4次", "组织开展演练4次", f"组织{DRILL}"),
        ("开展 演练", "开展演练", DRILL),
    ],
)
def test_only_what_the_suggestion_changes_is_changed(
    office: Flask, quote: str, suggestion: str, wording: str
) -> None:
    seen = case(office, quote, suggestion)
    assert (seen.text, seen.aside) == (wording, False)


@pytest.mark.parametrize(
    ("quote", "suggestion", "anchor", "wording"),
    [
        (
            f"{SAME}\n(4)第4件事\n落实责任。",
            f"{SAME}\n(4)第4件事\n落实主体责任。",
            "s1-4-p1",
            "落实主体责任。",
        ),
        ("材料,接受检查。\n\n(4)第4件事\n落实", "材料,接受巡查。\n(4)第4件事\n落实", "s1-3-p1", None),
        (f"{SAME}\n(4)第4件事", "按时报送。\n(4)别的事", "s1-3-p1", ""),
        (f"{SAME}\n(4)第4件事", "按时报送。", "s1-3-p1", ""),
    ],
)
def test_words_over_paragraphs_are_changed_in_theirs(
    office: Flask, quote: str, suggestion: str, anchor: str, wording: str | None
) -> None:
    seen = case(office, quote, suggestion)
    assert seen.here
    assert seen.here.anchor == anchor
    assert seen.text == (seen.here.block.text if wording == "" else wording or SAME.replace("检查", "巡查"))
    assert seen.aside is (wording == "")


@pytest.mark.parametrize(
    ("quote", "suggestion"),
    [
        ("按时报送材枓,接受检查。", "按时报送材枓,接受巡查。"),  # nowhere so, but much like two sentences
        (f"{SAME}\n落实责任。", f"{SAME}\n落实主体责任。"),  # not beside each other
    ],
)
def test_nothing_is_filled_in_where_the_words_are_others(office: Flask, quote: str, suggestion: str) -> None:
    seen = case(office, quote, suggestion)
    assert seen.here is None or (seen.text == seen.here.block.written and seen.aside)


@pytest.mark.parametrize(
    ("page_url", "anchor", "count", "within", "first", "others"),
    [
        (PAGE, "", 2, "本章", "s1-3-p1", ["s1-5-p1"]),
        ("/plans/drills/full", "", 3, "文件里", "s1-3-p1", ["s1-5-p1", "s2-1-p1"]),
        (PAGE, "s1-5-p1", 0, "", "s1-5-p1", []),
        ("http://other.example/plans/drills/2", "", 0, "", "s2-1-p1", []),
    ],
)
def test_of_several_places_the_others_are_named(
    office: Flask, page_url: str, anchor: str, count: int, within: str, first: str, others: list[str]
) -> None:
    seen = case(office, SAME, "按时报送。", page_url=page_url, anchor=anchor)
    assert seen.words
    rivals = seen.words.rivals
    assert seen.words.anchor == first
    assert seen.changed
    assert (rivals.count, rivals.within) == (count, within)
    assert [place.anchor for place, _ in rivals.places] == others


def test_the_desk_says_which_places_there_are(office: Flask) -> None:
    client = sign_in(office)
    number = send(office, page_url=PAGE, quote=SAME, suggestion="按时报送。")
    page = tree_of(client.get(f"/moderation/submissions/{number}"))
    notice = page.xpath("//section[@class='review']/div[contains(@class, 'notice')]")[0]
    assert "这几个字在本章有2处，请核对是不是这一处" in "".join(notice.itertext())
    assert notice.xpath(".//a/@href") == ["/moderation/plans/drills/1/s1-5-p1"]
    assert client.get("/moderation/plans/drills/1/s1-5-p1").status_code == 200


def test_the_desk_shows_the_suggestion_that_is_left_aside(office: Flask) -> None:
    client = sign_in(office)
    number = send(office, page_url=PAGE, quote="开展演练4回,", suggestion="开展<b>演练\n6回")
    address = f"/moderation/submissions/{number}"
    said = tree_of(client.get(address)).xpath("string(//section[@class='review'])")
    assert "“建议改为”没有放进最终文字，请您改：“开展<b>演练6回”" in said
    form = form_of(client.get(address), f"{address}/decision")
    assert form["text"] == DRILL
    typed = form | {"text": DRILL.replace("4次", "6回"), "decision": "preview"}
    assert "没有放进" not in client.post(f"{address}/decision", data=typed).text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.1:8000"])
def test_under_every_name_of_the_site_the_desk_is_the_same(office: Flask, host: str) -> None:
    number = send(office, page_url=f"http://{host}/plans/drills/1", quote=DRILL[:6], suggestion="开展演练5")
    shown = tree_of(sign_in(office).get(f"/moderation/submissions/{number}"))
    assert shown.xpath("//*[@id='review-difference']//ins/text()") == ["5"]
    assert shown.xpath(f"//a[.='http://{host}/plans/drills/1']"), "as the visitor typed it"
    with office.test_request_context("/", base_url="http://portal.example"):
        found = queue.find(number)
        assert found
        assert cases.look(found, None, site_confusables(Path("content"))).changed


@pytest.mark.parametrize(
    ("answers", "told", "link"),
    [
        (
            {"page_url": PAGE, "quote": "哪里都没有的一句话"},
            "没有在文件里找到这几个字",
            "/moderation/plans/drills/1",
        ),
        (
            {"page_url": "第二章", "quote": "哪里都没有的一句话"},
            "没有在文件里找到这几个字",
            "/moderation/plans",
        ),
        ({"page_url": PAGE, "quote": ""}, "来件没有指明文件里的哪几个字", "/moderation/plans/drills/1"),
    ],
)
def test_what_has_no_place_is_said_to_change_nothing(
    office: Flask, answers: dict[str, str], told: str, link: str
) -> None:
    client = sign_in(office)
    number = send(office, suggestion="x", **answers)
    address = f"/moderation/submissions/{number}"
    page = client.get(address)
    notice = tree_of(page).xpath("//div[@class='case__content']/div[contains(@class, 'notice')]")[0]
    assert f"{told}。采纳后不改原文。需要改原文，请到“原文修改”里改。" in "".join(notice.itertext())
    assert notice.xpath(".//a/@href") == [link]
    assert client.get(link).status_code == 200
    form = form_of(page, f"{address}/decision")
    assert client.post(f"{address}/decision", data=form | {"decision": "accept"}).status_code == 303
    after = client.get(address)
    assert "原文没有改动。" in tree_of(after).xpath("string(//main//*[@role='status'])")
    assert "采纳后不改原文" not in after.text


@given(st.text("甲乙,，(（ \n", max_size=9), st.text("甲乙,，丙 ", max_size=9), st.text("甲乙丙", max_size=9))
@hypothesis_settings(max_examples=80)
def test_carrying_a_change_keeps_what_it_leaves_alone(base: str, mine: str, tail: str) -> None:
    theirs = one_form(base) + tail
    carried = carry(f"{base}\n{tail}", f"{mine}\n{tail}", theirs)
    assert carried is not None
    assert one_form(carried) == one_form(mine) + tail
    assert carry(base, base, one_form(base)) == one_form(base)
