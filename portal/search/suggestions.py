"""Words that were probably meant, that pinyin stands for, or that what is being typed may become.

Everything offered stands in some passage: ``count`` tells in how many a squeezed word does.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from string import ascii_lowercase

from portal.search import pinyin
from portal.search.analysis import squeeze
from portal.search.corrections import Corrections
from portal.search.vocabulary import Vocabulary

Count = Callable[[str], int]

# So many words may be what pinyin means.
SPELLED = 6
# Words put together from pinyin: the longest input, how many beginnings and how many continuations are tried.
LETTERS = 40
BEGINNINGS = 12
CONTINUATIONS = 12
# A query in which more words than these are unknown has not one slip in it.
UNKNOWN = 3


def corrected(words: Sequence[str], vocabulary: Vocabulary, count: Count) -> list[str] | None:
    """The squeezed words with those that stand nowhere replaced by what was probably meant.

    A word may become several, where it was put together from them. None when nothing was wrong, or for one of
    the words nothing convinces.
    """
    unknown = [word for word in words if not count(word)]
    if not unknown or len(unknown) > UNKNOWN:
        return None
    corrections = Corrections(vocabulary, count)
    meant = {word: corrections.of(word) for word in unknown}
    if not all(meant.values()):
        return None
    return [vocabulary.form(one) for word in words for one in meant.get(word, [word])]


def spelled(typed: str, vocabulary: Vocabulary, count: Count) -> tuple[str, ...]:
    """The words that pinyin or initials stand for, the most frequent first; at most six.

    Whole words first, then words put together, then words that begin so. One syllable stands for the words
    that begin with a character so read, and for the words that have its letters as initials. Nothing when it
    is no pinyin of any.
    """
    letters = pinyin.letters(typed)
    if not 1 < len(letters) <= LETTERS:
        return ()
    readings: tuple[Callable[[], list[str]], ...] = (
        lambda: vocabulary.spelled(letters),
        lambda: _begun(letters, vocabulary),
        lambda: vocabulary.abbreviated(letters),
        lambda: _composed(letters, vocabulary, vocabulary.spelled, count),
        lambda: _composed(letters, vocabulary, vocabulary.abbreviated, count),
        lambda: vocabulary.spelled_from(letters),
    )
    found = (_offered(words(), vocabulary, count, SPELLED) for words in readings)
    return next(filter(None, found), ())


def _begun(syllable: str, vocabulary: Vocabulary) -> list[str]:
    """The words that begin with the syllable, or have its letters as initials; none when it is none."""
    characters = vocabulary.sounding(syllable)
    begun = [word for character in characters for word in vocabulary.starting(character)]
    return begun + vocabulary.abbreviated(syllable) if characters else []


def _composed(
    letters: str, vocabulary: Vocabulary, words_of: Callable[[str], list[str]], count: Count
) -> list[str]:
    """Words of several whose spellings make up the letters, and which stand in a text one after the other."""
    beginnings: list[list[str]] = [[] for _ in range(len(letters) + 1)]
    beginnings[0] = [""]
    for start in range(len(letters)):
        for end in range(start + 2, len(letters) + 1) if beginnings[start] else ():
            for word in vocabulary.best(words_of(letters[start:end]), CONTINUATIONS):
                room = BEGINNINGS - len(beginnings[end])
                longer = (beginning + word for beginning in beginnings[start])
                beginnings[end] += islice((one for one in longer if not start or count(one)), room)
    return beginnings[-1]


def completed(typed: str, vocabulary: Vocabulary, count: Count, limit: int) -> tuple[str, ...]:
    """The words that begin with what is typed: characters, pinyin or initials; or characters, then pinyin."""
    key = squeeze(typed)
    if not key:
        return ()
    characters = key.rstrip(ascii_lowercase)
    letters = pinyin.letters(key[len(characters) :])
    words = [word for word in vocabulary.starting(key) if word != key]
    if letters and characters:
        words.extend(
            word
            for word in vocabulary.starting(characters)
            if _reads(word, len(characters), letters, vocabulary)
        )
    elif letters:
        words += vocabulary.spelled_from(letters) + vocabulary.abbreviated_from(letters)
    return _offered(words, vocabulary, count, limit)


def _reads(word: str, at: int, letters: str, vocabulary: Vocabulary) -> bool:
    """Whether the characters from there on can be read as the letters; each in whole, or by its initial."""
    if not letters:
        return True
    return any(
        syllable.startswith(letters)
        or any(
            letters.startswith(begun) and _reads(word, at + 1, letters[len(begun) :], vocabulary)
            for begun in (syllable, syllable[0])
        )
        for syllable in vocabulary.readings.get(word[at : at + 1], ())
    )


def _offered(words: Iterable[str], vocabulary: Vocabulary, count: Count, limit: int) -> tuple[str, ...]:
    """The first of the words that stand somewhere, as they are written."""
    offered: list[str] = []
    for word in vocabulary.best(words, 4 * limit):
        if len(offered) == limit:
            break
        if count(word):
            offered.append(vocabulary.form(word))
    return tuple(offered)
