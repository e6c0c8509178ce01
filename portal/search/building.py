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

# What was published since the index was built as a whole stands in a second part, as long as that stays
# below this number of passages, or this share of the whole.
SECOND_PART = 500
SECOND_SHARE = 8
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
    """Write what the ``known`` parts do not hold, and put it in use with the first of them.

    The caller holds the lock.

    Raises:
        OSError: the folder cannot be written.
    """
    # The release is asked for first: what is published meanwhile leaves the index behind, never ahead.
    identity, release, stamp = record.identity(), record.release(), record.stamp()
    lexicon, wanted = record.lexicon(), record.documents()
    base = known[0] if known else None
    stored = _collect(record, known, [version for version in wanted if not _holds(base, version)])
    added = sum(map(len, stored.values()))
    if base and added > max(SECOND_PART, base.size // SECOND_SHARE):
        stored = _collect(record, known, wanted, stored)
        base = None
    parts = {base.name: base.checksums} if base else {}
    places = {key: (0, at) for key, at in base.by_key.items()} if base else {}
    if stored or base is None:
        documents = list(stored.values())
        name, checksums = folder.add(
            partial(write_part, stored=documents, words=lexicon.words, progress=progress)
        )
        places.update({document.key: (len(parts), at) for at, document in enumerate(documents)})
        parts[name] = checksums
    contents = {
        "stamp": stamp,
        "lexicon": asdict(lexicon),
        "documents": [places[key] for key, _ in wanted if key in places],
    }
    folder.use(identity, release, parts, contents)
    logger.info("Search index of release %s: %s passages added", release, added)


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
    return part is not None and key in part.by_key and part.documents[part.by_key[key]].version == number
