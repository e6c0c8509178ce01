import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from portal.plans.numbering import split_number
from portal.plans.reading import DocumentError, PageOutline, Paragraph, Section, read_document
from portal.plans.rendering import read_metadata, render, wrap_spans
from portal.plans.writing import PLAN_FILE, write_page, write_plan
from tests.plans.lines import line

SEED = Path(__file__).parents[2] / "seeds" / "2023-work-plan.txt"


def page_of(text: str, title: str = "标题。") -> PageOutline:
    section = Section("(一)", title, "s1-1", (Paragraph("s1-1-p1", text),))
    return PageOutline("1", "一、", "章", "s1", (Paragraph("s1-p1", text),), (section,))


@given(line)
def test_whatever_is_written_reads_back(text: str) -> None:
    page = page_of(text)
    assert render(write_page(page)).outline == page


@given(line.filter(lambda text: split_number("(一)" + text).label == "(一)"))  # type: ignore[union-attr]
def test_whatever_is_titled_reads_back(title: str) -> None:
    page = page_of("正文", title)
    assert render(write_page(page)).outline == page


def test_the_seed_survives_its_files() -> None:
    plan = read_document(SEED.read_bytes()).plan
    files = write_plan(plan)
    assert [render(files[f"{page.number}.md"]).outline for page in plan.pages] == list(plan.pages)
    about = read_metadata(files[PLAN_FILE])
    assert (about.title, about.issuer, about.issued_on) == (plan.title, plan.issuer, plan.issued_on)


FRONT = "---\nnumber: '1'\nlabel: 一、\ntitle: 章\nanchor: s1\n---\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("没有", "'number'"),
        ("---\nnumber: 1\n---\n", "'number'"),
        ("---\nnumber: [\n---\n", "front matter"),
        (FRONT + "没有固定链接的段落", "no anchor"),
        (FRONT + "一\n{: #s1-p1 }\n\n二\n{: #s1-p1 }", "two equal anchors: s1-p1"),
        (FRONT + "一\n{: #s2-p1 }", "does not belong"),
        (FRONT + "一\n{: #s12-p1 }", "does not belong"),
        (FRONT + "一\n{: #x }", "does not belong"),
    ],
)
def test_content_that_is_no_page_says_why(source: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        render(source)


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "<a href='data:text/html,x'>x</a>",
        "<p style='x:y' onclick='z'>x</p>",
        "<iframe src=//evil></iframe>",
        "<svg onload=alert(1)>",
    ],
)
def test_hand_written_markup_is_sanitised(attack: str) -> None:
    try:
        page = render(FRONT + f"前{attack}后\n{{: #s1-p1 }}")
    except DocumentError:
        return
    html = "".join(block.html for block in page.blocks).lower()
    for word in ("<script", "onerror", "onclick", "onload", "javascript:", "data:", "<iframe", "style="):
        assert word not in html


def test_hand_written_emphasis_is_shown_and_left_out_of_the_text() -> None:
    (block,) = render(FRONT + "段*强*\n{: #s1-p1 }").blocks
    assert (block.kind, block.html, block.text) == ("paragraph", "段<em>强</em>", "段强")


def test_dates_and_figures_stay_on_one_line() -> None:
    page = render(FRONT + "于2023年7月12日增长35%，惠及120万人。\n{: #s1-p1 }")
    for figure in ("2023年7月12日", "35%", "120万人"):
        assert f'<span class="nb">{figure}</span>' in page.blocks[0].html


@pytest.mark.parametrize("part", ["1", "1,,", "1个", "*1个*"])
def test_figures_are_looked_for_once(part: str) -> None:
    started = time.process_time()
    render(FRONT + part * (20_000 // len(part)) + "\n{: #s1-p1 }")
    assert time.process_time() - started < 3


def test_marks_cross_inner_elements() -> None:
    marked = wrap_spans(Markup("甲<em>乙&amp;丙</em>丁"), [(0, 2), (3, 5)])
    assert marked == "<mark>甲</mark><em><mark>乙</mark>&amp;<mark>丙</mark></em><mark>丁</mark>"


@given(st.text(max_size=30), st.lists(st.integers(0, 30), max_size=6))
def test_marks_never_change_the_text(text: str, cuts: list[int]) -> None:
    cuts = sorted(set(cuts))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    assert (
        wrap_spans(Markup.escape(text), spans).striptags().split() == Markup.escape(text).striptags().split()
    )
