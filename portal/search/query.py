"""What was typed, read as a query: words, exact words, words to be left out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from portal.search.analysis import LETTERS, SPACED, VISIBLE, Table, fold, squeeze, word_grams
from portal.search.lexicon import Lexicon

# More words than this narrow nothing down any further.
MOST_WORDS = 100
# What numbers and words are made of where words are set apart by spaces: digits, Latin, Greek, Cyrillic.
RUN = r"0-9a-z\u00df-\u024f\u0370-\u052f"
_RUN = re.compile(f"[{RUN}]")
# Up to three digits may be a piece of 4.5 or 1.25; a year may follow the number of an item: 1.2023年.
_SHORT_NUMBER = 3
_START_OF_NUMBER = r"(?:(?<!\d\.)|(?<=^\d\.)|(?<=^\d\d\.))"
_END_OF_NUMBER = r"(?!\.\d)"
_THOUSANDS = r"(?:,(?=\d{3}(?!\d)))?"

_TOKEN = re.compile(
    r"""(?P<without>[-－])?(?:"(?P<ascii>[^"]+)"|“(?P<quoted>[^“”]+)”)(?=\s|$)|(?P<minus>[-－])?(?P<plain>\S+)"""
)
# White space, or what may be an operator.
_SIGNS = re.compile(r"""\s|^[-－"“]""")


# None of the three is changed once it is made; frozen, they would take three times as long to make.
@dataclass(eq=False, slots=True)
class Word:
    """One thing to be found: what was ``typed`` for it, and the ``text`` of its letters and digits, squeezed;
    of punctuation alone, folded.

    A text is translated by ``table`` before the word is looked for in it. Where the word has digits or Latin
    letters, their neighbours have a say: then it is ``SPACED``.
    """

    text: str
    typed: str
    table: Table
    exact: bool = False
    _pattern: re.Pattern[str] | None = None

    @classmethod
    def read(cls, typed: str, exact: bool = False) -> "Word":
        """The word that was typed; its text is empty when nothing visible was."""
        text = squeeze(typed)
        if not text:
            return cls(fold(typed), typed, VISIBLE, exact)
        return cls(text, typed, SPACED if _RUN.search(text) else LETTERS, exact)

    @property
    def literal(self) -> bool:
        """Whether it is punctuation alone, which is looked for as it stands."""
        return self.table is VISIBLE

    @property
    def grams(self) -> list[str]:
        """The grams that every text with the word holds."""
        return word_grams(self.text)

    @property
    def pattern(self) -> re.Pattern[str]:
        """What finds a word with digits or Latin letters in a ``SPACED`` text.

        One that begins or ends with them is not looked for inside a longer number or word, and the digits
        of a number stand together: 45 is not in 4.5.
        """
        if self._pattern is None:
            self._pattern = re.compile(_expression(self.typed))
        return self._pattern

    def places(self, translated: str) -> Iterable[tuple[int, int]]:
        """Where the word stands in a text translated by its table: start and end, overlapping ones too."""
        if self.table is SPACED:
            return (match.span() for match in self.pattern.finditer(translated))
        return ((at, at + len(self.text)) for at in occurrences(translated, self.text))


@dataclass(eq=False, slots=True)
class Term:
    """A typed word, and the words that are searched for beside it because they mean the same."""

    word: Word
    synonyms: tuple[Word, ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        """The word and its synonyms: a text with any of them has the term."""
        return (self.word, *self.synonyms)


@dataclass(eq=False, slots=True)
class Query:
    """What is looked for: a text matches when it has every term, in any order, and no excluded word."""

    typed: str
    terms: tuple[Term, ...]
    excluded: tuple[Word, ...] = ()

    @classmethod
    def parse(cls, typed: str, lexicon: Lexicon = Lexicon()) -> "Query":  # noqa: B008 - it is frozen
        """Read what was typed. Words are divided by white space; ``"…"`` is taken as it stands, without
        synonyms, and ``-…`` is left out. Other quotes and hyphens are punctuation, which does not count.
        """
        typed = typed.strip()
        if not _SIGNS.search(typed):  # one plain word, as most queries are
            word = Word.read(typed)
            return cls(typed, (_term(word, lexicon),) if word.text else ())
        terms: dict[str, Term] = {}
        excluded: list[Word] = []
        for token in _TOKEN.finditer(typed):
            exact = token["ascii"] or token["quoted"]
            word = Word.read(exact or token["plain"], bool(exact))
            if (token["without"] or token["minus"]) and not word.literal:
                excluded.append(word)
            elif not exact and token["minus"]:
                word = Word.read(token["minus"] + token["plain"])
                terms.setdefault(word.text, Term(word))
            elif word.text and len(terms) < MOST_WORDS:
                terms.setdefault(word.text, Term(word) if exact else _term(word, lexicon))
        return cls(typed, _significant(terms.values()), tuple(excluded[:MOST_WORDS]))

    @classmethod
    def of_any(cls, typed: str, words: Iterable[str]) -> "Query":
        """A query for texts with any of the words."""
        first, *others = map(Word.read, words)
        return cls(typed, (Term(first, tuple(others)),))

    @classmethod
    def of_all(cls, words: Iterable[str]) -> "Query":
        """A query for texts with all of the words."""
        read = tuple(Term(Word.read(word)) for word in words)
        return cls(" ".join(term.word.typed for term in read), read)

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def words(self) -> tuple[str, ...]:
        """The squeezed typed words."""
        return tuple(term.word.text for term in self.terms)


def _term(word: Word, lexicon: Lexicon) -> Term:
    synonyms = lexicon.synonyms_of(word.text) if lexicon.synonyms else ()
    return Term(word, tuple(map(Word.read, synonyms)))


def _significant(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Punctuation counts only where there is nothing else."""
    terms = [term for term in terms if term.word.text]
    return tuple(term for term in terms if not term.word.literal) or tuple(terms)


def occurrences(text: str, word: str) -> list[int]:
    """Where the word begins in the text, overlapping ones too."""
    found, start = [], text.find(word)
    while start >= 0:
        found.append(start)
        start = text.find(word, start + 1)
    return found


def _expression(typed: str) -> str:
    """The regular expression of a word with digits or Latin letters, for a ``SPACED`` text."""
    characters: list[tuple[str, str]] = []  # each with what was typed before it that does not count
    gap = ""
    for character in typed.translate(SPACED):
        if character.isalnum():
            characters.append((gap, character))
            gap = ""
        else:
            gap += character
    pieces = [characters[0][1]]
    for (_, before), (between, after) in pairwise(characters):
        pieces += [_gap(before, between, after), re.escape(after)]
    text = "".join(character for _, character in characters)
    opened, closed = characters[0][0].strip(), gap.strip()
    return _beginning(text, opened) + "".join(pieces) + _end(text, closed)


def _gap(before: str, between: str, after: str) -> str:
    """What may stand in a text between two characters of a word."""
    if before.isdigit() and after.isdigit():
        if not between:
            return _THOUSANDS
        return r"\." if between == "." else r"[\W_]+"
    if _RUN.match(before) and _RUN.match(after) and before.isdigit() == after.isdigit() and not between:
        return r"[^\w\s]*"
    return r"[\W_]*"


def _beginning(text: str, opened: str) -> str:
    if opened or not _RUN.match(text):
        return ""
    number = re.match(r"\d*", text)
    short = number and 0 < len(number[0]) <= _SHORT_NUMBER
    return f"(?<![{RUN}])" + (_START_OF_NUMBER if short else "")


def _end(text: str, closed: str) -> str:
    if closed or not _RUN.match(text[-1]):
        return ""
    digits = len(text) - len(text.rstrip("0123456789"))
    return f"(?![{RUN}])" + (_END_OF_NUMBER if 0 < digits <= _SHORT_NUMBER else "")
