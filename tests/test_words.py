"""The words on the public pages: short sentences, full-width punctuation, dates as offices write them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.client import form_of, tree_of
from tests.support.server import ROOT

PLAN = "/plans/2023-work-plan"
PAGES = [
    "/",
    "/plans/",
    "/guide",
    "/privacy",
    "/accessibility",
    "/display",
    "/errata",
    "/feedback/status",
    "/feedback/correction",
    "/feedback/correction?plan=2023-work-plan&page=2&anchor=s2-1-p1",
    "/feedback/consultation",
    "/search",
    "/search?q=苏河湾",
    "/search?q=不存在的词语",
    f"{PLAN}/",
    f"{PLAN}/2",
    f"{PLAN}/2?q=苏河湾",
    f"{PLAN}/full",
    f"{PLAN}/2/history",
    f"{PLAN}/2/history/1",
    "/no/such/page",
]
CORRECTION = {
    "error_type": "typo",
    "page_url": "http://localhost/plans/2023-work-plan/1",
    "page_title": "标题",
    "description": "第一段有错别字。",
    "name": "张三",
}
PARAGRAPHS = {"tools", "tools tools--marked", "tools__links"}
HAN = r"[\u4e00-\u9fff]"
SENTENCE = 40  # characters
INLINE = "a|abbr|b|bdi|code|del|em|i|ins|kbd|mark|small|span|strong|sup|time"
# Not the office's words for its site: code, what was typed, and excerpts of the plans.
NOT_OURS = {"script", "style", "template", "textarea", "kbd"}
EXCERPTS = {"result", "quoted", "difference", "citation"}
OFFICIAL = "非法|无效|不合法|系统异常|未知错误|点击这里|予以|逾期|兹|特此|详见附件|校验失败|更多>>"
# Of two characters and clear all the same.
SHORT_LABELS = "搜索|登录|关闭|浅色|深色|打印|朗读|停止|暂停|继续|目录|字号|纠错"
EMPTY_LABELS = "确定|提交|保存|确认|取消|点击|这里|更多|详情|查看|链接|下载|OK"


@pytest.fixture
def site(published_app: Flask) -> Flask:
    return published_app


def answers(site: Flask) -> Iterator[TestResponse]:
    """Every kind of public page, with the ways of both forms."""
    client = site.test_client()
    for url in PAGES:
        yield client.get(url)
    yield client.post("/feedback/correction", data={})
    yield client.post("/feedback/consultation", data={})
    yield client.post("/feedback/status", data={"number": "JC-20230712-0001", "code": "AAAA-BBBB"})
    check = client.post("/feedback/correction", data=CORRECTION)
    yield check
    yield client.post("/feedback/correction", data=form_of(check), follow_redirects=True)


def lines(tree: Any, known: list[str]) -> list[str]:
    """The texts of a page, each from one block to the next; of what ``known`` lists only one character."""
    found = [line for line in _runs(tree.find("body")) if line]
    for text in known:
        found = [line.replace(text, "文") for line in found]
    return found


def _runs(element: Any) -> Iterator[str]:
    run = ""
    for piece in _pieces(element):
        if piece is None:
            yield re.sub(r"\s+", " ", run).strip()
            run = ""
        else:
            run += piece
    yield re.sub(r"\s+", " ", run).strip()


def _pieces(element: Any) -> Iterator[str | None]:
    """The text in order; None where a block begins or ends, or something stands beside the next."""
    yield element.text or ""
    for child in element:
        inline = isinstance(child.tag, str) and re.fullmatch(INLINE, child.tag)
        if not inline:
            yield None
        if isinstance(child.tag, str) and child.tag not in NOT_OURS and child.get("class") not in EXCERPTS:
            yield from _pieces(child)
        beside = child.getnext() is not None and not (child.tail or "").strip() and child.tail
        if not inline or beside:
            yield None
        yield child.tail or ""


def of_the_plan(site: Flask) -> list[str]:
    """Everything that the plan says, the longest first: the interface may quote it, and never changes it."""
    plan = site.test_client().get("/api/v1/plans/2023-work-plan").get_json()
    said = [plan["title"], plan["issuer"], plan["issued_on_text"]]
    for page in plan["pages"]:
        for part in [page, *page["sections"]]:
            heading = part["label"] + part["title"]
            said += [heading, heading.rstrip("。"), part["title"], *(p["text"] for p in part["paragraphs"])]
    return sorted(filter(None, said), key=len, reverse=True)


WRONG = {
    "half-width punctuation": rf"{HAN}[,;:!?()]|[,;:!?(]{HAN}|{HAN}\.(?!\w)",
    "dots for an ellipsis": r"\.\.\.",
    "doubled marks": "[！？。，]{2}",
    "corner brackets or straight quotes": rf"[「」『』]|\"{HAN}|{HAN}\"",
    "a typed space": rf"{HAN} +(?!\d\d:\d\d)\w|[A-Za-z0-9] +{HAN}|[，。；：！？、] | [，。；：！？、]",
    "a date in another form": r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])|年0\d月|月0\d日",
    "a word that officials use": OFFICIAL,
}


def too_long(line: str) -> list[str]:
    """Sentences of more than 40 characters; an address counts as one."""
    plain = re.sub(r"https?://\S+", "网", line)
    return [sentence for sentence in re.split("[。！？]", plain) if len(sentence) > SENTENCE]


def test_sentences_are_short_and_written_as_offices_write(site: Flask) -> None:
    known, found = of_the_plan(site), set()
    for answer in answers(site):
        for line in lines(tree_of(answer), known):
            found |= {f"{what}: {line}" for what, pattern in WRONG.items() if re.search(pattern, line)}
            found |= {f"{len(sentence)} characters: {sentence}" for sentence in too_long(line)}
    assert not found, "\n".join(sorted(found))


def test_dates_say_to_machines_what_they_are(site: Flask) -> None:
    known, found = of_the_plan(site), set()
    for answer in answers(site):
        for element in tree_of(answer).iter("p", "li", "dd", "td", "span", "a", "h2", "h3"):
            for text in [element.text, *(child.tail for child in element)]:
                for said in known:
                    text = (text or "").replace(said, "")
                if re.search(r"\d{4}年\d{1,2}月\d{1,2}日", text or ""):
                    found.add(f"{answer.request.path}: {text}")
    assert not found, "\n".join(sorted(found))


def test_buttons_and_links_say_what_they_do(site: Flask) -> None:
    found = set()
    for answer in answers(site):
        tree = tree_of(answer)
        targets = defaultdict(set)
        for control in tree.iter("button", "a"):
            name = (control.get("aria-label") or "".join(control.itertext())).strip()
            short = control.tag == "button" and len(name) < 3 and not re.fullmatch(SHORT_LABELS, name)
            if short or re.fullmatch(EMPTY_LABELS, name):
                found.add(f"{answer.request.path}: {name!r} says too little")
            # Each paragraph has the same tools, and two fields may have the same error.
            to = control.get("href") or "#"
            if not to.startswith("#") and control.getparent().get("class") not in PARAGRAPHS:
                targets[name].add(to)
        found |= {
            f"{answer.request.path}: {name!r} leads to {to}" for name, to in targets.items() if len(to) > 1
        }
    assert not found, "\n".join(sorted(found))


def test_texts_use_words_that_help() -> None:
    sources = [*ROOT.glob("portal/**/*.html"), *ROOT.glob("portal/**/*.txt"), *ROOT.glob("portal/**/*.py")]
    sources += ROOT.glob("portal/static/*.js")
    for path in sources:
        found = re.findall(OFFICIAL, path.read_text(encoding="utf-8"))
        assert not found, f"{path.relative_to(ROOT)}: {found}"
