"""What a word that stands nowhere was meant to be: a word, a phrase of some text, or several words in one."""

from collections.abc import Callable, Iterator

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
        if not 2 <= len(word) <= LONGEST or self._is_made_of_words(word) or self._is_nonsense(word):
            return []
        meant, likelihood = self._meant(word)
        if len(word) < PHRASE or likelihood > OTHER:
            return [meant] if meant else []
        if phrase := self._phrase(word):
            return [phrase]
        return [meant] if meant else self._pieces(word)

    def _is_made_of_words(self, word: str) -> bool:
        """Right words in a row are right, though no text has them so."""
        reached = {0}
        for end in range(2, len(word) + 1):
            if any(word[start:end] in self._vocabulary.words for start in reached):
                reached.add(end)
        return len(word) in reached

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

    def _phrase(self, word: str) -> str:
        """The most convincing phrase of the texts that differs by a character that sounds or looks alike."""
        found = [
            (convincing(likelihood, occurrences, False), candidate)
            for at in self._suspects(word)
            for candidate, likelihood in self._replaced(word, at)
            if (occurrences := self._stands(candidate))
        ]
        return max(found, default=(0, ""))[1]

    def _replaced(self, word: str, at: int) -> Iterator[tuple[str, float]]:
        like = self._slips.like(word[at])
        for other in sorted(like, key=lambda other: (-like[other], other)):
            yield word[:at] + other + word[at + 1 :], like[other]

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
