"""The revisions of a page, and what each changed."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.plans.history import PER_PAGE, Fate, align, folded, summary
from portal.plans.writing import escape
from tests.plans.corrected import OTHER, OTHER_FILES, SLUG, correct, publish_other, withdraw
from tests.support.client import tree_of

PAGE = f"/plans/{SLUG}/2"
HEAD = "---\nnumber: '1'\nlabel: 一、\ntitle: 总则\nanchor: s1\n---\n"


def page_of(blocks: dict[str, str]) -> str:
    """A page's file with these paragraphs."""
    return HEAD + "".join(f"\n{escape(text)}\n{{: #{anchor} }}\n" for anchor, text in blocks.items())


@pytest.fixture
def app(published_app: Flask) -> Flask:
    return published_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def words_of(client: FlaskClient, path: str) -> str:
    return " ".join(str(tree_of(client.get(path)).xpath("string(//main)")).split())


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(range(1, 9)), unique=True, min_size=1),
    st.lists(st.sampled_from(range(1, 9)), unique=True, min_size=1),
    st.sets(st.sampled_from(range(1, 9))),
)
def test_every_paragraph_of_both_is_in_the_comparison_once(
    old: list[int], new: list[int], rewritten: set[int]
) -> None:
    before = {f"s1-p{n}": f"第{n}段*文字*。" for n in old}
    after = {f"s1-p{n}": f"第{n}段{'新' if n in rewritten else ''}*文字*。" for n in new}
    rows = align(page_of(before), page_of(after))
    assert rows[0].anchor == "s1"
    found = {row.anchor: row for row in rows[1:]}
    assert len(found) == len(rows) - 1
    assert set(found) == set(before) | set(after)
    assert [row.anchor for row in rows[1:] if row.fate is not Fate.GONE] == list(after)
    for anchor, row in found.items():
        assert (row.before, row.after) == (before.get(anchor, ""), after.get(anchor, ""))
        fates = {(True, False): Fate.GONE, (False, True): Fate.NEW}
        same = Fate.SAME if before.get(anchor) == after.get(anchor) else Fate.CHANGED
        assert row.fate is fates.get((anchor in before, anchor in after), same)
    assert [row for _, group in folded(rows) for row in group] == list(rows)
    assert (summary(page_of(before), page_of(after)) == "没有改动") == all(
        row.fate is Fate.SAME for row in rows
    )


def test_what_is_gone_stands_where_it_stood() -> None:
    before = page_of({"s1-p1": "甲。", "s1-p2": "乙。", "s1-p3": "丙。"})
    after = page_of({"s1-p1": "甲。", "s1-p3": "丙丙。", "s1-p4": "丁。"})
    rows = align(before, after)
    assert [(row.anchor, row.fate.value, row.place) for row in rows] == [
        ("s1", "same", "章标题"),
        ("s1-p1", "same", "第1段"),
        ("s1-p2", "gone", "第2段"),
        ("s1-p3", "changed", "第2段"),
        ("s1-p4", "new", "第3段"),
    ]
    assert summary(before, after) == "共3处改动：删2字，增3字"


def test_the_history_tells_date_reason_erratum_and_how_much(app: Flask, client: FlaskClient) -> None:
    correct(app, "s2-1-p1", "重点发展", "着力发展", number="JC-20261124-0001", reason="用词<统一>。")
    withdraw(app, "JC-20261124-0001", "原文无误。")
    tree = tree_of(client.get(f"{PAGE}/history"))
    rows = [" ".join(row.xpath("string()").split()) for row in tree.xpath("//main//ol/li")]
    assert "第3号修订" in rows[0]
    assert "当前版本" in rows[0]
    assert "撤回勘误：原文无误。（被撤回的勘误JC-20261124-0001）" in rows[0]
    assert "用词<统一>。（勘误JC-20261124-0001）" in rows[1]
    assert "共1处改动：删2字，增2字" in rows[1]
    assert rows[2].endswith("首次发布")
    hrefs = tree.xpath("//main//ol/li//a/@href")
    assert f"{PAGE}/history/2" in hrefs
    assert "/errata/JC-20261124-0001" in hrefs
    # Who did it, and what an import noted down, is for the office.
    assert "@" not in tree.xpath("string(//main)")
    assert "导入" not in tree.xpath("string(//main)")


def test_long_histories_have_pages(app: Flask, client: FlaskClient) -> None:
    for count in range(PER_PAGE):
        old, new = ("区域", "区地域") if count % 2 == 0 else ("区地域", "区域")
        correct(app, "s2-1-p1", old, new, number=f"KW-20261124-{count + 1:04d}")
    first = tree_of(client.get(f"{PAGE}/history"))
    assert len(first.xpath("//main//ol[@class='revisions']/li")) == PER_PAGE
    # The oldest row of a page is compared with what stands on the next page.
    assert "共1处改动：增1字" in first.xpath("string(//main//ol[@class='revisions']/li[last()])")
    second = tree_of(client.get(f"{PAGE}/history?page=77"))
    assert "首次发布" in second.xpath("string(//main//ol[@class='revisions']/li)")


def test_an_old_revision_says_so_and_shows_what_it_changed(app: Flask, client: FlaskClient) -> None:
    correct(
        app,
        "s2-1-p1",
        "重点发展",
        "着力发展<b>&",
        also=((SLUG, "s2-3", "擦亮", "用足"), (SLUG, "s2", "引领静安", "带动静安")),
    )
    correct(app, "s2-1-p1", "着力", "重点", number="KW-20261124-0002")
    response = client.get(f"{PAGE}/history/2")
    tree = tree_of(response)
    assert "这是旧版本，后来有改动。" in tree.xpath("string(//main)")
    assert tree.xpath("string(//link[@rel='canonical']/@href)") == f"http://localhost{PAGE}"
    assert tree.xpath("//meta[@name='robots']/@content") == ["noindex, follow"]
    rows = tree.xpath("//section[@class='row']")
    assert [row.get("id") for row in rows] == ["s2", "s2-1-p1", "s2-3"]
    assert ["章标题" in rows[0].xpath("string(.//h2)"), "节标题" in rows[2].xpath("string(.//h2)")] == [
        True,
        True,
    ]
    assert rows[1].xpath(".//a/@href") == ["#s2", "#s2-3"]
    assert rows[1].xpath("string(.//ins)").replace("增加：增", "").startswith("着力")
    assert [f.xpath("string(summary)") for f in tree.xpath("//details[@class='unchanged']")] == [
        "1处没有改动",
        "2处没有改动",
        "1处没有改动",
    ]
    newest = tree_of(client.get(f"{PAGE}/history/3"))
    assert "这是当前版本。" in newest.xpath("string(//main)")
    assert not newest.xpath("//meta[@name='robots']")


def test_a_revision_is_shown_as_its_address_says(app: Flask, client: FlaskClient) -> None:
    correct(app, "s2-1-p1", "重点发展", "着力发展")
    shown = {"": "逐处对照", "sides": "左右对照", "after": "只看更正后", "x": "逐处对照"}
    for view, current in shown.items():
        tree = tree_of(client.get(f"{PAGE}/history/2?compare={view}"))
        assert tree.xpath("string(//nav[@class='tabs']//a[@aria-current])") == current
        assert len(tree.xpath("//*[@class='sides']")) == (1 if view == "sides" else 0)
        whole = tree.xpath("//article[contains(@class, 'plan')]")
        assert len(whole) == (1 if view == "after" else 0)
        marked = tree.xpath("//section[@class='row']//ins[not(ancestor::details)]/..")
        assert len(marked) == (0 if view == "after" else 1)
    assert whole == []
    # One sentence, and the whole paragraph folded.
    before = tree_of(client.get(f"{PAGE}/history/1")).xpath("string(//*[@id='s2-1-p1'])")
    assert len(marked[0].xpath("string()")) < len(before) / 2
    assert tree.xpath("//section[@class='row']//details/summary/text()") == ["查看整段"]
    assert len(tree.xpath("string(//section[@class='row']//details/div)")) > len(before)
    after = tree_of(client.get(f"{PAGE}/history/2?compare=after"))
    place = "string(//*[@id='s2-1-p1'])"
    assert after.xpath(place) == tree_of(client.get(PAGE)).xpath(place)


def test_the_first_revision_is_shown_whole(app: Flask, client: FlaskClient) -> None:
    before = tree_of(client.get(PAGE)).xpath("string(//*[@id='s2-1-p1'])")
    correct(app, "s2-1-p1", "重点发展", "着力发展")
    for view in ("", "?compare=sides"):
        tree = tree_of(client.get(f"{PAGE}/history/1{view}"))
        assert "首次发布" in tree.xpath("string(//main)")
        assert "这是旧版本" in tree.xpath("string(//main)")
        assert tree.xpath("string(//*[@id='s2-1-p1'])") == before
        assert not tree.xpath("//nav[@class='tabs']")


def test_what_never_was_is_404(client: FlaskClient) -> None:
    pages = ("/plans/none/2", f"/plans/{SLUG}/9", "/plans/%00/2", f"/plans/{SLUG}/%00")
    numbers = ("0", "2", "-1", "x", "99999999999999999999")
    for path in [f"{page}/history" for page in pages] + [f"{PAGE}/history/{number}" for number in numbers]:
        assert client.get(path).status_code == 404, path


def test_a_page_that_is_gone_keeps_its_history(app: Flask, client: FlaskClient) -> None:
    plan, page = OTHER_FILES["plan.md"], OTHER_FILES["1.md"]
    second = page.replace("'1'", "'2'").replace("#s1", "#s2").replace("anchor: s1", "anchor: s2")
    publish_other(app, {"plan.md": plan.replace("- '1'", "- '1'\n- '2'"), "1.md": page, "2.md": second})
    correct(app, "s2-p1", "金融", "科技", plan=OTHER, number="KW-20261124-0009")
    withdraw(app, "KW-20261124-0009")
    publish_other(app)
    assert client.get(f"/plans/{OTHER}/2").status_code == 410
    for path in ("history", "history/1", "history/3"):
        response = client.get(f"/plans/{OTHER}/2/{path}")
        assert "本章已不在文件中" in response.text
        assert "这是旧版本" not in response.text
        assert f'href="/plans/{OTHER}/2"' not in response.text
        assert f'href="/plans/{OTHER}/2#' not in response.text
    # Nor does the record lead to what is gone.
    hrefs = tree_of(client.get("/errata/KW-20261124-0009")).xpath("//main//a/@href")
    assert f"/plans/{OTHER}/2/history" in hrefs
    assert f"/plans/{OTHER}/2#s2-p1" not in hrefs


def test_a_changed_file_is_a_revision_by_file(app: Flask, client: FlaskClient) -> None:
    publish_other(app)
    new = "\n新的一段。\n{: #s1-p3 }\n"
    publish_other(app, OTHER_FILES | {"1.md": OTHER_FILES["1.md"] + new})
    words = words_of(client, f"/plans/{OTHER}/1/history")
    assert "按文件更新" in words
    assert "content" not in words
    words = words_of(client, f"/plans/{OTHER}/1/history/2")
    assert "第3段 新增" in words
    assert "共1处改动：增5字" in words


def test_the_history_may_be_kept_by_caches(client: FlaskClient) -> None:
    for path in (f"{PAGE}/history", f"{PAGE}/history/1"):
        response = client.get(path)
        assert response.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert "Set-Cookie" not in response.headers
        assert client.get(path, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
        assert client.head(path).status_code == 200
