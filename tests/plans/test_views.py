import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from portal.database import db
from portal.plans import publishing
from tests.plans.corrected import correct, withdraw
from tests.plans.test_reading import SEED
from tests.search.samples import is_cut

SLUG = "2023-work-plan"


@pytest.fixture
def published(app: Flask, tmp_path: Path) -> Flask:
    """The real plan, published."""
    with app.app_context():
        publishing.import_document(SEED, tmp_path / "content")
    return app


@pytest.fixture
def client(published: Flask) -> FlaskClient:
    return published.test_client()


def test_the_json_shows_the_outline_and_the_source(client: FlaskClient) -> None:
    plan = client.get(f"/api/v1/plans/{SLUG}").get_json()
    assert [page["number"] for page in plan["pages"]] == ["preface", "1", "2", "3", "4", "5"]
    assert [len(page["sections"]) for page in plan["pages"]] == [0, 3, 3, 4, 3, 5]
    assert set(plan) == {"slug", "title", "issuer", "issued_on", "issued_on_text", "release", "pages"}
    parts = [plan["title"]]
    for page in plan["pages"]:
        parts += [page["label"], page["title"], *(part["text"] for part in page["paragraphs"])]
        for section in page["sections"]:
            parts += [section["label"], section["title"], *(part["text"] for part in section["paragraphs"])]
    parts += [plan["issuer"], plan["issued_on_text"]]
    source = SEED.read_text(encoding="utf-8")
    source = source[: source.index("\n\n留言咨询")]
    assert "".join("".join(parts).split()) == "".join(source.split())


def test_the_pages_show_the_source_too(client: FlaskClient) -> None:
    from tests.support.client import tree_of

    plan = client.get(f"/api/v1/plans/{SLUG}").get_json()
    whole = tree_of(client.get(f"/plans/{SLUG}/full"))
    for page in plan["pages"]:
        tree = tree_of(client.get(f"/plans/{SLUG}/{page['number']}"))
        for part in [
            *page["paragraphs"],
            *(part for section in page["sections"] for part in section["paragraphs"]),
        ]:
            for shown in (tree, whole):
                assert shown.xpath(f"string(//*[@id='{part['anchor']}'])") == part["text"]
        for section in page["sections"]:
            for shown in (tree, whole):
                assert (
                    shown.xpath(f"string(//*[@id='{section['anchor']}'])")
                    == section["label"] + section["title"]
                )


@pytest.mark.parametrize(
    "path",
    [
        "/plans/none/",
        "/plans/none/1",
        f"/plans/{SLUG}/9",
        f"/plans/{SLUG}/1/x",
        "/plans/none/full",
        "/api/v1/plans/none",
        f"/plans/{SLUG}/%00",
        "/plans/../etc",
    ],
)
def test_what_is_not_there_is_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/plans/%00/", "/plans/%00/full", "/api/v1/plans/a%00b", "/plans/%EF%BF%BF/1"]
)
def test_odd_addresses_are_404_on_both_databases(database_app: Flask, path: str) -> None:
    assert database_app.test_client().get(path).status_code == 404


def test_public_pages_may_be_kept_by_caches_and_are_revalidated(client: FlaskClient) -> None:
    response = client.get(f"/plans/{SLUG}/1")
    assert response.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers.get("Vary", "")
    again = client.get(f"/plans/{SLUG}/1", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_the_words_searched_for_are_marked_on_the_page(client: FlaskClient) -> None:
    page = client.get(f"/plans/{SLUG}/4?q=151项目")
    assert "<mark>151项目</mark>" in page.text
    assert client.get(f"/plans/{SLUG}/4?q=<script>").status_code == 200
    assert client.get(f"/plans/{SLUG}/4", query_string={"q": "长" * 5000}).status_code == 200
    assert "\0" not in client.get(f"/plans/{SLUG}/4?q=科%00技").text


def test_related_sections_are_links_to_other_pages(client: FlaskClient) -> None:
    from tests.support.client import tree_of

    links = tree_of(client.get(f"/plans/{SLUG}/2")).xpath("//*[contains(@class, 'related')]//a/@href")
    assert links
    assert all("#s" in link and f"/{SLUG}/2#" not in link for link in links)


def test_random_pieces_of_the_plan_find_their_paragraph(client: FlaskClient) -> None:
    plan = client.get(f"/api/v1/plans/{SLUG}").get_json()
    parts = [part for page in plan["pages"] for part in page["paragraphs"]]
    parts += [
        part for page in plan["pages"] for section in page["sections"] for part in section["paragraphs"]
    ]
    chance = random.Random(2023)
    for _ in range(300):
        part = chance.choice(parts)
        start = chance.randrange(len(part["text"]))
        end = start + chance.randint(1, 8)
        query = part["text"][start:end]
        # Numbers and words are found whole.
        if not query.strip() or is_cut(part["text"], start) or is_cut(part["text"], end):
            continue
        found = client.get("/api/v1/search", query_string={"q": query, "per_page": 100}).get_json()
        assert part["anchor"] in [hit["anchor"] for hit in found["results"]], query


def test_a_chapter_names_its_place(client: FlaskClient) -> None:
    from tests.support.client import tree_of

    place = "string(//nav[contains(@class, 'breadcrumbs')]//*[@aria-current])"
    assert tree_of(client.get(f"/plans/{SLUG}/2")).xpath(place) == "第二章"
    assert tree_of(client.get(f"/plans/{SLUG}/preface")).xpath(place) == "前言"


def test_a_plan_that_was_never_revised_names_no_update(client: FlaskClient) -> None:
    assert "最近更新" not in client.get(f"/plans/{SLUG}/").text


def test_related_sections_name_their_chapter(client: FlaskClient) -> None:
    from tests.support.client import tree_of

    related = tree_of(client.get(f"/plans/{SLUG}/2")).xpath("//section[contains(@class, 'related')]")[0]
    assert related.xpath("string(h2)") == "相关文档"
    assert "、坚持" in related.xpath("string()")
    # There is one plan only: beside a section its title would say nothing.
    assert "区科委2023年工作要点" not in related.xpath("string()")
    first = tree_of(client.get(f"/plans/{SLUG}/1")).xpath("//section[contains(@class, 'related')]//li")
    assert "前言区科委2023年工作要点" in [one.xpath("normalize-space()") for one in first]


def test_correcting_is_the_first_thing_offered_at_a_paragraph(client: FlaskClient) -> None:
    from tests.support.client import tree_of

    tools = tree_of(client.get(f"/plans/{SLUG}/2")).xpath("//*[@class='tools__links']")[0]
    assert [link.xpath("normalize-space()") for link in tools] == ["纠错本段", "本段链接", "本节链接"]


def test_a_long_paragraph_is_folded_on_its_correction_form(client: FlaskClient) -> None:
    from tests.support.client import tree_of

    address = f"/feedback/correction?plan={SLUG}&page=2&anchor=s2-1-p1"
    folded = "//main//details[contains(@class, 'quoted')]"
    quoted = tree_of(client.get(f"{address}&quote=苏河湾功能区")).xpath(folded)
    assert len(quoted) == 1
    start = quoted[0].xpath("string(.//*[@class='quoted__start'])").rstrip("…")
    paragraph = quoted[0].xpath("string(blockquote)")
    assert start.lstrip("…") in paragraph
    whole = tree_of(client.get(address))
    assert not whole.xpath(f"{folded} | //main//blockquote")
    assert whole.xpath("string(//main//textarea[@readonly])").strip() == paragraph


def test_words_are_marked_in_the_heading_too(client: FlaskClient) -> None:
    text = client.get(f"/plans/{SLUG}/3", query_string={"q": "科技创新要素"}).get_data(as_text=True)
    assert '<h1 id="s3">三、坚持把<mark>科技创新要素</mark>集聚' in text
    assert "已标出“科技创新要素”1处" in text


def test_a_corrected_place_is_marked_outside_its_text(published: Flask, client: FlaskClient) -> None:
    from tests.support.client import tree_of

    at = datetime(2026, 11, 23, 17, tzinfo=UTC)  # the 24th in Asia/Shanghai
    places = ((SLUG, "s2-3", "擦亮", "用足"), (SLUG, "s2", "引领静安", "带动静安"))
    correct(published, "s2-1-p1", "重点发展", "着力<发展>", also=places, number="JC-20261123-0001", at=at)
    correct(published, "s3-1-p1", "产业", "行业", number="JC-20261123-0002", at=at)
    withdraw(published, "JC-20261123-0002")
    tree, whole = (tree_of(client.get(f"/plans/{SLUG}/{page}")) for page in ("2", "full"))
    for shown in (tree, whole):
        assert "着力<发展>" in shown.xpath("string(//p[@id='s2-1-p1'])")
        assert not shown.xpath("//*[@id='s2-1-p1' or @id='s2-3' or @id='s2']//a")
        marks = shown.xpath("//a[@class='erratum-mark']")
        assert len(marks) == 3
        assert {mark.get("href") for mark in marks} == {"/errata/JC-20261123-0001"}
        assert {mark.xpath("string(time/@datetime)") for mark in marks} == {"2026-11-24"}
    own = tree.xpath("//div[p[@id='s2-1-p1']]/div[contains(@class, 'tools')]/a[1]")[0]
    assert own.xpath("normalize-space(text()[last()])") == "勘误"
    after = whole.xpath("//p[@id='s2-1-p1']/following-sibling::*[1]")[0]
    assert after.xpath("string(a/@href)") == "/errata/JC-20261123-0001"
    # What was taken back has no mark.
    assert not tree_of(client.get(f"/plans/{SLUG}/3")).xpath("//a[@class='erratum-mark']")


def test_the_last_correction_and_the_history_are_named_below_the_title(
    published: Flask, client: FlaskClient
) -> None:
    from tests.support.client import tree_of

    at = datetime(2026, 11, 23, 17, tzinfo=UTC)
    correct(published, "s2-1-p1", "重点发展", "着力发展", number="JC-20261123-0001", at=at)
    correct(published, "s2-1-p1", "着力发展", "大力发展", number="JC-20261123-0002", at=at)
    correct(published, "s3-1-p1", "产业", "行业", number="JC-20261123-0003", at=at)
    below = tree_of(client.get(f"/plans/{SLUG}/2")).xpath("//p[contains(@class, 'corrections')]")[0]
    links = {" ".join(link.xpath("string()").split()): link.get("href") for link in below.xpath("a")}
    assert links == {"最近更正：2026年11月24日（1处）": f"/errata?plan={SLUG}"}
    assert "最近更正：2026年11月24日（2处）" in client.get(f"/plans/{SLUG}/full").text.replace(
        '<time datetime="2026-11-24">', ""
    ).replace("</time>", "")
    cover = tree_of(client.get(f"/plans/{SLUG}/"))
    assert "2026年11月24日（2处）" in cover.xpath(f"string(//dd[a[@href='/errata?plan={SLUG}']])")
    assert f"/plans/{SLUG}/3/history" in cover.xpath("//details//a/@href")
    # A correction is no new document.
    assert "成文日期：2023年7月12日" in " ".join(client.get(f"/plans/{SLUG}/2").text.split()).replace(
        '<time datetime="2023-07-12">', ""
    ).replace("</time>", "")
    untouched = tree_of(client.get(f"/plans/{SLUG}/4"))
    assert "最近更正" not in untouched.xpath("string(//main)")
    assert f"/plans/{SLUG}/4/history" in untouched.xpath("//article//p[contains(@class, 'meta')]/a/@href")


def test_marks_cost_one_query_however_many_there_are(published: Flask, client: FlaskClient) -> None:
    queries: list[str] = []

    def count(*args: object) -> None:
        queries.append(str(args[2]))

    def asked(path: str) -> int:
        client.get(path)  # what is kept in memory is there now
        queries.clear()
        client.get(path)
        return len(queries)

    with published.app_context():
        event.listen(db.engine, "before_cursor_execute", count)
    paths = [f"/plans/{SLUG}/2", f"/plans/{SLUG}/full", f"/plans/{SLUG}/"]
    before = [asked(path) for path in paths]
    for number, anchor in enumerate(("s2-1-p1", "s2-2-p1", "s2-3-p1", "s3-1-p1"), 1):
        correct(published, anchor, "创新", "革新", number=f"KW-20261124-{number:04d}")
    with published.app_context():
        published.extensions["search"].catch_up()
    assert [asked(path) for path in paths] == before
