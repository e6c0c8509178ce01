"""What a text is about, in a sentence and in key words taken from the text itself."""

import unicodedata
from collections.abc import Iterable

# What result pages show of a description, and as many key words as anybody reads.
LENGTH = 120
KEYWORDS = 8
STOPS = "。！？；"
CLOSING = " 。，、；：！？…,.;:!?"
ELLIPSIS = "……"


def description(texts: Iterable[str], length: int = LENGTH) -> str:
    """The beginning of some paragraphs, of at most so many characters.

    It ends with a sentence where that leaves half of the room or more used; else it is cut, and says so.
    """
    beginning = ""
    for text in texts:
        beginning = " ".join((beginning + text).split())
        if len(beginning) > length:
            break
    if len(beginning) <= length:
        return beginning
    sentences = max(beginning.rfind(stop, 0, length) for stop in STOPS) + 1
    if sentences >= length // 2:
        return beginning[:sentences]
    return beginning[: _boundary(beginning, length - len(ELLIPSIS))] + ELLIPSIS


def keywords(titles: Iterable[str]) -> list[str]:
    """The first different titles, without the punctuation at their ends.

    A comma parts key words in a page's head, so those within a title are made full-width.
    """
    names = (title.strip(CLOSING).replace(",", "，") for title in titles)
    return list(dict.fromkeys(name for name in names if name))[:KEYWORDS]


def _boundary(text: str, at: int) -> int:
    """The place to cut at, or before it: no mark is parted from the character that it stands on."""
    while at and (unicodedata.category(text[at])[0] == "M" or "\u200d" in text[at - 1 : at + 1]):
        at -= 1
    return at
