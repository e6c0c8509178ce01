"""Two texts laid beside each other, so that what changed reads well in Chinese.

Texts are compared character by character, but numbers, dates, Latin words and 《titles》 change as a whole,
and no single character is left standing between two changes, as in the middle of a word.
``static/difference.js`` follows the same rules while a visitor types: change both.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeVar

from rapidfuzz.distance import Indel

from portal.plans.marks import is_mark

T = TypeVar("T")
TOKEN = re.compile(
    r"《[^《》\n]{1,100}》"
    r"|[0-9]{4}年(?:[0-9]{1,2}月(?:[0-9]{1,2}日)?)?|[0-9]{1,2}月[0-9]{1,2}日"
    r"|[〇零一二三四五六七八九]{4}年(?:[一二三四五六七八九十]{1,3}月(?:[一二三四五六七八九十]{1,3}日)?)?"
    r"|[〇零一二三四五六七八九十百千万亿]{2,}"
    r"|(?:[0-9]+(?:,[0-9]{3})+|[A-Za-z0-9À-ɏ]+)(?:[.:/@_'’&+-][A-Za-z0-9À-ɏ]+)*[%‰℃]?"
    r"|——|……|.",
    re.DOTALL,
)
ENDS = "。！？；!?;\n"
OPENING = "（《“‘〈「『【〔［("
# So many tokens are compared at once; longer texts by sentences first: time and memory take the square.
COMPARED = 400
# Longer stretches without a sentence in common count as one change.
LONGEST = 10_000
# What stands between two changes belongs to them when both are so many times longer: it was written anew.
REWRITTEN = 4


@dataclass
class Step:
    """Tokens that both texts have, then those that one has instead of the other's."""

    kept: list[str]
    deleted: list[str]
    inserted: list[str]

    @property
    def changed(self) -> bool:
        """Whether the texts differ here."""
        return bool(self.deleted or self.inserted)

    @property
    def size(self) -> int:
        """How many characters changed."""
        return max(_length(self.deleted), _length(self.inserted))

    @property
    def only_marks(self) -> bool:
        """Whether only punctuation and white space changed."""
        return all(map(is_mark, self.deleted + self.inserted))


def align(before: str, after: str) -> list[Step]:
    """The texts as steps. All but the first keep something, all but the last change something."""
    steps = _merged(_steps(_tokens(before, after), _tokens(after, before)))
    _trim(steps)
    _slide(steps)
    return steps


def _tokens(text: str, other: str) -> list[str]:
    tokens: list[str] = []
    for token in TOKEN.findall(text):
        # A name that is put between marks, or freed of them, is the same name.
        if len(token) > 2 and token[0] == "《" and token[1:-1] in other and token not in other:
            tokens += ["《", *_tokens(token[1:-1], ""), "》"]
        else:
            tokens.append(token)
    return tokens


def _steps(before: list[str], after: list[str]) -> list[Step]:
    steps = [Step([], [], [])]
    for equal, old, new in _stretches(before, after):
        if equal:
            if steps[-1].changed:
                steps.append(Step([], [], []))
            steps[-1].kept += old
        else:
            steps[-1].deleted += old
            steps[-1].inserted += new
    return steps


def _stretches(before: list[str], after: list[str]) -> Iterator[tuple[bool, list[str], list[str]]]:
    """Equal and differing stretches in turn."""
    if max(len(before), len(after)) <= COMPARED:
        yield from _aligned(before, after)
        return
    for equal, old, new in _aligned(_sentences(before), _sentences(after)):
        if equal:
            yield True, _flat(old), _flat(new)
        elif max(len(_flat(old)), len(_flat(new))) <= LONGEST:
            yield from _aligned(_flat(old), _flat(new))
        else:
            yield False, _flat(old), _flat(new)


def _aligned(before: list[T], after: list[T]) -> Iterator[tuple[bool, list[T], list[T]]]:
    for equal, group in groupby(Indel.opcodes(before, after), lambda code: code.tag == "equal"):
        codes = list(group)
        first, last = codes[0], codes[-1]
        yield equal, before[first.src_start : last.src_end], after[first.dest_start : last.dest_end]


def _sentences(tokens: list[str]) -> list[tuple[str, ...]]:
    sentences, start = [], 0
    for at, token in enumerate(tokens, 1):
        if token in ENDS or at == len(tokens):
            sentences.append(tuple(tokens[start:at]))
            start = at
    return sentences


def _flat(sentences: Iterable[tuple[str, ...]]) -> list[str]:
    return [token for sentence in sentences for token in sentence]


def _merged(steps: Sequence[Step]) -> list[Step]:
    """Draw what is too short to stand between two changes into them."""
    merged = [steps[0]]
    for step in steps[1:]:
        last = merged[-1]
        if step.changed and _is_lost(last, step):
            last.deleted += step.kept + step.deleted
            last.inserted += step.kept + step.inserted
        else:
            merged.append(step)
    return merged


def _is_lost(last: Step, step: Step) -> bool:
    length = _length(step.kept)
    if length * REWRITTEN <= min(last.size, step.size):
        return True
    # Beside punctuation a character is not in the middle of a word.
    return length < 2 and not (is_mark(step.kept[0]) or last.only_marks or step.only_marks)


def _trim(steps: list[Step]) -> None:
    """Give what a change begins or ends with on both sides back to what is kept."""
    if steps[-1].changed:
        steps.append(Step([], [], []))
    for step, following in pairwise(steps):
        while step.deleted and step.inserted and step.deleted[0] == step.inserted[0]:
            step.kept.append(step.deleted.pop(0))
            step.inserted.pop(0)
        while step.deleted and step.inserted and step.deleted[-1] == step.inserted[-1]:
            following.kept.insert(0, step.deleted.pop())
            step.inserted.pop()


def _slide(steps: list[Step]) -> None:
    """Of the places where the same stretch could be put in or left out, take the one between words.

    In 推进甲，推进乙 it is 推进甲， that was put in, though 甲，推进 gives the same text.
    """
    for at, (step, following) in enumerate(pairwise(steps)):
        if bool(step.deleted) == bool(step.inserted):
            continue
        moved = step.deleted or step.inserted
        # Two tokens stay between this change and the next one.
        most_left = len(step.kept) - (2 if at else 0)
        most_right = len(following.kept) - (2 if following.changed else 0)
        line = [*step.kept, *moved, *following.kept]
        best = _best_start(line, len(step.kept), len(moved), most_left, most_right)
        step.kept[:], moved[:] = line[:best], line[best : best + len(moved)]
        following.kept[:] = line[best + len(moved) :]


def _best_start(line: list[str], start: int, length: int, most_left: int, most_right: int) -> int:
    first = last = start
    while start - first < most_left and line[first - 1] == line[first + length - 1]:
        first -= 1
    while last - start < most_right and line[last] == line[last + length]:
        last += 1
    return max(range(first, last + 1), key=lambda at: (_edge(line, at) + _edge(line, at + length), at))


def _edge(line: list[str], at: int) -> int:
    """How well a text can be cut before this token."""
    if at in (0, len(line)) or line[at - 1] in ENDS:
        return 2
    after_mark = is_mark(line[at - 1]) and line[at - 1] not in OPENING
    return 1 if after_mark or line[at] in OPENING else 0


def _length(tokens: Iterable[str]) -> int:
    return sum(map(len, tokens))
