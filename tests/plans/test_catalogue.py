"""A published page read block by block."""

from datetime import UTC, datetime

from portal.plans.catalogue import PublishedPage, PublishedPlan
from portal.plans.indexed import passages

SOURCE = (
    "---\nnumber: '1'\nlabel: 一、\ntitle: 总则\nanchor: s1\n---\n\n先说几句。\n{: #s1-p1 }\n\n"
    "## （一）目标 {: #s1-1 }\n\n再说几句。\n{: #s1-1-p1 }\n"
)
PAGE = PublishedPage("1", SOURCE, 1, datetime(2024, 2, 1, tzinfo=UTC), 1)


def test_each_block_knows_the_section_it_stands_in() -> None:
    assert [(block.anchor, section, title) for block, section, title in PAGE.walk()] == [
        ("s1-p1", "s1", "一、总则"),
        ("s1-1", "s1-1", "（一）目标"),
        ("s1-1-p1", "s1-1", "（一）目标"),
    ]
    assert [PAGE.section_at(anchor) for anchor in ("s1", "s1-p1", "s1-1", "s1-1-p1", "s9")] == [
        *("", "", "（一）目标", "（一）目标", "")
    ]


def test_a_passage_before_any_section_stands_in_its_chapter_alone() -> None:
    plan = PublishedPlan("plan", "要点", "区科委", None, "", 1, (PAGE,))
    section = ("一、总则", "（一）目标")
    assert [(passage.anchor, passage.path) for passage in passages(plan, PAGE)] == [
        *(("s1", ()), ("s1", section[:1]), ("s1-p1", section[:1])),
        *(("s1-1", section), ("s1-1-p1", section)),
    ]
