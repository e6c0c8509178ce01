"""What the office itself adds to the search: words of its own, and words that mean the same."""

from dataclasses import dataclass

from portal.search.analysis import squeeze


@dataclass(frozen=True)
class Lexicon:
    """The site's own words, and groups of words that stand for each other; as they are written."""

    words: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()

    def synonyms_of(self, word: str) -> tuple[str, ...]:
        """The other words of every group that the word is in, compared without width, case and punctuation."""
        squeezed = squeeze(word)
        others: dict[str, str] = {}
        for group in self.synonyms:
            if any(squeeze(member) == squeezed for member in group):
                others.update({squeeze(member): member for member in group})
        return tuple(member for key, member in others.items() if key != squeezed)
