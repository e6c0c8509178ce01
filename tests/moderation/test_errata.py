"""The errata as the staff see them: the list, taking one back, approving what a colleague proposes."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from werkzeug.test import TestResponse

from portal.feedback.models import EventKind, Status
from portal.moderation import decisions, errata, queue
from portal.moderation.corrections import Draft
from portal.moderation.decisions import Decision
from portal.plans.models import ErratumState
from tests.conftest import NewPage
from tests.moderation.support import send
from tests.moderation.test_browser import sign_in as sign_in_by_browser
from tests.moderation.test_editing import RIGHT, WRONG, alert, text_of
from tests.plans.corrected import correct, edit_of, publish_other
from tests.support.client import MODERATOR, PASSWORD, form_of, sign_in, tree_of
from tests.support.server import Server

ERRATA = "/moderation/errata"
COLLEAGUE = "colleague@example.gov.cn"
REASON = "文件原稿是原来的写法。"


@pytest.fixture
def staff(published_app: Flask) -> FlaskClient:
    return sign_in(published_app)


def accepted(app: Flask, *, second_approval: bool = False) -> str:
    """A correction that MODERATOR has accepted; its number."""
    number = send(app, anchor="s2-1-p1", quote=WRONG, suggestion=RIGHT)
    with app.app_context():
        draft = Draft((edit_of("s2-1-p1", WRONG, RIGHT),), "用词有误。")
        decisions.decide(number, Decision.ACCEPT, "谢谢", 0, MODERATOR, (), draft, second_approval)
    return number


def address(number: str) -> str:
    return f"{ERRATA}/{number}"


def proposal(number: str) -> str:
    return f"/moderation/proposals/{number}"


def post(client: FlaskClient, path: str, **typed: str) -> TestResponse:
    return client.post(path, data=form_of(client.get(path), path) | typed)


def status_of(app: Flask, number: str) -> Status:
    with app.app_context():
        found = queue.find(number)
        assert found
        return found.status


# The list


def test_the_list_holds_every_state_the_newest_first(published_app: Flask, staff: FlaskClient) -> None:
    assert "还没有勘误" in staff.get(ERRATA).text
    publish_other(published_app)
    first = correct(published_app, "s2-1-p1", WRONG, RIGHT, number="KW-20260101-0001")
    second = correct(
        published_app, "s5-1-p1", "政治", "政 治", number="KW-20260102-0001", state=ErratumState.WITHDRAWN
    )
    third = correct(
        published_app, "s1-1", "重点", "重大", number="KW-20260103-0001", state=ErratumState.PROPOSED
    )
    tree = tree_of(staff.get(ERRATA))
    assert tree.xpath("//tbody//th//a/text()") == [third, second, first]
    assert tree.xpath("//tbody//th//a/@href") == [proposal(third), address(second), address(first)]
    assert tree.xpath("//tbody//*[contains(@class, 'tag')]/text()") == ["待复核", "已撤回", "已更正"]
    assert "勘误（1项待复核）" in tree.xpath("string(//nav[@aria-label='工作菜单'])")
    states = (ErratumState.PROPOSED, ErratumState.PUBLISHED, ErratumState.WITHDRAWN)
    for state, number in zip(states, (third, first, second), strict=True):
        shown = tree_of(staff.get(f"{ERRATA}?state={state}"))
        assert shown.xpath("//tbody//th//a/text()") == [number]
    assert staff.get(f"{ERRATA}?state=x&page=x").status_code == 200


def test_pages_of_twenty(published_app: Flask, staff: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errata, "PER_PAGE", 2)
    words = ("苏河湾功能区重点", "苏河湾功能区着重")
    for number in range(3):
        before, after = words if number % 2 == 0 else words[::-1]
        correct(published_app, "s2-1-p1", before, after, number=f"KW-20260101-000{number}")
    assert tree_of(staff.get(f"{ERRATA}?page=2")).xpath("//tbody//th//a/text()") == ["KW-20260101-0000"]
    assert tree_of(staff.get(f"{ERRATA}?page=99")).xpath("//tbody//th//a/text()") == ["KW-20260101-0000"]
    assert len(tree_of(staff.get(ERRATA)).xpath("//tbody/tr")) == 2


# Taking one back


def test_withdrawing_goes_all_the_way_back(published_app: Flask, staff: FlaskClient) -> None:
    before = text_of(published_app)
    number = accepted(published_app)
    assert text_of(published_app) != before
    visitor, search = published_app.test_client(), f"/api/v1/search?q={RIGHT}"
    assert not visitor.get(search).json["partial"]
    page = staff.get(address(number))
    assert "1件来件重新办理" in page.text
    assert f"/moderation/submissions/{number}" in tree_of(page).xpath("//main//@href")
    answer = post(staff, address(number), reason=REASON)
    assert (answer.status_code, answer.location) == (303, address(number))
    assert text_of(published_app) == before
    assert status_of(published_app, number) is Status.RECEIVED
    page = staff.get(answer.location)
    assert "原文已恢复。1件来件要重新办理。" in page.text
    assert REASON in page.text
    assert not tree_of(page).xpath("//form[@action=$path]", path=address(number))
    assert REASON in visitor.get(f"/errata/{number}").text
    assert visitor.get(search).json["partial"]


@pytest.mark.parametrize(
    ("reason", "message"), [(" ", "请写明撤回的原因"), ("因" * 501, "公开的撤回原因最多500字")]
)
def test_a_withdrawal_needs_a_reason(
    published_app: Flask, staff: FlaskClient, reason: str, message: str
) -> None:
    number = accepted(published_app)
    answer = post(staff, address(number), reason=reason)
    assert answer.status_code == 422
    assert f"错误：{message}" in answer.text
    assert form_of(answer, address(number))["reason"] == reason
    assert RIGHT in text_of(published_app)


def test_what_was_corrected_again_is_not_taken_back(published_app: Flask, staff: FlaskClient) -> None:
    number = accepted(published_app)
    later = correct(published_app, "s2-1-p1", RIGHT, RIGHT + "了", number="KW-20260202-0001")
    answer = post(staff, address(number), reason=REASON)
    assert answer.status_code == 409
    assert "后来又有改动" in alert(answer)
    links = tree_of(answer).xpath("//*[@role='alert']//@href")
    assert address(later) in links
    assert all(staff.get(link).status_code == 200 for link in links)
    assert form_of(answer, address(number))["reason"] == REASON
    # Doing what the page says helps.
    assert post(staff, address(later), reason=REASON).status_code == 303
    assert post(staff, address(number), reason=REASON).status_code == 303
    assert WRONG in text_of(published_app)


def test_two_who_withdraw_the_same(published_app: Flask, staff: FlaskClient) -> None:
    number = accepted(published_app)
    form = form_of(staff.get(address(number)), address(number)) | {"reason": REASON}
    colleague = sign_in(published_app, COLLEAGUE)
    assert post(colleague, address(number), reason="先撤回。").status_code == 303
    answer = staff.post(address(number), data=form)
    assert answer.status_code == 409
    assert COLLEAGUE in alert(answer)
    assert REASON in alert(answer)


# A second pair of eyes


def test_a_colleague_approves(published_app: Flask, staff: FlaskClient) -> None:
    number = accepted(published_app, second_approval=True)
    assert status_of(published_app, number) is Status.REVIEW
    assert staff.get(address(number)).location == proposal(number)
    own = staff.get(proposal(number))
    assert "要由另一位同事同意后才能发布" in own.text
    assert "同意并发布" not in own.text
    colleague = sign_in(published_app, COLLEAGUE)
    page = colleague.get(proposal(number))
    assert MODERATOR in page.text
    assert tree_of(page).xpath("//del") != []
    answer = post(colleague, proposal(number), decision="approve")
    assert (answer.status_code, answer.location) == (303, address(number))
    assert RIGHT in text_of(published_app)
    assert status_of(published_app, number) is Status.ACCEPTED
    assert "已同意并发布" in colleague.get(answer.location).text
    assert colleague.get(proposal(number)).location == address(number)


def test_nobody_approves_their_own(published_app: Flask, staff: FlaskClient) -> None:
    number = accepted(published_app, second_approval=True)
    answer = post(staff, proposal(number), decision="approve", reason="试试")
    assert answer.status_code == 409
    assert "这是您自己提出的更正" in alert(answer)
    assert form_of(answer, proposal(number))["reason"] == "试试"
    assert WRONG in text_of(published_app)


def test_sending_back_needs_a_reason_and_is_for_the_staff_alone(
    published_app: Flask, staff: FlaskClient
) -> None:
    number = accepted(published_app, second_approval=True)
    colleague = sign_in(published_app, COLLEAGUE)
    answer = post(colleague, proposal(number), decision="decline", reason=" ")
    assert answer.status_code == 422
    assert "请写明退回的理由" in alert(answer)
    assert post(colleague, proposal(number), decision="both").status_code == 422
    answer = post(colleague, proposal(number), decision="decline", reason="再查原稿。")
    assert (answer.status_code, answer.location) == (303, f"/moderation/submissions/{number}")
    assert "再查原稿。" in staff.get(answer.location).text
    assert WRONG in text_of(published_app)
    with published_app.app_context():
        found = queue.find(number)
        assert found
        assert (found.status, found.erratum) == (Status.RECEIVED, None)
        assert found.events[-1].kind is EventKind.DECLINED
    assert colleague.get(proposal(number)).status_code == 404


def test_a_proposal_for_a_text_that_has_changed(published_app: Flask) -> None:
    number = accepted(published_app, second_approval=True)
    correct(published_app, "s2-1-p1", "持续引进", "陆续引进", number="KW-20260202-0001")
    colleague = sign_in(published_app, COLLEAGUE)
    assert "原文已更新" in colleague.get(proposal(number)).text
    answer = post(colleague, proposal(number), decision="approve", reason="备注")
    assert answer.status_code == 409
    assert "原文又有改动" in alert(answer)
    assert form_of(answer, proposal(number))["reason"] == "备注"
    assert WRONG in text_of(published_app)
    assert status_of(published_app, number) is Status.REVIEW


@pytest.mark.parametrize("decision", ["approve", "decline"])
def test_two_colleagues_decide_at_once(published_app: Flask, decision: str) -> None:
    number = accepted(published_app, second_approval=True)
    first, second = (sign_in(published_app, f"{name}@example.gov.cn") for name in "bc")
    form = form_of(second.get(proposal(number)), proposal(number))
    assert post(first, proposal(number), decision=decision, reason="查过。").status_code == 303
    answer = second.post(proposal(number), data=form | {"decision": "decline", "reason": "我的理由"})
    assert answer.status_code == 409
    assert "您的复核没有保存" in alert(answer)
    assert "我的理由" in alert(answer)


@pytest.mark.parametrize("path", [address, proposal])
def test_forms_from_an_earlier_session_and_of_nobody(
    published_app: Flask, staff: FlaskClient, path: Callable[[str], str]
) -> None:
    number = accepted(published_app, second_approval=path is proposal)
    with published_app.app_context():
        erratum = errata.find(number)
        assert erratum
        typed = {"reason": REASON, "decision": "approve", "proposal": erratum.proposal}
    visitor = published_app.test_client().post(path(number), data=typed)
    assert visitor.status_code == 401
    assert REASON in tree_of(visitor).xpath("//textarea/text()")
    client = sign_in(published_app, COLLEAGUE)
    answer = client.post(path(number), data=typed | {"csrf_token": "old"})
    assert answer.status_code == 400
    assert "请再按一次" in alert(answer)
    form = form_of(answer, path(number))
    assert form["reason"] == REASON
    assert client.post(path(number), data=form | {"decision": "approve"}).status_code == 303
    for unknown in ("KW-1", "KW%00", "x" * 300):
        assert client.get(path(unknown)).status_code == 404


def test_the_pages_are_accessible_and_fit(
    server: Server, new_page: NewPage, axe: Callable[[object], None]
) -> None:
    name = "errata@example.gov.cn"
    server.flask("staff", "add", name, "--role", "moderator", "--password-stdin", typed=PASSWORD + "\n")
    page = new_page(width=390, javascript=False)
    sign_in_by_browser(page, name)
    page.goto("/moderation/plans/2023-work-plan/4/s4-1-p1")
    field = page.get_by_label("最终文字")
    field.fill(field.input_value().replace("智能", "智慧", 1))
    page.get_by_label("公开的更正原因").fill("用词。")
    page.get_by_role("button", name="发布更正").click()
    page.get_by_role("link", name="勘误", exact=True).click()
    page.locator("tbody th a").first.click()
    page.get_by_role("button", name="撤回勘误").click()
    expect(page.get_by_role("alert")).to_contain_text("请写明撤回的原因")
    axe(page)
    page.get_by_label("公开的撤回原因").fill(REASON)
    page.get_by_role("button", name="撤回勘误").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("原文已恢复")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_another_proposal_of_the_same_number_is_looked_at_first(published_app: Flask) -> None:
    number = accepted(published_app, second_approval=True)
    colleague = sign_in(published_app, COLLEAGUE)
    old = form_of(colleague.get(proposal(number)), proposal(number))
    post(colleague, proposal(number), decision="decline", reason="再查原稿。")
    with published_app.app_context():
        found = queue.find(number)
        assert found
        draft = Draft((edit_of("s2-1-p1", WRONG, "另一个词"),), "用词有误。")
        decisions.decide(number, Decision.ACCEPT, "", found.version, MODERATOR, (), draft, True)
    answer = colleague.post(proposal(number), data=old | {"decision": "approve"})
    assert answer.status_code == 409
    assert "重新提出的更正" in alert(answer)
    assert status_of(published_app, number) is Status.REVIEW
    again = form_of(answer, proposal(number))
    assert colleague.post(proposal(number), data=again | {"decision": "approve"}).status_code == 303
