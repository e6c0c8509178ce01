import time
from pathlib import Path

import pytest

from portal.plans.checks import Finding, Problem, check
from portal.plans.confusables import read_file
from portal.plans.editing import rewrite
from portal.plans.reading import PageOutline, Paragraph, Section
from portal.plans.rendering import render
from portal.plans.writing import write_page
from tests.support.server import ROOT

FIRST = "调研、走访企业，听取意见。"


def page(*paragraphs: str, sections: tuple[str, ...] = ()) -> str:
    loose = tuple(Paragraph(f"s1-p{place}", text) for place, text in enumerate(paragraphs, 1))
    headings = tuple(
        Section(label, "标题。", f"s1-{place}", (Paragraph(f"s1-{place}-p1", FIRST),))
        for place, label in enumerate(sections, 1)
    )
    return write_page(PageOutline("1", "一、", "章", "s1", loose, headings))


def findings(text: str, before: str = "原来的文字，没有什么问题。") -> list[Finding]:
    """What is said when the one paragraph beside FIRST becomes this text."""
    return check(page(FIRST, before), page(FIRST, text), {"布署": "部署"})


def test_a_finding_says_where_it_is_and_what_to_do() -> None:
    text = "前面的文字有一二三四，布署工作，后面的文字还有很多很多。"
    assert findings(text) == [
        Finding(Problem.CONFUSABLE, "s1-p2", "…文字有一二三四，布署工作，后面的文字…", "是否应为“部署”？")
    ]
    assert Problem.CONFUSABLE.label == "可能是错别字"
    assert all(problem.label and len(problem.label) <= 10 for problem in Problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("推进的的工作。", Problem.DOUBLED),
        ("开展工作作了部署。", Problem.DOUBLED),
        ("进一步进一步推进。", Problem.DOUBLED),
        ("推进工作。。", Problem.DOUBLED),
        ("推进，、落实。", Problem.DOUBLED),
        ("推进,落实。", Problem.WIDTH),
        ("推进（一期)工程。", Problem.UNBALANCED),
        ("推进（一期工程。", Problem.UNBALANCED),
        ("推进一期）工程。", Problem.UNBALANCED),
        ("落实《规划要求。", Problem.UNBALANCED),
        ("落实“规划要求。", Problem.UNBALANCED),
        ("落实‘规划”要求。", Problem.UNBALANCED),
        ("落实【规划」要求。", Problem.UNBALANCED),
        ("推 进工作。", Problem.SPACE),
        ("推进\u3000工作。", Problem.SPACE),
        ("新增２０家，共30家。", Problem.DIGITS),
        ("一是调研，三是走访。", Problem.NUMBERING),
        ("分三步：1.调研；2.走访；4.总结。", Problem.NUMBERING),
        ("分三步：（1）调研；（1）走访。", Problem.NUMBERING),
        ("分三步：①调研；③走访。", Problem.NUMBERING),
    ],
)
def test_each_problem_is_seen(text: str, problem: Problem) -> None:
    assert problem in {finding.problem for finding in findings(text)}


@pytest.mark.parametrize(
    "text",
    [
        "常常走访，天天更新，团团伙伙，家家户户，点点滴滴。",
        "“十五五”时期建立健全全流程工作作风，上海海关研究研究，以营利为目的的企业。",
        "公司（CBD）上市……真的？！Bob’s 店——好。",
        "1）调研；2）走访。",
        "一是调研；二是走访。一是总结；二是公开。",
        "违反第（二）项、第（五）项规定的，增长3.5%，版本2.0，共1,000家。",
        "2021年3月26日 上海市通过，推出“才聚江西 智荟赣鄱”品牌。",
        "建设 5G 基站，用 AI 赋能。",
        "（一期（东区）工程）和《“十四五”规划》。",
    ],
)
def test_what_is_right_is_let_alone(text: str) -> None:
    assert findings(text) == []


def test_a_plan_in_half_width_is_right_in_its_way() -> None:
    before, after = "调研,走访;听取(有关)意见。", "调研,走访;听取(区内)意见,并公开。"
    assert check(page(before, before), page(after, before), {}) == []
    found = check(page(before, before), page("调研，走访;听取（区内)意见。", before), {})
    assert [(one.problem, one.hint) for one in found] == [
        (Problem.UNBALANCED, "“（”与“)”全角半角不同"),
        (Problem.WIDTH, "别处用“,”，此处用“，”，请统一"),
        (Problem.WIDTH, "别处用“(”，此处用“（”，请统一"),
    ]


def test_what_was_there_already_counts_in_a_changed_paragraph_alone() -> None:
    bad = "推进的的工作，布署。"
    assert check(page(bad, FIRST), page(bad, FIRST + "公开。"), {"布署": "部署"}) == []
    assert len(check(page(bad, FIRST), page(bad + "公开。", FIRST), {"布署": "部署"})) == 2


@pytest.mark.parametrize(
    ("labels", "at", "hint"),
    [
        (("（一）", "（三）"), "s1-2", "前面是“（一）”，请核对编号"),
        (("（一）", "（一）"), "s1-2", "前面是“（一）”，请核对编号"),
        (("（二）", "（三）"), "s1-1", "请核对编号"),
    ],
)
def test_headings_that_do_not_follow_are_seen(labels: tuple[str, ...], at: str, hint: str) -> None:
    after = page(sections=labels)
    good = page(sections=("（一）", "（二）"))
    assert [(one.anchor, one.hint) for one in check(good, after, {})] == [(at, hint)]
    assert check(after, after, {}) == []


def test_numbered_paragraphs_begin_again_under_a_wider_number() -> None:
    texts = ("1.甲事。", "（1）细。", "（2）细。", "2.乙事。", "（1）细。", "文字。", "1.丙事。")
    assert check(page("文字。"), page(*texts), {}) == []
    found = check(page("文字。"), page("1.甲事。", "3.乙事。", "（2）细。"), {})
    assert [(one.problem, one.text) for one in found] == [
        (Problem.NUMBERING, "3."),
        (Problem.NUMBERING, "（2）"),
    ]


def test_a_lost_anchor_and_an_empty_paragraph_are_seen() -> None:
    found = check(page(FIRST, "走了。"), page(FIRST), {})
    assert [(one.problem, one.anchor, one.text) for one in found] == [(Problem.LOST, "s1-p2", "走了。")]
    source = page(FIRST, "走了。").replace("走了。", "&#8203;&nbsp;")
    assert [one.problem for one in check(page(FIRST, "走了。"), source, {})] == []
    source = page(FIRST, "走了。").replace("走了。", "&nbsp;")
    assert [one.problem for one in check(page(FIRST, "走了。"), source, {})] == [Problem.EMPTY]


@pytest.mark.parametrize(
    "part",
    [
        "一，",
        "一，一,",
        "甲(一)",
        "（]",
        "的的，",
        "工作作风，",
        "布署，",
        "甲 乙",
        "；三是",
        "①③",
        "1",
        "，，",
        "一",
    ],
)
def test_twenty_thousand_characters_of_anything_are_checked_at_once(part: str) -> None:
    before, after = page(FIRST, "旧。"), page(FIRST, (part * 20_000)[:20_000])
    started = time.process_time()
    check(before, after, read_file(ROOT / "content"))
    assert time.process_time() - started < 2


def test_five_thousand_new_paragraphs_are_checked_at_once() -> None:
    before, after = page(FIRST), page(FIRST, *["甲,"] * 5_000)
    render(after)
    started = time.process_time()
    check(before, after, read_file(ROOT / "content"))
    assert time.process_time() - started < 3


def test_a_numeral_of_any_length_is_no_error() -> None:
    assert [one.problem for one in findings(f"第{'1' * 5000}条 规定。")] == [Problem.SPACE]


def test_no_false_alarm_on_the_first_plan() -> None:
    confusables = read_file(ROOT / "content")
    for path in sorted((ROOT / "content" / "2023-work-plan").glob("*.md")):
        if path.name == "plan.md":
            continue
        source = path.read_text(encoding="utf-8")
        for block in render(source).blocks:
            text = block.text.removesuffix("。") + (
                "并及时公开。" if block.kind == "paragraph" else "与公开。"
            )
            assert check(source, rewrite(source, {block.anchor: text}), confusables) == []


@pytest.mark.skipif(not Path("/work/shared/samples/plans").exists(), reason="no samples here")
def test_few_false_alarms_on_other_plans() -> None:
    from portal.plans.content import read_source
    from portal.plans.writing import PLAN_FILE, write_plan

    confusables, paragraphs, found = read_file(ROOT / "content"), 0, []
    for name in ("hainan-2026.txt", "putuo-2025.md"):
        files = write_plan(read_source(Path("/work/shared/samples/plans") / name).plan)
        for source in (text for file, text in files.items() if file != PLAN_FILE):
            texts = {block.anchor: block.text + "并及时公开。" for block in render(source).blocks}
            paragraphs += len(texts)
            found += check(source, rewrite(source, texts), confusables)
    assert paragraphs > 300
    assert len(found) <= 0.01 * paragraphs
