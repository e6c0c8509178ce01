"""The search benchmark runs, and notices what it is there to notice."""

import json
import sys
from pathlib import Path

import pysqlite3
import pytest

from portal.search.analysis import grams
from tests.bench import measuring, search
from tests.bench.corpus import Corpus
from tests.bench.engines import Fts5, Portal
from tests.bench.queries import Queries
from tests.support.server import ROOT

SEED = ROOT / "seeds" / "2023-work-plan.txt"


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """The paragraphs of the first plan, read from a file as a larger corpus would be."""
    texts = list(filter(None, map(str.strip, SEED.read_text(encoding="utf-8").splitlines())))
    rows = [
        {"id": n, "doc": f"plan-{n // 20}", "title": texts[n // 20 * 20], "text": text}
        for n, text in enumerate(texts)
    ]
    path = tmp_path / "paragraphs.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return Corpus.read(path, len(texts))


def test_it_measures_all_engines_and_the_portal_finds_everything(corpus: Corpus) -> None:
    lines = list(search.bench(corpus, count=8, rounds=1))
    table = [line.split() for line in lines]
    costs = {row[0]: row[1:] for row in table if row and row[0] in ("portal", "FTS5", "Whoosh")}
    assert [costs[name][-2:] for name in ("portal", "FTS5")] == [["1.0000", "1.0000"]] * 2
    assert all(float(figure) > 0 for row in costs.values() for figure in row[1:4])
    assert [row for row in table if row[-1:] == ["met"]] == [
        ["recall", "1.0000", "=", "1", "met"],
        ["precision", "1.0000", "=", "1", "met"],
    ]
    for kind in ("1 to 8 characters ", "questions ", "absent words "):
        assert sum(line.startswith(kind) for line in lines) == 3


def test_what_is_missed_and_what_is_too_much_is_told(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    true = corpus.holding("科技")
    assert 1 < len(true) < len(corpus)
    too_much = len(corpus) + 1
    monkeypatch.setattr(Portal, "__init__", lambda engine: None)
    monkeypatch.setattr(Portal, "every", lambda engine, query: {*sorted(true)[1:], too_much})
    recall, precision = measuring.accuracy(Portal(), corpus, ["科技"])  # type: ignore[call-arg]
    assert recall == precision == pytest.approx(1 - 1 / len(true))


def test_a_figure_over_its_target_is_told_as_missed() -> None:
    assert search.target("p50", 0.3, "<= 0.25", 0.3 <= 0.25).endswith("missed")


def test_every_gram_is_one_term_of_fts5(corpus: Corpus, tmp_path: Path) -> None:
    signs = Corpus([("doc", "title", '“A-B”：C\'s "d" 1.5%、(一)《x_y》a̅é ①½')])
    for at, some in enumerate((corpus, signs)):
        folder = tmp_path / str(at)
        folder.mkdir()
        Fts5.build(folder, some)
        with pysqlite3.connect(folder / "fts5.sqlite3") as connection:
            terms = {term for (term,) in connection.execute("SELECT term FROM terms")}
        connection.close()
        assert terms == {gram for text in some.texts for gram in grams(text)}


def test_the_same_corpus_gives_the_same_queries_of_each_kind(corpus: Corpus) -> None:
    asked = Queries(corpus).make(5)
    assert asked == Queries(corpus).make(5)
    for query in asked:
        found = corpus.holding(query.text)
        assert bool(found) or query.kind in ("questions", "words of titles", "absent words"), query
        assert not (found and query.kind in ("questions", "absent words")), query
    assert [len(query.text) for query in asked if query.piece] == [n for n in range(1, 9) for _ in range(5)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "CORPUS is missing"),
        (["", "1000"], "CORPUS is missing"),
        (["some.jsonl", ""], "SIZE must be 1000, 10000 or 100000, not ''"),
        (["some.jsonl", "54"], "SIZE must be 1000, 10000 or 100000, not '54'"),
        (["nothing.jsonl.xz", "1000"], "nothing.jsonl.xz cannot be read: No such file or directory"),
        (["short.jsonl", "1000"], "short.jsonl holds 1 paragraphs, fewer than SIZE=1000"),
        (["latin.jsonl", "1000"], "latin.jsonl holds no Chinese text"),
        (["other.jsonl", "1000"], "other.jsonl holds a line that is no paragraph: KeyError('doc')"),
        (["other.jsonl.xz", "1000"], "other.jsonl.xz cannot be read: Input format not supported"),
    ],
)
def test_wrong_arguments_are_one_line_and_status_2(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "short.jsonl").write_text(
        '{"id": 0, "doc": "d", "title": "t", "text": "科技"}\n', encoding="utf-8"
    )
    (tmp_path / "latin.jsonl").write_text('{"doc": "d", "title": "t", "text": "x"}\n', encoding="utf-8")
    for name in ("other.jsonl", "other.jsonl.xz"):
        (tmp_path / name).write_text('{"id": 0}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["search", *arguments])
    with pytest.raises(SystemExit) as ended:
        search.main()
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert told.err.startswith(f"bench-search: {message}")
    assert told.err.count("\n") == 1
    assert told.out == ""
