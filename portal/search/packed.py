"""Texts and numbers in files that are mapped: all processes share them, and they are made when asked for."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from mmap import mmap
from typing import TypeVar, overload

Value = TypeVar("Value")
# What a file is to those who read it: mapped, or its bytes.
Data = mmap | bytes
# The bytes of a number, in the order of the machine.
SIZE = 4


class Texts(Sequence[str]):
    """Texts one after the other; places do not count from the end."""

    def __init__(self, data: Data) -> None:
        count = int(numbers(data, 0, SIZE)[0])
        self._data = data
        self._text = SIZE * (1 + count)
        self._ends = numbers(data, SIZE, self._text)

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        ends, text = self._ends, self._text
        return self._data[text + ends[at] : text + ends[at + 1]].decode()


def numbers(data: Data, start: int = 0, end: int | None = None) -> "memoryview[int]":
    """The numbers in a file, or in some of its bytes."""
    return memoryview(data)[start:end].cast("I")


def dump_texts(texts: Iterable[str]) -> bytes:
    """Texts as a file: how many ends follow, where each text ends, and the texts in UTF-8."""
    encoded = [text.encode() for text in texts]
    ends = array("I", accumulate(map(len, encoded), initial=0))
    return array("I", [len(ends)]).tobytes() + ends.tobytes() + b"".join(encoded)


class Kept(dict[int, Value]):
    """What was read, by its number; when there is too much of it, all is let go and read again."""

    def __init__(self, read: Callable[[int], Value], most: int) -> None:
        super().__init__()
        self._read, self._most = read, most

    def __missing__(self, number: int) -> Value:
        value = self._read(number)
        if len(self) >= self._most:
            self.clear()
        self[number] = value
        return value
