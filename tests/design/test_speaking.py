"""Reading aloud and the ruler, with a voice made for the tests: it says nothing, and reports when told to."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

CHAPTER = "/plans/2023-work-plan/2"
# ``said`` is what was spoken; ``finish()`` reports its end, as engines do; ``arrive()`` brings the voices.
ENGINE = """
  window.said = [];
  let voices = VOICES;
  let current = null;
  const engine = {
    onvoiceschanged: null,
    getVoices: () => voices,
    speak: utterance => { current = utterance; if (utterance.text) window.said.push(utterance); },
    cancel: () => { const cancelled = current; current = null; cancelled?.onerror?.({error: 'canceled'}); },
  };
  window.finish = () => { const ended = current; current = null; ended.onend(); };
  window.fail = error => { const failed = current; current = null; failed.onerror({error}); };
  window.arrive = () => { voices = CHINESE; engine.onvoiceschanged?.(); };
  Object.defineProperty(window, 'speechSynthesis', {value: engine});
  window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""
ENGLISH = "[{lang: 'en-US', name: 'Anna', localService: true}]"
CHINESE = """[
  {lang: 'zh-HK', name: '粤语', localService: true}, {lang: 'zh_CN', name: '远方', localService: false},
  {lang: 'zh_CN', name: '本机', localService: true}, {lang: 'en-US', name: 'Anna', localService: true}]"""

# Headings and paragraphs to the byte, and into how many nodes each is parted.
BLOCKS = "[...document.querySelectorAll('.plan [id]')].map(e => [e.innerHTML, e.childNodes.length])"


def give_voices(page: Page, voices: str) -> None:
    page.add_init_script(ENGINE.replace("VOICES", voices).replace("CHINESE", CHINESE))


def said(page: Page) -> list[str]:
    return list(page.evaluate("said.map(one => one.text)"))


def marked(page: Page) -> str:
    return str(page.evaluate("[...document.querySelectorAll('.spoken')].map(e => e.textContent).join('')"))


@pytest.fixture
def reading(page: Page) -> Page:
    """A chapter that is being read aloud, from its title on."""
    give_voices(page, CHINESE)
    page.goto(CHAPTER)
    page.evaluate(f"window.before = {BLOCKS}")
    page.get_by_role("button", name="朗读").click()
    expect(page.locator(".spoken").first).to_be_visible()
    return page


def test_nothing_is_offered_without_a_chinese_voice(page: Page) -> None:
    give_voices(page, ENGLISH)
    page.goto(CHAPTER)
    button = page.locator("[data-speak]")
    expect(button).to_be_hidden()
    page.evaluate("arrive()")
    expect(button).to_be_visible()
    assert page.locator("script[src*=speaking]").count() == 0


def test_nothing_is_offered_where_the_browser_cannot_speak(page: Page) -> None:
    page.add_init_script("delete window.speechSynthesis; delete window.SpeechSynthesisUtterance")
    page.goto(CHAPTER)
    expect(page.locator("[data-speak]")).to_be_hidden()
    expect(page.locator("[data-speaking]")).to_be_hidden()


def test_sentences_are_marked_one_by_one_and_the_text_is_left_as_it_was(reading: Page) -> None:
    title = reading.locator("#s2").text_content()
    assert marked(reading) == title
    assert reading.evaluate("said[0].voice.name") == "本机"
    heard: list[str] = []
    for _ in range(8):
        heard.append(marked(reading))
        reading.evaluate("finish()")
    text = reading.locator("article").text_content() or ""
    whole = re.sub(r"\s", "", "".join(said(reading)))
    assert whole.startswith(re.sub(r"\s", "", f"{title}(一)持续推进产业发展和功能布局。"))
    assert not re.search("纠错|链接|勘误|字号|发文机关|目录", whole)
    assert all(len(piece) <= 45 for piece in said(reading))
    assert all(sentence in text for sentence in heard)
    reading.evaluate("window.getSelection().selectAllChildren(document.querySelector('#s2-1-p1'))")
    copied = reading.evaluate("window.getSelection().toString()")
    reading.get_by_role("button", name="停止", exact=True).click()
    assert reading.evaluate("document.querySelector('#s2-1-p1').textContent") == copied
    assert marked(reading) == ""
    assert reading.evaluate(BLOCKS) == reading.evaluate("before")


def test_pause_steps_speed_and_the_end(reading: Page) -> None:
    first = marked(reading)
    reading.get_by_role("button", name="暂停").click()
    expect(reading.locator("[data-speaking-status]")).to_have_text("已暂停。")
    count = len(said(reading))
    reading.get_by_role("button", name="下一句").click()
    assert marked(reading) != first
    assert len(said(reading)) == count
    reading.get_by_role("button", name="继续").click()
    assert marked(reading).startswith(said(reading)[-1])
    reading.get_by_role("button", name="上一句").click()
    assert marked(reading) == first
    reading.get_by_label("语速").select_option("语速慢")
    assert reading.evaluate("said[said.length - 1].rate") == 0.7
    assert reading.evaluate("localStorage.getItem('portal-speed')") == "slow"
    reading.evaluate("fail('synthesis-failed')")
    expect(reading.get_by_role("button", name="继续")).to_be_visible()
    reading.get_by_role("button", name="继续").click()
    reading.get_by_role("button", name="停止", exact=True).press("Escape")
    expect(reading.get_by_role("button", name="朗读", exact=True)).to_be_focused()
    expect(reading.locator("[data-speaking]")).to_be_hidden()


def test_reading_begins_at_the_words_selected_and_keeps_them(page: Page) -> None:
    give_voices(page, CHINESE)
    page.goto(CHAPTER)
    selected = """() => {
      const text = document.querySelector('#s2-2-p1').firstChild;
      const at = text.data.indexOf('。') + 3;
      window.getSelection().setBaseAndExtent(text, at, text, at + 4);
      return window.getSelection().toString();
    }"""
    words = page.evaluate(selected)
    page.locator("[data-speak]").evaluate("e => e.click()")
    expect(page.locator(".spoken").first).to_be_visible()
    assert words in marked(page)
    assert page.evaluate("window.getSelection().toString()") == words
    page.evaluate("finish()")
    assert page.evaluate("window.getSelection().toString()") == words


SENTENCES = {
    "一是。二是！三是？": ["一是。", "二是！", "三是？"],
    "他说：“好。”然后走了。": ["他说：“好。”", "然后走了。"],
    "增长3.5%，共1,200项……再说；完": ["增长3.5%，共1,200项……", "再说；", "完"],
    "第一行\n第二行": ["第一行", "第二行"],
    "……": [],
    "": [],
}


def test_sentences_and_pieces_of_long_ones_that_lose_nothing(reading: Page) -> None:
    found = "text => portal.sentences(text).map(one => text.slice(one.start, one.end))"
    for text, expected in SENTENCES.items():
        assert reading.evaluate(found, text) == expected
    for text in ("长" * 100, "很长，" * 40, "𠀀" * 60, "短"):
        pieces: list[Any] = reading.evaluate("text => portal.pieces(text)", text)
        assert "".join(pieces) == text
        assert all(len(piece.encode("utf-16-le")) <= 90 for piece in pieces)


def test_the_ruler_follows_and_is_put_away(page: Page) -> None:
    asked: list[Route] = []
    page.route("**/ruler.js*", lambda route: asked.append(route))
    page.goto(CHAPTER)
    button = page.get_by_role("button", name="阅读尺")
    band = page.locator(".ruler")
    # Pressed again while its script is on the way: on, off, on.
    with page.expect_request("**/ruler.js*"):
        button.click(click_count=3)
    assert page.locator("script[src*=ruler]").count() == 1
    (route,) = asked
    route.continue_()
    expect(band).to_have_count(1)
    page.unroute("**/ruler.js*")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("阅读尺跟着鼠标走，按“阅读尺”关闭。")).to_be_visible()
    page.mouse.move(600, 500)
    top = band.evaluate("e => e.getBoundingClientRect().top")
    assert top < 500 < top + 60
    button.press("ArrowDown")
    assert band.evaluate("e => e.getBoundingClientRect().top") > top + 20
    assert page.evaluate("document.elementFromPoint(600, 520).className") != "ruler"
    page.reload()
    expect(band).to_be_visible()
    page.emulate_media(media="print")
    expect(band).to_be_hidden()
    page.emulate_media(media="screen")
    page.keyboard.press("Escape")
    expect(band).to_have_count(0)
    expect(page.locator("[data-ruler-said]")).to_be_empty()
    page.reload()
    expect(page.get_by_role("button", name="阅读尺")).to_have_attribute("aria-pressed", "false")
