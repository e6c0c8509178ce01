import logging
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.plans.confusables import ConfusablesError, confused, read_confusables, read_file, site_confusables
from tests.support.server import ROOT

CONTENT = ROOT / "content"


def test_a_file_has_pairs_and_comments() -> None:
    text = "\ufeff# 说明\r\n布署 = 部署  # 常见\r\n\r\n即然＝既然\n"
    assert read_confusables(text) == {"布署": "部署", "即然": "既然"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("布署", "a line is a wrong word, =, and the right one"),
        ("布署 =", "a line is a wrong word"),
        ("= 部署", "a line is a wrong word"),
        ("a = b = c", "a line is a wrong word"),
        ("布 = 部", "two or more characters"),
        ("部署 = 部署", "is the right one"),
        ("部署 = 工作部署", "stands in the right one"),
        ("布署 = " + "部" * 21, "longer than 20"),
        ("即然 = 既然", "has a line already"),
        ("布\ufffd = 部署", "not UTF-8"),
    ],
)
def test_a_bad_line_is_named_or_left_out(line: str, message: str) -> None:
    text = f"即然 = 既然\n{line}\n必竟 = 毕竟"
    with pytest.raises(ConfusablesError, match=rf"confusables\.txt, line 2: .*{message}"):
        read_confusables(text)
    told: list[ConfusablesError] = []
    assert read_confusables(text, complain=told.append) == {"即然": "既然", "必竟": "毕竟"}
    assert len(told) == 1


def test_a_missing_file_is_empty_and_a_bad_one_is_used_as_far_as_it_can_be(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert read_file(tmp_path) == site_confusables(tmp_path) == {}
    (tmp_path / "confusables.txt").write_bytes("布署 = 部署\n".encode() + b"\xff = x\n")
    with pytest.raises(ConfusablesError, match="line 2: not UTF-8"):
        read_file(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert site_confusables(tmp_path) == {"布署": "部署"}
    assert "line 2" in caplog.text
    (tmp_path / "confusables.txt").unlink()
    (tmp_path / "confusables.txt").mkdir()
    assert site_confusables(tmp_path) == {}


def test_what_touches_a_right_word_is_none() -> None:
    pairs = {"布署": "部署", "属名文章": "署名文章"}
    assert list(confused("全面布署，再布署", pairs)) == [(2, "布署", "部署"), (6, "布署", "部署")]
    assert list(confused("发布署名文章", pairs)) == []
    assert list(confused("按部署执行", pairs)) == []


@given(st.text("布署部文章名即然", max_size=30))
def test_every_place_is_a_wrong_word(text: str) -> None:
    pairs = {"布署": "部署", "即然": "既然", "属名文章": "署名文章"}
    for place, wrong, right in confused(text, pairs):
        assert text[place : place + len(wrong)] == wrong
        assert pairs[wrong] == right


def test_the_list_that_comes_with_the_portal_is_long_and_free_of_right_words() -> None:
    pairs = read_file(CONTENT)
    assert len(pairs) >= 150
    # No right word holds a wrong one, nor does any word or plan that comes with the portal.
    texts = [path.read_text(encoding="utf-8") for path in CONTENT.rglob("*.md")]
    texts += [(CONTENT / name).read_text(encoding="utf-8") for name in ("lexicon.txt", "synonyms.txt")]
    for text in [*pairs.values(), *texts]:
        assert [wrong for wrong in pairs if wrong in text] == []


def test_the_check_of_the_content_folder_names_a_bad_line(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    for file in (CONTENT / "2023-work-plan").iterdir():
        (tmp_path / "plan" / file.name).write_bytes(file.read_bytes())
    check = ["plan", "check", str(tmp_path)]
    assert app.test_cli_runner().invoke(args=check).exit_code == 0
    (tmp_path / "confusables.txt").write_text("布署 = 部署\n布署\n", encoding="utf-8")
    result = app.test_cli_runner().invoke(args=check)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert "confusables.txt, line 2: a line is a wrong word, =, and the right one" in result.stderr
