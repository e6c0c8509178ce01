"""Texts cut into words, by a dictionary of the language and with the words of the site."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile

# How many words may be made of neighbours (科技创新): the most frequent, so that a large site stays quick.
COMPOUNDS = 20_000
COMPOUND_LENGTH = 8
_HAN = re.compile("[一-鿿]")
# Single characters that stand between words, and are no part of one that the dictionary does not know.
_BETWEEN = set("的了和与及或等在是为以对将把被从由并而也都就之其各更要有向中让到着很再又于")


def counted(texts: Iterable[str], site_words: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The words as they are written, the most frequent form of each first, with their occurrences."""
    # It takes 0.1 s and 33 MB to load, which a process that only serves does not need. It has one dictionary
    # for the process: a word that the site gives up is cut as before until that ends, which does no harm.
    import rjieba

    for word in map(_normal, site_words):
        if not rjieba.has_word(word):
            rjieba.add_word(word, None, None)
    words: Counter[str] = Counter()
    compounds: Counter[str] = Counter()
    for text in texts:
        tokens = rjieba.cut(_normal(text))
        words.update(filter(_is_word, tokens))
        compounds.update(_compounds(tokens))
    # 独角兽 and 企业 are words too where all texts say 独角兽企业.
    for token, count in list(words.items()):
        halves = ((token[:at], token[at:]) for at in range(2, len(token) - 1))
        both = {half for pair in halves if all(map(rjieba.has_word, pair)) for half in pair}
        words.update(dict.fromkeys(both, count))
    yield from words.most_common()
    frequent = takewhile(lambda pair: pair[1] > 1, compounds.most_common())
    yield from islice(((compound, count) for compound, count in frequent if compound not in words), COMPOUNDS)


def _normal(text: str) -> str:
    """The text with letters and digits of one width."""
    return unicodedata.normalize("NFKC", text)


def _is_word(token: str) -> bool:
    """Two or more characters, not all of them digits."""
    return len(token) > 1 and token[0].isalnum() and not token.isdecimal()


def _compounds(tokens: Iterable[str]) -> Iterator[str]:
    """Two to four neighbouring characters between words, and every two neighbouring words."""
    run, before = "", ""
    for token in tokens:
        if len(token) == 1 and _HAN.fullmatch(token) and token not in _BETWEEN:
            run, before = run + token, ""
            yield from (run[-length:] for length in range(2, min(len(run), 4) + 1))
        elif _is_word(token):
            if before and len(before + token) <= COMPOUND_LENGTH:
                yield before + token
            run, before = "", token
        else:
            run, before = "", ""
