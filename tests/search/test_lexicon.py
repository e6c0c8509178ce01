"""The site's own words and synonyms: files that people write, and terms that the staff add."""

import codecs
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.database import transaction
from portal.search import terms
from portal.search.analysis import squeeze
from portal.search.lexicon import (
    Lexicon,
    LexiconError,
    Problem,
    read_files,
    read_group,
    read_synonyms,
    read_word,
    read_words,
    write_group,
)
from portal.search.models import SearchTerm, TermKind
from tests.conftest import MakeApp
from tests.support.server import ROOT


def write(folder: Path, words: str | bytes = "", synonyms: str | bytes = "") -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in (("lexicon.txt", words), ("synonyms.txt", synonyms)):
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


# Files as people write them


def test_words_stand_one_a_line() -> None:
    text = "\ufeff# 地名\r\n苏河湾\r\n\r\n  静邻  # 党建品牌\r\n151项目\r3+1中心\nC#\n数字  底座"
    assert read_words(text) == ("苏河湾", "静邻", "151项目", "3+1中心", "C#", "数字 底座")


def test_a_word_counts_once_however_it_is_written() -> None:
    assert read_words("５Ｇ\n5g\n5 G") == ("5 G",)


def test_groups_stand_one_a_line() -> None:
    text = "\ufeffAI = 人工智能\r\n# 名称\r区科委=静安区科委＝静安区科学技术委员会 # 全称\n\nAI = 人工智能"
    assert read_synonyms(text) == (("AI", "人工智能"), ("区科委", "静安区科委", "静安区科学技术委员会"))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("AI = 人工智能", Problem.GROUP),
        ("AI＝人工智能", Problem.GROUP),
        ("（）", Problem.EMPTY),
        ("=", Problem.EMPTY),
        ("长" * 51, Problem.LONG),
        (" 湾 ", Problem.SHORT),
        ("苏\ufffd湾", Problem.GARBLED),
        ("苏\0湾", Problem.GARBLED),
    ],
)
def test_a_line_that_is_no_word(line: str, problem: Problem) -> None:
    with pytest.raises(LexiconError) as caught:
        read_words(f"苏河湾\n\n{line}\n静邻")
    assert caught.value.problem is problem
    assert str(caught.value) == f"lexicon.txt, line 3: {problem.value}"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("人工智能", Problem.ALONE),
        ("AI = ai", Problem.ALONE),
        ("AI = ＡＩ", Problem.ALONE),
        ("AI =", Problem.OPEN),
        ("AI = 人工智能 ＝ ", Problem.OPEN),
        ("AI = ？", Problem.EMPTY),
        ("AI，人工智能", Problem.SIGN),
        ("AI = 人工智能、机器学习", Problem.SIGN),
        ("AI 人工智能", Problem.SIGN),
        ("1,人工智能", Problem.SIGN),
        ("，", Problem.ALONE),
        ("人工智能 ？", Problem.ALONE),
        ("= AI = 人工智能", Problem.EMPTY),
        ("AI == 人工智能", Problem.EMPTY),
        ("AI = " + "长" * 51, Problem.LONG),
        (" = ".join("甲乙丙丁戊" + str(n) * 20 for n in range(10)), Problem.LONG),
        ("=".join("甲乙丙丁戊" + str(n) * 13 for n in range(10)), Problem.LONG),
        ("AI = 人工\ufffd能", Problem.GARBLED),
    ],
)
def test_a_line_that_is_no_group(line: str, problem: Problem) -> None:
    with pytest.raises(LexiconError) as caught:
        read_synonyms(f"# 同义词\n{line}", "synonyms.txt")
    assert caught.value.problem is problem
    assert str(caught.value) == f"synonyms.txt, line 2: {problem.value}"


@given(st.text())
def test_any_text_is_read_or_refused_and_what_is_read_can_be_looked_for(text: str) -> None:
    complaints: list[LexiconError] = []
    for word in read_words(text, complain=complaints.append):
        assert squeeze(word)
        assert read_word(word) == word
    for group in read_synonyms(text, complain=complaints.append):
        assert len(set(map(squeeze, group))) == len(group) >= 2
        assert read_group(write_group(group)) == group
        assert read_group(" = ".join(group)) == group


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("AI，人工智能", "，"),
        ("AI = 人工智能、机器学习", "、"),
        ("AI,VR", ","),
        ("AI ; VR", ";"),
        ("AI　人工智能", " "),
    ],
)
def test_the_sign_between_words_is_named(text: str, sign: str) -> None:
    with pytest.raises(LexiconError) as caught:
        read_group(text)
    assert (caught.value.problem, caught.value.sign) == (Problem.SIGN, sign)


def test_numbers_and_names_of_several_words_stand_in_groups() -> None:
    assert read_group("1,000万 = 一千万 = ten million") == ("1,000万", "一千万", "ten million")


# Groups that share a word


def test_groups_with_a_word_in_common_are_one() -> None:
    lexicon = Lexicon(
        synonyms=(
            ("AI", "人工智能"),
            ("高企", "高新技术企业"),
            ("5G", "移动通信"),
            ("５ｇ", "ai", "机器学习"),
        )
    )
    one = ("5G", "移动通信", "AI", "人工智能", "机器学习")
    assert lexicon.groups == (one, ("高企", "高新技术企业"))
    for word in one:
        assert lexicon.synonyms_of(word) == tuple(other for other in one if other != word)
    assert lexicon.has_group(("机器学习", "人工智能"))
    assert not lexicon.has_group(("机器学习", "高企"))
    assert lexicon.touching(("人工智能", "高企", "新词")) == lexicon.groups
    assert lexicon.touching(("新词", "另一个")) == ()


@given(
    st.lists(
        st.lists(st.sampled_from("甲乙丙丁戊己庚辛"), min_size=2, max_size=3, unique=True).map(tuple),
        max_size=6,
    )
)
def test_whatever_is_written_means_the_same_both_ways(groups: list[tuple[str, ...]]) -> None:
    lexicon = Lexicon(synonyms=tuple(groups))
    words = [word for group in lexicon.groups for word in group]
    assert len(set(words)) == len(words)
    assert set(words) == {word for group in groups for word in group}
    for group in groups:
        assert set(group[1:]) <= set(lexicon.synonyms_of(group[0]))
        assert lexicon.has_group(group)
    for word in words:
        for other in lexicon.synonyms_of(word):
            assert {word, *lexicon.synonyms_of(word)} == {other, *lexicon.synonyms_of(other)}


def test_the_files_of_this_repository_are_good() -> None:
    lexicon = read_files(ROOT / "content")
    assert {"苏河湾", "静邻", "一网通办", "一网统管", "151项目"} <= set(lexicon.words)
    assert lexicon.synonyms_of("ai") == ("人工智能",)
    assert lexicon.synonyms_of("人工智能") == ("AI",)


def test_files_that_are_not_there_are_empty(tmp_path: Path) -> None:
    assert read_files(tmp_path) == Lexicon()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_file_that_is_not_utf_8_is_refused_and_named(tmp_path: Path, encoding: str) -> None:
    folder = write(tmp_path, "苏河湾\n".encode(encoding))
    with pytest.raises(LexiconError, match=r"lexicon\.txt, line 1: not UTF-8 text$"):
        read_files(folder)


def test_a_byte_order_mark_is_no_part_of_a_word(tmp_path: Path) -> None:
    folder = write(tmp_path, codecs.BOM_UTF8 + "苏河湾".encode())
    assert read_files(folder).words == ("苏河湾",)


# While serving


def test_a_broken_file_is_logged_and_the_rest_is_read(
    make_app: MakeApp, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write(tmp_path / "content", "苏河湾\nAI = x\n".encode() + b"\xff\xfe\n" + "静邻".encode(), "AI")
    with make_app(content=folder).app_context():
        assert terms.site_lexicon(folder) == Lexicon(("苏河湾", "静邻"))
    assert [record.getMessage().split(", line ")[1][0] for record in caplog.records] == ["2", "3", "1"]


def test_a_file_that_cannot_be_read_is_logged(
    make_app: MakeApp, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "content" / "lexicon.txt").mkdir(parents=True)
    app = make_app(content=tmp_path / "content")
    with app.app_context():
        assert terms.site_lexicon(tmp_path / "content") == Lexicon()
    assert "left out" in caplog.text
    assert terms.files_stamp(tmp_path / "content") != terms.files_stamp(tmp_path)
    checked = app.test_cli_runner().invoke(args=["plan", "check"])
    assert (checked.exit_code, len(checked.stderr.splitlines())) == (1, 1)


def test_files_and_table_make_one_lexicon(database_app: Flask, tmp_path: Path) -> None:
    folder = write(tmp_path, "苏河湾", "AI = 人工智能")
    with database_app.app_context():
        with transaction() as session:
            for kind, text in (
                (TermKind.WORD, "静安科技馆"),
                (TermKind.SYNONYM, "手机信号 = 移动通信信号"),
                (TermKind.SYNONYM, "一个词"),
            ):
                session.add(SearchTerm(kind=kind, text=text, added_by="a@example.cn"))
        assert terms.site_lexicon(folder) == Lexicon(
            ("苏河湾", "静安科技馆"), (("AI", "人工智能"), ("手机信号", "移动通信信号"))
        )


def test_the_stamp_changes_with_what_the_files_hold_alone(tmp_path: Path) -> None:
    stamps = [terms.files_stamp(tmp_path)]
    for words, synonyms in (("甲乙", ""), ("", "甲乙"), ("甲乙", "甲乙")):
        stamps.append(terms.files_stamp(write(tmp_path, words, synonyms)))
    assert len(set(stamps)) == 4
    (tmp_path / "lexicon.txt").touch()
    assert terms.files_stamp(tmp_path) == stamps[-1]


def test_checking_the_content_checks_the_lexicon(make_app: MakeApp, tmp_path: Path) -> None:
    plan = tmp_path / "content" / "2023-work-plan"
    plan.parent.mkdir()
    plan.symlink_to(ROOT / "content" / "2023-work-plan")
    run = make_app(content=plan.parent).test_cli_runner()
    assert run.invoke(args=["plan", "check"]).output == "2023-work-plan: good\n"
    write(plan.parent, "苏河湾", "AI = 人工智能\n区科委")
    checked = run.invoke(args=["plan", "check"])
    assert checked.exit_code == 1
    assert checked.stderr == f"Error: {plan.parent}/synonyms.txt, line 2: {Problem.ALONE.value}\n"
    assert run.invoke(args=["plan", "check", str(plan)]).exit_code == 0
