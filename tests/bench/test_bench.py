"""`make bench` makes the right figures of what it measures, notices what is wrong, and wrote its document."""

import math
import subprocess
import sys
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import __main__ as program
from tests.bench import document, posts, requests, searches, states, subjects, submissions
from tests.bench.contenders import application
from tests.bench.figures import Bar, Measured, Spread, Target, ratios, rounded, shown
from tests.bench.load import LoadError, ask, load
from tests.bench.measuring import quantile
from tests.bench.page import ADDRESS
from tests.bench.plot import draw
from tests.bench.processes import cpu_seconds, family
from tests.support.readers import Got

POSITIVE = st.floats(1e-3, 1e6)
ROUNDS = st.lists(POSITIVE, min_size=1, max_size=15)


@given(ROUNDS)
def test_a_spread_has_half_of_the_figures_on_each_side(figures: list[float]) -> None:
    spread = Spread.over(figures)
    assert spread.least == min(figures) <= spread.median <= spread.most == max(figures)
    assert sum(figure <= spread.median for figure in figures) * 2 >= len(figures)
    assert sum(figure >= spread.median for figure in figures) * 2 >= len(figures)


@given(ROUNDS, st.floats(1e-3, 1e3))
def test_a_ratio_is_within_its_round(figures: list[float], factor: float) -> None:
    """However fast the machine was in a round, the ratio of that round is the same."""
    assert ratios([figure * factor for figure in figures], figures) == pytest.approx([factor] * len(figures))
    with pytest.raises(ValueError, match="zip"):
        ratios(figures, [*figures, 1.0])


@given(ROUNDS, st.floats(0.01, 1))
def test_a_quantile_is_the_least_that_so_many_do_not_exceed(figures: list[float], share: float) -> None:
    found = quantile(figures, share)
    assert found in figures
    assert sum(figure <= found for figure in figures) >= share * len(figures) - 1e-9
    assert sum(figure < found for figure in figures) < share * len(figures) + 1e-9


@given(st.floats(0.001, 1e7))
def test_what_is_shown_is_near_what_was_measured(figure: float) -> None:
    assert float(rounded(figure).replace(",", "")) == pytest.approx(figure, rel=0.06, abs=0.0005)


def test_a_target_is_met_at_its_limit_and_never_by_no_figure() -> None:
    assert [Target("", figure, 0.9, at_least=True).is_met for figure in (0.89, 0.9, math.nan)] == [0, 1, 0]
    assert [Target("", figure, 1.1).is_met for figure in (1.11, 1.1, math.nan)] == [0, 1, 0]
    assert shown(Spread(0.984, 0.95, 1.021)) == "0.98 (0.95–1.02)"


@given(st.lists(st.tuples(POSITIVE, POSITIVE, POSITIVE).map(sorted), min_size=1, max_size=5))
def test_the_plot_holds_every_figure_and_stays_within_itself(spreads: list[list[float]]) -> None:
    bars = [Bar(f"<{number}> & co", Spread(b, a, c)) for number, (a, b, c) in enumerate(spreads)]
    svg = ElementTree.fromstring(draw({"A & B": bars}))
    words = [element.text for element in svg.iter() if element.text]
    for bar in bars:
        assert bar.name in words
        assert rounded(bar.ratio.median) in words
        assert any(bar.name in word for word in words if word != bar.name), "the description names it"
    dots = [float(element.get("cx", "")) for element in svg.iter("{http://www.w3.org/2000/svg}circle")]
    assert len(dots) == len(bars)
    assert all(0 <= dot <= 800 for dot in dots)
    by_ratio = sorted(zip([bar.ratio.median for bar in bars], dots, strict=True))
    assert [dot for _, dot in by_ratio] == sorted(dots)


def test_processor_time_of_a_family_is_counted() -> None:
    child = (
        "import os\nif not os.fork():\n while os.times().user < .3: pass\nelse: os.wait(), print(), input()"
    )
    with subprocess.Popen(
        [sys.executable, "-u", "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        assert process.pid in family(process.pid)
        assert cpu_seconds(process.pid) >= 0.29
        process.communicate(b"\n")


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """Bare gunicorn with some bytes."""
    page = tmp_path / "page"
    page.mkdir()
    (page / "page.html").write_bytes(b"<p>" + b"x" * 30_000)
    (page / "headers.json").write_text("[]", encoding="utf-8")
    (page / "chapter.json").write_text("{}", encoding="utf-8")
    with application("yardsticks:bare", page) as (url, pid):
        yield url + ADDRESS, pid


def test_searches_are_counted_and_a_wrong_answer_ends_them(tmp_path: Path) -> None:
    with application("empty:app", tmp_path, address="/empty") as (url, pid):
        port = int(url.rpartition(":")[2])
        found = searches.ask(searches.Asked(port, pid, repeat("/empty")), 40)
        assert found.requests_per_second > 0
        assert found.cpu_ms > 0
        with pytest.raises(LoadError, match="404"):
            searches.ask(searches.Asked(port, pid, repeat("/other")), 40)
        with pytest.raises(LoadError, match="39 addresses are left, of 40"):
            searches.ask(searches.Asked(port, pid, repeat("/empty", 39)), 40)


def test_searches_are_held_to_what_they_cost_over_http() -> None:
    rounds = {requests.EMPTY: [0.2, 0.4], requests.AGAIN: [0.3, 0.8], requests.NEW: [0.5, 0.9]}
    taken = {name: [searches.Taken(1 / cost, cost) for cost in costs] for name, costs in rounds.items()}
    targets = {target.name.split(",")[1]: target for target in searches.judge(taken).targets}
    assert targets[" asked again"].measured == pytest.approx(1.75)
    assert targets[" asked again"].is_met
    assert not targets[" 2 characters"].is_met


def test_a_round_is_counted_and_a_wrong_answer_ends_it(bare: tuple[str, int]) -> None:
    url, pid = bare
    answer = ask(url, {})
    assert (answer.status, len(answer.body)) == (200, 30_003)
    found = load(url, {}, pid, 1, answer.size)
    assert found.requests_per_second > 0
    assert found.cpu_us > 0
    assert 0 < found.p50_ms <= found.p99_ms
    with pytest.raises(LoadError, match="bytes an answer"):
        load(url, {}, pid, 1, answer.size // 2)


def test_the_program_measures_writes_and_says_what_went_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> Measured:
        raise LoadError("nobody answers")

    real = subjects.Subject(
        "Answers", "How.", lambda: subjects.in_process(requests.measure(rounds=1, plans=1))
    )
    monkeypatch.setattr(
        program, "SUBJECTS", {"requests": real, "broken": subjects.Subject("Broken", "So.", broken)}
    )
    monkeypatch.setattr(document, "DOCUMENT", tmp_path / "performance.md")
    monkeypatch.setattr(document, "PLOT", tmp_path / "performance.svg")
    monkeypatch.setattr(sys, "argv", ["bench", "requests"])
    assert program.main() == 0
    assert not document.DOCUMENT.exists(), "one subject is not the whole"
    assert "/api/v1/search" in capsys.readouterr().out

    found = searches.judge(
        {name: [searches.Taken(500.0, cost)] for name, cost in ((requests.EMPTY, 2.0), (requests.NEW, 3.0))}
    )
    monkeypatch.setitem(program.SUBJECTS, "requests", subjects.Subject("Answers", "How.", lambda: found))
    monkeypatch.setattr(sys, "argv", ["bench"])
    assert program.main() == 1
    assert "not measured: LoadError: nobody answers" in capsys.readouterr().out
    written = document.DOCUMENT.read_text(encoding="utf-8")
    assert "**Not measured**: LoadError: nobody answers" in written
    assert "| 3.00 (3.00–3.00) | 1.50 (1.50–1.50) |" in written
    assert "| met |" in written


def test_an_answer_is_of_one_release_and_not_of_one_that_is_over() -> None:
    releases = [{"/": b"old", "/guide": b"same"}, {"/": b"new", "/guide": b"same"}]
    read = {page: page for page in (b"old", b"new", b"same", b"old and new")}
    got = [
        *(Got("/", 9.0, b"old"), Got("/", 9.9, b"new"), Got("/", 10.0, b"new"), Got("/guide", 11.0, b"same")),
        *(Got("/", 9.5, b"old and new"), Got("/", 10.0, b"old")),
    ]
    mixed, stale = states.judge(got, read, releases, [0.0, 10.0])
    assert (mixed, stale) == ({"/": 1}, {"/": 1})
    assert states.shown("甲一<mark>甲一</mark>甲一 丙三丙三丙三") == ["甲一甲一甲一", "丙三丙三丙三"]


def test_an_unknown_subject_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "weather"])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 2
    assert "there is no subject weather; there are: serving" in capsys.readouterr().err


def test_a_post_that_is_lost_is_told() -> None:
    round_: dict[str, Any] = {
        "posts_per_second": [60.0, 70.0],
        "p99_ms": [20.0],
        "cpu_ms": [4.0],
        "errors": 0,
    }
    bare = round_ | {"posts_per_second": [100.0, 140.0]}
    one = {"portal": round_, "bare": bare, "flask": bare, "whole": False}
    found = submissions.judge({(where, 4): one for where in posts.DATABASES})
    measured = {target.name: target for target in found.targets}
    assert measured["posts a second to the bare insert, SQLite, the least"].measured == pytest.approx(0.55)
    assert not measured["posts refused, lost or numbered twice, SQLite"].is_met
    assert [row[-1] for row in found.tables[0].rows] == ["1", "1"]
