"""Single blocks of a page's file are written anew, and nothing else changes."""

from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from portal.plans.editing import EditError, Problem, anchors_in, editable, rewrite, text_at
from portal.plans.reading import PageOutline, Paragraph, Section, anchors_of, read_document
from portal.plans.rendering import render
from portal.plans.writing import write_page
from tests.plans.lines import line

SEED = Path(__file__).parents[2] / "seeds" / "2023-work-plan.txt"
FRONT = "---\nnumber: '1'\nlabel: 一、\ntitle: 章\nanchor: s1\n---\n\n"
MARKED = FRONT + (
    "开头*强调*。\n{: #s1-p1 }\n\n## (一)节 {: #s1-1 }\n\n第一行\n第二行\n{: #s1-1-p1 .note }\n\n"
    "### 小标题 {: #s1-1-p2 }\n\n末段。\n{: #s1-1-p3 }\n"
)


def page_of(*texts: str) -> PageOutline:
    paragraphs = tuple(Paragraph(f"s1-1-p{at}", text) for at, text in enumerate(texts, 1))
    return PageOutline(
        "1",
        "一、",
        "章",
        "s1",
        (Paragraph("s1-p1", texts[0]),),
        (Section("(一)", "节。", "s1-1", paragraphs),),
    )


@given(line, line, line)
def test_any_text_can_stand_in_a_paragraph_and_all_else_stays(first: str, second: str, new: str) -> None:
    source = write_page(page_of(first, second))
    changed = rewrite(source, {"s1-1-p1": new})
    assert text_at(changed, "s1-1-p1") == new
    before, after = render(source).blocks, render(changed).blocks
    assert [b for b in before if b.anchor != "s1-1-p1"] == [b for b in after if b.anchor != "s1-1-p1"]
    # Written back, the file is what it was, byte for byte.
    assert rewrite(changed, {"s1-1-p1": first}) == source


@given(line)
def test_any_text_can_stand_in_the_heading_of_a_section(new: str) -> None:
    source = write_page(page_of("一段", "二段"))
    assert text_at(rewrite(source, {"s1-1": new}), "s1-1") == new


@given(line)
@settings(max_examples=50)
def test_any_text_can_be_the_heading_of_a_page(new: str) -> None:
    assume(not new.startswith("第"))
    source = write_page(page_of("一段", "二段"))
    changed = rewrite(source, {"s1": new})
    assert text_at(changed, "s1").replace(" ", "") == new.replace(" ", "")
    assert render(changed).blocks == render(source).blocks


def test_the_plan_itself_can_be_rewritten_piece_by_piece() -> None:
    for page in read_document(SEED.read_bytes()).plan.pages:
        source = write_page(page)
        for anchor in anchors_of(page):
            found = editable(source, anchor)
            if anchor == "s0":
                assert found is None
                continue
            assert found is not None
            assert not found.markdown
            assert rewrite(source, {anchor: found.written}) == source
            assert text_at(rewrite(source, {anchor: found.written + "增"}), anchor) == found.text + "增"


def test_a_paragraph_can_become_several_with_anchors_never_used() -> None:
    source = write_page(page_of("甲。乙。丙。", "丁"))
    changed = rewrite(source, {"s1-1-p1": "甲。\n\n乙。\n 丙。"}, used={"s1-1-p3"})
    assert [(b.anchor, b.text) for b in render(changed).blocks][2:] == [
        ("s1-1-p1", "甲。"),
        ("s1-1-p4", "乙。"),
        ("s1-1-p5", "丙。"),
        ("s1-1-p2", "丁"),
    ]


def test_several_blocks_at_once_and_one_taken_away() -> None:
    source = write_page(page_of("甲", "乙"))
    changed = rewrite(source, {"s1-1-p1": None, "s1-p1": "新甲", "s1": "二、新章"})
    outline = render(changed).outline
    assert (outline.label, outline.title, outline.paragraphs[0].text) == ("二、", "新章", "新甲")
    assert outline.sections[0].paragraphs == (Paragraph("s1-1-p2", "乙"),)


def test_markup_is_edited_as_it_is_written() -> None:
    found = editable(MARKED, "s1-p1")
    assert found
    assert (found.markdown, found.written, found.text) == (True, "开头*强调*。", "开头强调。")
    assert text_at(rewrite(MARKED, {"s1-p1": "开头**强调**了。"}), "s1-p1") == "开头强调了。"
    small = editable(MARKED, "s1-1-p2")
    assert small
    assert (small.kind, small.written) == ("other", "小标题")
    assert text_at(rewrite(MARKED, {"s1-1-p2": "新标题"}), "s1-1-p2") == "新标题"


def test_line_breaks_that_are_there_make_no_new_paragraphs() -> None:
    changed = rewrite(MARKED, {"s1-1-p1": "第一行\n第三行"})
    assert text_at(changed, "s1-1-p1") == "第一行\n第三行"
    assert "{: #s1-1-p1 .note }" in changed
    assert changed.replace("第三行", "第二行") == MARKED


@pytest.mark.parametrize(
    ("anchor", "text", "problem"),
    [
        ("s1-1-p3", " \n\u3000", Problem.EMPTY),
        ("s1-1", "两\n行", Problem.LINES),
        ("s1", "两\n行", Problem.LINES),
        ("s1", None, Problem.EMPTY),
        ("s1-9", "没有", Problem.GONE),
        ("s1-p1", "## 变成标题", Problem.STRUCTURE),
        ("s1-p1", "- 变成列表", Problem.STRUCTURE),
    ],
)
def test_what_cannot_stand_there_is_refused(anchor: str, text: str | None, problem: Problem) -> None:
    with pytest.raises(EditError) as refused:
        rewrite(MARKED, {anchor: text})
    assert refused.value.problem is problem


def test_files_with_other_line_ends_and_without_empty_lines_can_be_edited() -> None:
    tight = FRONT + "## (一)节 {: #s1-1 }\n一段\n{: #s1-1-p1 }\n## (二)节 {: #s1-2 }\n二段\n{: #s1-2-p1 }\n"
    for source in (tight, tight.replace("\n", "\r\n"), MARKED.replace("\n", "\r\n")):
        for anchor in anchors_in(source):
            found = editable(source, anchor)
            assert found is not None
            text = found.written + "改"
            assert text_at(rewrite(source, {anchor: text}), anchor) == found.text + "改"
    assert rewrite(tight, {"s1-1-p1": "新段"}) == tight.replace("一段", "新段")


def test_anchors_of_a_file_are_read_from_it() -> None:
    assert anchors_in(MARKED) == {"s1-p1", "s1-1", "s1-1-p1", "s1-1-p2", "s1-1-p3"}
