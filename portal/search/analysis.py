"""How a text is compared with what is typed: folded, squeezed, and cut into grams.

Nothing here looks at neighbouring characters, so whatever is cut out of a text folds to a part of the folded
text: that is what makes every piece of a paragraph find its paragraph.
"""

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import compress, pairwise

from opencc import OpenCC

# Above this, characters are folded anew each time: a table in memory must not grow with what people send.
TABLE_SIZE = 50_000
# What OpenCC converts in words alone, for it looks at them: 瞭解 is 了解, though 瞭望 stays.
ALWAYS = {"瞭": "了"}
# Unicode's categories of numbers and symbols that are neither digits nor letters.
SIGNS = ("No", "Nl", "So")
# The longest query, in characters: whole paragraphs can be looked for.
QUERY_LENGTH = 1000


class Table(dict[int, str]):
    """A table for ``str.translate`` that fills itself."""

    def __init__(self, replace: Callable[[str], str]) -> None:
        super().__init__()
        self._replace = replace

    def __missing__(self, codepoint: int) -> str:
        replaced = self._replace(chr(codepoint))
        if len(self) < TABLE_SIZE:
            self[codepoint] = replaced
        return replaced


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def _simplified(character: str) -> str:
    """The simplified form, without a look at the word around it."""
    return ALWAYS.get(character) or (_converter().convert(character) if character.isalpha() else character)


def _fold(character: str) -> str:
    """Without width, case, accents and script."""
    for _ in range(2):  # folding case can give a character that decomposes once more
        character = unicodedata.normalize("NFKD", character).casefold()
    return "".join(map(_simplified, character))


def _spaced(character: str) -> str:
    """Folded; white space is one space, and what one sign says (①, ½, ㎡) stands apart from others."""
    if character.isspace():
        return " "
    if character == "，":  # divides sentences, not thousands
        return "、"
    folded = "".join(filter(_is_visible, _fold(character)))
    return f" {folded} " if unicodedata.category(character) in SIGNS else folded


def _is_visible(character: str) -> bool:
    """Neither white space nor a control, format or surrogate character."""
    return not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf", "Cs")


VISIBLE = Table(lambda character: "".join(filter(_is_visible, _fold(character))))
LETTERS = Table(lambda character: "".join(filter(str.isalnum, _fold(character))))
SPACED = Table(_spaced)


def fold(text: str) -> str:
    """The text without width, case, accents, traditional forms, white space and invisible characters;
    punctuation stays.
    """
    return text.translate(VISIBLE)


def squeeze(text: str) -> str:
    """The letters and digits of the folded text alone, closed up: ``（一）发展, 优化`` is ``一发展优化``."""
    return text.translate(LETTERS)


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
    if typed.isprintable():  # nearly always
        return typed.strip()
    kept = (" " if character.isspace() else character for character in typed)
    return "".join(character for character in kept if _may_stand(character)).strip()


def _may_stand(character: str) -> bool:
    """Neither a control character nor a noncharacter of Unicode (U+FDD0 to U+FDEF, U+FFFE, U+1FFFF, …)."""
    code = ord(character)
    noncharacter = 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return unicodedata.category(character) != "Cc" and not noncharacter


def word_grams(word: str) -> list[str]:
    """The grams that every text with the word holds: its pairs, or the character that it is."""
    return [word[at : at + 2] for at in range(len(word) - 1)] or [word]


def located(text: str, table: Table) -> tuple[str, list[int]]:
    """The translated text, and for each of its characters the position in ``text`` that it comes from."""
    pieces = list(map(table.__getitem__, map(ord, text)))
    translated = "".join(pieces)
    if len(translated) + pieces.count("") == len(pieces):  # each became one or none, as nearly always
        return translated, list(compress(range(len(pieces)), pieces))
    return translated, [at for at, piece in enumerate(pieces) for _ in piece]
