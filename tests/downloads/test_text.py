"""The text of each download is the published text: no character is lost, added or changed in it."""

import json
import re

import pytest
from flask import Flask

from portal.filters import plain_day
from tests.downloads.reading import (
    ODD,
    bare,
    chapters_of_epub,
    of_markdown,
    of_pdf,
    of_word,
    publish_odd,
    published,
    source,
)
from tests.plans.corrected import SLUG


@pytest.fixture
def app(published_app: Flask) -> Flask:
    """The real plan, and one of what is hard to write."""
    publish_odd(published_app)
    return published_app


def download(app: Flask, name: str) -> bytes:
    answer = app.test_client().get(f"/plans/{name}")
    assert answer.status_code == 200, answer.text
    return answer.data


def colophon(app: Flask, slug: str) -> str:
    plan = published(app, slug)
    return f"来源：工作要点公开平台版本：第{plan.release}版最近修订：{plain_day(plan.revised_at)}"


def test_plain_text(app: Flask) -> None:
    text = download(app, f"{SLUG}.txt").decode()
    assert bare(text).startswith(source(published(app, SLUG)) + "-" * 40 + colophon(app, SLUG))
    assert "\r" not in text
    assert "\n\n(一)开展区委重点课题调研工作。\n\n根据区委" in text

    text = download(app, f"{ODD}.txt").decode()
    # Lists are numbered and marked as on the page.
    expected = source(published(app, ODD)).replace("甲项乙<项>内一级二级", "·甲项·乙<项>1.内1.一级2.二级")
    assert bare(text).startswith(expected + "-" * 40)
    assert "\n\n表1 主*要*指标\n\n指标           目标值  单位\n研发投入|强度  4.5     %\n占_比_\n" in text
    assert "第一行\n第二行" in text


def test_markdown(app: Flask) -> None:
    for slug in (SLUG, ODD):
        data = download(app, f"{slug}.md")
        assert of_markdown(data).startswith(source(published(app, slug)) + colophon(app, slug)), slug
        assert f"release: {published(app, slug).release}\n" in data.decode()
        assert "{: #" not in data.decode()
    text = data.decode()
    assert "\n## 第一章 目标\\*与\\#任务 \\#\n" in text
    assert "**重点**" in text
    assert "\n\n表1 主\\*要\\**指标*\n\n| 指标 |" in text
    # GitHub strikes out what stands between tildes, and sets as mathematics what stands between dollars.
    assert not re.search(r"[~$]", text.split("\n---\n", 1)[1])


def test_json_is_what_the_interface_answers(app: Flask) -> None:
    data = download(app, f"{SLUG}.json")
    assert data == app.test_client().get(f"/api/v1/plans/{SLUG}").data
    assert json.loads(data)["release"] == published(app, SLUG).release


def test_word(app: Flask) -> None:
    for slug in (SLUG, ODD):
        text = of_word(download(app, f"{slug}.docx"))
        assert text.startswith(source(published(app, slug)) + colophon(app, slug)), slug


def test_epub(app: Flask) -> None:
    for slug in (SLUG, ODD):
        plan = published(app, slug)
        chapters = "".join(
            bare("".join(body.itertext())) for body in chapters_of_epub(download(app, f"{slug}.epub"))
        )
        assert bare(plan.title) + chapters == source(plan), slug


def test_pdf(app: Flask) -> None:
    plan = published(app, SLUG)
    text = of_pdf(download(app, f"{SLUG}.pdf"), plan)
    assert (bare(plan.title) + text).startswith(source(plan) + colophon(app, SLUG))
