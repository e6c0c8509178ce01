from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.plans.reading import DocumentError, PlanOutline, anchors_of, read_document

SEED = Path(__file__).parents[2] / "seeds" / "2023-work-plan.txt"
SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "plans"
DOCUMENT = """某局要点
前言一句。
一、第一章
(一)标题。正文。
(二)标题二。正文二。
二、第二章
章首段落。
某局
2024年3月5日

纠错
使用说明"""


def joined(plan: PlanOutline) -> str:
    parts = [plan.title]
    for page in plan.pages:
        parts += [page.label, page.title, *(paragraph.text for paragraph in page.paragraphs)]
        for section in page.sections:
            parts += [section.label, section.title, *(paragraph.text for paragraph in section.paragraphs)]
    return "".join("".join([*parts, plan.issuer, plan.issued_on_text]).split())


def test_the_seed_has_its_outline() -> None:
    plan = read_document(SEED.read_bytes()).plan
    assert [page.number for page in plan.pages] == ["preface", "1", "2", "3", "4", "5"]
    assert [len(page.sections) for page in plan.pages] == [0, 3, 3, 4, 3, 5]
    assert (plan.issuer, plan.issued_on) == ("静安区科学技术委员会", date(2023, 7, 12))
    first = plan.pages[1].sections[0]
    assert (first.label, first.title, first.anchor) == ("(一)", "开展区委重点课题调研工作。", "s1-1")
    assert first.paragraphs[0].anchor == "s1-1-p1"


def test_not_one_character_of_the_seed_is_lost() -> None:
    source = SEED.read_text(encoding="utf-8")
    plan_text = source[: source.index("2023年7月12日") + len("2023年7月12日")]
    assert joined(read_document(SEED.read_bytes()).plan) == "".join(plan_text.split())


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("(", "（").replace(")", "）"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", " \u3000\n\n"),
    ],
)
def test_brackets_marks_and_line_ends_do_not_matter(change) -> None:  # type: ignore[no-untyped-def]
    plan = read_document(change(DOCUMENT).encode()).plan
    assert [anchor for page in plan.pages for anchor in anchors_of(page)] == [
        "s0", "s0-p1", "s1", "s1-1", "s1-1-p1", "s1-2", "s1-2-p1", "s2", "s2-p1",
    ]  # fmt: skip
    assert (plan.issuer, plan.issued_on_text) == ("某局", "2024年3月5日")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n\t\n", "empty"),
        ("标题\n一、章".encode("gb18030"), "not UTF-8"),
        (b"a\0b", "zero bytes"),
        ("标题\n没有编号的正文".encode(), "no headings"),
        ("<!DOCTYPE html><p>一、".encode(), "HTML"),
        ("标题\n一、甲\n一、乙".encode(), "equal anchors: s1 "),
        ("标题\n一、甲\n(一)子。\n（一）丑。".encode(), "equal anchors: s1-1"),
        ("标题\n一、甲\n某局\n2024年13月5日".encode(), "no such date"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        read_document(data)
    assert "\n" not in str(caught.value)


def test_a_regulation_is_read_by_chapter_and_section() -> None:
    text = "某条例\n第一章 总则\n第一条 为了规范。\n第二章 数据\n第一节 一般规定\n第二条 依法。\n（一）细则。"
    plan = read_document(text.encode()).plan
    assert [page.label for page in plan.pages] == ["第一章", "第二章"]
    assert plan.pages[0].paragraphs[0].text == "第一条 为了规范。"
    assert [paragraph.text for paragraph in plan.pages[1].sections[0].paragraphs] == [
        "第二条 依法。",
        "（一）细则。",
    ]


def test_a_text_loses_nothing_that_looks_like_markup() -> None:
    text = "---\n# 标题\n前言<!-- 注 -->结束。\n> 引文\n一、章\n## 二级\n(一)题。正文<!--x-->尾。"
    assert joined(read_document(text.encode()).plan) == "".join(text.split())


def test_of_markdown_the_marks_go() -> None:
    text = "---\nkey: v\n---\n\n> 附注\n\n# 标题\n\n前言<!-- 注 -->。\n\n## 一、章\n\n### (一)题。正文"
    plan = read_document(text.encode(), markdown=True).plan
    assert joined(plan) == "标题前言。一、章(一)题。正文"


def test_what_stands_after_the_date_is_told() -> None:
    assert read_document(DOCUMENT.encode()).left_out == ("纠错", "使用说明")


def test_issuer_and_date_may_share_a_line() -> None:
    plan = read_document("要点\n一、章\n正文。\n区科委 2024年2月2日".encode()).plan
    assert (plan.issuer, plan.issued_on) == ("区科委", date(2024, 2, 2))
    plan = read_document("要点\n一、章\n工作自即日起，至 2024年2月2日".encode()).plan
    assert plan.issued_on is None


def test_full_width_dates_are_read() -> None:
    plan = read_document("要点\n一、章\n某局\n２０２３年７月１２日".encode()).plan
    assert plan.issued_on == date(2023, 7, 12)


def test_chinese_dates_are_read() -> None:
    plan = read_document("要点\n一、章\n某局\n二〇二三年十一月二十日".encode()).plan
    assert (plan.issued_on, plan.issued_on_text) == (date(2023, 11, 20), "二〇二三年十一月二十日")


@pytest.mark.skipif(
    not SAMPLES.exists(), reason="the samples lie beside the project only where it is developed"
)
@pytest.mark.parametrize(
    "name", ["hainan-2026.txt", "jiangxi-2026.txt", "putuo-2025.md", "shanghai-data-regulation.md"]
)
def test_real_documents_are_read_without_loss(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    plan = read_document(data, markdown=name.endswith(".md")).plan
    assert len(plan.pages) >= 3
    assert joined(plan)[-200:] in "".join(data.decode().replace("#", "").split())


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        plan = read_document(data).plan
    except DocumentError:
        return
    anchors = [anchor for page in plan.pages for anchor in anchors_of(page)]
    assert len(anchors) == len(set(anchors))
