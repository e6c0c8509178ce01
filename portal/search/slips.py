"""What was meant by a word that no text has: other words, each with the likelihood of the slip.

The likelihoods are plausibilities from 0 to 1, set by hand and held by the tests, which count how many of the
slips that they make are undone.
"""

from collections.abc import Iterator
from itertools import islice, product
from math import log

from portal.search import pinyin
from portal.search.vocabulary import Vocabulary

SAME_SOUND = 1.0
NEAR_SOUND = 0.65
# For the least and the most alike.
NEAR_FORM = (0.5, 1.0)
MOST_ALIKE = 6
SWAPPED = 0.7
MISSING = 0.5
OTHER = 0.25
# What each further wrong character takes away.
FURTHER = 0.2
# Shorter words have too many neighbours that differ by any one character.
ANY_CHARACTER = 3
# A word that is twice as likely outweighs one that occurs so many times more often: 2 ** (8 / 1).
CLOSENESS = 8.0
SITE = 2.0
SPELLINGS = 400
# Characters that are kept with what is taken for them, some 6 kB each.
MOST_KEPT = 2000
NUMERALS = "0123456789〇一二三四五六七八九十百千万亿"


def convincing(likelihood: float, occurrences: int, is_site_word: bool) -> float:
    """How much speaks for a word: likely slips and frequent words go together."""
    return CLOSENESS * likelihood + log(1 + occurrences) + SITE * is_site_word


class Slips:
    """The slips that lead to words of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def alike(self, word: str) -> dict[str, float]:
        """The words that sound or look like the squeezed word, or have two neighbours swapped, each with the
        likelihood of that slip.
        """
        found: dict[str, float] = {}
        if len(word) not in self._vocabulary.lengths:
            return found
        for candidate in self._homophones(word):
            found[candidate] = self._likelihood(word, candidate)
        for at, character in enumerate(word):
            # What is taken for a character takes long to find out at first: only where that is needed.
            for candidate in self._replaced(word, at):
                if likelihood := self.like(character).get(candidate[at]):
                    found[candidate] = likelihood
        for at in range(len(word) - 1):
            candidate = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            if candidate in self._vocabulary.words:
                found[candidate] = max(SWAPPED, found.get(candidate, 0))
        return _without_other_numbers(word, found)

    def _replaced(self, word: str, at: int) -> Iterator[str]:
        """The words that differ from this one by the character there alone, or not at all."""
        head, tail = word[:at], word[at + 1 :]
        near = self._vocabulary.starting(head) if head else self._vocabulary.ending(word[-1])
        return (one for one in near if len(one) == len(word) and one.startswith(head) and one.endswith(tail))

    def edited(self, word: str) -> dict[str, float]:
        """The words with one character more, less or other, with the likelihood of that slip."""
        vocabulary = self._vocabulary
        found: dict[str, float] = {}
        near = vocabulary.lengths.intersection(range(len(word) - 1, len(word) + 2))
        # A slip leaves the first or the last character as it was.
        both = (vocabulary.starting(word[0]), vocabulary.ending(word[-1])) if near else ()
        for candidate in {one for some in both for one in some if len(one) in near}:
            shorter, longer = sorted((word, candidate), key=len)
            if len(shorter) < ANY_CHARACTER and candidate not in vocabulary.site:
                continue
            head = _agreeing(shorter, longer)
            if len(shorter) < len(longer) and shorter[head:] == longer[head + 1 :]:
                found[candidate] = MISSING
            elif len(shorter) >= ANY_CHARACTER and shorter[head + 1 :] == longer[head + 1 :]:
                found[candidate] = OTHER
        found = _without_other_numbers(word, found, NUMERALS)
        # Where several words differ by any one character, none is meant more than another.
        others = [candidate for candidate, likelihood in found.items() if likelihood == OTHER]
        for candidate in others if len(others) > 1 else ():
            if candidate not in vocabulary.site:
                del found[candidate]
        return found

    def _homophones(self, word: str) -> Iterator[str]:
        """Words of the same length that sound the same or nearly so."""
        readings = self._vocabulary.readings
        syllables = [
            [near for one in readings.get(character, ()) for near in (one, *pinyin.alike(one))]
            for character in word
        ]
        for spelling in islice(product(*syllables), SPELLINGS):
            for candidate in self._vocabulary.spelled("".join(spelling)):
                if len(candidate) == len(word):
                    yield candidate

    def _likelihood(self, word: str, candidate: str) -> float:
        """That all characters in which the words differ were taken for each other; 0 if some cannot be."""
        wrong = [self.like(a).get(b, 0) for a, b in zip(word, candidate, strict=True) if a != b]
        return max(0, min(wrong, default=0) - FURTHER * (len(wrong) - 1)) if all(wrong) else 0

    def like(self, character: str) -> dict[str, float]:
        """The characters that are taken for this one, each with the likelihood."""
        known = self._vocabulary.taken_for
        like = known.get(character)
        if like is None:
            if len(known) >= MOST_KEPT:
                known.clear()
            like = known[character] = self._like(character)
        return like

    def _like(self, character: str) -> dict[str, float]:
        vocabulary = self._vocabulary
        like: dict[str, float] = {}
        low, high = NEAR_FORM
        for other, score in vocabulary.shapes.like(character).items():
            like[other] = low + (high - low) * min(score - 3, MOST_ALIKE - 3) / (MOST_ALIKE - 3)
        for syllable in vocabulary.readings.get(character, ()):
            for near in pinyin.alike(syllable):
                for other in vocabulary.sounding(near):
                    like[other] = max(NEAR_SOUND, like.get(other, 0))
            like.update(dict.fromkeys(vocabulary.sounding(syllable), SAME_SOUND))
        number = NUMERALS if character in NUMERALS else ""
        return {
            other: value
            for other, value in like.items()
            if other in vocabulary.characters and other not in number
        }


def _without_other_numbers(
    word: str, found: dict[str, float], digits: str = "0123456789"
) -> dict[str, float]:
    """A number is no slip for another: nobody can tell which was meant."""
    number = [one for one in word if one in digits]
    return {
        candidate: likelihood
        for candidate, likelihood in found.items()
        if candidate != word and [one for one in candidate if one in digits] == number
    }


def _agreeing(one: str, other: str) -> int:
    """The length of the beginning that both share."""
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
