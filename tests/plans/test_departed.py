"""Links to what a page no longer has, and what a reader is offered beside the text."""

from urllib.parse import quote

import pytest
import segno
from flask import Flask
from flask.testing import FlaskClient

from tests.plans.corrected import OTHER, correct, publish_other
from tests.support.client import tree_of

PLAN = (
    "---\ntitle: 要点\nissuer: 区科委\nissued_on: 2024-02-01\nissued_on_text: 2024年2月1日\n"
    "pages:\n- '1'\n- '2'\n---\n"
)
ONE = "---\nnumber: '1'\nlabel: 一、\ntitle: 总体要求\nanchor: s1\n---\n\n{}"
TWO = "---\nnumber: '2'\nlabel: 二、\ntitle: 主要任务\nanchor: s2\n---\n\n{}"
STAYS = "这一段一直在原来的地方。\n{: #s1-p1 }\n\n"
MOVES = "这一段先在第一章里，后来在第二章里。"
LEAVES = "这一段后来没有了，也不在别处。\n{: #s1-p3 }\n\n"


@pytest.fixture
def client(published_app: Flask) -> FlaskClient:
    """A plan with a paragraph that left it and one that moved to the other page."""
    before = ONE.format(f"{STAYS}{MOVES}\n{{: #s1-p2 }}\n\n{LEAVES}")
    publish_other(published_app, {"plan.md": PLAN, "1.md": before, "2.md": TWO.format("有。\n{: #s2-p1 }\n")})
    correct(published_app, "s1-p1", "一直", "始终", plan=OTHER)
    after = f"{MOVES}\n{{: #s2-p1 }}\n"
    stays = STAYS.replace("一直", "始终")
    publish_other(published_app, {"plan.md": PLAN, "1.md": ONE.format(stays), "2.md": TWO.format(after)})
    return published_app.test_client()


def test_what_left_a_page_is_told_where_its_link_leads(client: FlaskClient) -> None:
    page = tree_of(client.get(f"/plans/{OTHER}/1"))
    gone = page.xpath("//div[contains(@class, 'departed')]")[0]
    assert gone.xpath("span/@id") == ["s1-p3"]
    assert gone.xpath("*[contains(@class, 'departed__moved')]/@id") == ["s1-p2"]
    assert gone.xpath("*[@id='s1-p2']/a/@href") == [f"/plans/{OTHER}/2#s2-p1"]
    assert gone.xpath("string(*[@id='s1-p2']/a)") == "二、主要任务"
    assert f"/plans/{OTHER}/1/history" in gone.xpath("*[@data-departed]//a/@href")
    whole = tree_of(client.get(f"/plans/{OTHER}/full"))
    assert whole.xpath("//div[contains(@class, 'departed')]//@id") == ["s1-p3", "s1-p2"]
    untouched = tree_of(client.get(f"/plans/{OTHER}/2"))
    assert not untouched.xpath("//div[contains(@class, 'departed')]//@id")


def test_a_code_holds_the_address_alone(client: FlaskClient) -> None:
    for path, code in (
        (f"/plans/{OTHER}/", f"/plans/{OTHER}.qr.svg"),
        (f"/plans/{OTHER}/1", f"/plans/{OTHER}/1/qr.svg"),
        (f"/plans/{OTHER}/full", f"/plans/{OTHER}/full/qr.svg"),
    ):
        assert tree_of(client.get(path)).xpath("//img[@class='qr']/@src") == [code]
        assert client.get(path + "?view=elder").status_code == 200
        image = client.get(code + "?view=elder")
        assert image.mimetype == "image/svg+xml"
        assert image.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
        made = segno.make(f"http://localhost{quote(path)}", micro=False, error="m")
        side = made.symbol_size(border=4)[0]
        assert f'viewBox="0 0 {side} {side}"' in image.text
        assert made.svg_inline(border=4, dark="#000").split("stroke")[1][:200] in image.text
    assert client.get(f"/plans/{OTHER}/9/qr.svg").status_code == 404
    assert client.get("/plans/none.qr.svg").status_code == 404


def test_a_page_says_how_it_is_cited(client: FlaskClient, published_app: Flask) -> None:
    def citation(path: str) -> str:
        return " ".join(tree_of(client.get(path)).xpath("string(//*[@class='citation'])").split())

    address = f"http://localhost/plans/{OTHER}/"
    # Revised since: the day is that of the newest revision, not 2024-02-01.
    assert citation(f"/plans/{OTHER}/1").startswith("区科委. 要点: 一、总体要求[EB/OL]. (20")
    assert "(2024-02-01)" not in citation(f"/plans/{OTHER}/1")
    assert citation("/plans/2023-work-plan/3?view=elder").endswith(
        "[EB/OL]. (2023-07-12)[引用日期]. http://localhost/plans/2023-work-plan/3."
    )
    assert citation(f"/plans/{OTHER}/").endswith(f"[引用日期]. {address}.")
