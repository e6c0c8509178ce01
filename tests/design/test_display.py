"""Display settings: by address without scripts, in place with them; nothing is lost in the elder view."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.database import db
from portal.display import CHOICES
from portal.feedback.models import Submission
from tests.conftest import NewPage
from tests.support.client import form_of, tree_of

CHAPTER = "/plans/2023-work-plan/2"
LOOK = "view=elder&theme=dark&size=26"
PAGES = ["/", "/plans/2023-work-plan/", CHAPTER, "/plans/2023-work-plan/full", "/search?q=数据", "/guide"]
PAGES += ["/privacy", "/errata", "/feedback/correction", "/feedback/status", "/display", "/no/such/page"]


@pytest.fixture
def reader(published_app: Flask) -> FlaskClient:
    return published_app.test_client()


def look_of(address: str) -> dict[str, str]:
    return {name: value for name, value in parse_qsl(urlsplit(address).query) if name in CHOICES}


def test_links_and_forms_keep_the_choices_of_the_address(reader: FlaskClient) -> None:
    for path in PAGES:
        tree = tree_of(reader.get(f"{path}{'&' if '?' in path else '?'}{LOOK}"))
        assert tree.xpath("/html/@data-view | /html/@data-theme | /html/@data-size") == [
            "elder",
            "dark",
            "26",
        ]
        own = "//body//a[not(@data-view-switch or @data-size-step or @data-display-reset)]/@href"
        links = [link for link in tree.xpath(own) if link.startswith("/")]
        assert links
        lost = [link for link in links if look_of(link) != dict(parse_qsl(LOOK))]
        assert [link for link in lost if "/errata.csv" not in link] == [], path
        for form in tree.xpath("//form[@method='get' and not(@data-display)]"):
            fields = form.xpath(".//input[@type='hidden']")
            assert dict(parse_qsl(LOOK)).items() <= {(f.get("name"), f.get("value")) for f in fields}, path
        for action in tree.xpath("//form[@method='post']/@action"):
            assert look_of(action) == dict(parse_qsl(LOOK)), path


def test_addresses_to_keep_carry_no_choice(reader: FlaskClient) -> None:
    reported = "/feedback/correction?plan=2023-work-plan&page=2"
    for path in [*PAGES, reported, f"{reported}&anchor=s2-1-p1", "/feedback/correction?plan=2023-work-plan"]:
        tree = tree_of(reader.get(f"{path}{'&' if '?' in path else '?'}{LOOK}"))
        (written,) = tree.xpath("//input[@name='page_url']/@value")
        for address in [written, *tree.xpath("//link[@rel='canonical']/@href")]:
            assert look_of(address) == {}, path


def test_where_an_error_stands_is_stored_without_the_choices(reader: FlaskClient) -> None:
    action = f"/feedback/correction?{LOOK}"
    fields = form_of(reader.get(f"/search?q=%E6%95%B0%E6%8D%AE&{LOOK}"), action=action)
    written = {"error_type": "typo", "description": "多了一个字", "name": "张三"}
    confirmed = reader.post(action, data=form_of(reader.post(action, data=fields | written)))
    assert confirmed.status_code == 303
    with reader.application.app_context():
        stored = db.session.scalars(select(Submission.page_url)).one()
    assert stored == "http://localhost/search?q=%E6%95%B0%E6%8D%AE"


def test_the_elder_view_has_every_link_and_form_of_the_standard_view(reader: FlaskClient) -> None:
    def parts(address: str) -> tuple[set[str], list[dict[str, str]]]:
        tree = tree_of(reader.get(address))
        links = {
            re.sub(r"[?&]view=elder", "", link) for link in tree.xpath("//a[not(@data-size-step)]/@href")
        }
        fields = [
            {(field.get("name"), field.tag) for field in form.iter("input", "select", "textarea", "button")}
            - {("view", "input")}
            for form in tree.xpath("//form")
        ]
        return links, fields

    for path in PAGES:
        elder = parts(f"{path}{'&' if '?' in path else '?'}view=elder")
        assert elder == parts(path), path


def test_the_large_view_has_one_name_and_tells_its_other_one(reader: FlaskClient) -> None:
    tree = tree_of(reader.get(f"/?{LOOK}"))
    links = tree.xpath("//header//a[@title]")
    assert [link.text for link in links] == ["标准版", "大字版设置"]
    assert {link.get("title") for link in links} == {"大字版就是关怀版"}
    assert "关怀版" not in tree.xpath("string(//header)")
    assert tree_of(reader.get("/display")).xpath("string(//main)").count("关怀版") == 1


def test_an_answer_to_a_form_keeps_the_look_and_offers_no_link_that_loses_it(reader: FlaskClient) -> None:
    action = f"/feedback/consultation?{LOOK}"
    fields = form_of(reader.get(f"/guide?{LOOK}"), action=action)
    answer = reader.post(action, data=fields | {"content": "为什么？"})
    assert answer.status_code == 422
    tree = tree_of(answer)
    assert tree.xpath("/html/@data-view") == ["elder"]
    assert tree.xpath("//a[@data-view-switch]") == []
    assert tree.xpath("count(//button[@data-view-switch and @hidden])") == 1
    answer = reader.post(action, data=fields | {"subject": "一", "content": "二", "name": "三"})
    assert answer.status_code == 200
    confirmed = reader.post(action, data=form_of(answer))
    assert confirmed.status_code == 303
    assert look_of(confirmed.headers["Location"]) == dict(parse_qsl(LOOK))


def test_unknown_values_and_hosts_are_left_alone(reader: FlaskClient) -> None:
    tree = tree_of(reader.get("/display?view=huge&size=31&theme=%22%3E&from=//other.example/x?q=1"))
    assert tree.xpath("/html/@data-view | /html/@data-size | /html/@data-theme") == []
    for given in ("//other.example/x", "https://other.example/", "/\\other.example/", "javascript:1", ""):
        tree = tree_of(reader.get("/display", query_string={"view": "elder", "from": given}))
        (back,) = tree.xpath("//a[text()='按这个样子阅读']/@href")
        assert re.match(r"/[^/\\]|/$", urlsplit(back).path), given
        assert urlsplit(back).netloc == ""
    for given, kept in (("/plans/x/1#s1-p1", "#s1-p1"), ("/search?q=a%23&view=elder#s<", "?q=a%23#s%3C")):
        tree = tree_of(reader.get("/display", query_string={"from": given}))
        (back,) = tree.xpath("//a[text()='回到刚才的页面']/@href")
        assert back == urlsplit(given).path + kept
    tree = tree_of(reader.get("/", environ_overrides={"PATH_INFO": "//other.example/"}))
    assert tree.xpath("//a[@data-view-switch]/@href") == ["/other.example/?view=elder"]


def test_display_settings_lead_back_to_the_page_in_the_chosen_look(reader: FlaskClient) -> None:
    chapter = tree_of(reader.get(f"{CHAPTER}?q=数据&theme=light"))
    address = chapter.xpath("//footer//a[text()='显示设置']/@href")[0]
    fields = form_of(reader.get(address), action="/display")
    assert fields["theme"] == "light"
    chosen = {"view": "elder", "theme": "contrast", "size": "30", "errata": "off"}
    answer = reader.get("/display", query_string=fields | chosen)
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    (back,) = tree_of(answer).xpath("//a[text()='按这个样子阅读']/@href")
    assert urlsplit(back).path == CHAPTER
    assert dict(parse_qsl(urlsplit(back).query)) == chosen | {"q": "数据"}


@pytest.mark.parametrize(
    ("asked", "now", "smaller", "larger"),
    [
        ("", "18", None, "20"),
        ("?size=18", "18", None, "20"),
        ("?size=20", "20", None, "22"),
        ("?view=elder&size=22", "22", "20", "24"),
        ("?view=elder", "22", "20", "24"),
        ("?size=30", "30", "28", None),
        ("?view=elder&size=18", "18", None, "20"),
    ],
)
def test_sizes_go_up_and_down_by_address(
    reader: FlaskClient, asked: str, now: str, smaller: str | None, larger: str | None
) -> None:
    tree = tree_of(reader.get(CHAPTER + asked))
    assert tree.xpath("string(//*[@data-size-now])") == now
    sizes = [look_of(step.get("href") or "").get("size") for step in tree.xpath("//a[@data-size-step]")]
    assert sizes == [smaller, larger]


def font_size(page: Page, selector: str) -> float:
    return float(page.eval_on_selector(selector, "e => parseFloat(getComputedStyle(e).fontSize)"))


def test_sizes_act_at_once_and_stay(page: Page) -> None:
    page.goto(CHAPTER)
    larger = page.get_by_role("button", name=re.compile("增大"))
    for _ in range(6):
        larger.click()
    assert font_size(page, "#s2-1-p1") == pytest.approx(30)
    expect(larger).to_have_attribute("aria-disabled", "true")
    larger.press("Enter")
    expect(page.locator("[data-display-status]")).to_have_text("字号已是最大。")
    page.goto("/plans/2023-work-plan/3")
    expect(page.locator("main [data-size-now]").first).to_have_text("30")
    page.get_by_role("button", name=re.compile("减小")).click()
    assert font_size(page, "#s3-1-p1") == pytest.approx(28)


def test_the_size_of_the_view_is_no_choice_of_its_own(page: Page) -> None:
    page.add_init_script("localStorage.setItem('portal-size', localStorage.getItem('portal-size') || '18')")
    page.set_viewport_size({"width": 1440, "height": 800})
    page.goto(CHAPTER)
    assert page.evaluate("document.documentElement.dataset.size") is None
    contents, tools = page.locator(".contents--side"), page.locator(".tools").first
    margin = page.locator("#s2-1-p1").evaluate("e => e.getBoundingClientRect().right")
    smaller, larger = (page.get_by_role("button", name=re.compile(word)) for word in ("减小", "增大"))
    for size in ("20", "22"):
        larger.click()
        assert page.evaluate("document.documentElement.dataset.size") == size
        expect(contents).to_be_visible()
        assert tools.evaluate("e => getComputedStyle(e).position") == "absolute"
    larger.click()
    expect(contents).to_be_hidden()
    for _ in range(3):
        smaller.click()
    expect(contents).to_be_visible()
    assert page.evaluate("localStorage.getItem('portal-size')") is None
    assert page.locator("#s2-1-p1").evaluate("e => e.getBoundingClientRect().right") == margin
    page.goto("/display?view=elder")
    page.get_by_label("24", exact=True).check()
    page.get_by_label("22", exact=True).click()
    assert page.evaluate("localStorage.getItem('portal-size')") is None
    expect(page.get_by_label(re.compile("跟随版本"))).to_be_checked()


def test_another_size_or_view_leaves_the_reader_where_they_are(new_page: NewPage) -> None:
    page = new_page(width=360, height=740)
    page.goto(f"{CHAPTER}#s2-3-p1")
    top = "e => e.getBoundingClientRect().top"
    heading = page.locator("#s2-3")
    before = heading.evaluate(top)
    assert 0 < before < 740
    page.get_by_role("button", name="字号", exact=True).click()
    larger = page.get_by_role("group", name="字号").get_by_role("button", name=re.compile("增大"))
    expect(larger).to_be_focused()
    for _ in range(3):
        larger.click()
    expect(larger).to_be_focused()
    assert page.evaluate("document.documentElement.dataset.size") == "24"
    assert heading.evaluate(top) == pytest.approx(before, abs=3)
    page.evaluate("portal.chooseView('elder')")
    assert heading.evaluate(top) == pytest.approx(before, abs=3)
    page.get_by_role("group", name="字号").get_by_role("button", name=re.compile("关闭")).click()
    expect(page.get_by_role("button", name="字号", exact=True)).to_be_focused()
    # Within a long paragraph: the same share of it stays above.
    page.locator("#s2-3-p1").evaluate("e => scrollBy(0, e.getBoundingClientRect().top + e.offsetHeight / 2)")
    page.evaluate("portal.choose('size', '30')")
    share = "e => -e.getBoundingClientRect().top / e.offsetHeight"
    assert page.locator("#s2-3-p1").evaluate(share) == pytest.approx(0.5, abs=0.02)


def test_what_the_address_says_wins_until_it_is_changed(page: Page) -> None:
    page.add_init_script("localStorage.setItem('portal-theme', 'light')")
    page.goto(f"{CHAPTER}?q=数据&theme=contrast&view=elder#s2-1")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    page.get_by_role("button", name="标准版").click()
    expect(page).to_have_url(re.compile(r"\?q=%E6%95%B0%E6%8D%AE&theme=contrast(#.*)?$"))
    assert page.locator("a[href*='view=elder'], input[name=view]").count() == 0
    assert page.locator("a[href*='theme=contrast']").count() > 5
    expect(page.locator("[data-display-status]")).to_have_text("已换成标准版。")


def test_the_first_paint_of_the_elder_view_is_folded(page: Page) -> None:
    page.add_init_script("localStorage.setItem('portal-view', 'elder')")
    page.goto(CHAPTER)
    folds = page.locator(".fold")
    assert folds.evaluate_all("all => all.some(one => one.open)") is False
    assert page.evaluate("document.documentElement.classList.contains('folding')") is False
    expect(page.locator(".menu").get_by_text("回执查询")).to_be_hidden()
    page.get_by_text("菜单", exact=True).click()
    expect(page.locator(".menu").get_by_role("link", name="回执查询")).to_be_visible()
    page.get_by_role("button", name="标准版").click()
    assert folds.evaluate_all("all => all.every(one => one.open)") is True


def test_settings_act_at_once_and_can_be_taken_back(page: Page) -> None:
    page.goto("/display")
    said = page.locator("[data-display-said]")
    page.get_by_label("大字版（关怀版）").check()
    expect(said).to_have_text("已改为：大字版（关怀版）。")
    assert font_size(page, ".sample p") == pytest.approx(22)
    page.get_by_label("高对比").check()
    page.get_by_label("30", exact=True).check()
    page.get_by_role("group", name=re.compile("快捷键")).get_by_label("关闭").check()
    kept = page.evaluate("Object.assign({}, localStorage)")
    assert kept["portal-size"] == "30"
    assert kept["portal-keys"] == "off"
    page.get_by_role("link", name="恢复默认显示").click()
    expect(said).to_have_text("已恢复默认显示。")
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("Object.keys(document.documentElement.dataset).length") == 0
    expect(page.get_by_label("标准版", exact=True)).to_be_checked()


def test_the_first_screen_of_a_chapter_holds_text_in_large_letters(new_page: NewPage) -> None:
    page = new_page(width=360, height=740, javascript=False)
    page.goto(f"{CHAPTER}?view=elder")
    assert page.eval_on_selector("#s2-1-p1", "e => e.getBoundingClientRect().top") < 740 - 2 * 40


def test_the_largest_size_fits_the_narrowest_screen(new_page: NewPage) -> None:
    """320 pixels are also what 1280 are at 400 % zoom."""
    page = new_page(width=320, height=640, javascript=False)
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    opened = "document.querySelectorAll('details').forEach(e => { e.open = true; })"
    for path in ("/", CHAPTER, "/guide", "/errata", "/feedback/correction", "/display"):
        page.goto(f"{path}?view=elder&size=30")
        page.evaluate(opened)
        assert page.evaluate(wider) <= 0, path


def test_nothing_in_the_elder_view_is_smaller_than_the_rules_allow(new_page: NewPage) -> None:
    page = new_page(width=360, height=740, javascript=False)
    small = """[...document.querySelectorAll('body *')].filter(e => {
      const written = [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim());
      const {fontSize, lineHeight} = getComputedStyle(e);
      const shown = written && e.getClientRects().length && !e.closest('.visually-hidden');
      const size = parseFloat(fontSize);
      return shown && (size < 18 || parseFloat(lineHeight) < 1.3 * size - 0.1);
    }).map(e => e.outerHTML.slice(0, 90))"""
    for path in ("/", CHAPTER, "/search?q=龘龘", "/guide", "/feedback/correction", "/display"):
        page.goto(f"{path}{'&' if '?' in path else '?'}view=elder&size=18")
        page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        assert page.evaluate(small) == [], path
