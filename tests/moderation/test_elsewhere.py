"""The same wrong words in other places."""

import time
from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.moderation import elsewhere
from portal.moderation.elsewhere import Occurrence
from portal.moderation.wrong_words import Replacement, replaced, replacements
from portal.plans import publishing
from portal.plans.correcting import Edit
from portal.plans.reading import PageOutline, Paragraph, PlanOutline, Section
from portal.plans.writing import write_plan


def pairs(*given: Any) -> list[tuple[str, str]]:
    return [(one.wrong, one.right) for one in replacements(*given)]


# Which words are meant


def test_what_was_quoted_is_meant_when_the_whole_change_is_in_it() -> None:
    before, after = "推动科创动能增强,提升能级。", "推动科技创新动能增强,提升能级。"
    assert pairs(before, after, "科创", "科技创新") == [("科创", "科技创新")]
    assert pairs(before, after, " 科创动能 ", "") == [("科创动能", "科技创新动能")]
    # The final wording counts, whatever was suggested.
    assert pairs(before, after, "科创", "科学创新") == [("科创", "科技创新")]


@pytest.mark.parametrize(
    "quote",
    ["提升能级", "创", "推动科创动能增强,提升能级。此后一年内继续推动。", "不在这里"],
    ids=["elsewhere", "one character", "long", "nowhere"],
)
def test_otherwise_the_change_is_widened_to_four_characters_of_its_clause(quote: str) -> None:
    before = "加快示犯基地建设,提升能级。此后一年内继续推动。"
    after = before.replace("示犯", "示范")
    assert ("加快示犯", "加快示范") in pairs(before, after, quote)
    for wrong, right in pairs(before, after, quote):
        assert len(wrong) == 4
        assert wrong in before
        assert right in after
        assert "犯" in wrong


def test_a_change_takes_nothing_from_beyond_its_clause() -> None:
    assert pairs("示犯,继续推动。", "示范,继续推动。") == [("示犯", "示范")]
    assert pairs("推进创薪。", "推进创新。") == [("推进创薪", "推进创新")]
    assert pairs("第5,6个。", "第7,6个。") == []
    assert pairs("加强建设。", "加强队伍建设。") == [("加强建设", "加强队伍建设")]
    assert pairs("大数据,云计算。", "大数据、云计算。") != []


def test_what_is_too_common_too_long_or_parted_is_not_looked_for() -> None:
    assert pairs("12家,", "13家,") == []
    assert pairs("甲,乙", "丙,乙") == []
    assert pairs("这一段的全部文字都改写成了另外一段完全不同的文字", "新的一句") == []
    assert all("\n" not in right for _, right in pairs("前一句示犯基地后一句", "前一句\n示范基地后一句"))
    assert pairs("一样", "一样") == []


def test_a_text_that_is_written_anew_has_no_wrong_words() -> None:
    # Twenty changes with four ways to take in what stands beside them.
    before = "".join(map(chr, range(0x4E00, 0x4E00 + 4000)))
    twenty = "".join("囍" if at < 160 and at % 8 == 4 else one for at, one in enumerate(before))
    assert len(pairs(before, twenty)) == 80
    assert (
        pairs(before, "".join("囍" if at < 168 and at % 8 == 4 else one for at, one in enumerate(before)))
        == []
    )
    assert pairs("加快示犯基地建设", f"加快{before}基地建设") == []
    assert pairs("加快示犯基地建设", f"加快{before}基地建设", "示犯") == []


def test_what_is_asked_of_the_database_stays_small(database_app: Flask) -> None:
    before = "".join(map(chr, range(0x4E00, 0x4E00 + 4000)))
    publish(database_app, "new", [[before, before[4:]]])
    with database_app.app_context():
        anew = "".join("囍" if at % 4 == 0 else one for at, one in enumerate(before))
        assert find(before, anew, before, OWN) == []
        few = "".join("囍" if at < 160 and at % 8 == 4 else one for at, one in enumerate(before))
        assert [one.anchor for one in find(before, few, "", OWN)] == ["s1-2-p1"]
        started = time.process_time()
        find("甲乙丙丁", before * 5, "甲乙", OWN)
        assert time.process_time() - started < 2


# Putting them right


@pytest.mark.parametrize(
    ("text", "wrong", "right", "result"),
    [
        ("推动科创动能与科创中心", "科创", "科技创新", "推动科技创新动能与科技创新中心"),
        ("推动科技创新", "科创", "科技创新", "推动科技创新"),
        ("推动科技创新与创新", "创新", "科技创新", "推动科技创新与科技创新"),
        ("科创新动能", "科创", "科技创新", "科创新动能"),
        ("苏河湾与苏河湾功能区", "苏河湾", "苏河湾功能区", "苏河湾功能区与苏河湾功能区"),
        ("天天与每天", "天", "天天", "天天与每天天"),
        ("的的的的", "的的", "的", "的的"),
        ("高科创新", "创新", "科技创新", "高科创新"),
    ],
)
def test_right_words_are_left_alone(text: str, wrong: str, right: str, result: str) -> None:
    assert replaced(text, [Replacement(wrong, right)]) == result


WORDS = st.text("科技创新动能,", min_size=1, max_size=4)


@settings(max_examples=200)
@given(text=st.text("科技创新动能,", max_size=20), wrong=WORDS, right=WORDS)
def test_right_words_never_change(text: str, wrong: str, right: str) -> None:
    result = replaced(text, [Replacement(wrong, right)])
    if wrong not in text:
        assert result == text
    if wrong in right:
        # What is right stays right: doing it again changes nothing.
        assert replaced(result, [Replacement(wrong, right)]) == result


# In the plans


def publish(app: Flask, slug: str, pages: list[list[str]], issued_on: date | None = None) -> None:
    """A plan whose chapters hold these paragraphs, each in a section of its own."""

    def section(page: int, number: int, text: str) -> Section:
        anchor = f"s{page}-{number}"
        return Section(f"({number})", f"第{number}件事", anchor, (Paragraph(f"{anchor}-p1", text),))

    outlines = tuple(
        PageOutline(
            str(page),
            f"{page}、",
            "各项工作",
            f"s{page}",
            (),
            tuple(section(page, number, text) for number, text in enumerate(texts, 1)),
        )
        for page, texts in enumerate(pages, 1)
    )
    write(app, slug, write_plan(PlanOutline(slug, "某办公室", issued_on, "", outlines)))


def write(app: Flask, slug: str, files: dict[str, str]) -> None:
    """Publish the files of a plan."""
    folder = app.config["PORTAL"].instance / slug
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    with app.app_context():
        publishing.import_content([folder])


def find(
    before: str, after: str, quote: str = "", own: tuple[str, str, str] = ("", "", "")
) -> list[Occurrence]:
    return elsewhere.find(before, after, quote, "", own)


OWN = ("new", "1", "s1-1-p1")
BEFORE, AFTER = "推动苏河弯建设。", "推动苏河湾建设。"


def test_the_same_words_in_every_plan_the_newest_first(database_app: Flask) -> None:
    publish(database_app, "old", [["苏河弯在此。"], ["没有这个词。"]], date(2020, 1, 1))
    publish(database_app, "new", [[BEFORE, "苏河弯和苏河弯。"], ["苏河湾与*苏河弯*。"]], date(2023, 1, 1))
    publish(database_app, "undated", [["苏河弯。"]])
    with database_app.app_context():
        found = find(BEFORE, AFTER, "苏河弯", OWN)
        places = [(one.plan, one.page, one.anchor, one.base, one.heading) for one in found]
        assert places == [
            ("new", "1", "s1-2-p1", 1, "(2)第2件事"),
            ("new", "2", "s2-1-p1", 1, "(1)第1件事"),
            ("old", "1", "s1-1-p1", 1, "(1)第1件事"),
            ("undated", "1", "s1-1-p1", 1, "(1)第1件事"),
        ]
        assert [one.after for one in found][:2] == ["苏河湾和苏河湾。", "苏河湾与*苏河湾*。"]
        assert found[0].value == "new/1/s1-2-p1/1"
        assert found[0].difference.changes == 2
        assert find("苏河弯", "苏河湾", "苏河弯") != []
        assert find("一百%_弯", "一百%_湾") == []


def test_headings_are_searched_too(published_app: Flask) -> None:
    title = "坚持加强自身建设强化工作效能,提升科技创新管理服务能力"
    with published_app.app_context():
        found = find("提升科技创新管理服务能力", "提升科技创新服务管理能力", "提升科技创新管理服务能力")
        assert [(one.page, one.anchor, one.before) for one in found] == [("5", "s5", f"五、{title}")]
        section = find("加强干部队伍建设", "加强干部队伍的建设", "加强干部队伍建设")
        assert "s5-3" in {one.anchor for one in section}


def test_what_is_left_in_the_paragraph_itself_is_found_too(app: Flask) -> None:
    publish(app, "new", [["苏河弯与苏河弯。"]])
    with app.app_context():
        found = find("苏河弯与苏河弯。", "苏河湾与苏河弯。", "苏河弯", OWN)
        assert [(one.before, one.after) for one in found] == [("苏河湾与苏河弯。", "苏河湾与苏河湾。")]
        assert find("苏河弯与苏河弯。", "苏河湾与苏河湾。", "苏河弯", OWN) == []
        main = Edit(*OWN, 1, "苏河湾与苏河弯。")
        assert elsewhere.edits(main, found, [found[0].value]) == (Edit(*OWN, 1, "苏河湾与苏河湾。"),)


def test_ticked_places_become_edits(app: Flask) -> None:
    publish(app, "new", [[BEFORE, "去苏河弯。", "回苏河弯。"]])
    with app.app_context():
        found = find(BEFORE, AFTER, "苏河弯", OWN)
        main = Edit(*OWN, 1, AFTER)
        second = Edit("new", "1", "s1-3-p1", 1, "回苏河湾。")
        assert elsewhere.edits(main, found, [found[1].value]) == (main, second)
        assert elsewhere.edits(main, found, []) == (main,)


def test_markup_stays(app: Flask) -> None:
    publish(app, "new", [[BEFORE, "甲"]])
    with app.app_context():
        files = {
            "plan.md": "---\ntitle: 甲\npages:\n- '1'\n---\n",
            "1.md": "---\nnumber: '1'\nlabel: ''\ntitle: 甲\nanchor: s1\n---\n\n"
            "见**苏河弯**。\n{: #s1-p1 }\n\n见**苏河**弯。\n{: #s1-p2 }\n",
        }
        write(app, "marked", files)
        found = [one for one in find(BEFORE, AFTER, "苏河弯", OWN) if one.plan == "marked"]
        # In the second one the markup parts the words: nobody could put them right by machine.
        assert [(one.anchor, one.after, one.written) for one in found] == [
            ("s1-p1", "见苏河湾。", "见**苏河湾**。")
        ]


def test_at_most_fifty_and_quick_among_ten_thousand(app: Flask) -> None:
    line = "持续推进大数据、云计算、人工智能产业发展,引导总部研发中心落地,促进跨界融合。" * 3
    for number in range(10):
        pages = [
            [f"{line}{'苏河弯' if page % 40 == 0 else '苏河湾'}" for _ in range(20)] for page in range(50)
        ]
        publish(app, f"plan{number}", pages)
    with app.app_context():
        find(BEFORE, AFTER, "苏河弯")
        started = time.process_time()
        assert len(find(BEFORE, AFTER, "苏河弯")) == elsewhere.MOST
        took = time.process_time() - started
        assert find(BEFORE, "推动苏河湾的建设。") == []
        assert took < 0.3
