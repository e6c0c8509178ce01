"""What the office itself adds to the search: words of its own, and words that mean the same.

One to a line in ``content/lexicon.txt`` and ``content/synonyms.txt``, or added by the staff on a page.
"""

import io
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path
from typing import NoReturn, TypeVar

from portal.search.analysis import squeeze

WORDS_FILE = "lexicon.txt"
SYNONYMS_FILE = "synonyms.txt"
# In characters. The longest name of the first plan, 海聚英才创新创业示范基地, has 12.
WORD_LENGTH = 50
GROUP_LENGTH = 200
# A word such as C# keeps its sign.
_COMMENT = re.compile(r"(?:^|\s)#.*")
_BETWEEN = re.compile("[=＝]")
_JOINED = " = "

Read = TypeVar("Read")


class Problem(StrEnum):
    """What can be wrong with a word or a group of synonyms."""

    EMPTY = "a word has no letter or digit"
    LONG = f"a word is longer than {WORD_LENGTH} characters, or a group longer than {GROUP_LENGTH}"
    ALONE = "a group of synonyms is two or more different words with = between them"
    GROUP = f"words with = between them are synonyms: they belong in {SYNONYMS_FILE}"
    GARBLED = "not UTF-8 text"
    KNOWN = "it is there already"


class LexiconError(ValueError):
    """A word or a group that cannot be used; ``where`` names the file and the line."""

    def __init__(self, problem: Problem, where: str = "") -> None:
        super().__init__(f"{where}: {problem}" if where else problem.value)
        self.problem = problem


@dataclass(frozen=True)
class Lexicon:
    """The site's own words, and groups of words that stand for each other; as they are written."""

    words: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()

    def synonyms_of(self, word: str) -> tuple[str, ...]:
        """The other words of every group with the word, compared without width, case and punctuation."""
        return self._others.get(squeeze(word), ())

    @cached_property
    def _others(self) -> dict[str, tuple[str, ...]]:
        """For each squeezed word the others that go with it."""
        together: dict[str, dict[str, str]] = {}
        for group in self.synonyms:
            for member in group:
                together.setdefault(squeeze(member), {}).update({squeeze(other): other for other in group})
        return {
            key: tuple(word for other, word in words.items() if other != key)
            for key, words in together.items()
        }

    def has_word(self, word: str) -> bool:
        """Whether the word is among the words."""
        return squeeze(word) in map(squeeze, self.words)

    def has_group(self, group: tuple[str, ...]) -> bool:
        """Whether one group holds all of these words."""
        wanted = set(map(squeeze, group))
        return any(wanted <= set(map(squeeze, known)) for known in self.synonyms)


def read_word(text: str) -> str:
    """A word of the site's own, its white space made single.

    Raises:
        LexiconError: it is none.
    """
    word = _checked(text)
    if _BETWEEN.search(word):
        raise LexiconError(Problem.GROUP)
    return word


def read_group(text: str) -> tuple[str, ...]:
    """The words of ``AI = 人工智能``, each once; the full-width ＝ divides them too.

    Raises:
        LexiconError: it is no group.
    """
    pieces = _BETWEEN.split(text)
    if len(pieces) < 2:
        raise LexiconError(Problem.ALONE)
    group = tuple({squeeze(word): word for word in map(_checked, pieces)}.values())
    if len(group) < 2:
        raise LexiconError(Problem.ALONE)
    if len(write_group(group)) > GROUP_LENGTH:
        raise LexiconError(Problem.LONG)
    return group


def write_group(group: tuple[str, ...]) -> str:
    """The group as it is kept and shown, at most 200 characters: ``AI = 人工智能``."""
    return _JOINED.join(group)


def _checked(text: str) -> str:
    word = " ".join(text.split())
    if "\ufffd" in word or any(unicodedata.category(character) == "Cc" for character in word):
        raise LexiconError(Problem.GARBLED)
    if not squeeze(word):
        raise LexiconError(Problem.EMPTY)
    if len(word) > WORD_LENGTH:
        raise LexiconError(Problem.LONG)
    return word


def refuse(error: LexiconError) -> NoReturn:
    """What to do with a bad line, unless told otherwise.

    Raises:
        LexiconError: always.
    """
    raise error


Complain = Callable[[LexiconError], None]


def read_words(text: str, name: str = WORDS_FILE, complain: Complain = refuse) -> tuple[str, ...]:
    """The words of a file; ``complain`` is told of each bad line, and the line is left out if it returns.

    Raises:
        LexiconError: a line is no word, and nobody else wants to know.
    """
    return tuple({squeeze(word): word for word in _lines(text, name, complain, read_word)}.values())


def read_synonyms(
    text: str, name: str = SYNONYMS_FILE, complain: Complain = refuse
) -> tuple[tuple[str, ...], ...]:
    """The groups of a file; bad lines as in ``read_words``.

    Raises:
        LexiconError: a line is no group, and nobody else wants to know.
    """
    return tuple(dict.fromkeys(_lines(text, name, complain, read_group)))


def _lines(text: str, name: str, complain: Complain, read: Callable[[str], Read]) -> list[Read]:
    """What every line holds that is neither empty nor a comment."""
    found = []
    # Lines end as editors end them; newline=None takes all three ways.
    for number, line in enumerate(io.StringIO(text.removeprefix("\ufeff"), newline=None), 1):
        line = _COMMENT.sub("", line)
        if not line.strip():
            continue
        try:
            found.append(read(line))
        except LexiconError as error:
            complain(LexiconError(error.problem, f"{name}, line {number}"))
    return found


def read_files(content: Path, complain: Complain = refuse) -> Lexicon:
    """Both files of a content folder; one that is not there is empty. Bad lines as in ``read_words``.

    Raises:
        LexiconError: a line cannot be used, and nobody else wants to know.
        OSError: a file is there and cannot be read.
    """
    text = partial(_text, content)
    return Lexicon(
        read_words(text(WORDS_FILE), str(content / WORDS_FILE), complain),
        read_synonyms(text(SYNONYMS_FILE), str(content / SYNONYMS_FILE), complain),
    )


def _text(content: Path, name: str) -> str:
    """The text of a file; what is not UTF-8 in it makes its line a bad one."""
    return file_bytes(content / name).decode("utf-8", errors="replace")


def file_bytes(path: Path) -> bytes:
    """What a file of the lexicon holds; nothing when it is not there.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
