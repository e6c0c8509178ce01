"""The living page shows every component, for everyone alike."""

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import meta

from portal.site.tokens import SHAPES, TEXTS
from tests.support.client import tree_of
from tests.support.server import ROOT

COMPONENTS = {path.stem for path in (ROOT / "portal" / "templates" / "components").glob("*.html")}


def used_by(app: Flask, *templates: str) -> set[str]:
    """The components that these templates name."""
    named: set[str] = set()
    for template in templates:
        source = (ROOT / "portal" / "templates" / template).read_text(encoding="utf-8")
        named |= {str(name) for name in meta.find_referenced_templates(app.jinja_env.parse(source))}
    return {name.removeprefix("components/").removesuffix(".html") for name in named if "components/" in name}


def test_every_component_is_shown(app: Flask, client: FlaskClient) -> None:
    shown = tree_of(client.get("/components")).xpath("//section[@class='specimen']/@id")
    assert {name.removeprefix("component-") for name in shown} == COMPONENTS
    frame = ("base.html", "site/foot.html")
    assert used_by(app, "site/components.html", *frame) >= COMPONENTS


def test_it_is_a_page_for_everyone_that_nobody_searches_for(client: FlaskClient) -> None:
    answer = client.get("/components")
    assert tree_of(answer).xpath("string(//meta[@name='robots']/@content)") == "noindex"
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert client.get("/components", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert "/components" not in client.get("/sitemap.xml").text


def test_states_of_a_form_are_shown(client: FlaskClient) -> None:
    tree = tree_of(client.get("/components"))
    for field in tree.xpath("//section[@id='component-error_summary']//a/@href"):
        assert tree.xpath("//*[@id=$name]/@aria-invalid", name=field[1:]) == ["true"]
    assert not tree.xpath("//@autofocus"), "the page begins at its top"


def test_the_contrast_of_every_pair_is_shown(client: FlaskClient) -> None:
    rows = tree_of(client.get("/components")).xpath("//table[contains(@class, 'table--tokens')]/tbody/tr")
    assert len(rows) == len(TEXTS) + len(SHAPES)
    first = ["".join(cell.itertext()).strip() for cell in rows[0].xpath("td | th")]
    assert first[1:] == ["正文", "text / bg", "16.56", "15.29", "21.00"]
