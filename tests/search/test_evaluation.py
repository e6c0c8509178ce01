"""Questions are asked, and what is wrong with the files is said in one line."""

from pathlib import Path

import pytest
from flask import Flask

from tests.search.samples import PARAGRAPHS

ABOUT = (
    "p1\t养老\t完善养老服务体系，发放补贴。\n"
    "p2\t科技\t企业可以申报科技项目，由区科委受理。\r\n\n"
    "p3\t科普\t开展科普活动。\n"
)
ASKED = (
    "q1\t养老补贴怎么发？\tp1\t补贴\n"
    "q2\t科技项目向谁申报？\tp2\n"
    "q3\t开展什么活动？\tp2\n"
    "q3\t开展什么活动？\tp3\n"
    "q4\t龘龘龘？\tp1\n"
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    paragraphs, questions = tmp_path / "paragraphs.tsv", tmp_path / "questions.tsv"
    paragraphs.write_text(ABOUT, encoding="utf-8")
    questions.write_text(ASKED, encoding="utf-8")
    return paragraphs, questions


def run(app: Flask, paragraphs: Path, questions: Path) -> tuple[int, str]:
    arguments = ["search", "evaluate", "--paragraphs", str(paragraphs), "--questions", str(questions)]
    result = app.test_cli_runner().invoke(args=arguments)
    return result.exit_code, result.output


def test_the_scores_are_printed_one_a_line(app: Flask, files: tuple[Path, Path]) -> None:
    assert run(app, *files) == (0, "hit@1 0.7500\nhit@10 0.7500\nmrr@10 0.7500\n")


@pytest.mark.parametrize(
    ("paragraphs", "questions", "complaint"),
    [
        ("p1\t题\n", ASKED, "line 1: 3 columns are needed"),
        (ABOUT + "p1\t又\t一次\n", ASKED, "line 5: the paragraph p1 is there twice"),
        (ABOUT, "q1\t谁？\tp9\n", "line 1: there is no paragraph p9"),
        (ABOUT, "", "questions.tsv is empty"),
        (ABOUT, "\ud83d", "questions.tsv is not UTF-8 text"),
    ],
)
def test_bad_files_are_one_line(
    app: Flask, files: tuple[Path, Path], paragraphs: str, questions: str, complaint: str
) -> None:
    for path, text in zip(files, (paragraphs, questions), strict=True):
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
    code, output = run(app, *files)
    assert code == 1
    assert complaint in output
    assert len(output.splitlines()) == 1


def test_the_sample_questions_find_their_paragraphs(app: Flask, tmp_path: Path) -> None:
    sample = PARAGRAPHS.parent / "questions.tsv"
    if not sample.exists():
        pytest.skip(f"{sample} is not here")
    # Every third, so that the test stays quick; all 1,002 together are 0.984 and 0.997. Two are empty.
    questions = tmp_path / "questions.tsv"
    questions.write_text("\n".join(sample.read_text(encoding="utf-8").split("\n")[::3]), encoding="utf-8")
    code, output = run(app, PARAGRAPHS.parent / "questions-paragraphs.tsv", questions)
    scores = dict(line.split() for line in output.splitlines())
    assert code == 0
    assert float(scores["hit@1"]) >= 0.975
    assert float(scores["hit@10"]) >= 0.99
