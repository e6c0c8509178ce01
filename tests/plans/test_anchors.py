from hypothesis import given
from hypothesis import strategies as st

from portal.plans.anchors import keep_anchors
from portal.plans.reading import PageOutline, anchors_of, read_document

BASE = [
    "一、章",
    "(一)调研工作。开展重点课题调研，形成报告。",
    "(二)产业政策。出台若干政策，助力企业成长。",
    "第二段讲落实措施与分工。",
    "(三)招商稳商。细化招商目标，走访企业。",
]


def page(lines: list[str]) -> PageOutline:
    return read_document("\n".join(["要点", *lines]).encode()).pages[0]


def keep(old: PageOutline, lines: list[str], used: set[str] | None = None) -> PageOutline:
    return keep_anchors(old, page(lines), used or set(anchors_of(old)))


def where(outline: PageOutline, word: str) -> str:
    for section in outline.sections:
        for part in section.paragraphs:
            if word in part.text:
                return part.anchor
        if word in section.title:
            return section.anchor
    raise AssertionError(word)


def test_an_unchanged_page_keeps_all() -> None:
    old = page(BASE)
    assert keep(old, BASE) == old


def test_a_section_put_in_front_moves_no_address() -> None:
    old = page(BASE)
    renumbered = [
        line.replace("(一)", "(二)#").replace("(二)产", "(三)产").replace("(三)招", "(四)招") for line in BASE
    ]
    lines = [line.replace("#", "") for line in renumbered]
    new = keep(old, [lines[0], "(一)全新的一节。从未有过的内容。", *lines[1:]])
    for word in ("重点课题", "若干政策", "落实措施", "走访企业", "招商稳商"):
        assert where(new, word) == where(old, word)
    assert where(new, "从未有过") == "s1-4-p1"


def test_a_reworded_paragraph_keeps_its_address() -> None:
    old = page(BASE)
    new = keep(old, [*BASE[:1], "(一)调研工作。开展重点课题调研，形成三份报告。", *BASE[2:]])
    assert where(new, "三份报告") == "s1-1-p1"


def test_an_address_that_was_given_up_is_never_given_again() -> None:
    old = page(BASE)
    used = set(anchors_of(old)) | {"s1-2-p3", "s1-4"}
    new = keep(
        old,
        [*BASE[:4], "另一件与众不同的事情，此前没有写过。", BASE[4], "(四)添的一节。说的是别的事。"],
        used,
    )
    assert where(new, "与众不同") == "s1-2-p4"
    assert where(new, "添的一节") == "s1-5"


@given(st.permutations(BASE[1:]), st.data())
def test_addresses_stay_unique(lines: list[str], data: st.DataObject) -> None:
    old = page(BASE)
    chosen = data.draw(st.lists(st.sampled_from(lines), unique=True))
    numbered = [
        f"({'一二三四五'[index]}){line.split(')')[-1]}" if line.startswith("(") else line
        for index, line in enumerate(chosen)
    ]
    anchors = list(anchors_of(keep(old, ["一、章", *numbered])))
    assert len(anchors) == len(set(anchors))
