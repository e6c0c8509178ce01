"""Build the index of a release: all of it, or what changed since it was built; put its parts together."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from portal.search.documents import Document, Filled
from portal.search.folder import TIDY_LOCK, IndexFolder
from portal.search.lexicon import Lexicon
from portal.search.part import Part, WritePart, write_part
from portal.search.postings import Progress
from portal.search.reader import Reader
from portal.search.results import Passage

logger = logging.getLogger(__name__)

# What was published since the index was built as a whole stands in parts of its own, as long as that stays
# below this number of passages, or this share of the whole.
BESIDE = 500
BESIDE_SHARE = 8
# So many new passages are put in use at once, as a small part of their own. When there are too many parts,
# the smallest are put together after that. Where that fails again and again there are never more than so many
# (a reader tells 256 apart): the next one is put together with the smallest before it is put in use.
SMALL = 200
MOST_PARTS, MOST_UNTIDY = 8, 100
# Documents asked of the record at a time.
BATCH = 50


class Record(Protocol):
    """What is published, as the index sees it."""

    def refresh(self) -> None:
        """See what is published now, whatever was read before."""

    def identity(self) -> str:
        """Which record this is: another database may count the same releases."""

    def release(self) -> int:
        """The number of the newest release."""

    def documents(self) -> Sequence[tuple[str, str]]:
        """Key and version of every document, in order; those of one plan stand together."""

    def passages(self, keys: Sequence[str]) -> Iterable[tuple[str, Sequence[Passage]]]:
        """The passages of some documents by key, in the order of the keys; none for what is gone."""

    def lexicon(self) -> Lexicon:
        """The site's own words."""

    def stamp(self) -> str:
        """Changes whenever the lexicon does without a new release."""


Version = tuple[str, str]


@dataclass(frozen=True)
class State:
    """What an index is to hold: of which record and release, and which version of each document, in order."""

    record: str
    release: int
    stamp: str
    lexicon: Lexicon
    wanted: Sequence[Version]

    @classmethod
    def of_record(cls, record: Record) -> "State":
        """What is published now. The release is asked for first: what is published meanwhile leaves the index
        behind, never ahead.
        """
        identity, release, stamp = record.identity(), record.release(), record.stamp()
        return cls(identity, release, stamp, record.lexicon(), record.documents())

    @classmethod
    def of_reader(cls, reader: Reader) -> "State":
        """What an index holds already."""
        return cls(reader.record, reader.release, reader.stamp, reader.lexicon, reader.versions)


def build(
    folder: IndexFolder,
    record: Record,
    known: Sequence[Part] = (),
    progress: Progress | None = None,
    write: WritePart = write_part,
) -> None:
    """Write what the ``known`` parts do not hold, and put it in use with those of them that are still needed.

    The caller holds the lock; ``write`` writes a part.

    Raises:
        OSError: the folder cannot be written.
    """
    state = State.of_record(record)
    used = _needed(known, state)
    missing = _not_in(used, state)
    fresh = _collect(record, (), missing)
    added = sum(len(passages) for _, passages in fresh)
    if used and added <= SMALL and len(used) < MOST_UNTIDY:
        parts = [*used, _add(folder, state, fresh, False, progress, write)] if fresh else used
        _use_alone(folder, state, parts)
        return
    kept = _kept(used, state, added) if used else []
    rest = _not_in(kept, state)
    held = {document.key: (document, passages) for document, passages in fresh}
    documents = _collect(record, known, rest, held)
    _use_alone(folder, state, [*kept, _add(folder, state, documents, not kept, progress, write)])


def is_untidy(reader: Reader) -> bool:
    """Whether there are so many parts, or so much beside the first, that searches become slower."""
    return len(reader.parts) > MOST_PARTS or _is_much(reader.parts, State.of_reader(reader), 0)


def tidy(folder: IndexFolder, reader: Reader, newest: Callable[[], Reader | None], seconds: float) -> None:
    """Put small parts together, or all, while others publish: what ``newest`` then tells of stays in use.

    The caller holds the lock of those who tidy; ``seconds`` is how long to wait for those who build.

    Raises:
        OSError: the folder cannot be written.
    """
    state = State.of_reader(reader)
    kept = _kept(reader.parts[:-1], state, reader.parts[-1].size)
    rest = _not_in(kept, state)
    merged = _add(folder, state, _collect(None, reader.parts, rest), not kept)
    with folder.locked(seconds) as mine:
        now = newest() if mine else None
        if now is None or now.record != reader.record or not set(kept) <= set(now.parts):
            return
        state = State.of_reader(now)
        later = [part for part in now.parts if part not in reader.parts]
        _use(folder, state, [*kept, merged, *later])


def _not_in(parts: Sequence[Part], state: State) -> list[Version]:
    """What none of the parts holds."""
    held = {version for part in parts for version in part.versions.items()}
    return [version for version in state.wanted if version not in held]


def _needed(parts: Sequence[Part], state: State) -> list[Part]:
    """The first of the parts, and the others that hold anything of it."""
    wanted = set(state.wanted)
    return [part for part in parts if part is parts[0] or not wanted.isdisjoint(part.versions.items())]


def _kept(parts: Sequence[Part], state: State, added: int) -> list[Part]:
    """The parts to keep as they are, when all others are put together: none, or all up to the first that is
    no larger than all behind it; the first of all is kept then.
    """
    if _is_much(parts, state, added):
        return []
    first, size = len(parts), added
    while first > 1 and (first == len(parts) or parts[first - 1].size <= size):
        first -= 1
        size += parts[first].size
    return list(parts[:first])


def _is_much(parts: Sequence[Part], state: State, added: int) -> bool:
    """Whether what stands beside the first part is so much that all is worth building anew."""
    base = parts[0]
    beside = _not_in(parts[:1], state)
    size = sum(part.length(key) for key, number in beside for part in parts if _holds(part, (key, number)))
    return added + size > max(BESIDE, base.size // BESIDE_SHARE)


def _add(
    folder: IndexFolder,
    state: State,
    filled: Sequence[Filled],
    is_first: bool,
    progress: Progress | None = None,
    write: WritePart = write_part,
) -> Part:
    """Write a part with these documents."""
    words = state.lexicon.words
    name, checksums = folder.add(lambda part: write(part, filled, words, is_first, progress))
    logger.info("Search index of release %s: %s documents written", state.release, len(filled))
    return Part(name, checksums, folder.read(name, checksums))


def _use_alone(folder: IndexFolder, state: State, parts: Sequence[Part]) -> None:
    """Put the parts in use, and remove others unless someone tidies, who will."""
    with folder.locked(0, TIDY_LOCK) as alone:
        _use(folder, state, parts, sweep=alone)


def _use(folder: IndexFolder, state: State, parts: Sequence[Part], sweep: bool = True) -> None:
    """Put the parts in use."""
    places = list(filter(None, (_place(parts, version) for version in state.wanted)))
    contents = {
        "stamp": state.stamp,
        "lexicon": asdict(state.lexicon),
        "parts": [number for number, _ in places],
        "places": [at for _, at in places],
    }
    names = {part.name: part.checksums for part in parts}
    folder.use(state.record, state.release, names, contents)
    if sweep:
        folder.sweep(names)


def _collect(
    record: Record | None,
    known: Sequence[Part],
    wanted: Sequence[Version],
    ready: Mapping[str, Filled] | None = None,
) -> list[Filled]:
    """The documents: those at hand, or in the parts that hold them already, or from the record."""
    collected: list[Filled] = []
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        held = {}
        for version in batch:
            if filled := (ready or {}).get(version[0]) or _held(known, version):
                held[version[0]] = filled
        versions = dict(batch)
        missing = [key for key in versions if key not in held]
        for key, passages in record.passages(missing) if record and missing else ():
            if passages:
                held[key] = Document.of(key, versions[key], passages), passages
        collected += [held[key] for key in versions if key in held]
    return collected


def _held(parts: Sequence[Part], version: Version) -> Filled | None:
    place = _place(parts, version)
    return parts[place[0]].filled(place[1]) if place else None


def _place(parts: Sequence[Part], version: Version) -> tuple[int, int] | None:
    """Which of the parts is the first to hold a version of a document, and its place there."""
    found = ((at, part.by_key[version[0]]) for at, part in enumerate(parts) if _holds(part, version))
    return next(found, None)


def _holds(part: Part, version: Version) -> bool:
    key, number = version
    return part.versions.get(key) == number
