from hypothesis import given
from hypothesis import strategies as st

from portal.plans.anchors import keep_anchors, keep_pages
from portal.plans.reading import PageOutline, anchors_of, read_document

BASE = [
    "一、章",
    "(一)调研工作。开展重点课题调研，形成报告。",
    "(二)产业政策。出台若干政策，助力企业成长。",
    "第二段讲落实措施与分工。",
    "(三)招商稳商。细化招商目标，走访企业。",
]


def page(lines: list[str]) -> PageOutline:
    return read_document("\n".join(["要点", *lines]).encode()).plan.pages[0]


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


CHAPTERS = [
    "要点",
    "前言。",
    "一、产业",
    "(一)港口建设。推进码头与航道。",
    "二、教育",
    "办好学前教育，新增学位。",
]


def pages(lines: list[str]) -> tuple[PageOutline, ...]:
    return read_document("\n".join(lines).encode()).plan.pages


def history(lines: list[str]) -> dict[str, list[PageOutline]]:
    return {page.number: [page] for page in pages(lines)}


def test_a_chapter_put_in_front_moves_no_page() -> None:
    lines = [
        *CHAPTERS[:2],
        "一、总则",
        "全新的总则内容，从来没有。",
        "二、产业",
        *CHAPTERS[3:4],
        "三、教育",
        CHAPTERS[5],
    ]
    kept = keep_pages(history(CHAPTERS), pages(lines))
    assert [(page.number, page.label, page.anchor) for page in kept] == [
        ("preface", "", "s0"),
        ("3", "一、", "s3"),
        ("1", "二、", "s1"),
        ("2", "三、", "s2"),
    ]
    assert list(anchors_of(kept[1])) == ["s3", "s3-p1"]
    assert list(anchors_of(kept[2])) == ["s1", "s1-1", "s1-1-p1"]
    assert where_in(kept, "学前教育") == "s2-p1"


def test_a_chapter_written_anew_keeps_its_number_and_gives_new_addresses() -> None:
    lines = [*CHAPTERS[:4], "二、完全不同的题目", "与原来毫无关系的一段文字内容。"]
    kept = keep_pages(history(CHAPTERS), pages(lines))
    assert [page.number for page in kept] == ["preface", "1", "2"]
    assert where_in(kept, "毫无关系") == "s2-p2"


def test_a_chapter_added_at_the_end_is_as_printed() -> None:
    kept = keep_pages(history(CHAPTERS), pages([*CHAPTERS, "三、卫生", "(一)医院。建设社区医院。"]))
    assert list(anchors_of(kept[-1])) == ["s3", "s3-1", "s3-1-p1"]


def where_in(kept: tuple[PageOutline, ...], word: str) -> str:
    return next(p.anchor for page in kept for p in page.paragraphs if word in p.text)


@given(st.permutations(["港口", "教育", "卫生", "环境"]), st.integers(0, 4))
def test_pages_stay_unique_and_keep_their_text(order: list[str], count: int) -> None:
    def document(names: list[str]) -> list[str]:
        numbers = "一二三四"
        lines = [
            [f"{numbers[index]}、{name}", f"{name}方面的具体工作安排与要求。"]
            for index, name in enumerate(names)
        ]
        return ["要点", *(line for pair in lines for line in pair)]

    old = history(document(["港口", "教育", "卫生", "环境"]))
    chosen = order[: max(1, count)]
    kept = keep_pages(old, pages(document(chosen)))
    assert len({page.number for page in kept}) == len(kept)
    anchors = [anchor for page in kept for anchor in anchors_of(page)]
    assert len(anchors) == len(set(anchors))
    for page in kept:
        assert all(anchor.startswith(page.anchor) for anchor in anchors_of(page))


def test_what_moves_takes_its_address_along() -> None:
    old = page(BASE)
    # Past a text that is much like it. The section that is left with little keeps its address too.
    lines = [
        *BASE[:2],
        "(二)产业政策。",
        "第二段讲落实措施与分工安排。",
        BASE[4],
        BASE[3],
        "出台若干政策，助力企业成长。",
    ]
    new = keep(old, lines)
    assert where(new, "落实措施与分工。") == where(old, "落实措施与分工。") == "s1-2-p2"
    assert where(new, "若干政策") == where(old, "若干政策")
    assert where(new, "产业政策") == where(old, "产业政策")
    assert where(new, "分工安排") == "s1-2-p3"
    assert len(set(anchors_of(new))) == len(list(anchors_of(new)))
