"""What was typed, read as a query: words, exact words, words to be left out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from portal.search.analysis import LETTERS, SPACED, VISIBLE, Table, fold, word_grams
from portal.search.lexicon import Lexicon

NO_WORDS = Lexicon()
# More words than this narrow nothing down any further.
MOST_WORDS = 100
MOST_EXCLUDED = 20
# What numbers and words are made of where words are set apart by spaces: digits, Latin, Greek, Cyrillic.
RUN = r"0-9a-z\u00df-\u024f\u0370-\u052f"
LAST_OF_RUN = "\u052f"
_RUN = re.compile(f"[{RUN}]")
# Up to three digits may be a piece of 4.5 or 1.25; a year may follow the number of an item: 1.2023年.
_SHORT_NUMBER = 3
_DIGITS = "0123456789"
_START_OF_NUMBER = r"(?:(?<!\d\.)|(?<=^\d\.)|(?<=^\d\d\.))"
_END_OF_NUMBER = r"(?!\.\d)"
# 1,000 is 1000, and 500 is not in 1,500; but what follows a year and a comma is another number.
_THOUSANDS = r"(?:,(?=\d{3}(?!\d)))?"
_AFTER_THOUSANDS = r"(?:(?<!\d,)|(?<=\d{4},))"
_BEFORE_THOUSANDS = r"(?!,\d{3}(?!\d))"
_COMMA = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")

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
    is_cut: bool = False
    _pattern: re.Pattern[str] | None = None
    _grams: list[str] | None = None

    @classmethod
    def read(cls, typed: str, exact: bool = False, is_cut: bool = False) -> "Word":
        """The word that was typed; its text is empty when nothing visible was.

        ``is_cut``: it may have been cut out inside a number or a word.
        """
        text = typed.translate(LETTERS)
        if not text:
            return cls(fold(typed), typed, VISIBLE, exact, is_cut)
        return cls(text, typed, SPACED if _has_run(text) else LETTERS, exact, is_cut)

    @property
    def literal(self) -> bool:
        """Whether it is punctuation alone, which is looked for as it stands."""
        return self.table is VISIBLE

    @property
    def grams(self) -> list[str]:
        """The grams that every text with the word holds."""
        if self._grams is None:
            self._grams = word_grams(self.text)
        return self._grams

    @property
    def pattern(self) -> re.Pattern[str]:
        """What finds a word with digits or Latin letters in a ``SPACED`` text.

        One that begins or ends with them is not looked for inside a longer number or word, and the digits
        of a number stand together: 45 is not in 4.5.
        """
        if self._pattern is None:
            self._pattern = re.compile(_expression(self.typed, self.is_cut))
        return self._pattern

    @property
    def quoted(self) -> str:
        """The word as it can be typed to be read so again."""
        bare = not self.exact and not _SIGNS.search(self.typed)
        return self.typed if bare or '"' in self.typed else f'"{self.typed}"'

    def places(self, translated: str) -> Iterable[tuple[int, int]]:
        """Where the word stands in a text translated by its table: start and end."""
        if self.table is SPACED:
            return (match.span() for match in self.pattern.finditer(translated))
        return ((at, at + len(self.text)) for at in occurrences(translated, self.text))


@dataclass(eq=False, slots=True)
class Term:
    """A typed word, and the words that are searched for beside it because they mean the same."""

    word: Word
    synonyms: tuple[Word, ...] = ()

    @classmethod
    def of_any(cls, words: Iterable[str]) -> "Term":
        """A term that any of the words has."""
        first, *others = map(Word.read, words)
        return cls(first, tuple(others))

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
    _searched: list[Word] | None = None

    @classmethod
    def parse(cls, typed: str, lexicon: Lexicon = NO_WORDS) -> "Query":
        """Read what was typed. Words are divided by white space; ``"…"`` is taken as it stands, without
        synonyms, and ``-…`` is left out. Other quotes and hyphens are punctuation, which does not count.
        """
        typed = typed.strip()
        if typed.isalnum() or not _SIGNS.search(typed):  # one plain word, as most queries are
            word = Word.read(typed)
            if not word.text:
                return cls(typed, ())
            return cls(typed, (_term(word, lexicon),))
        terms: dict[str, Term] = {}
        excluded: list[Word] = []
        for token in _TOKEN.finditer(typed):
            exact = token["ascii"] or token["quoted"]
            word = Word.read(exact or token["plain"], bool(exact))
            if (token["without"] or token["minus"]) and not word.literal:
                excluded.append(word)
                continue
            if token["minus"]:  # punctuation of which the hyphen is a part
                word = Word.read(token["minus"] + token["plain"])
            # 4.5 and 45 have the same letters and digits. Of a word and the same in quotes, the quotes count.
            key = word.text if word.table is not SPACED else word.typed.translate(SPACED)
            if word.text and (key not in terms or exact) and len(terms) < MOST_WORDS:
                terms[key] = Term(word) if exact else _term(word, lexicon)
        return cls(typed, _significant(terms.values()), tuple(excluded[:MOST_EXCLUDED]))

    @classmethod
    def of_any(cls, typed: str, words: Iterable[str]) -> "Query":
        """A query for texts with any of the words."""
        return cls(typed, (Term.of_any(words),))

    @classmethod
    def of_quote(cls, quote: str) -> "Query":
        """A query for what was cut out of a text, in one piece whatever spaces it has."""
        word = Word.read(quote, is_cut=True)
        return cls(quote, (Term(word),) if word.text else ())

    @classmethod
    def of_all(cls, words: Iterable[str]) -> "Query":
        """A query for texts with all of the words."""
        read = tuple(Term(Word.read(word)) for word in words)
        return cls(" ".join(term.word.typed for term in read), read)

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def only_word(self) -> Word | None:
        """The one word that is all of the query; None where it says more."""
        terms = self.terms
        if len(terms) != 1 or terms[0].synonyms or self.excluded:
            return None
        return terms[0].word

    @property
    def searched(self) -> list[Word]:
        """Every word that is looked for, synonyms too."""
        if self._searched is None:
            self._searched = [word for term in self.terms for word in term.words]
        return self._searched

    @property
    def words(self) -> tuple[str, ...]:
        """The squeezed typed words."""
        return tuple(term.word.text for term in self.terms)


def _term(word: Word, lexicon: Lexicon) -> Term:
    if not lexicon.synonyms:
        return Term(word)
    return Term(word, tuple(map(Word.read, lexicon.synonyms_of(word.text))))


def _has_run(text: str) -> bool:
    """Whether there is any digit or letter of the alphabets, which all come before Chinese characters."""
    return min(text) <= LAST_OF_RUN and bool(_RUN.search(text))


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


def _expression(typed: str, is_cut: bool) -> str:
    """The regular expression of a word with digits or Latin letters, for a ``SPACED`` text."""
    characters: list[tuple[str, str]] = []  # each with what was typed before it that does not count
    gap = ""
    for character in _COMMA.sub("", typed.translate(SPACED)):
        if character.isalnum():
            characters.append((gap, character))
            gap = ""
        else:
            gap += character
    pieces = [characters[0][1]]
    for (_, before), (between, after) in pairwise(characters):
        pieces += [_gap(before, between, after), re.escape(after)]
    text = "".join(character for _, character in characters)
    middle = "".join(pieces)
    if is_cut:
        return middle
    return _beginning(text, characters[0][0].strip()) + middle + _end(text, gap.strip())


def _gap(before: str, between: str, after: str) -> str:
    """What may stand in a text between two characters of a word."""
    if before.isdigit() and after.isdigit():
        if not between:
            return _THOUSANDS
        return r"\." if between == "." else r"[\W_]+"
    if _RUN.match(before) and _RUN.match(after) and before.isdigit() == after.isdigit() and not between:
        return r"(?:[^\w\s]|_)*"
    return r"[\W_]*"


def _beginning(text: str, opened: str) -> str:
    """What may not stand before a word; after a point that was typed, a number may go on: .5 is in 4.5."""
    if not _RUN.match(text):
        return ""
    digits = len(text) - len(text.lstrip(_DIGITS))
    bounds = f"(?<![{RUN}])"
    if 0 < digits <= _SHORT_NUMBER and not opened.endswith((".", ",")):
        bounds += _START_OF_NUMBER
    if digits == _SHORT_NUMBER and not opened.endswith((".", ",")):
        bounds += _AFTER_THOUSANDS
    return bounds


def _end(text: str, closed: str) -> str:
    """What may not stand behind a word."""
    if not _RUN.match(text[-1]):
        return ""
    digits = len(text) - len(text.rstrip(_DIGITS))
    bounds = f"(?![{RUN}])"
    if 0 < digits <= _SHORT_NUMBER and not closed.startswith((".", ",")):
        bounds += _END_OF_NUMBER + _BEFORE_THOUSANDS
    return bounds
