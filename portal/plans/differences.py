"""What changed between two texts, as people see it: marked, counted, named, and in its sentence."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from portal.plans.aligning import ENDS, TOKEN, Step, align
from portal.plans.marks import names

SENTENCE = re.compile(rf"[^{ENDS}]*[{ENDS}]+[”’）」』》)]*|[^{ENDS}]+")
ENDED = re.compile(rf"[{ENDS}][”’）」』》)]*$")
# Characters that an excerpt shows of what stays the same beside a change.
BESIDE = 20
LEAD = 10  # the same before the first change, where there is room for one line only


@dataclass(frozen=True)
class Piece:
    """A stretch of text. ``note`` names a change in punctuation or white space alone: ``逗号改为顿号``."""

    kind: Literal["equal", "delete", "insert"]
    text: str
    note: str = ""


@dataclass(frozen=True)
class Difference:
    """Two texts as one: what both share and what was deleted make the former, what was inserted the latter.

    No two pieces of a kind stand side by side, and what was deleted stands before what was inserted.
    """

    pieces: tuple[Piece, ...]

    @property
    def changes(self) -> int:
        """At how many places the texts differ."""
        return sum(1 for _ in self._changes())

    @property
    def deleted(self) -> int:
        """How many characters (code points) were deleted."""
        return sum(len(piece.text) for piece in self.pieces if piece.kind == "delete")

    @property
    def inserted(self) -> int:
        """How many characters (code points) were inserted."""
        return sum(len(piece.text) for piece in self.pieces if piece.kind == "insert")

    @property
    def summary(self) -> str:
        """``共2处改动：删3字，增5字``."""
        if not self.changes:
            return "没有改动"
        parts = [f"删{self.deleted}字"] * bool(self.deleted) + [f"增{self.inserted}字"] * bool(self.inserted)
        return f"共{self.changes}处改动：{'，'.join(parts)}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the changes in punctuation and white space are called, each once."""
        counts = Counter(note for change in self._changes() if (note := change[0].note))
        return tuple(f"{note}（{count}处）" if count > 1 else note for note, count in counts.items())

    @property
    def excerpts(self) -> tuple[tuple[Piece, ...], ...]:
        """Each sentence with its changes; ``……`` stands for what is left out of it."""
        sentences = _by_sentences(self.pieces)
        changed = (s for s in sentences if any(piece.kind != "equal" for piece in s))
        return tuple(map(_shortened, changed))

    @property
    def shortened(self) -> bool:
        """Whether the excerpts leave anything out."""
        shown = "".join(piece.text for excerpt in self.excerpts for piece in excerpt)
        return shown != "".join(piece.text for piece in self.pieces)

    def _changes(self) -> Iterator[list[Piece]]:
        for equal, pieces in groupby(self.pieces, lambda piece: piece.kind == "equal"):
            if not equal:
                yield list(pieces)


def compare(before: str, after: str) -> Difference:
    """What changed from one text to the other."""
    return Difference(tuple(piece for step in align(before, after) for piece in _pieces(step)))


def from_change(before: str, after: str) -> tuple[str, str]:
    """Both texts from shortly before where they first differ; ``……`` stands for what is left out."""
    if before == after:
        return before, after
    shorter = min(len(before), len(after))
    same = before[: next((at for at in range(shorter) if before[at] != after[at]), shorter)]
    kept = _start(TOKEN.findall(same)[::-1], LEAD, backwards=True)
    out = len(same) - len(kept)
    return (f"……{before[out:]}", f"……{after[out:]}") if out > 2 else (before, after)


def _pieces(step: Step) -> Iterator[Piece]:
    note = _note(step.deleted, step.inserted) if step.changed and step.only_marks else ""
    if step.kept:
        yield Piece("equal", "".join(step.kept))
    if step.deleted:
        yield Piece("delete", "".join(step.deleted), note)
    if step.inserted:
        yield Piece("insert", "".join(step.inserted), note)


def _note(deleted: list[str], inserted: list[str]) -> str:
    old, new = names(deleted, inserted), names(inserted, deleted)
    if old and new:
        return f"{old}改为{new}"
    return f"删去{old}" if old else f"增加{new}"


def _by_sentences(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    sentence: list[Piece] = []
    for piece in pieces:
        for text in SENTENCE.findall(piece.text) if piece.kind == "equal" else ():
            sentence.append(Piece("equal", text))
            if ENDED.search(text):
                yield sentence
                sentence = []
        if piece.kind != "equal":
            sentence.append(piece)
    yield sentence


def _shortened(sentence: list[Piece]) -> tuple[Piece, ...]:
    """With the middle of what stays the same left out, or the side away from the change."""
    shown = []
    for at, piece in enumerate(sentence):
        text = piece.text.strip("\n") if piece.kind == "equal" else piece.text
        if piece.kind == "equal" and len(text) > 2 * BESIDE + 2:
            tokens = TOKEN.findall(text)
            head = "" if at == 0 else _start(tokens)
            tail = "" if at == len(sentence) - 1 else _start(tokens[::-1], backwards=True)
            text = f"{head}……{tail}"
        shown.append(Piece(piece.kind, text, piece.note))
    return tuple(piece for piece in shown if piece.text)


def _start(tokens: Iterable[str], most: int = BESIDE, backwards: bool = False) -> str:
    text = ""
    for token in tokens:
        if len(text) >= most:
            break
        text = token + text if backwards else text + token
    return text
