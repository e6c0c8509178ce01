import gzip
import json
import re
import shutil
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import ServiceUnavailable

from portal.plans import publishing
from portal.site import published
from portal.snapshot.files import ABOUT, DAMAGED, ENDINGS, META, SITE, Meta, file_of, folder_of
from portal.snapshot.inventory import PLANS
from portal.snapshot.keeping import Snapshot
from portal.snapshot.rendering import RenderingError
from portal.snapshot.work import TooMuch
from tests.plans.corrected import publish_many
from tests.plans.correcting import correct, withdraw
from tests.plans.test_reading import DOCUMENT
from tests.snapshot.conftest import ORIGIN
from tests.test_site import routes

WORDS = "持续引进"
OWN = (".html", ".json", ".xml", ".atom", ".csv", ".txt")
RELATED = re.compile('<section class="related.*?</section>', re.DOTALL)
# What each answers depends on what is asked, on who asks, or on the moment; downloads have a shelf.
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}
NEVER = {
    *("search.results", "search_api.search", "search_api.suggestions", "feedback.receipt"),
    *("site.healthz", "site.readyz", "site.favicon", "site.sitemap_part", "static", "downloads.download"),
}


@pytest.fixture
def app(kept_app: Flask) -> Flask:
    return kept_app


@pytest.fixture(autouse=True)
def nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.snapshot.keeping.QUIET", 0)


def snapshot_of(app: Flask) -> Snapshot:
    snapshot: Snapshot = app.extensions["snapshot"]
    return snapshot


def folder(app: Flask) -> Path:
    return folder_of(app.config["PORTAL"].snapshot, ORIGIN)


def files(app: Flask) -> dict[str, bytes]:
    site = folder(app) / SITE
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def written(app: Flask) -> dict[str, int]:
    site = folder(app) / SITE
    return {str(path.relative_to(site)): path.stat().st_ino for path in site.rglob("*") if path.is_file()}


def page(app: Flask, address: str) -> str:
    return (folder(app) / SITE / str(file_of(address))).read_text(encoding="utf-8")


def texts(app: Flask) -> dict[str, str]:
    """The pages, without what else is about the same things: which sections are the nearest may change a
    little with any text of the site, and pages are not made anew for that.
    """
    found = {name: content for name, content in files(app).items() if name.endswith(OWN)}
    return {name: RELATED.sub("", content.decode()) for name, content in found.items()}


def from_nothing(app: Flask) -> dict[str, str]:
    """The same snapshot made anew."""
    kept = files(app)
    shutil.rmtree(folder(app))
    snapshot_of(app).build(ORIGIN)
    made = texts(app)
    shutil.rmtree(folder(app) / SITE)
    for name, content in kept.items():
        path = folder(app) / SITE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return made


def test_every_public_page_is_there_as_flask_answers_it(app: Flask) -> None:
    with app.app_context():
        correct("s2-1-p1", WORDS, f"{WORDS}好", plan="2023-work-plan", page="2")
    snapshot_of(app).build(ORIGIN)
    client, seen = FlaskClient(app, app.response_class), set()
    client.set_cookie("session", "anything")
    contents = json.loads((folder(app) / "contents.json").read_bytes())
    stamps, _ = json.loads((folder(app) / "plans" / "2023-work-plan.json").read_bytes())
    for address in [*contents["others"], *stamps]:
        path = folder(app) / SITE / str(file_of(address))
        meta = vars(Meta.load(path.with_name(path.name + META).read_bytes()))
        answer, content = client.get(address, base_url=ORIGIN), path.read_bytes()
        assert answer.status_code == 200
        told = dict(meta["headers"]) | {
            "Content-Length": str(len(content)),
            "ETag": meta["etags"]["identity"],
        }
        if RELATED.search(content.decode()):
            assert RELATED.sub("", answer.get_data(as_text=True)) == RELATED.sub("", content.decode())
            assert set(answer.headers.keys()) == set(told)
        else:
            assert (answer.data, dict(answer.headers)) == (content, told)
        for encoding in meta["etags"]:
            form = path.with_name(path.name + ENDINGS[encoding]).read_bytes()
            assert UNPACK[encoding](form) == content
        assert not {"Set-Cookie", "Date"} & {name for name, _ in meta["headers"]}
        seen.add(app.url_map.bind("localhost").match(address)[0])
    public = {
        rule.endpoint
        for rule, _ in routes(app, "GET")
        if rule.endpoint.split(".")[0] not in ("moderation", "security")
    }
    assert public - seen == NEVER


def test_no_page_reads_the_session(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bool] = []
    monkeypatch.setattr("portal.snapshot.keeping.os.cpu_count", lambda: 1)
    monkeypatch.setattr(
        app.session_interface, "save_session", lambda app, session, response: read.append(session.accessed)
    )
    shutil.rmtree(folder(app))
    assert snapshot_of(app).build(ORIGIN) == len(read)
    assert not any(read)


def test_a_correction_makes_anew_what_it_changes_and_nothing_else(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        publishing.import_document(_document(tmp_path, DOCUMENT), tmp_path / "content", "other")
    snapshot_of(app).catch_up()
    before = written(app)
    with app.app_context():
        number = correct("s2-1-p1", WORDS, f"{WORDS}好", plan="2023-work-plan", page="2")
        app.extensions["search"].catch_up()
    snapshot_of(app).catch_up()
    after = written(app)
    changed = {name for name in after if after[name] != before.get(name)}
    assert f"{WORDS}好" in page(app, "/plans/2023-work-plan/2")
    assert f"{WORDS}好" in page(app, "/plans/2023-work-plan/full")
    assert number in page(app, "/errata")
    assert number in page(app, f"/errata/{number}")
    assert {
        "plans/2023-work-plan/2/history.html",
        "plans/2023-work-plan/2/history/2.html",
    } <= changed
    assert not {"feed.atom", "errata.csv"} & after.keys(), "nobody waits for them: Flask answers until then"
    with monkeypatch.context() as patch:
        patch.setattr("portal.snapshot.keeping.QUIET", 60)
        assert snapshot_of(app)._look_after(ORIGIN)
        assert not snapshot_of(app).in_step(ORIGIN), "another release may come in a moment"
    snapshot_of(app)._quiet_at = 0
    assert snapshot_of(app)._look_after(ORIGIN)
    assert snapshot_of(app).in_step(ORIGIN)
    assert number in page(app, "/feed.atom")
    still = {"guide.html", "plans/2023-work-plan/2/qr.svg", "plans/2023-work-plan/1/history.html"}
    assert not {name for name in changed if name.startswith("plans/other/")} | still & changed
    assert from_nothing(app) == texts(app)
    with app.app_context():
        withdraw(number)
        app.extensions["search"].catch_up()
    snapshot_of(app).catch_up()
    assert f"{WORDS}好" not in page(app, "/plans/2023-work-plan/2")
    assert snapshot_of(app)._look_after(ORIGIN)
    assert from_nothing(app) == texts(app)


def test_an_erratum_stays_as_it_is_when_another_comes(app: Flask) -> None:
    with app.app_context():
        first = correct("s2-1-p1", WORDS, f"{WORDS}好", plan="2023-work-plan", page="2")
    snapshot_of(app).catch_up()
    before = written(app)
    with app.app_context():
        second = correct("s2-1-p1", f"{WORDS}好", f"{WORDS}吗", plan="2023-work-plan", page="2")
    snapshot_of(app).catch_up()
    after = written(app)
    assert f"errata/{second}.html" in after
    assert after[f"errata/{first}.html"] == before[f"errata/{first}.html"]
    assert snapshot_of(app)._look_after(ORIGIN)
    assert from_nothing(app) == texts(app)


def test_what_is_withdrawn_is_gone_and_comes_back(app: Flask, tmp_path: Path) -> None:
    shorter = DOCUMENT.replace("二、第二章\n章首段落。\n", "")
    for document, there in ((DOCUMENT, True), (shorter, False), (DOCUMENT, True)):
        with app.app_context():
            publishing.import_document(_document(tmp_path, document), tmp_path / "content", "other")
        snapshot_of(app).catch_up()
        assert ("plans/other/2.html" in files(app)) is there
        assert ("plans/other/2.html.br" in files(app)) is there
        assert "plans/other/1.html" in files(app)


def test_what_others_show_of_a_plan_follows_it(app: Flask, tmp_path: Path) -> None:
    text = (tmp_path / "content" / "2023-work-plan" / "2.md").read_text(encoding="utf-8")
    section = next(line for line in text.splitlines() if line.startswith("## ")).split("{")[0].strip("# ")
    seed = (Path(__file__).parents[2] / "seeds" / "2023-work-plan.txt").read_text(encoding="utf-8")
    assert "另一个办公室" not in page(app, "/plans/2023-work-plan/2")
    document = seed.replace(seed.splitlines()[0], "另一个办公室工作要点", 1)
    with app.app_context():
        publishing.import_document(_document(tmp_path, document), tmp_path / "content", "other")
        app.extensions["search"].catch_up()
    snapshot_of(app).catch_up()
    assert "另一个办公室" in page(app, "/plans/2023-work-plan/2"), (
        "a new plan is named by those that are like it"
    )
    with app.app_context():
        plan = published.catalogue.find_plan("other")
        assert plan
        heading = next(block for one in plan.pages for block in one.blocks if block.text == section)
        number = next(one.number for one in plan.pages if heading in one.blocks)
        correct(heading.anchor, section[-4:-1], "改过的题", plan="other", page=number)
    snapshot_of(app).catch_up()
    assert "改过的题" in page(app, "/plans/2023-work-plan/2")
    (folder(app) / PLANS / "2023-work-plan.json").write_text("{", encoding="utf-8")
    with app.app_context():
        correct(heading.anchor, "改过的题", "又改的题", plan="other", page=number)
    snapshot_of(app).catch_up()
    assert "又改的题" in page(app, "/plans/2023-work-plan/2"), "nobody knows any more what it shows"


def test_files_that_are_damaged_or_missing_are_made_anew(app: Flask) -> None:
    good, site = files(app), folder(app) / SITE
    assert snapshot_of(app).build(ORIGIN) == 0
    (site / "guide.html.br").write_bytes(b"damaged")
    (site / "plans" / "2023-work-plan" / "3.html").unlink()
    (site / "plans" / "2023-work-plan" / f"4.html{META}").write_bytes(b"{}")
    assert snapshot_of(app).build(ORIGIN) == 3
    assert files(app) == good
    shutil.rmtree(site)
    assert not snapshot_of(app).in_step(ORIGIN)
    assert snapshot_of(app).build(ORIGIN) > 40
    (folder(app) / "contents.json").write_text("damaged")
    (site / "old.html").write_text("nobody knows what this is")
    (folder(app) / ABOUT).unlink()
    assert snapshot_of(app)._look_after(ORIGIN)
    assert files(app) == good


@pytest.mark.parametrize("text", ["{", '[{"/plans/2023-work-plan/": "damaged"}, {}]', None])
def test_a_plan_whose_record_is_damaged_is_made_anew(app: Flask, text: str | None) -> None:
    good, record = files(app), folder(app) / PLANS / "2023-work-plan.json"
    (folder(app) / SITE / "plans" / "2023-work-plan" / "1.html").write_bytes(b"cut")
    (folder(app) / DAMAGED).touch()
    kept = record.read_bytes()
    record.unlink() if text is None else record.write_text(text, encoding="utf-8")
    assert snapshot_of(app)._look_after(ORIGIN)
    assert snapshot_of(app).in_step(ORIGIN)
    assert files(app) == good
    assert json.loads(record.read_bytes()) == json.loads(kept)
    assert snapshot_of(app).build(ORIGIN) == 0


def test_what_a_damaged_record_does_not_name_is_not_left(app: Flask, tmp_path: Path) -> None:
    shorter = DOCUMENT.replace("二、第二章\n章首段落。\n", "")
    for document in (DOCUMENT, shorter):
        with app.app_context():
            publishing.import_document(_document(tmp_path, document), tmp_path / "content", "other")
        snapshot_of(app).catch_up()
        (folder(app) / PLANS / "other.json").write_text("{", encoding="utf-8")
    assert "plans/other/1.html" in files(app)
    assert "plans/other/2.html" not in files(app)


def test_a_check_removes_what_belongs_to_no_page(app: Flask) -> None:
    """It may be a copy of what is no longer published, with all that belongs to it."""
    good, own = files(app), folder(app) / SITE / "plans" / "2023-work-plan"
    for file in own.glob("1.html*"):
        shutil.copy2(file, own / file.name.replace("1.html", "99.html"))
    (own / "99").mkdir()
    (own / "99" / "history.html").write_text("a copy of what was withdrawn", encoding="utf-8")
    assert snapshot_of(app).build(ORIGIN) == 0
    assert files(app) == good


def test_a_page_that_cannot_be_made_leaves_all_as_it_was(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    good, about = files(app), (folder(app) / ABOUT).read_bytes()
    with app.app_context():
        correct("s2-1-p1", WORDS, f"{WORDS}好", plan="2023-work-plan", page="2")

    def away(**arguments: str) -> None:
        raise ServiceUnavailable

    with monkeypatch.context() as patch:
        patch.setitem(app.view_functions, "plans.full", away)
        with pytest.raises(RenderingError):
            snapshot_of(app).build(ORIGIN)
        snapshot_of(app).catch_up()  # says so in the log, and goes on
    assert {name: content for name, content in files(app).items() if not name.endswith(".new")} == good
    assert (folder(app) / ABOUT).read_bytes() == about
    snapshot_of(app).catch_up()
    assert f"{WORDS}好" in page(app, "/plans/2023-work-plan/full")
    assert not [name for name in files(app) if name.endswith(".new")]


def test_a_page_with_an_error_is_left_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**arguments: str) -> str:
        return "not for everyone"

    with monkeypatch.context() as patch:
        patch.setitem(app.view_functions, "plans.full", fail)
        shutil.rmtree(folder(app))
        snapshot_of(app).build(ORIGIN)
        assert "plans/2023-work-plan/full.html" not in files(app)
        assert snapshot_of(app).in_step(ORIGIN)
    assert snapshot_of(app).build(ORIGIN) == 1
    assert "plans/2023-work-plan/full.html" in files(app)


def test_a_release_while_pages_are_made_begins_anew(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    view, published_meanwhile = app.view_functions["plans.full"], []

    def full(**arguments: str) -> Any:
        answer = view(**arguments)
        if not published_meanwhile:
            published_meanwhile.append(
                correct("s2-1-p1", WORDS, f"{WORDS}好", plan="2023-work-plan", page="2")
            )
        return answer

    monkeypatch.setitem(app.view_functions, "plans.full", full)
    shutil.rmtree(folder(app))
    monkeypatch.setattr("portal.snapshot.keeping.os.cpu_count", lambda: 1)
    snapshot_of(app).build(ORIGIN)
    assert snapshot_of(app).in_step(ORIGIN)
    assert f"{WORDS}好" in page(app, "/plans/2023-work-plan/full")


def test_much_is_left_to_a_process_of_its_own(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.snapshot.keeping.MOST", 3)
    shutil.rmtree(folder(app))
    snapshot_of(app).catch_up()
    assert not (folder(app) / ABOUT).exists()
    with pytest.raises(TooMuch), snapshot_of(app)._builder(ORIGIN, 0) as builder:
        builder.build(snapshot_of(app)._newest.now, 3)


def test_what_is_too_much_is_not_looked_at_to_the_end(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    pages_of = published.Contents.pages_of

    def told(contents: published.Contents, slug: str) -> Any:
        asked.append(slug)
        return pages_of(contents, slug)

    monkeypatch.setattr(published.Contents, "pages_of", told)
    with app.app_context():
        publish_many(tmp_path, 5)
    others = len(snapshot_of(app)._contents.others())
    shutil.rmtree(folder(app))
    with pytest.raises(TooMuch), snapshot_of(app)._builder(ORIGIN, 0) as builder:
        builder.build(snapshot_of(app)._newest.now, others + 1)
    assert len(asked) == 1


def test_a_server_leaves_a_beginning_to_a_process_of_its_own(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What making all pages takes is not kept where requests are answered."""
    begun: list[str] = []
    snapshot = snapshot_of(app)
    monkeypatch.setattr(snapshot, "_in_another_process", lambda origin: bool(begun.append(origin)) or True)
    snapshot.builds_apart = True
    assert snapshot._look_after(ORIGIN)
    (folder(app) / ABOUT).unlink()
    assert snapshot._look_after(ORIGIN)
    assert snapshot.in_step(ORIGIN), "what a process left that was ended is not much"
    assert begun == []
    shutil.rmtree(folder(app))
    snapshot.catch_up()
    assert begun == [], "who publishes does not wait for it"
    snapshot._look_after(ORIGIN)
    assert begun[0] == ORIGIN
    assert not (folder(app) / ABOUT).exists()


def test_what_may_be_made_later_gives_way_to_a_release(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        correct("s2-1-p1", WORDS, f"{WORDS}好", plan="2023-work-plan", page="2")
    view = app.view_functions["site.feed"]

    def feed() -> Any:
        answer = view()
        correct("s2-1-p1", f"{WORDS}好", f"{WORDS}吗", plan="2023-work-plan", page="2")
        return answer

    with monkeypatch.context() as patch:
        patch.setitem(app.view_functions, "site.feed", feed)
        assert snapshot_of(app)._look_after(ORIGIN)
    assert f"{WORDS}好" in page(app, "/plans/2023-work-plan/2"), "readers waited for nothing else"
    assert "feed.atom" not in files(app)
    snapshot_of(app).catch_up()
    assert f"{WORDS}吗" in page(app, "/plans/2023-work-plan/2")


def test_what_is_in_step_is_left_alone(app: Flask) -> None:
    written_at = (folder(app) / ABOUT).stat().st_mtime_ns
    snapshot_of(app).catch_up()
    with snapshot_of(app)._builder(ORIGIN, 0) as builder:
        assert builder.build(snapshot_of(app)._newest.now) == 0
    assert (folder(app) / ABOUT).stat().st_mtime_ns == written_at
    snapshot_of(app).build(ORIGIN)
    assert (folder(app) / ABOUT).stat().st_mtime_ns > written_at, "whoever checks says since when it is right"


def test_a_snapshot_of_another_database_is_made_anew(app: Flask) -> None:
    path = folder(app) / "contents.json"
    contents = json.loads(path.read_bytes())
    contents["edition"][1] = 99  # the record was brought back from a backup
    path.write_text(json.dumps(contents), encoding="utf-8")
    (folder(app) / ABOUT).unlink()
    good = files(app)
    (folder(app) / SITE / "guide.html").write_bytes(b"of another time")
    assert snapshot_of(app)._look_after(ORIGIN)
    assert files(app) == good


def test_several_processes_make_the_same_as_one(
    database_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database_app.app_context():
        for number in range(2):
            document = _document(tmp_path, DOCUMENT.replace("某局要点", f"第{number}号要点"))
            publishing.import_document(document, tmp_path / "content", f"plan-{number}")
    told: list[tuple[int, int]] = []
    monkeypatch.setattr("portal.snapshot.keeping.os.cpu_count", lambda: 2)
    count = snapshot_of(database_app).build(ORIGIN, lambda done, total: told.append((done, total)))
    assert told == [(done, count) for done in range(1, count + 1)]
    made = texts(database_app)
    monkeypatch.setattr("portal.snapshot.keeping.os.cpu_count", lambda: 1)
    assert from_nothing(database_app) == made


def test_the_command_says_what_it_made(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    first, again = run(args=["site", "snapshot"]), run(args=["site", "snapshot"])
    assert first.output.endswith(f" pages made ready for {ORIGIN}\n")
    assert again.output == f"0 pages made ready for {ORIGIN}\n"
    wrong = run(args=["site", "snapshot", "--origin", "plan.example.gov.cn"])
    assert (wrong.exit_code, wrong.output.count("\n")) == (1, 1)
    assert "use an origin such as" in wrong.output


def _document(folder: Path, text: str) -> Path:
    path = folder / "document.txt"
    path.write_text(text, encoding="utf-8")
    return path
