"""What pages tell machines: the tags of government sites, search engines, link previews."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import update

from portal.database import transaction
from portal.plans.models import Revision
from tests.conftest import MakeApp
from tests.plans.corrected import OTHER, OTHER_FILES, SLUG, correct, publish_other
from tests.support.client import form_of, tree_of
from tests.support.server import ROOT

SITE = "https://plan.example.gov.cn"
FIRST = datetime(2023, 7, 12, 23, 30, tzinfo=UTC)
FOOTER = {
    "site_id_code": "3101060001",
    "icp": "沪ICP备12345678号-1",
    "police_record": "沪公网安备31010602000001号",
    "institution_mark": "https://bszs.conac.cn/sitename?method=show&id=08E6",
    "organiser": "某区科学技术委员会",
    "operator": "某区科技信息中心",
    "contact_phone": "021-12345678",
    "contact_hours": "工作日9:00—17:00",
    "contact_email": "office@example.gov.cn",
    "contact_address": "某区某路1号",
}
BY_NAME = "//meta[@name='{0}' or @property='{0}']/@content"


@pytest.fixture
def site(published_app: Flask, make_app: MakeApp) -> Flask:
    """A real site of an office; its text was published in July 2023 and corrected today."""
    with published_app.app_context(), transaction() as session:
        session.execute(update(Revision).values(created_at=FIRST))
    correct(published_app, "s2-1-p1", "创新", "革新", number="KW-20261124-0001", reason="文字有误。")
    return make_app(site_url=SITE, content=published_app.config["PORTAL"].content, **FOOTER)


def page(app: Flask, path: str) -> Any:
    return tree_of(app.test_client().get(path, base_url=SITE))


def tag(tree: Any, name: str) -> str:
    """The one value of a tag, empty when it is not there."""
    found = tree.xpath(BY_NAME.format(name))
    assert len(found) <= 1, name
    return str(found[0]) if found else ""


def data(tree: Any) -> list[dict[str, Any]]:
    """The nodes of the page's JSON-LD."""
    return list(json.loads(tree.xpath("string(//script[@type='application/ld+json'])"))["@graph"])


def test_a_chapter_tells_what_it_is(site: Flask) -> None:
    tree = page(site, f"/plans/{SLUG}/2?q=创新&view=elder")
    address = f"{SITE}/plans/{SLUG}/2"
    expected = {
        "SiteName": "工作要点公开平台",
        "SiteDomain": "plan.example.gov.cn",
        "SiteIDCode": "3101060001",
        "ColumnName": "工作要点",
        "ColumnType": "规划计划",
        "ArticleTitle": tree.xpath("string(//h1)"),
        "PubDate": "2023-07-13 07:30",
        "ContentSource": "静安区科学技术委员会",
        "Url": address,
        "og:url": address,
        "og:type": "article",
        "og:locale": "zh_CN",
        "article:published_time": "2023-07-13T07:30:00+08:00",
    }
    assert {name: tag(tree, name) for name in expected} == expected
    assert tree.xpath("//link[@rel='canonical']/@href") == [address]
    assert "区科委2023年工作要点," in tag(tree, "Keywords")
    assert 0 < len(tag(tree, "Description")) <= 120
    assert tag(tree, "Description").rstrip("…") in "".join(tree.xpath("//article//p//text()"))
    assert tag(tree, "og:image").startswith(f"{SITE}/static/icons/512.png")


def test_a_correction_moves_no_date_of_publication(site: Flask) -> None:
    for path, changed in ((f"/plans/{SLUG}/2", True), (f"/plans/{SLUG}/3", False), (f"/plans/{SLUG}/", True)):
        tree = page(site, path)
        assert tag(tree, "PubDate") == "2023-07-13 07:30"
        assert tag(tree, "article:modified_time").startswith("2023") is not changed, path


def test_the_data_of_a_chapter_names_its_place_and_its_publisher(site: Flask) -> None:
    article, crumbs = data(page(site, f"/plans/{SLUG}/2"))
    assert article["@type"] == "Article"
    assert article["datePublished"] == "2023-07-13T07:30:00+08:00"
    assert article["dateModified"] > article["datePublished"]
    assert article["dateCreated"] == "2023-07-12"
    assert article["publisher"]["name"] == FOOTER["organiser"]
    assert article["isPartOf"] == {"@id": f"{SITE}/plans/{SLUG}/"}
    steps = [step["item"] for step in crumbs["itemListElement"]]
    assert steps == [f"{SITE}/", f"{SITE}/plans/{SLUG}/", f"{SITE}/plans/{SLUG}/2"]
    assert [data(page(site, path))[0]["@type"] for path in (f"/plans/{SLUG}/", f"/plans/{SLUG}/full")] == [
        "Report",
        "Report",
    ]


def test_the_home_page_tells_how_to_search_and_whose_it_is(site: Flask) -> None:
    tree = page(site, "/")
    about, office = data(tree)
    assert about["potentialAction"]["target"]["urlTemplate"] == f"{SITE}/search?q={{search_term_string}}"
    assert (office["@type"], office["telephone"]) == ("GovernmentOrganization", FOOTER["contact_phone"])
    assert not tag(tree, "ColumnName")


def test_an_erratum_is_an_article_of_its_column(site: Flask) -> None:
    tree = page(site, "/errata/KW-20261124-0001")
    assert (tag(tree, "ColumnName"), tag(tree, "ArticleTitle")) == ("勘误公示", "勘误KW-20261124-0001")
    assert tag(tree, "Description").startswith("更正原因：文字有误。")
    assert tag(tree, "ContentSource") == FOOTER["organiser"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", tag(tree, "PubDate"))


def test_text_never_ends_the_data(published_app: Flask) -> None:
    odd = '</script><script>alert(1)</script><!--&amp;\u2028"'
    title = odd.replace("\u2028", "").replace('"', "”")
    files = dict(OTHER_FILES)
    files["plan.md"] = files["plan.md"].replace("title: 区科委2024年工作要点", f"title: 'x{title}'")
    publish_other(published_app, files)
    answer = published_app.test_client().get(f"/plans/{OTHER}/")
    assert data(tree_of(answer))[0]["headline"] == f"x{title}"
    assert "<script>alert" not in answer.text
    assert answer.text.count("</script>") == answer.text.count("<script")


def test_every_page_has_a_title_and_a_canonical_address_of_its_own(site: Flask) -> None:
    client = site.test_client()
    listed = re.findall("<loc>(.*?)</loc>", client.get("/sitemap.xml", base_url=SITE).text)
    # One of each kind: chapters of a plan differ in their number alone.
    kinds = {re.sub(r"/(preface|\d+)$", "", address): address for address in listed}
    addresses = [*kinds.values(), f"{SITE}/search", f"{SITE}/feedback/correction", f"{SITE}/feedback/status"]
    titles: Counter[str] = Counter()
    for address in addresses:
        tree = page(site, urlsplit(address).path + "?view=elder&theme=dark&size=24")
        assert tree.xpath("//link[@rel='canonical']/@href") == [address]
        assert tag(tree, "Description"), address
        titles[tree.xpath("string(//title)")] += 1
    assert max(titles.values()) == 1, titles.most_common(1)


def test_the_second_page_of_a_list_is_a_page_of_its_own(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_other(site)
    monkeypatch.setattr("portal.plans.views.PER_PAGE", 1)
    assert page(site, "/plans/?page=2&view=elder").xpath("//link[@rel='canonical']/@href") == [
        f"{SITE}/plans/?page=2"
    ]


def test_an_error_has_no_address_to_keep(site: Flask) -> None:
    tree = page(site, "/no/such/page")
    assert not tree.xpath("//link[@rel='canonical']")
    assert (tag(tree, "Url"), tag(tree, "SiteIDCode")) == ("", "3101060001")


def test_search_engines_may_read_results_and_are_told_one_address(site: Flask) -> None:
    tree = page(site, "/search?q=创新&page=2")
    assert tree.xpath("//link[@rel='canonical']/@href") == [f"{SITE}/search"]
    assert not tree.xpath("//meta[@name='robots']")


def test_the_footer_shows_what_the_settings_say(site: Flask) -> None:
    footer = page(site, f"/plans/{SLUG}/2?q=创新").xpath("//footer")[0]
    text = "".join(footer.itertext())
    for name in set(FOOTER) - {"institution_mark"}:
        assert FOOTER[name] in text, name
    links = {str(link.text): str(link.get("href")) for link in footer.iter("a")}
    assert links["021-12345678"] == "tel:021-12345678"
    assert links["office@example.gov.cn"] == "mailto:office@example.gov.cn"
    assert links["党政机关标识"] == FOOTER["institution_mark"]
    assert links[FOOTER["police_record"]].endswith("#/query/webSearch?code=31010602000001")
    entrance = urlsplit(links["政府网站找错"])
    assert entrance.netloc == "zfwzgl.www.gov.cn"
    assert parse_qs(entrance.query) == {"site_code": ["3101060001"], "url": [f"{SITE}/plans/{SLUG}/2"]}
    assert "url=https%3A%2F%2Fplan" in entrance.query


def test_the_footer_shows_nothing_that_is_not_set(published_app: Flask) -> None:
    footer = tree_of(published_app.test_client().get("/")).xpath("//footer")[0]
    assert not footer.xpath(".//ul[not(li)]")
    text = "".join(footer.itertext())
    for words in ("主办单位", "承办单位", "联系", "邮箱", "标识", "备案", "找错"):
        assert words not in text


def test_the_secret_address_of_a_receipt_is_told_to_nobody(site: Flask) -> None:
    client = site.test_client()
    sent = {"kind": "question", "subject": "主题", "content": "请问何时公布？", "name": "李四"}
    check = client.post("/feedback/consultation", data=sent, base_url=SITE)
    form = form_of(check)
    confirmed = client.post(
        "/feedback/consultation", data=form, base_url=SITE, headers={"Referer": f"{SITE}/"}
    )
    secret = urlsplit(confirmed.location).path
    assert secret.startswith("/feedback/receipt/")
    tree = page(site, secret)
    key = secret.rsplit("/", 1)[-1]
    told = tree.xpath("//head//@* | //*[not(@data-view-switch)]/@href | //@action | //@value")
    assert any("zfwzgl" in address for address in told)
    assert any("/display?from=" in address for address in told)
    assert key not in " ".join(told)


def test_the_colours_of_the_browser_are_those_of_the_page(site: Flask) -> None:
    tokens = (ROOT / "portal" / "static" / "tokens.css").read_text(encoding="utf-8")
    light, dark = re.findall(r"--bg: (#[0-9A-F]{6})", tokens)[:2]
    colours = page(site, "/").xpath("//meta[@name='theme-color']/@content")
    manifest = site.test_client().get("/site.webmanifest", base_url=SITE)
    assert colours == [light, dark]
    assert manifest.get_json()["background_color"] == light
    assert manifest.get_json()["theme_color"] in tokens
