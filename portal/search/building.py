"""Build the index of a release: all of it, or what changed since it was built."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Protocol

from portal.search.documents import StoredDocument
from portal.search.folder import IndexFolder
from portal.search.lexicon import Lexicon
from portal.search.postings import Progress
from portal.search.reader import Part, write_part
from portal.search.results import Passage

logger = logging.getLogger(__name__)

# What was published since the index was built as a whole stands in parts of its own, as long as that stays
# below this number of passages, or this share of the whole.
BESIDE = 500
BESIDE_SHARE = 8
# So many new passages are put in use at once, as a small part of their own. When there are too many parts,
# the smallest are put together after that.
SMALL = 200
MOST_PARTS = 8
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


def build(
    folder: IndexFolder, record: Record, known: Sequence[Part] = (), progress: Progress | None = None
) -> None:
    """Write what the ``known`` parts do not hold, and put it in use with those of them that are still needed.

    The caller holds the lock.

    Raises:
        OSError: the folder cannot be written.
    """
    # The release is asked for first: what is published meanwhile leaves the index behind, never ahead.
    work = _Work(folder, record, progress)
    base = known[0] if known else None
    used = [part for part in known if part is base or any(_holds(part, version) for version in work.wanted)]
    fresh = _collect(record, (), [v for v in work.wanted if not any(_holds(part, v) for part in used)])
    added = sum(map(len, fresh.values()))
    beside = added + sum(
        len(held) for v in work.wanted if not _holds(base, v) and (held := _held(used[1:], v))
    )
    is_whole = base is None or beside > max(BESIDE, base.size // BESIDE_SHARE)
    if base and added <= SMALL:
        work.use(used, fresh)
        if not is_whole and len(used) < MOST_PARTS:
            return
    kept = [] if is_whole else used[: _first_to_merge(used, added)]
    rest = [v for v in work.wanted if not any(_holds(part, v) for part in kept)]
    work.use(kept, _collect(record, known, rest, fresh))


def _first_to_merge(parts: Sequence[Part], added: int) -> int:
    """Where the parts begin that are no larger than all behind them; the first part is never one of them."""
    first, size = len(parts), added
    while first > 1 and (first == len(parts) or parts[first - 1].size <= size):
        first -= 1
        size += parts[first].size
    return first


class _Work:
    """The record as it was when the work began, and the folder where it goes."""

    def __init__(self, folder: IndexFolder, record: Record, progress: Progress | None) -> None:
        self.identity, self.release, self.stamp = record.identity(), record.release(), record.stamp()
        self.lexicon, self.wanted = record.lexicon(), record.documents()
        self._folder, self._progress = folder, progress

    def use(self, parts: Sequence[Part], more: Mapping[str, StoredDocument]) -> None:
        """Put parts in use, with one more that holds these documents."""
        names = {part.name: part.checksums for part in parts}
        found = {}
        for version in self.wanted:
            place = next((number for number, part in enumerate(parts) if _holds(part, version)), None)
            if place is not None:
                found[version[0]] = (place, parts[place].by_key[version[0]])
        if more or not parts:
            documents = list(more.values())
            name, checksums = self._folder.add(
                partial(
                    write_part,
                    stored=documents,
                    words=self.lexicon.words,
                    is_first=not parts,
                    progress=self._progress,
                )
            )
            found.update({document.key: (len(parts), at) for at, document in enumerate(documents)})
            names[name] = checksums
        contents = {
            "stamp": self.stamp,
            "lexicon": asdict(self.lexicon),
            "documents": [found[key] for key, _ in self.wanted if key in found],
        }
        self._folder.use(self.identity, self.release, names, contents)
        logger.info("Search index of release %s: %s documents added", self.release, len(more))


def _collect(
    record: Record,
    known: Sequence[Part],
    wanted: Sequence[Version],
    ready: Mapping[str, StoredDocument] | None = None,
) -> dict[str, StoredDocument]:
    """The documents by key: those at hand, or in the parts that hold them already, or from the record."""
    collected: dict[str, StoredDocument] = {}
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        held = {}
        for version in batch:
            if document := (ready or {}).get(version[0]) or _held(known, version):
                held[version[0]] = document
        versions = dict(batch)
        missing = [key for key in versions if key not in held]
        for key, passages in record.passages(missing) if missing else ():
            if passages:
                held[key] = StoredDocument.of(key, versions[key], passages)
        collected.update({key: held[key] for key in versions if key in held})
    return collected


def _held(parts: Sequence[Part], version: Version) -> StoredDocument | None:
    return next((part.documents[part.by_key[version[0]]] for part in parts if _holds(part, version)), None)


def _holds(part: Part | None, version: Version) -> bool:
    key, number = version
    return part is not None and part.versions.get(key) == number
