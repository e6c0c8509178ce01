"""The judge that reads every page in the tests sees what it should see."""

import pytest

from tests.support.html import problems

PAGE = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>标题</title></head>'
    "<body><header></header><main><h1>标题</h1>{}</main></body></html>"
)


def test_a_good_page_passes() -> None:
    form = '<form><label for="a">名</label><input id="a" name="a"><button>提交</button></form>'
    assert problems(PAGE.format(f'<h2>节</h2><a href="#a">去</a>{form}')) == []


@pytest.mark.parametrize(
    ("fragment", "complaint"),
    [
        ("<h1>又一个</h1>", "2 h1 elements"),
        ("<h3>跳级</h3>", "h3 follows h1"),
        ('<p id="a"></p><p id="a"></p>', "id 'a' stands 2 times"),
        ('<p aria-describedby="x"></p>', "aria-describedby names no element: x"),
        ('<label for="x">名</label>', "for names no element: x"),
        ('<a href="#x">去</a>', "link to a missing anchor: #x"),
        ('<input name="a">', "no label: input a"),
        ("<select name='a'></select>", "no label: select a"),
        ("<script>alert(1)</script>", "inline script"),
        ("<style>p{}</style>", "inline style"),
        ('<p style="color:red"></p>', "style on p"),
        ('<p onclick="x()"></p>', "onclick on p"),
        ('<a href="javascript:x()">去</a>', "script address: javascript:x()"),
        ('<img src="a.png">', "image without alt: a.png"),
        ('<form action="https://elsewhere.example/"><button>去</button></form>', "form posts elsewhere"),
        ("<form action='/x'></form>", "form without a button: /x"),
        ("<main></main>", "read in the order ['header', 'main', 'main']"),
        ("<p><div></p>", "not well-formed HTML"),
    ],
)
def test_a_fault_is_found(fragment: str, complaint: str) -> None:
    assert any(found.startswith(complaint) for found in problems(PAGE.format(fragment)))


def test_a_page_needs_title_and_language() -> None:
    assert problems(
        "<!doctype html><html><head><title> </title></head><body><main><h1>x</h1></main></body></html>"
    ) == [
        "no language",
        "no title",
    ]
