"""What is searched, as a moderator sees it, and the terms that moderators add."""

import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from werkzeug.test import TestResponse

from portal.database import db
from portal.moderation import searches
from portal.plans import catalogue
from portal.search import counting, terms
from portal.search.lexicon import GROUP_LENGTH, LexiconError, Problem
from portal.search.models import TermKind
from tests.conftest import MakeApp, NewPage
from tests.moderation.test_browser import sign_in as sign_in_by_browser
from tests.moderation.test_pages import PAYLOADS
from tests.support.client import MODERATOR, PASSWORD, form_of, sign_in, tree_of
from tests.support.server import Server
from tests.support.waiting import eventually

ADDRESS = "/moderation/searches"
TERMS = "/moderation/searches/terms"
FORM = f"{TERMS}?days=30"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content folder with a lexicon and without plans."""
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "lexicon.txt").write_text("苏河湾\n", encoding="utf-8")
    (folder / "synonyms.txt").write_text("区科委 = 静安区科委 = 静安区科学技术委员会\n", encoding="utf-8")
    return folder


@pytest.fixture
def app(make_app: MakeApp, content: Path) -> Flask:
    return make_app(content=content)


def search(app: Flask, query: str, found: int, times: int = 1) -> None:
    with app.app_context():
        for _ in range(times):
            app.extensions["tally"].add(query, found)
    app.extensions["tally"].write()


def post(client: FlaskClient, kind: str, text: str, **changed: str) -> TestResponse:
    return client.post(FORM, data=form_of(client.get(ADDRESS), FORM) | {"kind": kind, "text": text} | changed)


def stored(app: Flask) -> list[tuple[str, str, str]]:
    with app.app_context():
        return [(term.kind.value, term.text, term.added_by) for term in terms.added()]


def table(answer: TestResponse, name: str) -> list[list[str]]:
    rows = tree_of(answer).xpath("//section[@aria-labelledby=$name]//tbody/tr", name=name)
    return [["".join(cell.itertext()).strip() for cell in row][:2] for row in rows]


# The verbs


def test_a_term_and_its_release_are_one_commit(database_app: Flask, content: Path) -> None:
    with database_app.app_context():
        word = searches.add_term(content, TermKind.WORD, " 静安  科技馆 ", "a@example.cn").term
        group = searches.add_term(content, TermKind.SYNONYM, "手机信号＝移动通信信号", "b@example.cn").term
        assert catalogue.current_release() == 2
        assert (word.text, group.text) == ("静安 科技馆", "手机信号 = 移动通信信号")
        lexicon = terms.site_lexicon(content)
        assert lexicon.words == ("苏河湾", "静安 科技馆")
        assert lexicon.synonyms_of("手机信号") == ("移动通信信号",)
        removed = searches.remove_term(word.id)
        assert removed is not None
        assert removed.text == word.text
        assert searches.remove_term(word.id) is None
        assert catalogue.current_release() == 3
        assert [term.text for term in terms.added()] == [group.text]


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("word", "苏 河 湾", Problem.KNOWN),
        ("word", "静安科技馆", Problem.KNOWN),
        ("word", "AI = 人工智能", Problem.GROUP),
        ("word", " ＊ ", Problem.EMPTY),
        ("word", "湾", Problem.SHORT),
        ("word", "长" * 51, Problem.LONG),
        ("synonym", "静安区科委 = 区科委", Problem.KNOWN),
        ("synonym", "移动通信信号 = 手机信号", Problem.KNOWN),
        ("synonym", "移动通信 = 静安区科委", Problem.KNOWN),
        ("synonym", "移动通信 =", Problem.OPEN),
        ("synonym", "移动通信 = 5G、6G", Problem.SIGN),
        ("synonym", "区科委", Problem.ALONE),
        ("synonym", "", Problem.ALONE),
        ("synonym", "AI = ai", Problem.ALONE),
        ("synonym", "=".join("甲" * n for n in range(5, 20)), Problem.LONG),  # 194 characters, kept as 222
    ],
)
def test_what_cannot_be_added_changes_nothing(
    database_app: Flask, content: Path, kind: str, text: str, problem: Problem
) -> None:
    with database_app.app_context():
        searches.add_term(content, TermKind.WORD, "静安科技馆", MODERATOR)
        searches.add_term(content, TermKind.SYNONYM, "手机信号 = 移动通信信号", MODERATOR)
        searches.add_term(content, TermKind.SYNONYM, "移动通信 = 区科委", MODERATOR)
        with pytest.raises(LexiconError) as caught:
            searches.add_term(content, TermKind(kind), text, MODERATOR)
        assert caught.value.problem is problem
        assert (catalogue.current_release(), len(terms.added())) == (3, 3)


def test_the_longest_group_is_kept_and_used(database_app: Flask, content: Path) -> None:
    spaced = " = ".join("甲" * n for n in range(5, 18))
    longest = f"  {spaced}=" + "乙" * (GROUP_LENGTH - len(spaced) - 3)
    with database_app.app_context():
        term = searches.add_term(content, TermKind.SYNONYM, longest, MODERATOR).term
        assert len(term.text) == GROUP_LENGTH
        assert len(terms.site_lexicon(content).synonyms_of("甲" * 5)) == 13


def test_a_group_that_shares_a_word_with_another_becomes_one_with_it(app: Flask, content: Path) -> None:
    with app.app_context():
        assert searches.add_term(content, TermKind.SYNONYM, "手机 = 电话", MODERATOR).joined == ()
        added = searches.add_term(content, TermKind.SYNONYM, "科技委 = 区科委", MODERATOR)
        assert added.joined == (("区科委", "静安区科委", "静安区科学技术委员会"),)
        assert searches.add_term(content, TermKind.WORD, "区科委", MODERATOR).joined == ()
        lexicon = terms.site_lexicon(content)
        assert lexicon.synonyms_of("静安区科委") == ("区科委", "静安区科学技术委员会", "科技委")
        assert lexicon.synonyms_of("科技委") == ("区科委", "静安区科委", "静安区科学技术委员会")
        searches.remove_term(added.term.id)
        assert terms.site_lexicon(content).synonyms_of("科技委") == ()


def test_of_two_at_the_same_time_one_adds(database_app: Flask, content: Path) -> None:
    outcomes: list[str] = []

    def add() -> None:
        with database_app.app_context():
            try:
                searches.add_term(content, TermKind.WORD, "静安科技馆", MODERATOR)
                outcomes.append("added")
            except LexiconError:
                outcomes.append("refused")

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added"] + ["refused"] * 3
    assert len(stored(database_app)) == 1


def test_of_two_at_the_same_time_one_removes(database_app: Flask, content: Path) -> None:
    with database_app.app_context():
        number = searches.add_term(content, TermKind.WORD, "静安科技馆", MODERATOR).term.id
    removed: list[bool] = []
    begin = threading.Barrier(4)

    def remove() -> None:
        with database_app.app_context():
            db.session.connection()
            begin.wait()
            removed.append(searches.remove_term(number) is not None)

    threads = [threading.Thread(target=remove) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database_app.app_context():
        assert (sorted(removed), catalogue.current_release()) == ([False] * 3 + [True], 2)


# The page


def test_an_empty_page_says_what_will_appear(staff_client: FlaskClient) -> None:
    answer = staff_client.get(ADDRESS)
    assert len(tree_of(answer).xpath("//*[@class='empty']")) == 3
    for shown in (answer, staff_client.get(f"{ADDRESS}?view=elder"), post(staff_client, "word", "")):
        assert tree_of(shown).xpath("string(//nav[@class='menu']//a[@aria-current='page'])") == "搜索统计"


def test_the_two_tables(app: Flask, staff_client: FlaskClient) -> None:
    search(app, "苏河湾", 6, times=3)
    search(app, "手机信号", 0, times=2)
    search(app, "高企", 4)
    search(app, "高企", 0)
    answer = staff_client.get(ADDRESS)
    assert table(answer, "most") == [["苏河湾", "3"], ["手机信号", "2"], ["高企", "2"]]
    assert table(answer, "unanswered") == [["手机信号", "2"], ["高企", "2"]]
    link = tree_of(answer).xpath("string(//section[@aria-labelledby='most']//tbody//a/@href)")
    assert link == f"/search?q={quote('苏河湾')}&from=desk"


def test_ten_rows_are_shown_and_the_others_asked_for(app: Flask, staff_client: FlaskClient) -> None:
    for number in range(12):
        search(app, f"没有的词{number}", 0)
        assert post(staff_client, "word", f"静安词{number}").status_code == 303
    answer = staff_client.get(ADDRESS)
    for name in ("unanswered", "terms", "most"):
        section = tree_of(answer).xpath("//section[@aria-labelledby=$name]", name=name)[0]
        rows = [len(table.xpath(".//tbody/tr")) for table in section.iter("table")]
        assert (rows, section.xpath("string(details/summary)")) == ([10, 2], "显示其余2行")
    order = tree_of(answer).xpath("//h2/@id")
    assert order == ["unanswered", "add", "terms", "most"]


def test_a_link_fills_in_the_form(app: Flask, staff_client: FlaskClient) -> None:
    search(app, "手机信号&x=1", 0)
    links = tree_of(staff_client.get(f"{ADDRESS}?days=7")).xpath(
        "//section[@aria-labelledby='unanswered']//td//a/@href"
    )
    assert len(links) == 1
    filled = staff_client.get(links[0])
    form = form_of(filled, f"{TERMS}?days=7")
    assert (form["kind"], form["text"]) == ("synonym", "手机信号&x=1 = ")
    assert tree_of(filled).xpath("string(//nav[@class='tabs']//a[@aria-current])") == "最近7天"


def test_what_the_staff_open_from_the_page_is_not_counted(published_app: Flask) -> None:
    staff = sign_in(published_app)
    search(published_app, "龘龘龘", 0)
    assert post(staff, "synonym", "龘龘龘 = 苏河湾").status_code == 303
    links = tree_of(staff.get(ADDRESS)).xpath("//a[starts-with(@href, '/search?')]/@href")
    assert len(links) == 5  # of both tables, both words of the term, and the message
    for link in links:
        assert staff.get(link).status_code == 200
    published_app.extensions["tally"].write()
    with published_app.app_context():
        assert [(row.query, row.searches) for row in counting.frequent(7)] == [("龘龘龘", 1)]
    staff.get(f"/search?q={quote('苏河湾')}")
    published_app.extensions["tally"].write()
    with published_app.app_context():
        assert sorted(row.query for row in counting.frequent(7)) == ["苏河湾", "龘龘龘"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", "30"), ("days=7", "7"), ("days=90", "90"), ("days=8", "30"), ("days=x", "30"), ("kind=x", "30")],
)
def test_days_to_look_back(staff_client: FlaskClient, query: str, shown: str) -> None:
    current = tree_of(staff_client.get(f"{ADDRESS}?{query}")).xpath(
        "string(//nav[@class='tabs']//a[@aria-current])"
    )
    assert current == f"最近{shown}天"


def test_what_was_searched_is_only_ever_text(app: Flask, staff_client: FlaskClient) -> None:
    for payload in PAYLOADS:
        search(app, payload, 0)
        tree = tree_of(staff_client.get(ADDRESS, query_string={"word": payload}))
        assert not tree.xpath("//img | //svg | //*[@onerror or @onload] | //main//script")
    assert staff_client.get(f"{ADDRESS}?word=%00%07&kind=word").status_code == 200


def test_a_term_is_added_shown_and_removed(app: Flask, staff_client: FlaskClient) -> None:
    answer = post(staff_client, "synonym", "手机信号 = 移动通信信号")
    assert (answer.status_code, answer.location) == (303, f"{ADDRESS}?days=30#terms")
    page = staff_client.get(ADDRESS)
    assert "已添加同义词“手机信号 = 移动通信信号”。这些词在文件里都没有，搜索结果不变。" in page.text
    assert tree_of(page).xpath("string(//section[@aria-labelledby='terms']//*[@role='status'])")
    assert table(page, "terms") == [["手机信号 = 移动通信信号", "同义词"]]
    assert MODERATOR in tree_of(page).xpath("string(//section[@aria-labelledby='terms'])")
    assert stored(app) == [("synonym", "手机信号 = 移动通信信号", MODERATOR)]
    removal = tree_of(page).xpath("string(//section[@aria-labelledby='terms']//form/@action)")
    data = form_of(page, removal)
    for message in (
        "已删除同义词“手机信号 = 移动通信信号”。搜索已按新的词表工作。",
        "这一条已经由别人删除。",
    ):
        answer = staff_client.post(removal, data=data)
        assert (answer.status_code, answer.location) == (303, f"{ADDRESS}?days=30#terms")
        assert message in staff_client.get(ADDRESS).text
    assert stored(app) == []


@pytest.mark.parametrize(
    ("kind", "text", "message", "field"),
    [
        ("synonym", "区科委", "请写两个以上不同的词，中间用等号隔开", "#text"),
        ("synonym", "长护险 = ", "请在等号后面写出另一个词", "#text"),
        ("synonym", "长护险，护理险", "词与词之间请用等号隔开，不要用“，”", "#text"),
        ("synonym", "长护险 = 护理险、护理", "词与词之间请用等号隔开，不要用“、”", "#text"),
        ("synonym", "长护险 护理险", "词与词之间请用等号隔开，不要用空格", "#text"),
        ("word", "湾", "请写至少两个字", "#text"),
        ("synonym", "区科委 = 静安区科委", "这个词或这组同义词已经有了", "#text"),
        ("word", "苏河湾", "这个词或这组同义词已经有了", "#text"),
        ("word", "A = B", "用等号隔开的是同义词，请选择“同义词”", "#text"),
        ("word", "长" * 51, "每个词最多50字，一组同义词最多200字", "#text"),
        ("word", "？", "请写出词语，其中要有文字或数字", "#text"),
        ("word", "", "请写出词语，其中要有文字或数字", "#text"),
        ("word", "\ufffd", "其中有无法识别的字符，请重新输入", "#text"),
        ("", "静安科技馆", "请选择“词语”或“同义词”", "#kind-0"),
        ("both", "静安科技馆", "请选择“词语”或“同义词”", "#kind-0"),
    ],
)
def test_a_term_that_cannot_be_added(
    app: Flask, staff_client: FlaskClient, kind: str, text: str, message: str, field: str
) -> None:
    answer = post(staff_client, kind, text)
    assert answer.status_code == 422
    assert f"错误：{message}" in answer.text
    summary = tree_of(answer).xpath("//section[@aria-labelledby='add']/*[@class='error-summary']")[0]
    assert summary.xpath(".//a/@href") == [field]
    assert form_of(answer, FORM)["text"] == text
    assert stored(app) == []


def test_a_form_from_an_earlier_session_keeps_what_was_typed(app: Flask, staff_client: FlaskClient) -> None:
    answer = post(staff_client, "word", "静安科技馆", csrf_token="old")
    assert answer.status_code == 400
    assert "请再按一次" in tree_of(answer).xpath("string(//*[@role='alert'])")
    assert staff_client.get(FORM).location == f"{ADDRESS}?days=30"
    form = form_of(answer, FORM)
    assert (form["kind"], form["text"]) == ("word", "静安科技馆")
    assert staff_client.post(FORM, data=form).status_code == 303
    assert len(stored(app)) == 1
    removal = tree_of(staff_client.get(ADDRESS)).xpath(
        "string(//section[@aria-labelledby='terms']//form/@action)"
    )
    answer = staff_client.post(removal, data={"csrf_token": "old"})
    assert answer.status_code == 400
    assert "请再按一次" in tree_of(answer).xpath("string(//*[@role='alert'])")
    assert len(stored(app)) == 1


def test_whoever_is_signed_out_can_copy_what_was_typed(client: FlaskClient) -> None:
    for more, look in (("", ""), ("&view=elder", "?view=elder")):
        answer = client.post(FORM + more, data={"kind": "word", "text": "静安科技馆"})
        assert answer.status_code == 401
        assert tree_of(answer).xpath("string(//textarea)") == "静安科技馆"
        assert tree_of(answer).xpath("string(//input[@name='next']/@value)") == ADDRESS + look


def test_a_number_that_no_term_has(app: Flask, staff_client: FlaskClient) -> None:
    token = {"csrf_token": form_of(staff_client.get(ADDRESS), FORM)["csrf_token"]}
    assert staff_client.post(f"{TERMS}/{2**31 - 1}/deletion", data=token).status_code == 303
    assert staff_client.post(f"{TERMS}/{2**31}/deletion", data=token).status_code == 404


def test_a_synonym_is_searched_at_once(published_app: Flask) -> None:
    visitor, staff = published_app.test_client(), sign_in(published_app)
    query = "/api/v1/search?q=手机信号盲区"
    assert not visitor.get(query).json["total"] or visitor.get(query).json["partial"]
    assert post(staff, "synonym", "手机信号盲区 = 信号弱覆盖").status_code == 303
    found = visitor.get(query).json
    assert not found["partial"]
    assert [result["anchor"] for result in found["results"]] == ["s4-3-p1"]
    status = tree_of(staff.get(ADDRESS)).xpath("//main//*[@role='status']")[0]
    assert status.xpath("string()").endswith("现在搜索“手机信号盲区”有1条结果。")
    assert visitor.get(status.xpath("string(.//a/@href)")).status_code == 200


@pytest.mark.parametrize(
    ("kind", "text", "outcome"),
    [
        ("word", "科创", "现在搜索“科创”有{}条结果。"),
        ("word", "龘龘", "这个词在文件里没有，搜索结果不变。"),
        ("synonym", "龘龘 = 靐靐", "这些词在文件里都没有，搜索结果不变。"),
        ("synonym", "龘龘 = 苏河湾", "现在搜索“龘龘”有{}条结果。"),
        (
            "synonym",
            "龘龘 = 区科委",
            "已与“区科委 = 静安区科委 = 静安区科学技术委员会”合为一组。现在搜索“龘龘”有{}条结果。",
        ),
    ],
)
@pytest.mark.usefixtures("content")
def test_what_came_of_it_is_said(published_app: Flask, kind: str, text: str, outcome: str) -> None:
    staff = sign_in(published_app)
    assert post(staff, kind, text).status_code == 303
    said = tree_of(staff.get(ADDRESS)).xpath("string(//main//*[@role='status'])")
    word = text.split(" = ")[0]
    found = published_app.test_client().get(f"/api/v1/search?q={quote(word)}").json
    assert said.endswith(outcome.format(0 if found["partial"] else found["total"]))


def test_a_message_about_the_longest_groups_fits_its_cookie(app: Flask, staff_client: FlaskClient) -> None:
    letters = iter(range(0x4E00, 0x9FA5))

    def word(length: int) -> str:
        return "".join(chr(next(letters)) for _ in range(length))

    groups = [f"{word(48)} = {word(48)} = {word(48)} = {word(44)}" for _ in range(4)]
    for group in groups:
        assert post(staff_client, "synonym", group).status_code == 303
    answer = post(staff_client, "synonym", " = ".join(group.split(" = ")[3] for group in groups))
    assert answer.status_code == 303
    assert "等合为一组" in staff_client.get(ADDRESS).text


# In a browser


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_is_accessible_and_fits(
    server: Server, new_page: NewPage, axe: Callable[[object], None], width: int
) -> None:
    name = f"searches{width}@example.gov.cn"
    server.flask("staff", "add", name, "--role", "moderator", "--password-stdin", typed=PASSWORD + "\n")
    visitor = new_page(javascript=False)
    visitor.goto(f"/search?q=龘龘龘{width}")
    page = new_page(width=width)
    sign_in_by_browser(page, name)
    page.get_by_role("link", name="搜索统计").click()
    row = page.get_by_role("row", name=f"龘龘龘{width}")
    # Searches are counted together, some seconds after the first of them.
    eventually(lambda: row.count() or (page.reload() and False))
    row.get_by_role("link", name="添加同义词").click()
    expect(page.get_by_label("内容")).to_have_value(f"龘龘龘{width} = ")
    page.get_by_label("内容").fill(f"龘龘龘{width} = 靐靐靐{width}")
    page.get_by_role("button", name="添加到词表").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("搜索结果不变。")
    expect(page.locator("main").get_by_role("status")).to_be_in_viewport()
    page.get_by_role("button", name="添加到词表").click()
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(page.get_by_role("alert")).to_be_focused()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.get_by_role("row", name=f"靐靐靐{width}").get_by_role("button", name="删除").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("已删除")
