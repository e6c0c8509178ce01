"""What changed between two texts: where the marks stand, what they are called, and how they are shown."""

import random
import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from portal.plans.differences import Difference, Piece, compare, from_change
from portal.plans.marks import HALF_NAMES, NAMES
from tests.support.server import ROOT

SCRIPT = ROOT / "portal" / "static" / "difference.js"
STYLE = ROOT / "portal" / "static" / "portal.css"

# Corrections as they are sent, with the marks that a reader expects: [-deleted][+inserted].
CORRECTIONS = [
    # Characters
    "推动苏[-和][+河]湾功能区重点发展以技术为支撑的金融业态",
    "切实[-作][+做]好高新技术企业培育工作",
    "进一步激[-法][+发]创新活力",
    "由审[-查机关][+批机构]办理",
    "[-开展工作][+发挥作用]",
    "打造国际领先的数[-字][+智]产业园区",
    "全面[+贯彻]落实党的二十大精神",
    "提高居民生活的[-的]便利度",
    "[-推进]推进城市数字化转型",
    "[-支持]企业[-支持]创新",
    "[-促进][+推动]经济[-稳定增长][+高质量发展]",
    "[-区科学技术委员会全体干部认真学习][+各街道镇的工作人员须严格遵守规定]",
    # Whole items of a list
    "推进甲，[+推进乙，]推进丙。",
    "第一项；[-第二项；]第三项。",
    "引进头部企业、[+独角兽企业、]功能型机构",
    "[-张三][+王五]，[-李四][+赵六]",
    "附件（[-旧][+新]）（二）",
    "甲[+（新）]（旧）乙",
    # Numbers, dates, words, names
    "[-2023年7月12日][+2023年7月13日]发布",
    "到[-2023][+2024]，建成[-3][+13]个中心",
    "增长[-35%][+36%]，达到[-1,200.5][+1,250.5]亿元",
    "[-二〇二三年七月][+二〇二三年八月]印发",
    "[-十四五][+十五五]规划",
    "建设[-5G][+6G]网络，应用[-AI][+AIoT]技术",
    "访问[-www.jingan.gov.cn][+www.jingan.sh.cn]查询",
    "根据[-《静安区科技规划》][+《静安区科技计划》]实施",
    "根据[+《]静安区科技规划[+》]实施",
    "第[-3][+5]条、第[-4][+6]条",
    # Punctuation and white space
    "大数据[-,][+，]云计算",
    "人工智能[-，][+、]物联网[-，][+、]区块链",
    "激活科技服务市场[-，][+。]促进转型",
    "发[- ]展[- ]规[- ]划",
    "“一网通办[+”]改革",
    "加快落地。[-。]",
    "(一[-)][+）]持续推进",
    "促进企业协同创新[+。]",
    "工作专班[-\n]推进项目",
    "他说[-“][+「]好[-”][+」]",
    "技术[-—][+——]应用",
    # Nothing at all
    "没有改动",
    "",
    "[+全新的一段。]",
    "[-整段删去。]",
]


def sides(marked: str) -> tuple[str, str]:
    return (
        re.sub(r"\[\+.*?\]", "", marked, flags=re.DOTALL).replace("[-", "").replace("]", ""),
        re.sub(r"\[-.*?\]", "", marked, flags=re.DOTALL).replace("[+", "").replace("]", ""),
    )


def marked(pieces: tuple[Piece, ...]) -> str:
    forms = {"equal": "{}", "delete": "[-{}]", "insert": "[+{}]"}
    return "".join(forms[piece.kind].format(piece.text) for piece in pieces)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_marks_stand_where_a_reader_expects_them(correction: str) -> None:
    before, after = sides(correction)
    assert marked(compare(before, after).pieces) == correction


def test_a_line_begins_shortly_before_the_first_change() -> None:
    before = f"{'前一句，' * 20}共计13800个，推动数字转型。"
    assert from_change(before, before.replace("数字", "数字化")) == (
        "……13800个，推动数字转型。",
        "……13800个，推动数字化转型。",
    )
    for short in (("数字转型", "数字化转型"), ("", before), (before, before)):
        assert from_change(*short) == short


TEXT = st.text(st.sampled_from("甲乙丙丁发展，、。；,.“”《》（） \n2037年月日%Aa—…😀"), max_size=40)


@given(TEXT, TEXT)
@settings(max_examples=200)
def test_pieces_give_both_texts(before: str, after: str) -> None:
    pieces = compare(before, after).pieces
    assert "".join(p.text for p in pieces if p.kind != "insert") == before
    assert "".join(p.text for p in pieces if p.kind != "delete") == after
    assert all(piece.text for piece in pieces)
    neighbours = list(pairwise(pieces))
    assert all(one.kind != other.kind for one, other in neighbours)
    assert all((one.kind, other.kind) != ("insert", "delete") for one, other in neighbours)
    assert compare(before, after).pieces == pieces


@given(TEXT)
@settings(max_examples=30)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert compare(text, text).summary == "没有改动"
    assert compare(text, text).changes == 0


def test_changes_and_characters_are_counted() -> None:
    both = compare("推动苏和湾功能区，2023年建成。", "推动苏河湾功能区，2024年建成😀。")
    assert both.summary == "共3处改动：删6字，增7字"
    assert (both.changes, both.deleted, both.inserted) == (3, 6, 7)
    assert compare("发展的的规划", "发展的规划").summary == "共1处改动：删1字"
    assert compare("发展规划", "发展的规划").summary == "共1处改动：增1字"


@pytest.mark.parametrize(
    ("correction", "notes"),
    [
        ("甲[-，][+、]乙", ("逗号改为顿号",)),
        ("甲[-，][+、]乙[-，][+、]丙", ("逗号改为顿号（2处）",)),
        ("甲[-,][+，]乙", ("半角逗号改为全角逗号",)),
        ("甲[-，][+,]乙", ("全角逗号改为半角逗号",)),
        ("甲[-,][+、]乙", ("半角逗号改为顿号",)),
        ("甲乙[-.][+。]", ("半角句点改为句号",)),
        ("甲[- ]乙[+。]", ("删去空格", "增加句号")),
        ("甲[-  ]乙", ("删去空格",)),
        ("甲[-\u3000]乙", ("删去全角空格",)),
        ("甲[+。\n]乙", ("增加句号和换行",)),
        ("甲[-\u200b]乙", ("删去不可见字符",)),
        ('说[-"][+“]好[-"][+”]', ("半角双引号改为左双引号", "半角双引号改为右双引号")),
        ("甲[-……][+——]乙", ("省略号改为破折号",)),
        ("甲[-，][+、新]乙", ()),
        ("苏[-和][+河]湾", ()),
    ],
)
def test_changes_in_punctuation_are_named(correction: str, notes: tuple[str, ...]) -> None:
    assert compare(*sides(correction)).notes == notes


def test_excerpts_are_the_sentences_with_their_changes() -> None:
    before = "第一句不变。第二句有和湾，也有2023年。第三句不变；第四句，改标点。第五句不变。"
    after = before.replace("和湾", "河湾").replace("2023", "2024").replace("句，改", "句、改")
    assert [marked(excerpt) for excerpt in compare(before, after).excerpts] == [
        "第二句有[-和][+河]湾，也有[-2023年][+2024年]。",
        "第四句[-，][+、]改标点。",
    ]
    assert compare(before, before).excerpts == ()


def test_long_stretches_of_an_excerpt_are_left_out() -> None:
    long = "持续推进数字化转型工作" * 10
    (excerpt,) = compare(f"{long}甲{long}2023年{long}", f"{long}乙{long}2024年{long}").excerpts
    shown = r"…….{20}\[-甲\]\[\+乙\].{20}…….{20}\[-2023年\]\[\+2024年\].{20}……"
    assert re.fullmatch(shown, marked(excerpt))


def test_numbers_are_never_cut_in_an_excerpt() -> None:
    before = "甲" * 30 + "2023年7月12日" + "乙" * 15 + "和"
    (excerpt,) = compare(before, before[:-1] + "河").excerpts
    assert marked(excerpt) == "……2023年7月12日" + "乙" * 15 + "[-和][+河]"


def long_text(characters: int) -> str:
    source = "".join(path.read_text() for path in sorted(Path(ROOT / "content/2023-work-plan").glob("?.md")))
    return (source * 5)[:characters]


def test_long_texts_are_compared_quickly() -> None:
    before, rng = long_text(20_000), random.Random(5)
    edited = list(before)
    for _ in range(1000):
        at = rng.randrange(len(edited))
        edited[at : at + 1] = rng.choice(["", "新", "，", "发展"])
    unlike = ["".join(chr(0x4E00 + rng.randrange(1500)) for _ in range(20_000)) for _ in range(2)]
    pairs = [
        (before, "".join(edited)),
        (f"甲{before}", f"{before}乙"),
        (unlike[0], unlike[1]),
        ("，" * 20_000, "、" * 20_000),
    ]
    for one, other in pairs:
        started = time.process_time()
        difference = compare(one, other)
        assert difference.summary
        assert time.process_time() - started < 1  # 0.05 s on an idle machine
    assert 500 < compare(*pairs[0]).changes <= 1000
    assert marked(compare(*pairs[1]).pieces) == f"[-甲]{before}[+乙]"


def test_the_script_makes_the_same_pieces(browser: Browser) -> None:
    """Also of each sign, so that both know the same names, and of texts that were edited at random."""
    rng, text = random.Random(7), long_text(4000)
    pairs = [sides(correction) for correction in CORRECTIONS]
    pairs += [(f"甲{sign}乙", "甲乙") for sign in [*NAMES, *HALF_NAMES]]
    pairs += [(f"甲{half}乙", f"甲{full}乙") for half, full in zip(HALF_NAMES, NAMES, strict=False)]
    for _ in range(200):
        start = rng.randrange(3900)
        before = text[start : start + rng.randrange(100)]
        after = list(before)
        for _ in range(rng.randrange(8)):
            at = rng.randrange(len(after) + 1)
            after[at : at + rng.randrange(3)] = rng.choice(["", "，", "的", "发展", "35%", "《规划》", "😀"])
        pairs.append((before, "".join(after)))
    page = browser.new_page()
    page.add_script_tag(path=SCRIPT)
    made = page.evaluate("pairs => pairs.map(pair => window.portal.compare(pair[0], pair[1]))", pairs)
    page.close()
    for (before, after), pieces in zip(pairs, made, strict=True):
        assert Difference(tuple(Piece(**piece) for piece in pieces)) == compare(before, after)


SHOWN = (
    "{% from 'components/difference.html' import difference, changes %}{{ difference(d) }}{{ changes(d) }}"
)


def test_marks_are_the_same_from_server_and_script_and_are_not_copied(app: Flask, browser: Browser) -> None:
    before, after = "推动苏和湾,建设<园区>。\n空 格", "推动苏河湾，建设<园区>。\n空格"
    with app.test_request_context():
        html = render_template_string(SHOWN, d=compare(before, after))
    page = browser.new_page()
    page.set_content(f'<main>{html}<div id="own"></div></main>')
    page.add_style_tag(path=STYLE)
    page.add_script_tag(path=SCRIPT)
    page.evaluate("texts => portal.showDifference(document.getElementById('own'), ...texts)", [before, after])
    assert page.inner_html("#own") == page.locator(".difference").first.inner_html()
    shown = page.locator("#own")
    assert shown.locator("del").all_text_contents() == [
        "删除：删和（删除完）",
        "删除：删,（删除完）",
        "删除：删 （删除完）",
    ]
    assert shown.locator("small").all_text_contents() == ["（半角逗号改为全角逗号）", "（删去空格）"]
    select = "e => { const s = getSelection(); s.selectAllChildren(e); return s.toString(); }"
    assert shown.evaluate(select) == "推动苏和河湾,，建设<园区>。\n空 格"
    page.close()


def test_sides_hold_one_text_each(app: Flask) -> None:
    with app.test_request_context():
        html = render_template_string(
            "{% from 'components/difference.html' import sides %}{{ sides(compare('苏和湾', '苏河湾')) }}"
        )
    before, after = html.split("</figure>")[:2]
    assert "更正前" in before
    assert "<del>" in before
    assert "<ins>" not in before
    assert "更正后" in after
    assert "<ins>" in after
    assert "<del>" not in after
