"""Searching in a real browser: suggestions while one types, keys, fingers, and the way to the paragraph."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import NewPage
from tests.support.browser import Visitor
from tests.support.server import ROOT, Server, serving

Axe = Callable[[Page], None]
SUGGESTIONS = "**/search/suggestions?*"
LIST = "#q-list"
CHAPTER = "/plans/2023-work-plan/2"
# Milliseconds after which the box would have asked.
PAUSE = 350
OTHER_PLAN = [
    "甲区科技规划",
    "一、数据",
    "（一）水务数据",
    "水务数据要公开。",
    "水务数据要好用。",
    "（二）数据安全",
    "数据要安全。",
    "二、人才",
    "数据人才要培养。",
    "",
]


def is_open(page: Page) -> None:
    expect(page.locator(LIST)).to_be_visible()
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "true")


def is_closed(page: Page) -> None:
    expect(page.locator(LIST)).to_be_hidden()
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")
    assert page.locator("#q").get_attribute("aria-activedescendant") is None


def type_in(page: Page, text: str) -> None:
    page.locator("#q").fill("")
    page.keyboard.type(text)
    is_open(page)


def chosen(page: Page) -> str:
    """The option that the keys are on."""
    name = page.locator("#q").get_attribute("aria-activedescendant")
    if name is None:
        return ""
    option = page.locator(f"#{name}")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(page.locator("[aria-selected=true]")).to_have_count(1)
    return option.inner_text()


def asked_for(page: Page) -> list[str]:
    """What the page asks suggestions for, from now on."""
    queries: list[str] = []

    def note(request: Any) -> None:
        if "/search/suggestions" in request.url:
            queries.append(parse_qs(urlsplit(request.url).query)["q"][0])

    page.on("request", note)
    return queries


def test_suggestions_are_chosen_with_the_keys(page: Page) -> None:
    page.goto("/guide")
    type_in(page, "科")
    options = page.locator(f"{LIST} [role=option]")
    assert 2 <= options.count() <= 8
    expect(options.last).to_have_text("搜索“科”的全部结果")
    expect(page.get_by_role("group", name="词语")).to_be_visible()
    expect(page.get_by_role("group", name="标题")).to_be_visible()
    expect(page.locator(".search [role=status]")).to_have_text(
        f"有{options.count() - 1}条建议，按上下键选择。"
    )
    page.keyboard.press("ArrowUp")
    assert chosen(page) == "搜索“科”的全部结果"
    page.keyboard.press("ArrowDown")
    assert chosen(page) == ""
    page.keyboard.press("ArrowDown")
    first = chosen(page)
    assert first == options.first.inner_text()
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("科")
    page.keyboard.press("Home")
    assert chosen(page) == ""
    assert page.evaluate("document.querySelector('#q').selectionStart") == 0
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"“{first}”找到")


def test_a_heading_leads_to_its_place_and_enter_to_the_results(page: Page) -> None:
    page.goto("/")
    type_in(page, "区级科技创新产业")
    page.get_by_role("group", name="标题").get_by_role("option").first.click()
    page.wait_for_url("**/plans/2023-work-plan/1#s1-2")
    type_in(page, "科技")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    expect(page.locator("#q")).to_have_value("科技")
    is_closed(page)


def test_escape_and_leaving_the_box_close_the_list(page: Page) -> None:
    page.goto("/guide")
    type_in(page, "科技")
    page.keyboard.press("Escape")
    is_closed(page)
    expect(page.locator("#q")).to_have_value("科技")
    page.keyboard.press("ArrowDown")
    is_open(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).to_have_value("")
    type_in(page, "科技")
    page.keyboard.press("Tab")
    is_closed(page)
    expect(page.get_by_role("button", name="搜索", exact=True)).to_be_focused()
    type_in(page, "科技")
    page.locator("h1").click()
    is_closed(page)


def test_one_han_character_is_asked_for_and_one_letter_is_not(page: Page) -> None:
    page.goto("/guide")
    queries = asked_for(page)
    page.locator("#q").click()
    page.keyboard.type("k")
    page.wait_for_timeout(PAUSE)
    assert queries == []
    page.keyboard.type("e")
    page.wait_for_timeout(PAUSE)
    page.locator("#q").fill("")
    page.wait_for_timeout(PAUSE)
    type_in(page, "科")
    page.keyboard.type("技创新", delay=30)  # typing on asks once
    is_open(page)
    assert queries == ["ke", "科", "科技创新"]


COMPOSE = """steps => {
  const input = document.querySelector("#q");
  const now = (type, data) => input.dispatchEvent(new CompositionEvent(type, {bubbles: true, data}));
  const typed = (text, isComposing) => {
    input.value = text;
    input.dispatchEvent(new InputEvent("input", {bubbles: true, isComposing}));
  };
  const press = (key, more) => input.dispatchEvent(
    new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true, ...more}));
  input.focus();
  return eval(steps);
}"""


def compose(page: Page, steps: str) -> Any:
    """What an input method does, in the browser's own events."""
    return page.evaluate(COMPOSE.replace("eval(steps)", f"({steps})"), None)


def test_an_input_method_is_left_alone(page: Page) -> None:
    page.goto("/guide")
    queries = asked_for(page)
    compose(page, "(now('compositionstart', ''), typed('ke', true), typed('ke ji', true))")
    page.wait_for_timeout(PAUSE)
    assert queries == []
    is_closed(page)
    compose(page, "(typed('科技', true), now('compositionend', '科技'))")
    is_open(page)
    assert queries == ["科技"]
    page.keyboard.press("ArrowDown")
    here = page.url
    for more in ("{isComposing: true}", "{keyCode: 229}"):
        for key in ("Enter", "Escape", "ArrowDown"):
            before = chosen(page)
            compose(page, f"press('{key}', {more})")
            is_open(page)
            assert (chosen(page), page.url) == (before, here)
    compose(page, "(now('compositionstart', ''), now('compositionend', '科'), press('Enter', {}))")
    page.wait_for_timeout(100)
    assert page.url == here


def test_what_is_asked_no_more_is_given_up(page: Page) -> None:
    given_up: list[str] = []
    page.goto("/guide")
    page.on("requestfailed", lambda request: given_up.append(request.url))
    page.route("**/search/suggestions?q=%E7%A7%91", lambda route: None)  # no answer
    page.locator("#q").click()
    page.keyboard.type("科")
    page.wait_for_timeout(400)
    page.keyboard.type("技")
    is_open(page)
    assert [urlsplit(url).query for url in given_up] == ["q=%E7%A7%91"]
    expect(page.locator(f"{LIST} [role=option]").last).to_have_text("搜索“科技”的全部结果")


def test_no_answer_shows_nothing_and_breaks_nothing(page: Page) -> None:
    answers: list[dict[str, Any]] = [
        {"status": 404},
        {"body": "<html>请先登录</html>"},
        {"json": {"query": "x", "words": [], "headings": []}},
    ]
    page.goto("/guide")
    page.route(SUGGESTIONS, lambda route: route.fulfill(**answers.pop(0)))
    page.locator("#q").click()
    for left in (2, 1, 0):
        page.keyboard.type("科技")
        page.wait_for_timeout(PAUSE)
        assert len(answers) == left
        is_closed(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")


@pytest.mark.parametrize(
    ("theme", "view", "least", "width"),
    [("contrast", "elder", 60, 360), ("dark", "", 44, 1366)],
)
def test_the_open_list_can_be_seen_and_touched(
    new_page: NewPage, axe: Axe, theme: str, view: str, least: int, width: int
) -> None:
    page = new_page(width=width, height=740)
    page.add_init_script(f"localStorage['portal-theme'] = '{theme}'; localStorage['portal-view'] = '{view}';")
    page.goto("/guide")
    before = page.locator("h1").bounding_box()
    type_in(page, "科")
    page.keyboard.press("ArrowDown")
    assert page.locator("h1").bounding_box() == before
    axe(page)
    for option in page.locator(f"{LIST} [role=option]").all():
        box = option.bounding_box()
        assert box
        assert box["height"] >= least
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_last_row_is_reached_in_a_short_window(new_page: NewPage) -> None:
    page = new_page(width=600, height=300)
    page.goto("/guide")
    type_in(page, "科")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("option", name="的全部结果")).to_be_in_viewport(ratio=0.9)
    assert page.evaluate("window.scrollY") == 0


def test_the_slash_leads_into_the_box(page: Page) -> None:
    page.goto(CHAPTER)
    expect(page.locator(".search__key")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("a/b")
    expect(page.locator("#q")).to_have_value("a/b")
    page.click("#report-consultation summary")
    page.locator("#consultation-subject").focus()
    page.keyboard.type("1/2")
    expect(page.locator("#consultation-subject")).to_have_value("1/2")
    page.locator("h1").click()
    page.evaluate(
        "document.body.dispatchEvent("
        "new KeyboardEvent('keydown', {key: '/', isComposing: true, bubbles: true, cancelable: true}))"
    )
    expect(page.locator("#q")).not_to_be_focused()
    page.keyboard.press("Control+/")
    expect(page.locator("#q")).not_to_be_focused()


def test_the_slash_can_be_switched_off_for_good(page: Page) -> None:
    page.goto(CHAPTER)
    page.get_by_role("button", name="关闭快捷键").click()
    page.goto("/guide")
    expect(page.locator(".search__key")).to_be_hidden()
    page.keyboard.press("/")
    page.wait_for_timeout(100)
    expect(page.locator("#q")).not_to_be_focused()
    page.get_by_role("button", name="打开快捷键").click()
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_fingers_have_no_slash_and_can_tap(browser: Browser, server: Server) -> None:
    with browser.new_context(
        base_url=server.url,
        locale="zh-CN",
        has_touch=True,
        is_mobile=True,
        viewport={"width": 390, "height": 700},
    ) as context:
        page = context.new_page()
        page.goto("/guide")
        expect(page.locator(".search__key")).to_be_hidden()
        expect(page.get_by_role("button", name="关闭快捷键")).to_be_hidden()
        page.locator("#q").tap()
        page.keyboard.type("科")
        option = page.locator(f"{LIST} [role=option]").first
        words = option.inner_text()
        option.tap()
        page.wait_for_url("**/search?q=*")
        expect(page.locator("#q")).to_have_value(words)


def test_an_old_browser_suggests_too(page: Page) -> None:
    """Without what WebViews of 2016 do not have."""
    page.add_init_script(
        "delete window.fetch; delete window.AbortController; delete window.HTMLDialogElement;"
    )
    page.goto("/guide")
    type_in(page, "科")


FOUND = {"suhewan": "苏河湾", "“科技” -教育": "科技", "AI": "人工智能", "151项目": "151项目"}


def test_a_result_leads_to_the_marked_words_and_back(new_page: NewPage) -> None:
    page = new_page(javascript=False)
    for query, word in FOUND.items():
        page.goto("/search")
        page.locator("#q").fill(query)
        page.locator("#q").press("Enter")
        page.wait_for_url("**/search?q=*")
        results = page.url
        page.locator(".result__title a").first.click()
        page.wait_for_url("**/plans/**")
        target = page.locator(f"#{urlsplit(page.url).fragment}")
        expect(target).to_be_in_viewport()
        assert target.locator("mark").count() >= 1
        assert set(page.locator("mark").all_inner_texts()) == {word}
        page.get_by_role("link", name="回到搜索结果").click()
        page.wait_for_url("**/search?**")
        assert page.url == results


def test_the_first_result_is_fetched_when_the_reader_means_to_open_it(page: Page) -> None:
    page.goto("/search?q=数据")
    first = page.locator(".result__title a").first
    with page.expect_request("**/plans/**") as asked:
        first.hover()
    assert asked.value.url == page.evaluate("e => e.href.split('#')[0]", first.element_handle())
    response = asked.value.response()
    assert response
    assert response.ok


def test_the_way_back_keeps_filters_and_page(new_page: NewPage) -> None:
    page = new_page(javascript=False)
    for address in ("q=科技&plan=2023-work-plan&chapter=2", "q=AI&plan=2023-work-plan", "q=科技&page=2"):
        page.goto(f"/search?{address}")
        results = page.url
        page.locator(".result__title a").first.click()
        page.wait_for_url("**/plans/**")
        page.get_by_role("link", name="回到搜索结果").click()
        page.wait_for_url("**/search?**")
        assert page.url == results


@pytest.mark.parametrize(("width", "height", "view"), [(320, 225, ""), (320, 568, "elder"), (1366, 600, "")])
def test_the_first_mark_is_on_the_screen(
    new_page: NewPage, axe: Axe, width: int, height: int, view: str
) -> None:
    """320 × 225 is a laptop's screen at 400 %. There nothing stays in the way; elsewhere one row does."""
    page = new_page(width=width, height=height)
    page.add_init_script(f"localStorage['portal-view'] = '{view}';")
    page.goto("/search?q=人工智能")
    page.locator(".result__title a").nth(1).click()
    page.wait_for_url("**/plans/**")
    expect(page.locator(".mark--now")).to_be_in_viewport(ratio=1)
    expect(page.locator("[data-marks-place]")).to_have_text("2/3")
    page.get_by_role("button", name="下一处").dispatch_event("click")
    expect(page.locator(".mark--now")).to_be_in_viewport(ratio=1)
    bar = page.locator(".marks__steps").bounding_box()
    mark = page.locator(".mark--now").bounding_box()
    assert bar
    assert mark
    assert bar["y"] + bar["height"] <= mark["y"]
    if height == 225:
        expect(page.locator(".marks__steps")).not_to_be_in_viewport()
    else:
        assert bar["y"] == 0
        assert bar["height"] <= 61
    expect(page.locator(".marks__about")).to_contain_text("已标出“人工智能”3处")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    if view:
        page.evaluate("window.scrollTo(0, 0)")  # where the bar covers nothing
        axe(page)


def test_a_question_leads_to_marked_parts(page: Page) -> None:
    page.goto("/search?q=怎样申请科普教育基地的补贴")
    expect(page.locator(".notice").first).to_contain_text("没有一段包含您输入的全部文字")
    page.locator(".result__title a").first.click()
    page.wait_for_url("**/plans/**")
    assert page.locator(f"#{urlsplit(page.url).fragment} mark").count() >= 1


def test_chapters_narrow_the_results_on_a_phone(new_page: NewPage) -> None:
    page = new_page(javascript=False, width=360)
    page.goto("/search?q=科技")
    field, row = page.locator("main #q").bounding_box(), page.locator("main .search").bounding_box()
    assert field
    assert row
    assert field["width"] >= 0.6 * row["width"]
    page.get_by_text("筛选结果").click()
    row = page.locator(".facets--top [aria-label=按章筛选] a").nth(1)
    count = row.locator(".facets__count").inner_text()
    row.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"找到{count}结果")
    page.locator(".chips a").last.click()
    expect(page.locator(".chips a")).to_have_count(1)
    page.locator(".chips a").click()
    expect(page.locator(".chips a")).to_have_count(0)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A portal with two plans."""
    folder = tmp_path_factory.mktemp("library")
    shutil.copytree(ROOT / "content", folder / "content")
    with serving(folder, content=str(folder / "content")) as server:
        source = folder / "other-plan.txt"
        source.write_text("\n".join(OTHER_PLAN), encoding="utf-8")
        server.flask("plan", "import", str(source))
        yield server


def test_several_plans(library: Server, browser: Browser, axe: Axe) -> None:
    visitor = Visitor(browser, library.url, javascript=True, width=360, height=768)
    page = visitor.open_page()
    page.goto("/search?q=数据")
    expect(page.locator(".group__title")).to_have_count(2)
    more = page.locator("details.group__more").first
    expect(more.locator(".result").first).to_be_hidden()
    page.locator("main details").evaluate_all("all => all.forEach(e => { e.open = true; })")
    expect(more.locator(".result").first).to_be_visible()
    axe(page)
    for width in (360, 1366):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        small = page.locator("main summary, .facets a, .inline-links a").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).filter(b => b.width && b.height < 44).length"
        )
        assert small == 0
    visitor.context.close()
    assert not visitor.complaints


def test_marks_are_more_than_a_colour(page: Page) -> None:
    page.goto("/search?q=科技")
    style: dict[str, str] = page.locator("mark").first.evaluate(
        "e => { const s = getComputedStyle(e);"
        " return {line: s.textDecorationLine, weight: s.fontWeight, ground: s.backgroundColor}; }"
    )
    assert "underline" in style["line"]
    assert int(style["weight"]) >= 600
    assert style["ground"] != "rgba(0, 0, 0, 0)"
    size = page.locator(".result__text").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert size >= 16
