"""What machines fetch: feed, sitemap, robots, manifest, icons."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from PIL import Image
from sqlalchemy import update

from portal.database import transaction
from portal.plans import errata, news
from portal.plans.models import Revision
from portal.site import sitemap
from tests.conftest import MakeApp
from tests.plans.corrected import OTHER, OTHER_FILES, SLUG, correct, publish_other, withdraw

ATOM = {"a": "http://www.w3.org/2005/Atom"}
ODD = "R&D <b>“新”</b>\u0007𠮷"


def entries(client: FlaskClient, path: str = "/feed.atom") -> list[etree._Element]:
    answer = client.get(path)
    assert answer.mimetype == "application/atom+xml"
    return list(etree.fromstring(answer.data).findall("a:entry", ATOM))


def text(entry: etree._Element, name: str) -> str:
    return str(entry.findtext(f"a:{name}", namespaces=ATOM))


def test_the_feed_tells_of_plans_and_corrections_the_newest_first(published_app: Flask) -> None:
    client = published_app.test_client()
    assert [text(entry, "title") for entry in entries(client)] == ["发布：区科委2023年工作要点"]
    publish_other(published_app)
    correct(published_app, "s2-1-p1", "重点", "着力", number="KW-20261124-0001", reason=ODD)
    correct(
        published_app,
        "s3-1-p1",
        "产业",
        "行业",
        number="KW-20261123-0001",
        at=datetime(2023, 7, 12, tzinfo=UTC),
    )
    found = entries(client)
    titles = [text(entry, "title").partition("：")[0] for entry in found]
    assert titles == ["已更正", "发布", "发布", "已更正"]
    moments = [text(entry, "updated") for entry in found]
    assert moments == sorted(moments, reverse=True)
    feed = etree.fromstring(client.get("/feed.atom").data)
    assert feed.findtext("a:updated", namespaces=ATOM) == moments[0]
    assert "R&amp;D &lt;b&gt;“新”&lt;/b&gt;𠮷" in text(found[0], "content")
    withdraw(published_app, "KW-20261123-0001")
    assert text(entries(client)[0], "title").startswith("已撤回")


def test_a_plan_keeps_its_entry_when_it_is_brought_up_to_date(published_app: Flask) -> None:
    client = published_app.test_client()
    publish_other(published_app)
    with published_app.app_context(), transaction() as session:
        session.execute(update(Revision).values(created_at=datetime(2023, 7, 12, tzinfo=UTC)))
    before = entries(client)[0]
    correct(published_app, "s1-p2", "错误", "差错", plan=OTHER)
    # A correction is told of as one: the plan was not published anew.
    assert text(entries(client)[1], "updated") == text(before, "updated")
    added = "---\nnumber: '2'\nlabel: 二、\ntitle: 保障措施\nanchor: s2\n---\n\n加强组织领导。\n{: #s2-p1 }\n"
    plan_file = OTHER_FILES["plan.md"].replace("- '1'\n", "- '1'\n- '2'\n")
    publish_other(published_app, OTHER_FILES | {"plan.md": plan_file, "2.md": added})
    after = entries(client)[0]
    assert text(after, "id") == text(before, "id") == f"http://localhost/plans/{OTHER}/"
    assert text(after, "published") == text(before, "published")
    assert text(after, "updated") > text(before, "updated")
    assert text(after, "title").startswith("更新：")
    assert "二、保障措施" in text(after, "content")
    assert "一、总体要求" not in text(after, "content")


def test_the_feed_has_an_end(published_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_other(published_app)
    monkeypatch.setattr("portal.site.views.ENTRIES", 1)
    assert len(entries(published_app.test_client())) == 1
    with published_app.app_context():
        assert [plan.slug for plan in news.newest(1)] == [OTHER]


def test_nothing_in_a_feed_depends_on_how_its_reader_shows_pages(published_app: Flask) -> None:
    correct(published_app, "s2-1-p1", "重点", "着力", number="KW-20261124-0001")
    client = published_app.test_client()
    for path in ("/feed.atom", "/errata.atom", "/sitemap.xml"):
        assert client.get(f"{path}?view=elder&size=30").data == client.get(path).data


def test_an_empty_site_has_a_feed_and_a_sitemap(client: FlaskClient) -> None:
    assert entries(client) == []
    assert b"<loc>http://localhost/</loc>" in client.get("/sitemap.xml").data


def test_the_sitemap_names_every_public_page_with_its_date_and_each_is_there(published_app: Flask) -> None:
    number = correct(published_app, "s2-1-p1", "重点", "着力", at=datetime(2023, 7, 12, 20, tzinfo=UTC))
    client = published_app.test_client()
    found = {
        entry[0].text: entry[1].text if len(entry) > 1 else None
        for entry in etree.fromstring(client.get("/sitemap.xml").data)
    }
    for path in ("/", "/plans/", "/errata", f"/plans/{SLUG}/", f"/plans/{SLUG}/full", f"/plans/{SLUG}/5"):
        assert f"http://localhost{path}" in found
    assert found[f"http://localhost/errata/{number}"] == "2023-07-13T04:00:00+08:00"
    assert found["http://localhost/errata"] == "2023-07-13T04:00:00+08:00"
    assert found["http://localhost/guide"] is None
    assert found[f"http://localhost/plans/{SLUG}/2"] == found[f"http://localhost/plans/{SLUG}/full"]
    assert found[f"http://localhost/plans/{SLUG}/2"] > found[f"http://localhost/plans/{SLUG}/3"]
    for address in found:
        assert client.get(address).status_code == 200


def test_a_long_sitemap_comes_in_parts(published_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = published_app.test_client()
    whole = etree.fromstring(client.get("/sitemap.xml").data).xpath("//*[local-name()='loc']/text()")
    monkeypatch.setattr(sitemap, "MOST", 5)
    index = etree.fromstring(client.get("/sitemap.xml").data)
    assert etree.QName(index).localname == "sitemapindex"
    parts = index.xpath("//*[local-name()='loc']/text()")
    together = []
    for part in parts:
        together += etree.fromstring(client.get(part).data).xpath("//*[local-name()='loc']/text()")
    assert together == whole
    assert client.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404


def test_a_withdrawn_chapter_leaves_the_sitemap(published_app: Flask) -> None:
    publish_other(published_app)
    plan_file = OTHER_FILES["plan.md"].replace("- '1'", "- '2'")
    two = (
        OTHER_FILES["1.md"].replace("number: '1'", "number: '2'").replace("s1", "s2").replace("一、", "二、")
    )
    publish_other(published_app, {"plan.md": plan_file, "2.md": two})
    text = published_app.test_client().get("/sitemap.xml").text
    assert f"/plans/{OTHER}/2</loc>" in text
    assert f"/plans/{OTHER}/1</loc>" not in text


def test_robots_are_sent_to_the_sitemap_and_kept_from_what_is_not_public(make_app: MakeApp) -> None:
    client = make_app(site_url="https://plan.example.gov.cn").test_client()
    lines = client.get("/robots.txt", base_url="https://plan.example.gov.cn").text.splitlines()
    for line in ("Disallow: /moderation/", "Disallow: /account/", "Disallow: /feedback/receipt/"):
        assert line in lines
    assert "Sitemap: https://plan.example.gov.cn/sitemap.xml" in lines
    # The forms may be read: a judge of search engines asks that of every public page.
    assert "Disallow: /feedback/" not in lines


def test_the_icons_are_what_they_say(client: FlaskClient) -> None:
    answer = client.get("/favicon.ico")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    icon = Image.open(io.BytesIO(answer.data))
    assert (icon.format, sorted(icon.info["sizes"])) == ("ICO", [(16, 16), (32, 32), (48, 48)])
    about = client.get("/site.webmanifest").get_json()
    assert about["name"] == "工作要点公开平台"
    for named in about["icons"]:
        picture = Image.open(io.BytesIO(client.get(named["src"]).data))
        assert (picture.format, "{}x{}".format(*picture.size)) == ("PNG", named["sizes"])
    assert {named["purpose"] for named in about["icons"]} == {"any", "maskable"}


def test_the_date_of_the_feed_is_that_of_its_newest_entry(published_app: Flask) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    correct(published_app, "s2-1-p1", "重点", "着力", at=later)
    with published_app.app_context():
        assert errata.feed()[0].corrected_at == later
    feed = etree.fromstring(published_app.test_client().get("/feed.atom").data)
    assert feed.findtext("a:updated", namespaces=ATOM) == later.isoformat(timespec="seconds")
