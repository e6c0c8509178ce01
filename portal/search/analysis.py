"""How a text is compared with what is typed: folded, squeezed, and cut into grams.

Nothing here looks at neighbouring characters, so whatever is cut out of a text folds to a part of the folded
text: that is what makes every piece of a paragraph find its paragraph.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

# Above this, characters are folded anew each time: a table in memory must not grow with what people send.
TABLE_SIZE = 50_000
# The longest query, in characters: more is no search for words.
QUERY_LENGTH = 200


class _Table(dict[int, str]):
    """A table for ``str.translate`` that fills itself."""

    def __init__(self, keeps: Callable[[str], bool]) -> None:
        super().__init__()
        self.keeps = keeps

    def __missing__(self, codepoint: int) -> str:
        character = chr(codepoint)
        for _ in range(2):  # folding case can give a character that decomposes once more
            character = unicodedata.normalize("NFKD", character).casefold()
        folded = "".join(filter(self.keeps, character))
        if len(self) < TABLE_SIZE:
            self[codepoint] = folded
        return folded


def _is_visible(character: str) -> bool:
    """Neither white space nor a control or format character."""
    return not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf")


_VISIBLE = _Table(_is_visible)
_LETTERS = _Table(str.isalnum)


def fold(text: str) -> str:
    """The text without width, case, accents, white space and invisible characters; punctuation stays."""
    return text.translate(_VISIBLE)


def squeeze(text: str) -> str:
    """The letters and digits of the folded text alone, closed up: ``（一）发展, 优化`` is ``一发展优化``."""
    return text.translate(_LETTERS)


def grams(text: str) -> Iterator[str]:
    """Every gram of one and two characters, with repetition: of the squeezed text, and of its punctuation.

    Letters and digits pair up across the punctuation between them; punctuation pairs with punctuation alone.
    """
    squeezed = squeeze(text)
    yield from squeezed
    yield from map("".join, pairwise(squeezed))
    folded = fold(text)
    yield from (character for character in folded if not character.isalnum())
    yield from (a + b for a, b in pairwise(folded) if not a.isalnum() and not b.isalnum())


def printable(typed: str) -> str:
    """What was typed, each white space a space, none at the ends, and nothing that no page may carry."""
    kept = (" " if character.isspace() else character for character in typed)
    return "".join(character for character in kept if _may_stand(character)).strip()


def _may_stand(character: str) -> bool:
    """Neither a control character nor a noncharacter of Unicode (U+FDD0 to U+FDEF, U+FFFE, U+1FFFF, …)."""
    code = ord(character)
    noncharacter = 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return unicodedata.category(character) != "Cc" and not noncharacter


@dataclass(frozen=True)
class Query:
    """What is looked for: a text matches when it contains every word, in any order.

    ``words`` are squeezed; a query without any letter or digit is ``literal``: its words are folded, and
    matched with the punctuation of the text.
    """

    typed: str
    words: tuple[str, ...]
    literal: bool = False

    @classmethod
    def parse(cls, typed: str) -> "Query":
        """Read what was typed: words are divided by white space, and their punctuation does not count."""
        typed = typed.strip()
        pieces = typed.split()
        words = tuple(dict.fromkeys(filter(None, map(squeeze, pieces))))
        if words:
            return cls(typed, words)
        return cls(typed, tuple(dict.fromkeys(filter(None, map(fold, pieces)))), literal=True)

    def __bool__(self) -> bool:
        return bool(self.words)

    def reduced(self, text: str) -> str:
        """The text in the form in which the words are looked for."""
        return text.translate(self.table)

    @property
    def table(self) -> dict[int, str]:
        """What each character becomes in that form."""
        return _VISIBLE if self.literal else _LETTERS

    def parts(self) -> "Query":
        """The query whose words are the grams of this one, for texts that hold only some of it."""
        pieces = dict.fromkeys(gram for word in self.words for gram in word_grams(word))
        return Query(self.typed, tuple(pieces), self.literal)


def word_grams(word: str) -> tuple[str, ...]:
    """The distinct grams that every text with the word holds: its pairs, or the character that it is."""
    return tuple(dict.fromkeys(map("".join, pairwise(word)))) or (word,)


def located(text: str, query: Query) -> tuple[str, list[int]]:
    """The reduced text, and for each of its characters the position in ``text`` that it comes from."""
    table = query.table
    pieces = [table[ord(character)] for character in text]
    return "".join(pieces), [at for at, piece in enumerate(pieces) for _ in piece]
