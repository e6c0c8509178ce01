"""Which words of a paragraph a correction finds wrong, and putting them right in other texts."""

import re
from collections.abc import Iterator, Sequence

from portal.plans.differences import compare

# Words longer than this are not looked for as they were selected: they stand nowhere else.
LONGEST = 20
# What is written in their place is new text when it is longer, and belongs nowhere else.
LONGEST_RIGHT = 100
# Who changes a paragraph at more places writes it anew.
MOST_CHANGES = 20
# A change is looked for with as much of what stands beside it as makes this many characters.
WINDOW = 4
# What is written into a gap is known by so many characters to each side.
BESIDE = 2
HAN = re.compile("[㐀-鿿]")
CLAUSE = re.compile(r"[\w%‰℃·]*")


class Replacement:
    """Wrong words and the right ones."""

    def __init__(self, wrong: str, right: str) -> None:
        self.wrong, self.right = wrong, right
        head = _shared(wrong, right)
        tail = _shared(wrong[head:][::-1], right[head:][::-1])
        new = right[head : len(right) - tail]
        lengths = range(1, len(new) + 1)
        # Where in the right words the wrong ones stand too.
        self.within = [match.start() for match in re.finditer(f"(?={re.escape(wrong)})", right)]
        # What would be said twice if it stood beside the wrong words.
        self.doubled_before = [new[:n] for n in lengths] if not head else []
        self.doubled_behind = [new[-n:] for n in lengths] if not tail else []


def replacements(before: str, after: str, quote: str = "", suggestion: str = "") -> list[Replacement]:
    """The wrong words of a change with the right ones: what was quoted if the whole change is in it and it is
    short; else each change with what stands beside it in its clause. Of a text that is written anew none are.
    """
    selected = _selected(before, after, quote.strip(), suggestion.strip())
    if selected:
        return [selected]
    changes = list(_changes(before, after))
    found = {}
    for start, deleted, inserted, left, right in changes if len(changes) <= MOST_CHANGES else ():
        if len(deleted) > LONGEST or "\n" in deleted or not _fits(inserted):
            continue
        for first, last in _windows(len(deleted), len(left), len(right)):
            head, tail = left[len(left) - first :], right[:last]
            wrong = before[start - first : start + len(deleted) + last]
            found[wrong] = Replacement(wrong, head + inserted + tail)
    return [one for one in found.values() if _meant(one.wrong)]


def replaced(text: str, words: Sequence[Replacement]) -> str:
    """A text with all of the wrong words put right, but where the right ones stand already."""
    by_wrong = {one.wrong: one for one in words}
    longest_first = sorted(by_wrong, key=len, reverse=True)

    def put_right(match: re.Match[str]) -> str:
        one = by_wrong[match[0]]
        return match[0] if _stands(text, match.start(), one) else one.right

    return re.sub("|".join(map(re.escape, longest_first)), put_right, text)


def _selected(before: str, after: str, quote: str, suggestion: str) -> Replacement | None:
    """The quote and what it has become, if nothing else has changed; what was suggested comes first."""
    if len(quote) > LONGEST or not _meant(quote):
        return None
    found = []
    for match in re.finditer(f"(?={re.escape(quote)})", before):
        head, tail = before[: match.start()], before[match.start() + len(quote) :]
        whole = len(after) >= len(head) + len(tail) and after.startswith(head) and after.endswith(tail)
        right = after[len(head) : len(after) - len(tail)]
        if whole and right != quote and _fits(right):
            found.append(Replacement(quote, right))
    return min(found, key=lambda one: one.right != suggestion, default=None)


def _changes(before: str, after: str) -> Iterator[tuple[int, str, str, str, str]]:
    """Each change: where it begins, what is deleted and inserted, and the clause left and right of it."""
    pieces = compare(before, after).pieces
    at = start = 0
    left = deleted = inserted = ""
    for piece in pieces:
        if piece.kind == "delete":
            deleted += piece.text
        elif piece.kind == "insert":
            inserted += piece.text
        else:
            if deleted or inserted:
                yield start, deleted, inserted, left, _clause_after(piece.text)
            left, deleted, inserted = _clause_before(piece.text), "", ""
        at += len(piece.text) if piece.kind != "insert" else 0
        start = at if piece.kind == "equal" else start
    if deleted or inserted:
        yield start, deleted, inserted, left, ""


def _clause_after(text: str) -> str:
    found = CLAUSE.match(text)
    return found[0] if found else ""


def _clause_before(text: str) -> str:
    return _clause_after(text[::-1])[::-1]


def _windows(changed: int, left: int, right: int) -> Iterator[tuple[int, int]]:
    """How many characters to take before and behind a change; as many as there are in a clause too short."""
    if not changed:
        yield min(BESIDE, left), min(BESIDE, right)
        return
    beside = min(max(WINDOW - changed, 0), left + right)
    for first in range(max(0, beside - right), min(beside, left) + 1):
        yield first, beside - first


def _fits(right: str) -> bool:
    """Whether this can stand in the place of wrong words wherever they are."""
    return len(right) <= LONGEST_RIGHT and "\n" not in right


def _meant(words: str) -> bool:
    return len(HAN.findall(words)) >= 2


def _stands(text: str, start: int, words: Replacement) -> bool:
    """Whether the right words stand there already, or would double what stands beside them."""
    if any(start >= at and text.startswith(words.right, start - at) for at in words.within):
        return True
    end = start + len(words.wrong)
    return any(text.endswith(part, 0, start) for part in words.doubled_before) or any(
        text.startswith(part, end) for part in words.doubled_behind
    )


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    unlike = (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(unlike, min(len(one), len(other)))
