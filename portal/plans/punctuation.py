"""Punctuation that looks wrong: doubled signs, marks without their other half, widths that differ.

What is yielded is start, end and a hint in Chinese.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

Spot = tuple[int, int, str]
# How many signs there are of each kind and width.
Widths = Counter[tuple[str, str]]

_HAN = re.compile("[㐀-鿿]")
# Half-width signs with the full-width ones that stand for the same. 。 is not among them: documents with
# half-width commas have it all the same.
_WIDE = dict(zip(",;:?!()", "，；：？！（）", strict=True))
_NARROW = {wide: narrow for narrow, wide in _WIDE.items()}
_KINDS = {**{sign: sign for sign in _WIDE}, ")": "("}
_FULL_STOP = re.compile(r"(?<=[㐀-鿿])[.．](?![\w.．])", re.ASCII)
# So large a share of one width is a way of writing; between, there is none.
_USUAL = 0.75

# …… and —— are one sign each, and ！！ or ？！ are meant.
_DOUBLED = re.compile(r"[，、；：。,;:][，、；：。,;:]+|[？！?!][，、；。,;]|[，、；：,;:][？！?!]")
_DOTS = re.compile(r"\.{2,}")

_OPENING = dict(zip("(（《〈“‘「『【〔[{", ")）》〉”’」』】〕]}", strict=True))
_CLOSING = {closing: opening for opening, closing in _OPENING.items()}
# 1) at the beginning of a line or a sentence has no opening bracket, and Bob’s no quotation mark.
_ENUMERATED = re.compile(r"(?:^|(?<=[。；;：:，,\s]))(?:\d{1,3}|[a-zA-Z]|[一二三四五六七八九十]{1,3})[)）]")
_APOSTROPHE = re.compile("(?<=[A-Za-z])’(?=[A-Za-z])")


def doubled_signs(text: str) -> Iterator[Spot]:
    """Two signs where one belongs: 。。 and ，、."""
    for match in _DOUBLED.finditer(text):
        yield match.start(), match.end(), "是否多了一个标点？"


def unbalanced(text: str) -> Iterator[Spot]:
    """Brackets and quotation marks that are not closed, not opened, or closed in another width."""
    skipped = {match.end() - 1 for pattern in (_ENUMERATED, _APOSTROPHE) for match in pattern.finditer(text)}
    open_: list[tuple[int, str]] = []
    counts: Counter[str] = Counter()  # of each sign among them
    for place, sign in enumerate(text):
        if sign in _OPENING:
            open_.append((place, sign))
            counts[sign] += 1
        elif sign in _CLOSING and place not in skipped:
            if open_ and _same_kind(open_[-1][1], sign):
                start, opening = open_.pop()
                counts[opening] -= 1
                yield start, place + 1, f"“{opening}”与“{sign}”全角半角不同"
            elif counts[_CLOSING[sign]]:
                while open_[-1][1] != _CLOSING[sign]:
                    counts[open_[-1][1]] -= 1
                    yield _unclosed(open_.pop())
                open_.pop()
                counts[_CLOSING[sign]] -= 1
            else:
                yield place, place + 1, f"“{sign}”前面缺少“{_CLOSING[sign]}”"
    for one in open_:
        yield _unclosed(one)


def widths(texts: Iterable[str]) -> Widths:
    """Which signs stand beside the Chinese characters of some texts."""
    return Counter(_form(sign) for text in texts for _, sign in _beside_han(text))


def unusual_widths(text: str, page: Widths) -> Iterator[Spot]:
    """Signs beside Chinese characters in another width than the paragraph's or else the page's usual one.

    A document that prints half-width commas throughout is right in its own way: there the full-width differ.
    """
    for match in _FULL_STOP.finditer(text):
        yield match.start(), match.end(), "句号应为“。”"
    here = widths([text])
    first: dict[str, int] = {}
    for place, sign in _beside_han(text):
        first.setdefault(sign, place)
    for sign, place in first.items():
        kind, width = _form(sign)
        others = here - Counter([(kind, width)])
        usual = _usual(others, kind, 3) or _usual(page, kind) or _usual(page)
        if usual not in ("", width):
            instead = _NARROW[sign] if usual == "narrow" else _WIDE[sign]
            yield place, place + 1, f"别处用“{instead}”，此处用“{sign}”，请统一"


def _unclosed(one: tuple[int, str]) -> Spot:
    place, sign = one
    return place, place + 1, f"“{sign}”后面缺少“{_OPENING[sign]}”"


def _same_kind(opening: str, closing: str) -> bool:
    return {opening, closing} in ({"(", "）"}, {"（", ")"})


def _beside_han(text: str) -> list[tuple[int, str]]:
    """The signs that have both widths and stand after a Chinese character, or brackets beside one."""
    numbers = {match.end() - 1 for match in _ENUMERATED.finditer(text)}
    return [
        (place, sign)
        for place, sign in enumerate(text)
        if (sign in _WIDE or sign in _NARROW) and place not in numbers and _counts(text, place, sign)
    ]


def _counts(text: str, place: int, sign: str) -> bool:
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if sign in "(（":
        return bool(_HAN.match(before) or _HAN.match(after))
    return bool(_HAN.match(before) or (sign in ")）" and _HAN.match(after)))


def _usual(signs: Widths, kind: str = "", least: int = 1) -> str:
    """The width in which a kind of sign, or any kind, is usual among so many of them; empty if none is."""
    counts: Counter[str] = Counter()
    for (one, width), n in signs.items():
        counts[width] += n if kind in ("", one) else 0
    total = counts.total()
    return next((width for width, n in counts.items() if total >= least and n >= _USUAL * total), "")


def _form(sign: str) -> tuple[str, str]:
    """Kind and width."""
    return _KINDS[_NARROW.get(sign, sign)], "wide" if sign in _NARROW else "narrow"
