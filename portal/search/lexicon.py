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
JOINED = " = "
# What people put between words in place of =; a comma between two digits belongs to a number.
_OTHER_SIGN = re.compile(r"[，、；]|[,;](?!\d)|(?<!\d)[,;]")

Read = TypeVar("Read")
Group = tuple[str, ...]


class Problem(StrEnum):
    """What can be wrong with a word or a group of synonyms."""

    EMPTY = "a word has no letter or digit"
    LONG = f"a word is longer than {WORD_LENGTH} characters, or a group longer than {GROUP_LENGTH}"
    SHORT = "a word has one character alone"
    ALONE = "a group of synonyms is two or more different words with = between them"
    OPEN = "no word follows the last ="
    SIGN = "another sign than = stands between the words of a group"
    GROUP = f"words with = between them are synonyms: they belong in {SYNONYMS_FILE}"
    GARBLED = "not UTF-8 text"
    KNOWN = "it is there already"


class LexiconError(ValueError):
    """A word or a group that cannot be used.

    ``where`` names the file and the line, ``sign`` what stands in place of an equals sign.
    """

    def __init__(self, problem: Problem, where: str = "", sign: str = "") -> None:
        super().__init__(f"{where}: {problem}" if where else problem.value)
        self.problem, self.sign = problem, sign


@dataclass(frozen=True)
class Lexicon:
    """The site's own words, and groups of words that stand for each other; as they are written.

    Words are compared without width, case and punctuation.
    """

    words: tuple[str, ...] = ()
    synonyms: tuple[Group, ...] = ()

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The synonyms with all groups that have a word in common made one: what means the same as the same
        means the same. In the order in which they are first written, each word as it is first written.
        """
        holding: dict[str, dict[str, str]] = {}
        for group in self.synonyms:
            words = {squeeze(word): word for word in group}
            joined: dict[str, str] = {}
            for some in [*(holding[key] for key in words if key in holding), words]:
                joined |= {key: word for key, word in some.items() if key not in joined}
            holding |= dict.fromkeys(joined, joined)
        return tuple({id(group): tuple(group.values()) for group in holding.values()}.values())

    def synonyms_of(self, word: str) -> tuple[str, ...]:
        """The other words of the group with the word."""
        return self._others.get(squeeze(word), ())

    @cached_property
    def _others(self) -> dict[str, tuple[str, ...]]:
        """For each squeezed word the others that go with it."""
        return {
            squeeze(word): tuple(other for other in group if other != word)
            for group in self.groups
            for word in group
        }

    def has_word(self, word: str) -> bool:
        """Whether the word is among the words."""
        return squeeze(word) in map(squeeze, self.words)

    def has_group(self, group: Group) -> bool:
        """Whether one group holds all of these words."""
        wanted = set(map(squeeze, group))
        return any(wanted <= set(map(squeeze, known)) for known in self.groups)

    def touching(self, group: Group) -> tuple[Group, ...]:
        """The groups that have a word of this one: with it they become one."""
        words = set(map(squeeze, group))
        return tuple(known for known in self.groups if not words.isdisjoint(map(squeeze, known)))


def read_word(text: str) -> str:
    """A word of the site's own, its white space made single.

    Raises:
        LexiconError: it is none.
    """
    word = _checked(text)
    if _BETWEEN.search(word):
        raise LexiconError(Problem.GROUP)
    if len(word) == 1:
        raise LexiconError(Problem.SHORT)
    return word


def read_group(text: str) -> Group:
    """The words of ``AI = 人工智能``, each once; the full-width ＝ divides them too.

    Raises:
        LexiconError: it is no group.
    """
    if sign := _other_sign(text):
        raise LexiconError(Problem.SIGN, sign=sign)
    pieces = _BETWEEN.split(text)
    if len(pieces) < 2:
        raise LexiconError(Problem.ALONE)
    if squeeze(text) and not pieces[-1].strip():
        raise LexiconError(Problem.OPEN)
    group = tuple({squeeze(word): word for word in map(_checked, pieces)}.values())
    if len(group) < 2:
        raise LexiconError(Problem.ALONE)
    if len(write_group(group)) > GROUP_LENGTH:
        raise LexiconError(Problem.LONG)
    return group


def _other_sign(text: str) -> str:
    """What stands between words in place of =, if anything; a space only where no = is."""
    if sign := _OTHER_SIGN.search(text):
        return sign[0] if squeeze(text) else ""
    return " " if not _BETWEEN.search(text) and len(list(filter(squeeze, text.split()))) > 1 else ""


def write_group(group: Group) -> str:
    """The group as it is kept and shown, at most 200 characters: ``AI = 人工智能``."""
    return JOINED.join(group)


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


def read_synonyms(text: str, name: str = SYNONYMS_FILE, complain: Complain = refuse) -> tuple[Group, ...]:
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
