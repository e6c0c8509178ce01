"""Words that are easily written wrong: pairs such as ``布署 = 部署``, one to a line of a file."""

import io
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from portal.search.lexicon import file_bytes

CONFUSABLES_FILE = "confusables.txt"
# In characters. The longest of the words that come with the portal have four.
WORD_LENGTH = 20
_COMMENT = re.compile("#.*")
_BETWEEN = re.compile("[=＝]")

logger = logging.getLogger(__name__)
# For each wrong word the right one.
Confusables = Mapping[str, str]


class Problem(StrEnum):
    """What can be wrong with a line."""

    PAIR = "a line is a wrong word, =, and the right one"
    SHORT = "a wrong word has two or more characters"
    LONG = f"a word is longer than {WORD_LENGTH} characters"
    SAME = "the wrong word is the right one"
    INSIDE = "the wrong word stands in the right one of its line"
    TWICE = "this wrong word has a line already"
    GARBLED = "not UTF-8 text"


class ConfusablesError(ValueError):
    """A line that cannot be used; the message is one English line that names file and line."""

    def __init__(self, problem: Problem, where: str = "") -> None:
        super().__init__(f"{where}: {problem}" if where else problem.value)
        self.problem = problem


def refuse(error: ConfusablesError) -> NoReturn:
    """What to do with a bad line, unless told otherwise.

    Raises:
        ConfusablesError: always.
    """
    raise error


Complain = Callable[[ConfusablesError], None]


def read_confusables(text: str, name: str = CONFUSABLES_FILE, complain: Complain = refuse) -> Confusables:
    """The pairs of a file; ``complain`` is told of each bad line, and the line is left out if it returns.

    Raises:
        ConfusablesError: a line cannot be used, and nobody else wants to know.
    """
    pairs: dict[str, str] = {}
    # Lines end as editors end them; newline=None takes all three ways.
    for number, line in enumerate(io.StringIO(text.removeprefix("\ufeff"), newline=None), 1):
        line = _COMMENT.sub("", line).strip()
        if not line:
            continue
        try:
            wrong, right = _pair(line)
            if wrong in pairs:
                raise ConfusablesError(Problem.TWICE)
            pairs[wrong] = right
        except ConfusablesError as error:
            complain(ConfusablesError(error.problem, f"{name}, line {number}"))
    return pairs


def read_file(content: Path, complain: Complain = refuse) -> Confusables:
    """The pairs in the file of a content folder; none when there is no file. Bad lines as above.

    Raises:
        ConfusablesError: a line cannot be used, and nobody else wants to know.
        OSError: the file is there and cannot be read.
    """
    path = content / CONFUSABLES_FILE
    # What is not UTF-8 makes its line a bad one.
    return read_confusables(file_bytes(path).decode("utf-8", errors="replace"), str(path), complain)


def site_confusables(content: Path) -> Confusables:
    """All pairs that can be read; what cannot is logged, and the checks go on without it."""
    try:
        return read_file(content, _log)
    except OSError as error:
        logger.warning("The list of confusable words is left out: %s", error)
        return {}


def confused(text: str, confusables: Confusables) -> Iterator[tuple[int, str, str]]:
    """The wrong words in a text: place, wrong word, right word. What overlaps a right one is none."""
    right: set[int] | None = None  # the places of all characters of right words
    for wrong, word in confusables.items():
        for place in _places(text, wrong) if wrong in text else ():
            if right is None:
                words = set(confusables.values())
                right = {at for one in words for start in _places(text, one) for at in _span(start, one)}
            if right.isdisjoint(_span(place, wrong)):
                yield place, wrong, word


def _places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _span(start: int, word: str) -> range:
    return range(start, start + len(word))


def _pair(line: str) -> tuple[str, str]:
    if "\ufffd" in line:
        raise ConfusablesError(Problem.GARBLED)
    words = [word.strip() for word in _BETWEEN.split(line)]
    if len(words) != 2 or not all(words):
        raise ConfusablesError(Problem.PAIR)
    wrong, right = words
    if len(wrong) < 2:
        raise ConfusablesError(Problem.SHORT)
    if max(map(len, words)) > WORD_LENGTH:
        raise ConfusablesError(Problem.LONG)
    if wrong == right:
        raise ConfusablesError(Problem.SAME)
    if wrong in right:
        raise ConfusablesError(Problem.INSIDE)
    return wrong, right


def _log(error: ConfusablesError) -> None:
    logger.warning("Left out of the list of confusable words: %s", error)
