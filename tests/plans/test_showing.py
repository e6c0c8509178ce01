import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from portal.plans.rendering import Block, render
from portal.plans.showing import shown

HEAD = "<tr><th>项目</th><th>牵头&lt;单位&gt;</th></tr>"
SMALL = f'<table id="s1-p2"><thead>{HEAD}</thead><tbody><tr><td>甲</td><td>乙</td></tr></tbody></table>'


def row(tag: str, count: int) -> str:
    return f"<tr>{f'<{tag}>格</{tag}>' * count}</tr>"


def test_a_small_table_says_in_each_cell_what_column_it_is_of() -> None:
    table = lxml.html.fragment_fromstring(shown(Markup(SMALL)))
    assert table.get("class") == "table--stack"
    assert table.get("aria-label") == "表格：项目、牵头<单位>"
    assert table.xpath("thead//th/@scope") == ["col", "col"]
    assert table.xpath(".//td/@data-label") == ["项目", "牵头<单位>"]


@pytest.mark.parametrize("table", ["<td colspan='2'>甲</td>", "<td rowspan='2'>甲</td><td>乙</td>"])
def test_what_cannot_be_stacked_scrolls_by_itself(table: str) -> None:
    wide = f"<table id='s1-p2'>{row('th', 5)}{row('td', 5)}</table>"
    for html in (wide, SMALL.replace("<td>甲</td><td>乙</td>", table)):
        region = lxml.html.fragment_fromstring(shown(Markup(html)))
        assert region.get("role") == "region"
        assert region.get("tabindex") == "0"
        assert region.get("aria-label").startswith("表格：")
        # Heads of columns stay in sight, wherever the file has them.
        assert region.xpath("table/thead/tr/th/@scope")


def test_a_caption_is_the_name_and_the_first_cell_of_a_row_its_head() -> None:
    body = f"<tr><th>行</th>{'<td>格</td>' * 4}</tr>"
    html = f"<table id='s1-p2'><caption>表1</caption>{row('th', 5)}{body}</table>"
    region = lxml.html.fragment_fromstring(shown(Markup(html)))
    assert region.get("aria-label") == "表1"
    assert region.xpath("table/*[1]")[0].tag == "caption"
    assert region.xpath(".//th[text()='行']/@scope") == ["row"]


@pytest.mark.parametrize(
    "form", ["<thead>{}</thead><tbody>{}</tbody>", "<tbody>{}{}</tbody>", "<thead>{}{}</thead>"]
)
def test_all_rows_of_heads_stand_at_the_top(form: str) -> None:
    first, second = "<tr><th>项目</th><th>2023年</th></tr>", "<tr><th>名称</th><th>目标</th></tr>"
    body = "<tr><th>行</th><td>格</td></tr>"
    table = lxml.html.fragment_fromstring(
        shown(Markup(f"<table id='s1-p2'>{form.format(first, second)}<tbody>{body}</tbody></table>"))
    ).find("table")
    assert table.xpath("thead/tr/th/text()") == ["项目", "2023年", "名称", "目标"]
    assert table.xpath("thead//th/@scope") == ["col"] * 4
    assert table.xpath("tbody//th/@scope") == ["row"]


def test_lower_headings_follow_on_a_page_of_the_whole_plan() -> None:
    heading = Markup('<h3 id="s1-1">1.细分</h3>')
    assert shown(heading) == heading
    assert shown(heading, 1) == '<h4 id="s1-1">1.细分</h4>'
    assert shown(Markup("<ul><li>一</li></ul>"), 1) == "<ul><li>一</li></ul>"


@given(
    st.lists(st.lists(st.text("甲乙<&>\"' 1a", max_size=6), min_size=1, max_size=6), min_size=1, max_size=4)
)
def test_the_text_stays_what_it_is(cells: list[list[str]]) -> None:
    rows = [
        "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) for row in cells for tag in ("th", "td")
    ]
    html = Markup("<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>")
    before = lxml.html.fragment_fromstring(html).text_content()
    assert lxml.html.fragment_fromstring(shown(html)).text_content() == before


@pytest.mark.parametrize(
    ("text", "ragged"),
    [
        ("引进企业1200余家，占比4.2%。", False),
        ("2024年12月31日前完成。", True),
        ("网址是www.example.gov.cn。", True),
        ("", False),
    ],
)
def test_wide_words_make_a_paragraph_ragged(text: str, ragged: bool) -> None:
    assert Block("paragraph", "s1-p1", Markup(), Markup(), text).ragged is ragged


@pytest.mark.parametrize(
    "figure", ["2024年6月30日", "12月31日", "41.565公顷", "12.5个百分点", "3平方公里", "2,300万元", "5千亿元"]
)
def test_figures_stay_on_one_line_with_their_units(figure: str) -> None:
    source = f"---\nnumber: '1'\nlabel: 一、\ntitle: 甲\nanchor: s1\n---\n\n到{figure}为止。\n{{: #s1-p1 }}\n"
    assert render(source).blocks[0].html == f'到<span class="nb">{figure}</span>为止。'
