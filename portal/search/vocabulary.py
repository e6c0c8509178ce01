"""The words that the texts are made of: how often they occur, how they are read and written.

``collect`` works it out while an index is built; serving reads what it wrote, without any dictionary.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from heapq import nlargest
from typing import Any

from portal.search import pinyin
from portal.search.analysis import squeeze
from portal.search.cutting import counted
from portal.search.shapes import Forms, Shapes, described, inverted

# A word that the office names is what people look for, unless another is much more frequent.
SITE_TIMES = 8
_LAST = chr(0x10FFFF)
# Of each part that has any: the keys of a table and its values, each in lines.
Packed = tuple[tuple[str, str], ...]


def collect(
    texts: Iterable[str],
    site_words: Iterable[str],
    characters: Iterable[str] = (),
    known: Collection[str] = (),
) -> dict[str, Any]:
    """The vocabulary of the texts, as ``Vocabulary`` takes it and JSON can carry it.

    Its words have two and more characters: those of the dictionary and of the site, runs of single characters
    between them, and pairs of them, both when they occur twice. Each goes with its occurrences and spellings,
    and the characters, these and those given, with their readings and forms, unless those are ``known``.
    """
    forms: dict[str, str] = {}
    words: Counter[str] = Counter()
    used: set[str] = set()
    for token, count in counted(_noted(texts, used), site_words):
        if len(key := squeeze(token)) < 2:
            continue
        words[key] += count
        if token != token.lower():
            forms.setdefault(key, token)
    readings = {character: pinyin.readings(character) for character in sorted({*characters, *used})}
    written = [one for one in readings if one not in known and not one.isascii()]
    sounds = _rows((syllable, character) for character in written for syllable in readings[character])
    tables = {"forms": forms, "sounds": sounds, **_spelled(words, readings), **described(written)}
    # In order, so that serving has little to sort.
    ordered = {word: str(count) for word, count in sorted(words.items())}
    return {
        "characters": "".join(sorted(used)),
        "words": _packed(ordered),
        **{name: _packed(table) for name, table in tables.items()},
    }


def load() -> None:
    """Load what ``collect`` reads of every text, for a process that is about to."""
    pinyin.readings("一")
    for _ in counted((), ()):
        pass


def _packed(table: Mapping[str, str]) -> list[str]:
    """The keys and the values, each in lines: two long strings are read much sooner than many short ones."""
    return ["\n".join(table), "\n".join(table.values())]


def _unpacked(packed: Sequence[str]) -> dict[str, str]:
    keys, values = packed
    return dict(zip(keys.split("\n"), values.split("\n"), strict=True)) if keys else {}


def _noted(texts: Iterable[str], characters: set[str]) -> Iterator[str]:
    """The texts; the letters that they are written in are added to ``characters``."""
    for text in texts:
        characters.update(squeeze(text))
        yield text


@cache
def common_characters() -> frozenset[str]:
    """The 6,763 characters of GB 2312, which people may type though no text has them."""
    codes = (bytes([row, cell]) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    return frozenset("".join(code.decode("gb2312", "ignore") for code in codes))


def _rows(pairs: Iterable[tuple[str, str]], between: str = "") -> dict[str, str]:
    rows: dict[str, list[str]] = defaultdict(list)
    for key, member in pairs:
        rows[key].append(member)
    return {key: between.join(dict.fromkeys(row)) for key, row in sorted(rows.items())}


def _spelled(words: Iterable[str], readings: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
    """The words by their pinyin and by their initials, those of one key divided by spaces."""
    spelled = [(spelling, word) for word in words for spelling in _spellings(word, readings)]
    return {
        "spellings": _rows((("".join(syllables), word) for syllables, word in spelled), " "),
        "initials": _rows((("".join(s[0] for s in syllables), word) for syllables, word in spelled), " "),
    }


def _spellings(word: str, readings: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    return pinyin.spellings([readings.get(character, ()) for character in word])


class Vocabulary:
    """The words of a site, to look up by their characters, pinyin and initials.

    ``parts`` are the values of ``collect`` for the parts of an index; ``site_words`` are the office's own,
    which count several times.
    """

    def __init__(self, parts: Sequence[Mapping[str, Any]], site_words: Sequence[str] = ()) -> None:
        self._parts = parts
        self.site = {squeeze(word): word for word in site_words}
        self.words: dict[str, int] = {}
        for part in parts:
            self._count(_unpacked(part["words"]))
        self._unknown = [word for word in self.site if word not in self.words]
        self.words.update(dict.fromkeys(self._unknown, 0))
        self.characters = frozenset("".join(part["characters"] for part in parts))
        self.shapes = Shapes(_forms(self._packed("corners"), self._packed("parts")), self.characters)
        # The characters of each syllable, and the syllables of each character, of common ones too that no
        # word has.
        self._sounds, self.readings = _sounds(self._packed("sounds"))
        # Worked out by slips.py at first need, and kept here so that it goes with the vocabulary.
        self.taken_for: dict[str, dict[str, float]] = {}
        self._forms = {key: form for part in parts for key, form in _unpacked(part["forms"]).items()}

    def _count(self, words: Mapping[str, str]) -> None:
        counts = dict(zip(words, map(int, words.values()), strict=True))
        known = {word: self.words[word] + counts[word] for word in counts.keys() & self.words.keys()}
        self.words |= counts | known

    def _table(self, name: str, between: str = "", more: Sequence[dict[str, str]] = ()) -> dict[str, str]:
        return _merged([*(_unpacked(part[name]) for part in self._parts), *more], between)

    def _packed(self, name: str) -> Packed:
        return tuple((keys, values) for keys, values in (part[name] for part in self._parts) if keys)

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return self._table("spellings", " ", [_spelled(self._unknown, self.readings)["spellings"]])

    @cached_property
    def _initials(self) -> dict[str, str]:
        return self._table("initials", " ", [_spelled(self._unknown, self.readings)["initials"]])

    def count(self, word: str) -> int:
        """How often the squeezed word occurs; 0 also for words of the site that no text has."""
        return self.words.get(word, 0)

    def form(self, word: str) -> str:
        """The word as it is written: ``AI`` for ``ai``."""
        return self.site.get(word) or self._forms.get(word, word)

    def best(self, words: Iterable[str], most: int) -> list[str]:
        """At most so many of the words, the most frequent first; those of the site count several times."""
        weights = self._weights
        return nlargest(most, dict.fromkeys(words), key=lambda word: weights.get(word, 0))

    def spelled(self, letters: str) -> list[str]:
        """The words with this pinyin, in bare letters."""
        return self._spellings.get(letters, "").split()

    def abbreviated(self, letters: str) -> list[str]:
        """The words with these initials."""
        return self._initials.get(letters, "").split()

    def spelled_from(self, letters: str) -> list[str]:
        """The words whose pinyin begins so."""
        keys = _beginning(self._sorted_spellings, letters)
        return " ".join(map(self._spellings.__getitem__, keys)).split()

    def abbreviated_from(self, letters: str) -> list[str]:
        """The words whose initials begin so."""
        keys = _beginning(self._sorted_initials, letters)
        return " ".join(map(self._initials.__getitem__, keys)).split()

    def starting(self, prefix: str) -> list[str]:
        """The words that begin with these characters."""
        return _beginning(self._sorted_words, prefix)

    def ending(self, character: str) -> list[str]:
        """The words that end with the character."""
        return self._by_ending.get(character, [])

    def sounding(self, syllable: str) -> str:
        """The characters that may be read so; none when it is no syllable."""
        return self._sounds.get(syllable, "")

    @cached_property
    def lengths(self) -> frozenset[int]:
        """How many characters words have: a sentence is longer than all of them."""
        return frozenset(map(len, self.words))

    @cached_property
    def _weights(self) -> dict[str, int]:
        return self.words | {word: SITE_TIMES * self.words[word] for word in self.site}

    @cached_property
    def _sorted_words(self) -> list[str]:
        return sorted(self.words)

    @cached_property
    def _sorted_spellings(self) -> list[str]:
        return sorted(self._spellings)

    @cached_property
    def _sorted_initials(self) -> list[str]:
        return sorted(self._initials)

    @cached_property
    def _by_ending(self) -> dict[str, list[str]]:
        words: dict[str, list[str]] = defaultdict(list)
        for word in self.words:
            words[word[-1]].append(word)
        return dict(words)


# What is known of characters stays as it is while words come and go: who has it from the index before shares
# it with the processes that began together with this one.


@lru_cache(maxsize=1)
def _forms(corners: Packed, parts: Packed) -> Forms:
    return Forms(_merged(list(map(_unpacked, corners))), _merged(list(map(_unpacked, parts))))


@lru_cache(maxsize=1)
def _sounds(sounds: Packed) -> tuple[dict[str, str], dict[str, list[str]]]:
    table = _merged(list(map(_unpacked, sounds)))
    return table, inverted(table)


def _merged(tables: Sequence[dict[str, str]], between: str = "") -> dict[str, str]:
    """The tables in the first; what several say of a key is put together."""
    merged = tables[0] if tables else {}
    for table in tables[1:]:
        for key, row in table.items():
            merged[key] = merged[key] + between + row if key in merged else row
    return merged


def _beginning(ordered: list[str], prefix: str) -> list[str]:
    return ordered[bisect_left(ordered, prefix) : bisect_left(ordered, prefix + _LAST)]
