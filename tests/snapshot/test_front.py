import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from portal.config import Settings
from portal.snapshot import tree
from portal.snapshot.files import ABOUT, DAMAGED, META, SITE, folder_of
from portal.snapshot.front import Front, matches
from portal.snapshot.tree import Tree, encodings
from tests.snapshot.conftest import ORIGIN, own_up

HOST = "plan.example.gov.cn"
PAGE = "/plans/2023-work-plan/1"
Ask = Callable[..., tuple[str, dict[str, str], bytes]]


def flask_instead(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("X-Made-By", "Flask")])
    return [b"Flask"]


def front(folder: Path, **settings: Any) -> Ask:
    """The layer on an installation, with something short in place of Flask; gives a way to ask it."""
    defaults: dict[str, Any] = {
        "secret_key": "only for these tests",
        "instance": folder / "instance",
        "snapshot": folder / "instance" / "snapshot",
        "database_url": f"sqlite:///{folder / 'instance' / 'portal.sqlite3'}",
        "content": folder / "content",
        "search_index": folder / "search_index",
        "rate_limits": "off",
        "site_url": ORIGIN,
    }
    layer = Front(Settings(**(defaults | settings)), pytest.fail, pytest.fail)
    layer.portal = lambda: flask_instead  # type: ignore[method-assign, assignment, return-value]

    def ask(path: str = PAGE, query: str = "", method: str = "GET", **headers: str) -> Any:
        told: list[Any] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "wsgi.url_scheme": "http",
            "HTTP_HOST": HOST,
        }
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        body = b"".join(layer(environ, lambda *answer: told.extend(answer)))
        assert len({name for name, _ in told[1]}) == len(told[1])
        return told[0], dict(told[1]), body

    return ask


def is_ready(answer: tuple[str, dict[str, str], bytes]) -> bool:
    return "X-Made-By" not in answer[1]


def program_of(folder: Path) -> str:
    return str(json.loads((site(folder).parent / ABOUT).read_bytes())[1])


def site(folder: Path) -> Path:
    return folder_of(folder / "instance" / "snapshot", ORIGIN) / SITE


def test_a_page_is_answered_from_its_file(folder: Path) -> None:
    ask = front(folder)
    status, headers, body = ask()
    assert (status, body) == ("200 OK", (site(folder) / "plans/2023-work-plan/1.html").read_bytes())
    assert headers["Content-Length"] == str(len(body))
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Set-Cookie" not in headers
    assert "Date" not in headers, "the server tells the time of the answer"
    assert ask(method="HEAD") == (status, headers, b"")
    for encoding, ending in (("br", ".br"), ("gzip", ".gz")):
        _, smaller, packed = ask(accept_encoding=encoding)
        assert packed == (site(folder) / f"plans/2023-work-plan/1.html{ending}").read_bytes()
        assert smaller["Content-Encoding"] == encoding
        assert smaller["ETag"] != headers["ETag"]


def test_a_page_that_is_known_is_not_sent_again(folder: Path) -> None:
    ask = front(folder)
    for accepted in ("", "br", "gzip"):
        _, headers, _ = ask(accept_encoding=accepted)
        for condition in (headers["ETag"], f'"x", W/{headers["ETag"]}', "*"):
            status, told, body = ask(accept_encoding=accepted, if_none_match=condition)
            assert (status, body) == ("304 Not Modified", b"")
            assert told == {
                name: value
                for name, value in headers.items()
                if not name.startswith("Content-") or "Security" in name
            }
    other = ask(accept_encoding="gzip")[1]["ETag"]
    assert ask(accept_encoding="br", if_none_match=other)[0] == "200 OK"


@pytest.mark.parametrize(
    "request_",
    [
        {"query": "q=企业"},
        {"method": "POST"},
        {"path": "/search"},
        {"path": "/plans/2023-work-plan/99"},
        {"path": "/plans/2023-work-plan/1.html"},
        {"path": f"/plans/2023-work-plan/1.html{META}"},
        {"path": "/../about.json"},
        {"host": "other.example.gov.cn"},
        {"accept_encoding": "identity;q=0, x;q=1"},
    ],
)
def test_everything_else_is_flasks(folder: Path, request_: dict[str, str]) -> None:
    ask = front(folder)
    assert is_ready(ask())
    assert not is_ready(ask(**request_))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def garble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("spoil", [cut, garble, Path.unlink, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("name", ["1.html", f"1.html{META}"])
def test_what_is_damaged_is_flasks(folder: Path, spoil: Callable[[Path], None], name: str) -> None:
    ask = front(folder)
    spoil(site(folder) / "plans/2023-work-plan" / name)
    own_up(site(folder).parent)  # by the time of the file it was so when it was made
    assert not is_ready(ask())
    assert is_ready(ask("/guide")), "other pages are as they were"


def test_a_page_of_an_older_copy_is_flasks(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Page, compressed forms and what is told beside them agree with each other, and keep their old times."""
    own, copy = site(folder) / "plans/2023-work-plan", tmp_path_factory.mktemp("backup")
    of_the_page = list(own.glob("1.html*"))
    assert len(of_the_page) == 4
    for file in of_the_page:
        shutil.copy2(file, copy)
    own_up(site(folder).parent)
    assert is_ready(front(folder)())
    shutil.copytree(copy, own, dirs_exist_ok=True)
    assert not is_ready(front(folder)())
    assert (site(folder).parent / DAMAGED).exists()
    assert is_ready(front(folder)("/guide"))


def test_another_program_or_setting_or_release_makes_other_pages(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "HOLDS", 0)
    about = site(folder).parent / ABOUT
    edition, program, _, inode = json.loads(about.read_bytes())
    assert is_ready(front(folder)())
    assert not is_ready(front(folder, site_name="另一个名字")())
    for changed in (
        [[edition[0], edition[1] - 1, edition[2]], program, True, inode],
        [["another", *edition[1:]], program, True, inode],
        [[*edition[:2], "2020-01-01"], program, True, inode],
        [edition, "another", True, inode],
        [edition, program, True, inode + 1],
        "damaged",
    ):
        ask = front(folder)
        assert is_ready(ask())
        about.write_text(json.dumps(changed), encoding="utf-8")
        assert not is_ready(ask()), changed
        about.write_text(json.dumps([edition, program, True, inode]), encoding="utf-8")
        assert is_ready(ask())
    about.unlink()
    assert not is_ready(ask())
    shutil.rmtree(folder / "instance" / "snapshot")
    assert not is_ready(front(folder)())


def test_those_who_started_together_see_a_change_at_once(folder: Path) -> None:
    """Also one that has looked a moment ago and would look again after another moment."""
    changes = [b"1"]
    one = Tree(site(folder).parent, program_of(folder), lambda: None, lambda: changes[0])
    first = one.find("/guide", "")
    assert first
    (site(folder).parent / ABOUT).unlink()
    assert one.find("/guide", "") is first
    changes[0] = b"2"
    assert one.find("/guide", "") is None


def test_a_release_is_seen_whoever_made_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.sqlite import sqlite_driver

    monkeypatch.setattr("portal.snapshot.release.HOLDS", 0)
    monkeypatch.setattr(tree, "HOLDS", 0)
    ask = front(folder)
    assert is_ready(ask())
    database = sqlite_driver.connect(folder / "instance" / "portal.sqlite3")
    with database:
        database.execute("UPDATE releases SET number = number + 1")
    database.close()
    assert not is_ready(ask())


def test_what_was_published_is_read_while_the_database_is_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = front(folder, database_url="postgresql+psycopg://nobody@127.0.0.1:9/none")
    assert is_ready(ask())
    ask = front(folder, database_url=f"sqlite:///{folder / 'none.sqlite3'}")
    assert is_ready(ask())
    assert not (folder / "none.sqlite3").exists()


def test_without_an_address_of_its_own_each_origin_has_pages_of_its_own(folder: Path) -> None:
    ask = front(folder, site_url="")
    assert not is_ready(ask(host="localhost:8000"))
    snapshot = folder / "instance" / "snapshot"
    shutil.copytree(site(folder).parent, folder_of(snapshot, "http://localhost:8000"))
    own_up(folder_of(snapshot, "http://localhost:8000"))
    assert is_ready(ask(host="LOCALHOST:8000"))
    assert not is_ready(ask(host="localhost:8001"))
    assert not is_ready(ask(host="localhost:8000", x_forwarded_proto="https"))
    assert not is_ready(ask(host="localhost:8000", x_forwarded_host="plan.example.gov.cn"))
    for host in ("", "a/../b", "a b", "..", *(f"host{number}" for number in range(20))):
        assert not is_ready(ask(host=host))
    assert is_ready(ask(host="localhost:8000"))


def test_what_is_kept_of_pages_has_a_limit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Tree(site(folder).parent, program_of(folder), lambda: None, bytes)
    monkeypatch.setattr(tree, "KEPT", 100_000)
    monkeypatch.setattr(tree, "LARGEST", 45_000)
    for number in range(10):
        for path in (PAGE, "/guide", "/plans/2023-work-plan/full"):
            assert one.find(path, f"gzip;q=0.{number}, identity")
        assert sum(len(form.content) for form in one._forms.values()) <= 100_000
    assert {path for path, _ in one._forms} == {PAGE, "/guide"}


@pytest.mark.parametrize(
    ("accepted", "found"),
    [
        ("", ("identity",)),
        ("gzip, deflate, br", ("br", "gzip", "identity")),
        ("GZIP", ("gzip", "identity")),
        ("br;q=0.5, gzip", ("gzip", "br", "identity")),
        ("br;q=0, gzip;q=0", ("identity",)),
        ("*", ("br", "gzip", "identity")),
        ("gzip;q=0.5, identity", ("identity", "gzip")),
        ("br, *;q=0", ("br",)),
        ("identity;q=0", ()),
        ("br;q=x", ("identity",)),
        ("br ; q=0.8 , gzip ; q=0.9", ("gzip", "br", "identity")),
    ],
)
def test_the_best_encoding_comes_first(accepted: str, found: tuple[str, ...]) -> None:
    assert encodings(accepted) == found


def test_entity_tags_are_compared_weakly() -> None:
    assert matches('W/"a"', '"a"')
    assert not matches('"ab", "b"', '"a"')
    assert not matches("", '"a"')


def test_the_portal_is_made_once(folder: Path) -> None:
    made: list[Flask] = []

    def create() -> Flask:
        made.append(Flask("made"))
        made[-1].extensions |= {"snapshot": SimpleNamespace(), "search": SimpleNamespace()}
        return made[-1]

    layer = Front(
        Settings(instance=folder, snapshot=folder, database_url="sqlite:///none"), create, pytest.fail
    )
    assert layer.portal() is layer.portal() is made[0]
    assert len(made) == 1
