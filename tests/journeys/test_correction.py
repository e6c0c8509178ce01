"""The heart of the portal in a real browser: from words that a reader selects to new text, and back."""

import urllib.request

from playwright.sync_api import Browser, Page, expect

from tests.journeys.steps import READER, Axe, ask_outcome, keep_receipt, sign_in
from tests.support.browser import Visitor
from tests.support.server import Server
from tests.support.services import Mailbox

CHAPTER, ANCHOR = "/plans/2023-work-plan/2", "s2-1-p1"
WRONG, RIGHT = "苏河湾功能区", "苏州河湾功能区"


def select(page: Page, words: str) -> None:
    """Draw over the words with the mouse."""
    box = page.evaluate(
        """([id, words]) => {
            const text = document.getElementById(id).firstChild, range = document.createRange();
            range.setStart(text, text.data.indexOf(words));
            range.setEnd(text, text.data.indexOf(words) + words.length);
            range.startContainer.parentElement.scrollIntoView({block: "center"});
            const all = [...range.getClientRects()], first = all[0], last = all[all.length - 1];
            return [first.left, first.top + first.height / 2, last.right, last.top + last.height / 2];
        }""",
        [ANCHOR, words],
    )
    page.mouse.move(box[0] + 1, box[1])
    page.mouse.down()
    page.mouse.move(box[2] - 1, box[3], steps=8)
    page.mouse.up()


def report(page: Page, axe: Axe) -> tuple[str, str]:
    """Select the words, mend the copy of them, and send it."""
    page.goto(CHAPTER)
    select(page, WRONG)
    page.get_by_role("link", name="纠错", exact=True).or_(
        page.get_by_role("button", name="纠错", exact=True)
    ).first.click()
    page.wait_for_url("**/feedback/correction?**")
    form = page.locator("#main form")
    assert form.locator("[name=quote]").input_value() == WRONG
    assert form.locator("[name=suggestion]").input_value() == WRONG
    assert form.locator("[name=page_url]").input_value().endswith(f"{CHAPTER}#{ANCHOR}")
    axe(page)
    form.locator("[name=suggestion]").fill(RIGHT)
    expect(page.locator("#main ins")).to_contain_text("州")
    form.locator("[name=error_type]").select_option("typo")
    form.locator("[name=description]").fill("少了一个字。")
    form.locator("[name=name]").fill("张三丰")
    form.locator("[name=contact]").fill(READER)
    form.locator("[name=publish]").check()
    form.get_by_role("button", name="核对纠错内容").click()
    return keep_receipt(page, axe, "提交纠错")


def accept(page: Page, axe: Axe, number: str) -> None:
    """Everything is filled in: one press."""
    page.goto(f"/moderation/submissions/{number}")
    axe(page)
    assert RIGHT in page.locator("#main [name=text]").input_value()
    page.get_by_role("button", name="采纳").first.click()
    expect(page.locator("#main")).to_contain_text("已采纳")
    axe(page)


def withdraw(page: Page, axe: Axe, number: str) -> None:
    page.goto(f"/moderation/errata/{number}")
    axe(page)
    page.locator("#main [name=reason]").fill("经核实，原名无误。")
    page.get_by_role("button", name="撤回勘误").click()
    expect(page.locator("#main")).to_contain_text("已撤回")
    axe(page)


def feed(site: Server) -> str:
    with urllib.request.urlopen(f"{site.url}/errata.atom") as answer:
        return str(answer.read().decode())


def read_on(page: Page, axe: Axe, number: str) -> None:
    """What the public sees once it is accepted: the text, its mark, the record, the search, the history."""
    page.goto(f"{CHAPTER}#{ANCHOR}")
    expect(page.locator(f"#{ANCHOR}")).to_contain_text(RIGHT)
    axe(page)
    page.locator(f".block:has(#{ANCHOR}) .tools a[href*='/errata/']").click()
    expect(page.locator("#main")).to_contain_text(number)
    expect(page.locator("#main")).to_contain_text("张**")
    assert "张三丰" not in page.content()
    axe(page)
    page.goto("/errata")
    expect(page.locator("#main")).to_contain_text(number)
    axe(page)
    page.goto(f"/search?q={RIGHT}")
    page.locator("#main a[href*='#s2-1-p1']").first.click()
    expect(page.locator(f"#{ANCHOR} mark")).to_have_text(RIGHT)
    page.goto(f"{CHAPTER}/history")
    axe(page)
    page.goto(f"{CHAPTER}/history/2")
    expect(page.locator("#main ins").first).to_contain_text("州")
    axe(page)


def test_from_the_words_to_the_corrected_text_and_back(
    browser: Browser, site: Server, smtp: Mailbox, axe: Axe
) -> None:
    reader = Visitor(browser, site.url, javascript=True, width=1280, height=800)
    page = reader.open_page()
    receipt = report(page, axe)
    number = receipt[0]

    office = Visitor(browser, site.url, javascript=True, width=1366, height=768)
    staff = office.open_page()
    sign_in(staff, axe)
    accept(staff, axe, number)

    read_on(page, axe, number)
    assert number in feed(site)
    outcome = ask_outcome(page, axe, receipt)
    assert "已采纳" in outcome
    assert "更正错别字。" in outcome
    assert page.locator("#main ins", has_text="州").count() == 1
    site.flask("mail", "deliver")
    assert [message["To"] for message in smtp.messages] == [READER, READER]
    assert f"勘误编号：{number}" in smtp.messages[1].get_content()

    withdraw(staff, axe, number)
    office.context.close()
    assert office.complaints == []
    page.goto(CHAPTER)
    expect(page.locator(f"#{ANCHOR}")).to_contain_text(WRONG)
    expect(page.locator(f"#{ANCHOR}")).not_to_contain_text(RIGHT)
    page.goto(f"/errata/{number}")
    expect(page.locator("#main")).to_contain_text("已撤回")
    expect(page.locator("#main")).to_contain_text("经核实，原名无误。")
    axe(page)
    page.goto(f"/search?q={RIGHT}")
    assert page.locator(f"#main a[href*='#{ANCHOR}'] mark", has_text=RIGHT).count() == 0
    outcome = ask_outcome(page, axe, receipt)
    assert "撤回" in outcome
    assert "经核实，原名无误。" in outcome
    assert "撤回" in feed(site)
    site.flask("mail", "deliver")
    assert len(smtp.messages) == 3
    reader.context.close()
    assert reader.complaints == []
