"""Which passages answer a query, and in which order."""

import math
import re
from collections.abc import Sequence

from portal.search.analysis import LETTERS, SPACED, fold
from portal.search.distances import distances
from portal.search.query import LAST_OF_RUN, RUN, Query, Term, Word
from portal.search.reader import FARTHEST, MOST_SCORE, NEAR_SHIFT, NUMBER, NUMBER_BITS, Reader

# A word weighs log(1 + passages / passages with it); a score is kept in steps of this part of 1.
STEPS = 16
# How many of the best results are told apart by the distance of the words: the rest follows as it is.
MOST_NEAR = 500
INSIDE = re.compile(f"[{RUN}]{{2}}")
# How much of a word without results is taken apart in search of a shorter one.
SHORTEN_CHARACTERS = 20


def is_gram(word: Word) -> bool:
    """Whether the index itself answers: the word is one of its grams, and stands wherever the gram does."""
    return len(word.text) <= 2 and word.table is not SPACED


def containing(reader: Reader, word: Word, within: Sequence[int] | None = None) -> Sequence[int]:
    """The passages that contain the word, rising; or those of them that are ``within`` some."""
    if is_gram(word) and within is None:
        return reader.numbers(word.text, reader.gram(word.text))
    candidates = _candidates(reader, word.text) if within is None else within
    texts, text = reader.texts, word.text
    if word.literal:
        return [number for number in candidates if text in fold(reader.text(number))]
    found = [number for number in candidates if text in texts[number]]
    if not found or word.table is LETTERS:
        return found
    search, spaced = word.pattern.search, reader.spaced
    return [number for number in found if search(spaced[number])]


def may_stand(reader: Reader, text: str) -> bool:
    """Whether each gram of a squeezed text stands somewhere, which most of what is tried fails."""
    known = reader.grams
    for at in range(len(text) - 1 or 1):
        pair = text[at : at + 2]
        gram = known.get(pair)  # what is tried is not kept
        if not (gram.frequency if gram else reader.frequency(pair)):
            return False
    return True


def count_of(reader: Reader, text: str) -> int:
    """How many passages contain a squeezed text; quick for pairs, and for what stands nowhere."""
    if len(text) == 2 and reader.is_whole and min(text) > LAST_OF_RUN:
        return reader.frequency(text)
    return count(reader, Word.read(text)) if may_stand(reader, text) else 0


def count(reader: Reader, word: Word) -> int:
    """How many passages contain the word."""
    if is_gram(word) and reader.is_whole:
        return reader.gram(word.text).frequency
    return len(containing(reader, word))


def _candidates(reader: Reader, text: str) -> Sequence[int]:
    """Passages among which all with the squeezed text are: those that hold the rarest of its grams.

    A look at each is quicker than to intersect them with others: 0.1 µs. Every step counts here.
    """
    known, rarest, frequency = reader.grams, "", math.inf
    for at in range(len(text) - 1 or 1):
        pair = text[at : at + 2]
        gram = known.get(pair) or reader.gram(pair)
        if gram.frequency < frequency:
            rarest, frequency, best = pair, gram.frequency, gram
            if not frequency:
                return ()
    return reader.numbers(rarest, best) if best.numbers is None else best.numbers


def mentions(reader: Reader, word: Word, number: int) -> int:
    """How often the word stands in a passage."""
    if word.table is SPACED:
        return len(word.pattern.findall(reader.spaced[number]))
    if word.literal:
        return fold(reader.text(number)).count(word.text)
    return reader.texts[number].count(word.text)


def find(reader: Reader, query: Query) -> Sequence[int]:
    """The passages with every term and no excluded word, as results (see ``reader``), best first.

    Headings come before paragraphs, since they say what a whole section is about. Then come passages in which
    the words stand together as they were typed, then those in which they stand nearer. Then what mentions
    the words most, where a rarer word weighs more; then what stands earlier in the record. The same index
    always gives the same order.
    """
    if word := query.only_word:
        return _of_one_word(reader, word)
    return _of_several(reader, query) if query else []


def _of_one_word(reader: Reader, word: Word) -> Sequence[int]:
    base, text = reader.base, word.text
    if word.table is LETTERS and len(text) > 2:  # most queries: one look at each candidate
        texts = reader.texts
        return sorted(
            [
                base[number] - (count << NUMBER_BITS)
                for number in _candidates(reader, text)
                if (count := texts[number].count(text))
            ]
        )
    if is_gram(word):
        gram = reader.gram(text)
        return reader.ranked(text, gram) if gram.frequency else []
    found = [(number, mentions(reader, word, number)) for number in containing(reader, word)]
    return sorted([base[number] - (count << NUMBER_BITS) for number, count in found])


def numbers(reader: Reader, query: Query, found: Sequence[int]) -> Sequence[int]:
    """The passages that were ``found`` for a query, in the order of the record."""
    word = query.only_word
    if word and is_gram(word):
        return reader.numbers(word.text, reader.gram(word.text))
    return sorted([result & NUMBER for result in found])


def _of_several(reader: Reader, query: Query) -> list[int]:
    rarest = sorted([(_rarity(reader, term), at, term) for at, term in enumerate(query.terms)])
    found: Sequence[int] | None = None
    for _, _, term in rarest:
        if term.synonyms:
            found = sorted(set().union(*(containing(reader, word, found) for word in term.words)))
        else:
            found = containing(reader, term.word, found)
        if not found:
            return []
    held = found or ()
    for word in query.excluded:
        without = set(containing(reader, word, held))
        held = [number for number in held if number not in without]
    base = reader.base
    scored = zip(held, _scores(reader, rarest, held), strict=True)
    if len(query.terms) == 1:
        return sorted([base[number] - (score << NUMBER_BITS) for number, score in scored])
    distance = distances(reader, query.terms)
    if len(held) <= MOST_NEAR:  # as mostly
        return sorted([base[n] - (score << NUMBER_BITS) + (distance(n) << NEAR_SHIFT) for n, score in scored])
    results = sorted([base[number] - (score << NUMBER_BITS) for number, score in scored])
    return sorted([result + (distance(result & NUMBER) << NEAR_SHIFT) for result in results[:MOST_NEAR]]) + [
        result + (FARTHEST << NEAR_SHIFT) for result in results[MOST_NEAR:]
    ]


def _rarity(reader: Reader, term: Term) -> int:
    """At most so many passages hold the term."""
    if term.synonyms:
        return sum(min(reader.gram(text).frequency for text in word.grams) for word in term.words)
    return min([reader.gram(text).frequency for text in term.word.grams])


def _scores(reader: Reader, rarest: Sequence[tuple[int, int, Term]], found: Sequence[int]) -> list[int]:
    """How much each passage mentions the terms."""
    weights = [(math.log(1 + reader.size / max(1, rarity)), term) for rarity, _, term in rarest]
    plain = [
        (weight, term.word.text)
        for weight, term in weights
        if not term.synonyms and term.word.table is LETTERS
    ]
    if len(plain) < len(weights):
        scores = [
            sum(weight * sum(mentions(reader, word, n) for word in term.words) for weight, term in weights)
            for n in found
        ]
    else:
        texts = map(reader.texts.__getitem__, found)
        if len(plain) == 2:  # most queries of several words
            (one, first), (other, second) = plain
            scores = [one * text.count(first) + other * text.count(second) for text in texts]
        else:
            scores = [sum([weight * text.count(word) for weight, word in plain]) for text in texts]
    if max(scores, default=0) * STEPS >= MOST_SCORE:
        scores = [min(score, MOST_SCORE / STEPS) for score in scores]
    return [int(score * STEPS) for score in scores]


def shorter(reader: Reader, query: Query) -> str | None:
    """The longest part that some passage contains: one of the words, or a piece of the longest word.

    Numbers and Latin words are not taken apart.
    """
    words = sorted(query.words, key=len, reverse=True)
    pieces = words[:SHORTEN_CHARACTERS] if len(words) > 1 else []
    longest = words[0][:SHORTEN_CHARACTERS] if words else ""
    ends = [at for at in range(len(longest) + 1) if not INSIDE.search(longest[max(0, at - 1) : at + 1])]
    for size in range(len(longest) - 1, 0, -1):
        pieces += [longest[at : at + size] for at in ends if at + size in ends]
    return next((piece for piece in pieces if containing(reader, Word.read(piece))), None)
