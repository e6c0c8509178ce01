"""What caches may keep, and how few bytes are sent: compression, ETags, versions of static files."""

import gzip
import os
import re
from pathlib import Path

import brotli
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from playwright.sync_api import Page
from werkzeug.test import TestResponse

from portal import static_files
from portal.compression import LEAST, MOST
from tests.support.client import sign_in

DECODE = {"br": brotli.decompress, "gzip": gzip.decompress}
CHAPTER = "/plans/2023-work-plan/1"
LONG = "加快建设国际静安。" * 200


def ask(
    client: FlaskClient, address: str, encodings: str = "", method: str = "GET", **headers: str
) -> TestResponse:
    """What arrives, as it arrives: the strict reading of HTML is for what is not encoded."""
    sent = {"Accept-Encoding": encodings} | {name.replace("_", "-"): value for name, value in headers.items()}
    return FlaskClient.open(client, address, method=method, headers=sent, buffered=True)


@pytest.fixture
def reader(published_app: Flask) -> FlaskClient:
    return published_app.test_client()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", None),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=1, br;q=0.5", "gzip"),
        ("*", "br"),
        ("identity, br;q=0.5", None),
        ("snappy", None),
    ],
)
def test_an_answer_is_encoded_as_the_reader_asks(
    client: FlaskClient, accepted: str, encoding: str | None
) -> None:
    plain = client.get("/guide")
    answer = ask(client, "/guide", accepted)
    assert answer.headers.get("Content-Encoding") == encoding
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert DECODE.get(encoding or "", bytes)(answer.data) == plain.data
    assert int(answer.headers["Content-Length"]) == len(answer.data)


@pytest.mark.parametrize(
    "address",
    [
        *("/", CHAPTER, "/search?q=苏河湾", "/feedback/correction", "/api/v1/plans/2023-work-plan"),
        *("/static/portal.css", "/sitemap.xml", "/errata.atom", "/opensearch.xml"),
    ],
)
def test_each_encoding_has_an_etag_of_its_own(reader: FlaskClient, address: str) -> None:
    tags = set()
    for encoding in ("", "br", "gzip"):
        answer = ask(reader, address, encoding)
        size = answer.content_length or 0
        assert answer.status_code == 200
        if encoding and size > LEAST:
            assert answer.headers["Content-Encoding"] == encoding
        tags.add(answer.headers["ETag"])
        again = ask(reader, address, encoding, If_None_Match=answer.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == answer.headers["ETag"]
        assert "Accept-Encoding" in again.headers["Vary"]
        assert again.headers["Content-Security-Policy"]
        head = ask(reader, address, encoding, method="HEAD")
        assert head.data == b""
        assert head.headers["Content-Length"] == str(size)
        assert head.headers["ETag"] == answer.headers["ETag"]
    assert all(not tag.startswith("W/") for tag in tags)
    assert len(tags) == (3 if "Content-Encoding" in answer.headers else 1)


def test_the_search_of_machines_has_one_weak_etag(reader: FlaskClient) -> None:
    plain, encoded = (ask(reader, "/api/v1/search?q=苏河湾", encoding) for encoding in ("", "br"))
    assert encoded.headers["Content-Encoding"] == "br"
    assert plain.headers["ETag"] == encoded.headers["ETag"]
    assert plain.headers["ETag"].startswith("W/")


def test_what_holds_a_token_or_a_secret_is_not_compressed(published_app: Flask) -> None:
    staff, visitor = sign_in(published_app), published_app.test_client()
    for client, address in (
        *((staff, address) for address in ("/moderation/", "/moderation/searches")),
        (visitor, "/account/login"),
        (visitor, "/no/such/page"),
    ):
        answer = client.get(address, headers={"Accept-Encoding": "br, gzip"})
        assert len(answer.data) > LEAST, address
        assert "Content-Encoding" not in answer.headers, address


def test_only_texts_worth_it_are_compressed_and_none_twice(app: Flask) -> None:
    answers = {
        "small": ("静安", "text/html"),
        "picture": (LONG, "image/png"),
        "ready": (LONG, "text/plain"),
        "huge": ("静" * MOST, "text/plain"),
        "text": (LONG, "text/plain"),
    }

    def view(kind: str) -> Response:
        body, mimetype = answers[kind]
        response = Response(body, mimetype=mimetype, headers={"Cache-Control": "public"})
        if kind == "ready":
            response.content_encoding = "gzip"
        return response

    app.add_url_rule("/kind/<kind>", view_func=view)
    encoded = {
        kind
        for kind in answers
        if ask(app.test_client(), f"/kind/{kind}", "br").headers.get("Content-Encoding") == "br"
    }
    assert encoded == {"text"}


def test_a_part_of_a_file_is_a_part_of_its_own_bytes(client: FlaskClient) -> None:
    whole = client.get("/static/portal.css")
    part = ask(client, "/static/portal.css", "br", Range="bytes=10-1009")
    assert part.status_code == 206
    assert part.data == whole.data[10:1010]
    assert "Content-Encoding" not in part.headers


def test_static_files_are_kept_for_good_under_the_address_of_their_content(client: FlaskClient) -> None:
    page = client.get("/guide").text
    addresses = re.findall(r"(?:href|src)=\"(/static/[^\"]+)\"", page)
    assert len(addresses) > 4
    for address in addresses:
        answer = client.get(address)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", address
    again = client.get(addresses[0], headers={"If-None-Match": client.get(addresses[0]).headers["ETag"]})
    assert again.status_code == 304
    assert "immutable" in again.headers["Cache-Control"]
    for address in ("/static/portal.css", "/static/portal.css?v=", "/static/portal.css?v=0123456789ab"):
        assert client.get(address).headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert client.get("/static/none.css?v=1").headers["Cache-Control"] == "no-store"


def test_the_version_is_that_of_the_content(app: Flask, tmp_path: Path) -> None:
    app.static_folder = str(tmp_path)
    one, other = tmp_path / "one.css", tmp_path / "other.css"
    one.write_text("a { }")
    other.write_text("a { }")
    os.utime(other, ns=(1, 1))
    with app.app_context():
        first = static_files.version("one.css")
        assert first == static_files.version("other.css")
        one.write_text("b { }")
        os.utime(one, ns=(2, 2))
        assert static_files.version("one.css") != first
        assert static_files.version("none.css") is None


def test_a_chapter_weighs_less_than_60_kb_with_everything(page: Page) -> None:
    """What goes over the line for a first visit, headers and all."""
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    line.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    for chapter in ("2", "3"):
        sizes.clear()
        line.send("Network.clearBrowserCache")
        page.goto(f"/plans/2023-work-plan/{chapter}", wait_until="networkidle")
        loaded = [kinds[request] for request in sizes]
        assert loaded.count("Document") == 1
        assert loaded.count("Stylesheet") >= 2
        assert "Font" not in loaded
        # The icon is asked for once a site, and by the browser, not by the page.
        assert len([kind for kind in loaded if kind != "Other"]) <= 8
        assert sum(sizes.values()) < 60_000
