"""The lexicon as it is now: the files of the content folder, and what the staff have added to them."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from portal.database import db
from portal.search.lexicon import (
    SYNONYMS_FILE,
    WORDS_FILE,
    Lexicon,
    LexiconError,
    file_bytes,
    read_files,
    read_group,
    read_word,
)
from portal.search.models import SearchTerm, TermKind

logger = logging.getLogger(__name__)
Read = TypeVar("Read")


def site_lexicon(content: Path) -> Lexicon:
    """All that can be read of files and table; what cannot is logged, and the search goes on without it."""
    try:
        files = read_files(content, _log)
    except OSError as error:
        logger.warning("The lexicon's files are left out: %s", error)
        files = Lexicon()
    rows = added()
    words = [*files.words, *_read(rows, TermKind.WORD, read_word)]
    synonyms = [*files.synonyms, *_read(rows, TermKind.SYNONYM, read_group)]
    return Lexicon(tuple(words), tuple(synonyms))


def files_stamp(content: Path) -> str:
    """Changes when one of the files does: a digest of what they hold, so that a mere touch is no change."""
    digest = hashlib.sha256()
    for name in (WORDS_FILE, SYNONYMS_FILE):
        try:
            digest.update(hashlib.sha256(file_bytes(content / name)).digest())
        except OSError as error:
            digest.update(str(error.errno).encode())
    return digest.hexdigest()


def added() -> Sequence[SearchTerm]:
    """The terms that the staff have added, the newest first."""
    newest = (SearchTerm.added_at.desc(), SearchTerm.id.desc())
    return db.session.scalars(select(SearchTerm).order_by(*newest)).all()


def _read(rows: Sequence[SearchTerm], kind: TermKind, read: Callable[[str], Read]) -> Iterator[Read]:
    for row in rows:
        if row.kind is kind:
            try:
                yield read(row.text)
            except LexiconError as error:
                _log(error)


def _log(error: LexiconError) -> None:
    logger.warning("Left out of the lexicon: %s", error)
