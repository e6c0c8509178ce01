"""The portal behind Debian's nginx, set up by the files of deploy/."""

import gzip
import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest

from tests.deploy.asking import Answer, ask
from tests.feedback.sending import CORRECTION
from tests.support.html import problems
from tests.support.nginx import DEPLOY, NAME, Nginx, alone, in_front
from tests.support.server import ROOT, Server, free_port, serving
from tests.support.services import running
from tests.support.waiting import eventually

DECODE = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
PLAN = "/plans/2023-work-plan"
FILES = [
    *("/", f"{PLAN}/", f"{PLAN}/1", f"{PLAN}/full", f"{PLAN}/1/history", "/plans/", "/guide", "/errata"),
    *("/feedback/correction", f"{PLAN}.qr.svg", f"{PLAN}/1/qr.svg", "/api/v1/plans", f"/api/v1{PLAN}"),
    *("/errata.csv", "/errata.atom", "/feed.atom", "/sitemap.xml", "/robots.txt", "/opensearch.xml"),
    "/site.webmanifest",
]
PASSED_ON = [
    *("/search?q=%E4%BC%81%E4%B8%9A", "/guide?view=elder", "/no/such/page", "/api/v1/none", "/healthz"),
    *(f"{PLAN}.txt", "/favicon.ico", "/static/portal.css", "/static/none.css", f"{PLAN}/none", "//guide"),
    # What lies beside a page is no page, and an address has one file.
    *(
        f"{PLAN}/qr.svg",
        "/index",
        "/index.html",
        "/guide.html",
        "/index.html.meta",
        "/index.html.gz",
        "/x/../about.json",
        "/.git",
    ),
]


@dataclass(frozen=True)
class Site:
    """nginx, and the portal that it asks."""

    nginx: Nginx
    portal: Server
    tree: Path

    def both(self, address: str, method: str = "GET", **headers: str) -> tuple[Answer, Answer]:
        """What nginx answers, and what the portal would."""
        host = self.nginx.url.partition("//")[2]
        seen = ask(self.nginx.url, address, method, **headers)
        return seen, ask(self.portal.url, address, method, host=host, **headers)


@pytest.fixture(scope="module")
def site(published_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, front = tmp_path_factory.mktemp("portal"), tmp_path_factory.mktemp("nginx")
    shutil.copytree(published_files, folder, dirs_exist_ok=True)
    port = free_port()
    settings = {"content": str(folder / "content"), "snapshot": str(folder / "snapshot")}
    settings |= {"site_url": f"http://127.0.0.1:{port}", "trusted_proxies": "1", "minimum_seconds": "0"}
    settings |= {"rate_limits": "on", "status_lookups": "3 per minute"}
    tree = folder / "snapshot" / f"http_127.0.0.1_{port}" / "site"
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as environment:
            # One process, which counts for itself.
            environment.setenv("WEB_CONCURRENCY", "1")
            portal = stack.enter_context(serving(folder, **settings))
        eventually((tree.parent / "about.json").exists)
        nginx = stack.enter_context(in_front(front, tree, portal.url.partition("//")[2], port=port))
        yield Site(nginx, portal, tree)


def logged(site: Site, address: str) -> list[str]:
    """The lines of the log about an address, once there are any."""
    log = site.nginx.folder / "access.log"

    def lines() -> list[str]:
        return [line for line in log.read_text(encoding="utf-8").splitlines() if f" {address} " in line]

    return eventually(lines)


@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
@pytest.mark.parametrize("address", FILES)
def test_a_page_is_a_file_and_has_the_headers_of_the_portal(site: Site, address: str, encoding: str) -> None:
    seen, own = site.both(address, accept_encoding=encoding)
    assert seen.status == own.status == 200
    assert seen.headers["etag"].startswith('"')
    for answer in (seen, own):
        for name in ("etag", "content-length"):
            answer.headers.pop(name)
    assert seen.lasting == own.lasting
    sent = seen.headers.get("content-encoding", "")
    assert DECODE[sent](seen.body) == DECODE[sent](own.body)


@pytest.mark.parametrize("encoding", ["", "gzip", "br", "br;q=0, gzip", "gzip;q=0"])
def test_a_page_that_is_still_true_is_not_sent_again(site: Site, encoding: str) -> None:
    first = ask(site.nginx.url, f"{PLAN}/1", accept_encoding=encoding)
    assert first.headers.get("content-encoding", "") == encoding.rpartition(" ")[2].partition(";q=0")[0] * (
        encoding != "gzip;q=0"
    )
    tag = first.headers["etag"]
    again = ask(site.nginx.url, f"{PLAN}/1", accept_encoding=encoding, if_none_match=tag)
    own_tag = ask(site.portal.url, f"{PLAN}/1", accept_encoding=encoding, host=site.nginx.url[7:]).headers[
        "etag"
    ]
    _, own = site.both(f"{PLAN}/1", accept_encoding=encoding, if_none_match=own_tag)
    assert (again.status, again.body, own.status) == (304, b"", 304)
    assert again.headers.pop("etag") == tag
    own.headers.pop("etag")
    assert again.lasting == own.lasting
    head = ask(site.nginx.url, f"{PLAN}/1", "HEAD", accept_encoding=encoding)
    assert (head.status, head.body, head.lasting) == (200, b"", first.lasting)


def test_each_encoding_has_an_etag_of_its_own(site: Site) -> None:
    tags = {ask(site.nginx.url, f"{PLAN}/1", accept_encoding=encoding).headers["etag"] for encoding in DECODE}
    assert len(tags) == 3


@pytest.mark.parametrize("address", PASSED_ON)
def test_all_else_is_for_the_portal_to_answer(site: Site, address: str) -> None:
    seen, own = site.both(address, accept_encoding="br")
    assert (seen.status, seen.lasting) == (own.status, own.lasting)
    if "csrf" not in own.body.decode("latin-1"):
        assert seen.body == own.body


def test_the_log_tells_files_from_what_the_portal_answered(site: Site) -> None:
    for address in ("/privacy", "/accessibility?view=elder"):
        ask(site.nginx.url, address)
    assert logged(site, "/privacy.html")[0].split('" ')[1].split()[2] == "file"
    assert "portal=200" in logged(site, "/accessibility")[0]


def test_static_files_are_kept_under_the_address_of_their_content(site: Site) -> None:
    page = ask(site.nginx.url, "/").body.decode()
    for address in re.findall(r"(?:href|src)=\"(/static/[^\"]+)\"", page):
        for encoding in ("", "gzip", "br"):
            seen, own = site.both(address, accept_encoding=encoding)
            assert (seen.status, seen.lasting, seen.body) == (200, own.lasting, own.body), address
            tag = own.headers["etag"]
            assert ask(site.nginx.url, address, accept_encoding=encoding, if_none_match=tag).status == 304


def test_a_submission_goes_through(site: Site) -> None:
    url = site.nginx.url
    check = ask(url, "/feedback/correction", form=CORRECTION)
    assert check.status == 200
    cookie = check.headers["set-cookie"].partition(";")[0]
    done = ask(url, "/feedback/correction", form=check.form | {"confirm": "1"}, cookie=cookie)
    assert done.status == 303
    where = done.headers["location"].removeprefix(url)
    receipt = ask(url, where, cookie=cookie)
    assert receipt.tree.xpath("//@data-receipt-number")
    assert receipt.headers["cache-control"] == "no-store"
    # Whoever has the address of a receipt can open it: no log holds it.
    ask(url, "/privacy?q=after")
    logged(site, "/privacy")
    logs = site.nginx.folder.glob("*.log")
    assert all(where.rpartition("/")[2] not in log.read_text(encoding="utf-8") for log in logs)


def test_the_portal_sees_who_asks_and_not_what_they_say(site: Site) -> None:
    """Wrong pairs are counted by sender: another name given in a header makes nobody another sender."""
    wrong = {"number": "20260101-0001", "code": "AAAA-AAAA"}
    tried = [
        ask(site.nginx.url, "/feedback/status", form=wrong, x_forwarded_for=f"10.0.0.{number}").status
        for number in range(4)
    ]
    assert tried == [422, 422, 422, 429]
    assert ask(site.nginx.url, "/feedback/status", form=wrong, source="127.0.0.2").status == 422


def test_what_is_too_much_is_told(site: Site) -> None:
    too_long = ask(site.nginx.url, "/search?q=" + "%E4%BC%81" * 1_000)
    assert (
        too_long.status
        == ask(site.portal.url, "/search?q=" + "%E4%BC%81" * 1_000, host=site.nginx.url[7:]).status
    )
    for address, body, status in (
        ("/search?q=" + "a" * 140_000, None, 414),
        ("/feedback/correction", b"0" * (25 * 1024 * 1024), 413),
        ("/../about.json", None, 400),
    ):
        answer = ask(site.nginx.url, address, "POST" if body else "GET", body=body)
        assert answer.status == status
        assert "返回上一页" in answer.body.decode()
        assert answer.headers["cache-control"] == "no-store"
        assert safe(answer, site)


def safe(answer: Answer, site: Site) -> bool:
    """Whether an answer carries the headers that every answer of the portal carries."""
    own = ask(site.portal.url, "/healthz", host=site.nginx.url[7:]).headers
    names = [
        name for name in own if name.startswith(("content-sec", "x-", "referrer", "permissions", "cross"))
    ]
    assert len(names) == 7
    return all(answer.headers.get(name) == own[name] for name in names)


def test_a_release_is_seen(site: Site, tmp_path: Path) -> None:
    content = Path(site.portal.environment["PORTAL_CONTENT"])
    changed = tmp_path / "2023-work-plan"
    shutil.copytree(content / "2023-work-plan", changed)
    page = changed / "1.md"
    before = ask(site.nginx.url, f"{PLAN}/1").headers["etag"]
    text = page.read_text(encoding="utf-8")
    assert "安心发展。" in text
    page.write_text(text.replace("安心发展。", "安心发展，此句为新。"), encoding="utf-8")
    site.portal.flask("plan", "import", str(changed))
    eventually(lambda: "此句为新" in ask(site.nginx.url, f"{PLAN}/1").body.decode())
    assert ask(site.nginx.url, f"{PLAN}/1").headers["etag"] != before
    assert logged(site, f"{PLAN}/1.html")


@pytest.fixture
def orphan(site: Site, tmp_path: Path) -> Iterator[Site]:
    """nginx with the same pages, all of them, behind which no gunicorn answers."""
    # What nobody waits for is made some seconds after a release.
    eventually((site.tree / "errata.csv").exists)
    with in_front(tmp_path, site.tree, f"127.0.0.1:{free_port()}") as nginx:
        yield Site(nginx, site.portal, site.tree)


def test_what_is_published_is_read_on_without_the_portal(orphan: Site) -> None:
    for address in (
        "/",
        f"{PLAN}/1",
        "/errata.csv",
        f"/api/v1{PLAN}",
        "/static/portal.css",
        "/static/icons/192.png",
    ):
        answer = ask(orphan.nginx.url, address, accept_encoding="br")
        assert answer.status == 200, address
        assert safe(answer, orphan), address
        assert answer.headers["cache-control"] == "public, max-age=0, must-revalidate"


def test_what_only_the_portal_can_answer_is_said_to_come_back(orphan: Site) -> None:
    for address, form in (
        ("/search?q=%E8%8B%8F%E6%B2%B3", None),
        ("/feedback/receipt/a-secret", None),
        ("/feedback/status", CORRECTION),
    ):
        answer = ask(orphan.nginx.url, address, form=form)
        assert answer.status == 503
        assert not problems(answer.body.decode())
        assert "网站暂时打不开" in answer.body.decode()
        assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("30", "no-store")
        assert safe(answer, orphan)
    answer = ask(orphan.nginx.url, "/api/v1/search?q=a")
    assert (answer.status, json.loads(answer.body)["error"]["status"]) == (503, 503)
    assert answer.headers["content-type"] == "application/json"
    assert ask(orphan.nginx.url, "/portal-pages/unavailable.html").status == 503
    # nginx quotes the request when it complains of gunicorn; not where we let it.
    logged(orphan, "/-")
    logs = "".join(log.read_text(encoding="utf-8") for log in orphan.nginx.folder.glob("*.log"))
    assert "a-secret" not in logs
    assert "%E8" not in logs


def test_every_page_of_nginx_itself_is_sound() -> None:
    for page in (DEPLOY / "pages").glob("*.html"):
        assert not problems(page.read_text(encoding="utf-8")), page.name


def test_the_name_of_the_site_has_a_certificate_and_plain_http_leads_there(
    site: Site, tmp_path: Path
) -> None:
    with in_front(tmp_path, site.tree, site.portal.url.partition("//")[2], tls=True) as nginx:
        page = ask(nginx.url, f"{PLAN}/1", accept_encoding="br", server_name=NAME, host=NAME)
        assert page.status == 200
        assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert safe(page, site)
        with pytest.raises(ssl.SSLError):
            ask(nginx.url, "/", server_name="other.example.org")
        with pytest.raises(http.client.RemoteDisconnected):
            ask(nginx.url, "/", server_name=NAME, host="other.example.org")
        moved = ask(nginx.plain_url, "/search?q=a")
        assert moved.status == 301
        assert moved.headers["location"] == f"https://{NAME}/search?q=a"
        assert safe(moved, site)


def test_who_asks_while_the_portal_starts_waits_a_moment(site: Site, tmp_path: Path) -> None:
    """As systemd does: the socket is open before gunicorn is there to answer."""
    path = tmp_path / "portal.sock"
    with socket.socket(socket.AF_UNIX) as listener, in_front(tmp_path, site.tree, f"unix:{path}") as nginx:
        listener.bind(str(path))
        listener.listen()
        host = site.nginx.url[7:]
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(ask, nginx.url, "/readyz", host=host)
            with activated(listener, site.portal):
                assert waiting.result().status == 200
                # Such a socket has no addresses: the header alone says who asks.
                assert ask(nginx.url, "/search?q=a", host=host).status == 200


def test_an_export_is_a_site_without_the_portal(site: Site, tmp_path: Path) -> None:
    site.portal.flask("site", "export", str(tmp_path / "public"))
    (tmp_path / "nginx").mkdir()
    with alone(tmp_path / "nginx", tmp_path / "public") as nginx:
        for address in [*FILES, f"{PLAN}.txt", "/static/portal.css", "/favicon.ico"]:
            answer = ask(nginx.url, address, accept_encoding="br")
            assert answer.status == 200, address
            assert safe(answer, site)
            if address not in ("/favicon.ico", "/opensearch.xml"):
                own = ask(site.portal.url, address, host=site.nginx.url[7:])
                assert answer.headers["content-type"] == own.headers["content-type"]
        for address in ("/none", "/export.json"):
            answer = ask(nginx.url, address)
            assert answer.status == 404
            assert "没有找到这个页面" in answer.body.decode()


@contextmanager
def activated(listener: socket.socket, portal: Server) -> Iterator[None]:
    """gunicorn with an open socket, by sd_listen_fds(3)."""
    begin = (
        f"import os, sys; os.dup2({listener.fileno()}, 3); os.environ.update(LISTEN_PID=str(os.getpid()));"
        "os.execv(sys.executable, [sys.executable, '-m', 'gunicorn', 'wsgi:app'])"
    )
    environment = portal.environment | {"LISTEN_FDS": "1"}
    with running(
        [sys.executable, "-c", begin],
        cwd=ROOT,
        env=environment,
        pass_fds=[listener.fileno()],
        stderr=subprocess.DEVNULL,
    ):
        yield
