"""One file is made once, however many ask for it; and nothing half made is ever seen."""

import os
import runpy
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from portal.downloads import shelf
from portal.downloads.shelf import AT_ONCE, KEPT, REMEMBERED, ROOM, BusyError, FailedError, Shelf, Title
from tests.support import server

TITLE = Title("plan", 7, "abc", "pdf")


# One process of several that ask for the same file at the same time. It loads the one module it needs.
ASKING = """
import pathlib, runpy, sys, time
shelf, folder = runpy.run_path(sys.argv[1]), pathlib.Path(sys.argv[2])

def make():
    with (folder / "made").open("a") as log:
        log.write("x")
    time.sleep(0.3)  # what it takes to make a file
    return b"the file"

print("ready", flush=True)
sys.stdin.readline()
with shelf["Shelf"](folder / "downloads").fetch(shelf["Title"]("plan", 7, "abc", "pdf"), make) as file:
    print(file.read().decode())
"""


def test_several_processes_make_a_file_once(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-c", ASKING, shelf.__file__, str(tmp_path)]
    with ExitStack() as processes:
        asking = [
            processes.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(4)
        ]
        for process in asking:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        assert [process.stdin.write("go\n") and process.stdin.flush() for process in asking if process.stdin]
        assert [process.stdout.read() for process in asking if process.stdout] == ["the file\n"] * 4
    assert (tmp_path / "made").read_text() == "x"


def fetched(kept: Shelf, title: Title, data: bytes) -> bytes:
    with kept.fetch(title, lambda: data) as file:
        return file.read()


def test_a_file_takes_the_place_of_older_ones(tmp_path: Path) -> None:
    kept = Shelf(tmp_path)
    newer, other = TITLE._replace(edition=10), TITLE._replace(plan="plan-2")
    for title in (TITLE, TITLE._replace(form="txt"), other, newer):
        assert fetched(kept, title, str(title).encode()) == str(title).encode()
    # Made for a reader who came before the new release, but done after it.
    assert fetched(kept, TITLE._replace(edition=9), b"late") == b"late"
    names = {path.name for path in tmp_path.iterdir() if path.suffix != ".lock"}
    assert names == {"plan.7.abc.txt", "plan-2.7.abc.pdf", "plan.10.abc.pdf", "plan.9.abc.pdf"}
    assert fetched(kept, newer, b"not again") == str(newer).encode()


def test_each_address_has_a_file_and_the_oldest_goes(tmp_path: Path) -> None:
    kept, addresses = Shelf(tmp_path), "abcdef"
    for address in addresses:
        title = TITLE._replace(variant=address)
        assert fetched(kept, title, address.encode()) == fetched(kept, title, b"not again")
    assert {path.name for path in tmp_path.glob("*.pdf")} == {
        f"plan.7.{one}.pdf" for one in addresses[-KEPT:]
    }


def test_a_failure_leaves_nothing_and_is_remembered_for_a_while(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept, tried = Shelf(tmp_path), []

    def fail() -> bytes:
        tried.append(1)
        raise RuntimeError("no Pango")

    for _ in range(ROOM + 1):
        with pytest.raises(FailedError):
            kept.fetch(TITLE, fail)
    assert (len(tried), caplog.text.count("RuntimeError: no Pango")) == (1, 1)
    mark = f"{TITLE}.failed"
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".lock"} == {mark}
    before = time.time() - REMEMBERED
    os.utime(tmp_path / mark, (before, before))
    assert fetched(kept, TITLE, b"at last") == b"at last"


def test_whoever_waits_too_long_is_told_and_others_keep_their_threads(tmp_path: Path) -> None:
    kept, began, end = Shelf(tmp_path, patience=0.2), threading.Event(), threading.Event()

    def make() -> bytes:
        began.set()
        end.wait()
        return b"done"

    maker = threading.Thread(target=fetched_by, args=(kept, make))
    maker.start()
    began.wait()
    with pytest.raises(BusyError):
        kept.fetch(TITLE, lambda: b"twice")
    patient = Shelf(tmp_path)
    assert fetched(patient, TITLE._replace(form="txt"), b"text") == b"text"
    assert fetched(patient, TITLE._replace(plan="other"), b"another plan") == b"another plan"
    # Who asked first has gone, but the making goes on.
    maker.join()
    end.set()
    assert fetched(patient, TITLE, b"twice") == b"done"


def test_so_many_of_a_form_are_made_at_once(tmp_path: Path) -> None:
    kept, end = Shelf(tmp_path, patience=0.2), threading.Event()

    def make() -> bytes:
        end.wait()
        return b"done"

    for number in range(AT_ONCE + 1):
        with pytest.raises(BusyError):
            kept.fetch(TITLE._replace(plan=f"long-{number}"), make)
    end.set()
    names = [f"long-{number}" for number in range(AT_ONCE)]
    patient = Shelf(tmp_path)
    assert [fetched(patient, TITLE._replace(plan=name), b"twice") for name in names] == [b"done"] * AT_ONCE
    assert fetched(patient, TITLE._replace(plan=f"long-{AT_ONCE}"), b"first") == b"first"


def fetched_by(kept: Shelf, make: Callable[[], bytes]) -> None:
    with suppress(BusyError):
        kept.fetch(TITLE, make).close()


def test_some_threads_stay_free_for_readers() -> None:
    assert runpy.run_path(str(server.ROOT / "gunicorn.conf.py"))["threads"] >= ROOM + 2


def test_only_so_many_may_wait(tmp_path: Path) -> None:
    kept, end = Shelf(tmp_path), threading.Event()
    makers = [
        threading.Thread(target=fetched_by, args=(kept, lambda: b"x" if end.wait() else b""))
        for _ in range(ROOM)
    ]
    for maker in makers:
        maker.start()
    while kept._room._value:
        threading.Event().wait(0.01)
    with pytest.raises(BusyError):
        kept.fetch(TITLE._replace(form="txt"), lambda: b"text")
    end.set()
    for maker in makers:
        maker.join()


def test_a_folder_that_cannot_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "downloads").write_text("a file where the folder should be")
    assert fetched(Shelf(tmp_path / "downloads"), TITLE, b"made all the same") == b"made all the same"
    assert "downloads are not kept" in caplog.text


def test_a_file_that_cannot_be_put_in_its_place(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / str(TITLE)).mkdir()
    assert fetched(Shelf(tmp_path), TITLE, b"made all the same") == b"made all the same"
    assert "a download is not kept" in caplog.text
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".lock"} == {str(TITLE)}
