"""What a word that stands nowhere was meant to be: a word, a phrase of some text, or several words in one."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from portal.search.query import LAST_OF_RUN
from portal.search.slips import OTHER, Slips, convincing
from portal.search.vocabulary import Vocabulary

# Longer ones are sentences, which are found by their parts.
LONGEST = 20
# Shorter ones stand in too many texts by chance to be looked for there.
PHRASE = 4
PIECE = 5
# Each question costs up to 50 µs on a large site.
QUESTIONS = 300
# What the pieces of a word put together cost: words before all, slips before stray characters.
KNOWN, STRAY, SLIP = 1.0, 1.5, 2.3


class Corrections:
    """Finds them for one query; ``count`` tells in how many passages a word stands."""

    def __init__(self, vocabulary: Vocabulary, count: Callable[[str], int]) -> None:
        self._vocabulary, self._count = vocabulary, count
        self._slips = Slips(vocabulary)
        self._questions = QUESTIONS

    def of(self, word: str) -> list[str]:
        """The word or words that stand somewhere and were probably meant; none when nothing convinces."""
        if not 2 <= len(word) <= LONGEST:
            return []
        known = self._known(word)
        if _uncovered(len(word), known)[-1] == 0 or self._is_nonsense(word):
            return []  # right words in a row are right, though no text has them so
        meant, likelihood = self._meant(word)
        if len(word) < PHRASE or likelihood > OTHER:
            return [meant] if meant else []
        # Most sentences are parted at too many places for any of what follows, which takes long to find out.
        parted = [at for at in range(len(word) - 1) if not self._count(word[at : at + 2])]
        may_be_pieces = not meant and self._may_be_pieces(word, parted, known)
        # Numbers and Latin words are found whole: two of their characters may stand nowhere as a word.
        absent = [at for at in parted if min(word[at : at + 2]) > LAST_OF_RUN]
        may_be_phrase = not absent or absent[-1] - absent[0] <= 1
        if (may_be_phrase or may_be_pieces) and (phrase := self._phrase(word, absent)):
            return [phrase]
        return [meant] if meant else self._pieces(word) if may_be_pieces else []

    def _known(self, word: str) -> list[tuple[int, int]]:
        """Where words stand in it: start and end."""
        words, lengths, last = self._vocabulary.words, self._vocabulary.lengths, len(word)
        return [
            (start, start + length)
            for start in range(last - 1)
            for length in lengths
            if start + length <= last and word[start : start + length] in words
        ]

    def _is_nonsense(self, word: str) -> bool:
        """One wrong character parts two pairs; more than half of them parted is no slip."""
        return len(word) > PHRASE and len(self._parted(word)) > (len(word) + 1) / 2

    def _parted(self, word: str) -> list[int]:
        """Where two neighbours stand that stand nowhere side by side."""
        return [at for at in range(len(word) - 1) if not self._stands(word[at : at + 2])]

    def _stands(self, word: str) -> int:
        self._questions -= 1
        return self._count(word) if self._questions >= 0 else 0

    def _meant(self, word: str) -> tuple[str, float]:
        """The most convincing word of the vocabulary, and the likelihood of the slip."""
        return self._best(self._slips.edited(word) | self._slips.alike(word))

    def _best(self, likelihoods: dict[str, float]) -> tuple[str, float]:
        vocabulary = self._vocabulary
        ranked = sorted(
            (-convincing(likelihood, vocabulary.count(one), one in vocabulary.site), one)
            for one, likelihood in likelihoods.items()
        )
        return next(((one, likelihoods[one]) for _, one in ranked if self._stands(one)), ("", 0.0))

    def _phrase(self, word: str, absent: Sequence[int]) -> str:
        """The most convincing phrase of the texts that differs by a character that sounds or looks alike;
        ``absent``: where two characters stand that no text has side by side.
        """
        found = []
        for at in self._suspects(word):
            if self._questions <= 0:
                break
            like = self._slips.like(word[at])
            if any(one not in (at - 1, at) for one in absent):  # whatever stands there
                self._questions -= len(like)
                continue
            for other in sorted(like, key=lambda other: (-like[other], other)):
                candidate = word[:at] + other + word[at + 1 :]
                if occurrences := self._stands(candidate):
                    found.append((convincing(like[other], occurrences, False), candidate))
        return max(found, default=(0, ""))[1]

    def _suspects(self, word: str) -> list[int]:
        """The places where a wrong character may be, the likeliest first: around what stands nowhere."""
        for length in range(2, len(word)):
            absent = [at for at in range(len(word) - length + 1) if not self._stands(word[at : at + length])]
            if absent:
                covered = [at + offset for at in absent for offset in range(length)]
                return sorted(set(covered), key=lambda at: (-covered.count(at), at))
        return []

    def _pieces(self, word: str) -> list[str]:
        """The words of which it is made, one of them corrected; none unless the rest are words too."""
        parted = self._parted(word)
        if self._questions <= 0:  # no word can be told to stand anywhere
            return []
        # For each length of a beginning: what its pieces cost, and these, as they are typed and meant.
        best: list[tuple[float, list[tuple[str, str]]]] = [(0, [])]
        for end in range(1, len(word) + 1):
            readings = (
                (best[start][0] + cost, [*best[start][1], (word[start:end], meant)])
                for start in range(max(0, end - PIECE), end)
                for cost, meant in self._piece(word[start:end], any(start <= at < end - 1 for at in parted))
            )
            best.append(min(readings))
        pieces = best[-1][1]
        slips = sum(typed != meant for typed, meant in pieces)
        strays = sum(len(typed) == 1 for typed, _ in pieces)
        known = len(pieces) - slips - strays
        return self._joined([meant for _, meant in pieces]) if slips == 1 and strays <= 1 <= known else []

    def _may_be_pieces(self, word: str, parted: Sequence[int], known: Sequence[tuple[int, int]]) -> bool:
        """Whether there is a slip with words before and behind it, and at most one stray character."""
        last = len(word)
        known = [(start, end) for start, end in known if end - start <= PIECE]
        before = _uncovered(last, known)
        behind = _uncovered(last, [(last - end, last - start) for start, end in known])
        return any(
            before[start] + behind[last - end] <= 1
            and any(start <= at < end - 1 for at in parted)
            and (start, end) not in known
            and any(map(self._count, self._slips.alike(word[start:end])))
            for end in range(2, last + 1)
            for start in range(max(0, end - PIECE), end - 1)
        )

    def _piece(self, piece: str, may_be_wrong: bool) -> Iterator[tuple[float, str]]:
        """What the piece may be, and its cost."""
        if len(piece) == 1:
            yield STRAY, piece
        elif piece in self._vocabulary.words:
            yield KNOWN, piece
        elif may_be_wrong:
            meant, _ = self._best(self._slips.alike(piece))
            if meant:
                yield SLIP, meant

    def _joined(self, pieces: list[str]) -> list[str]:
        """The pieces, put together as long as some text has them so."""
        joined = pieces[:1]
        for piece in pieces[1:]:
            if self._stands(joined[-1] + piece):
                joined[-1] += piece
            else:
                joined.append(piece)
        return joined


def _uncovered(length: int, known: Sequence[tuple[int, int]]) -> list[int]:
    """For each beginning of a text the least number of its characters that are in none of some words, of
    which start and end are known.
    """
    starts = defaultdict(list)
    for start, end in known:
        starts[end].append(start)
    least = [0]
    for end in range(1, length + 1):
        fewest = least[-1] + 1
        for start in starts.get(end, ()):
            fewest = min(fewest, least[start])
        least.append(fewest)
    return least
