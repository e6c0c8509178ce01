"""The index: every heading and paragraph, found by its grams, kept in step with the record by itself."""

import logging
import os
import sys
import threading
import time
import unicodedata
from contextlib import nullcontext
from pathlib import Path

from portal.search import apart, matching, postings, searching
from portal.search.answers import Answers
from portal.search.building import Record, build, is_untidy, tidy
from portal.search.folder import TIDY_LOCK, IndexFolder, Stamp, was_written_to
from portal.search.part import Part, write_part
from portal.search.postings import Progress
from portal.search.query import Query
from portal.search.reader import NUMBER, Reader
from portal.search.results import Completions, Hit, Passage, Results

__all__ = ["Hit", "NotReady", "Passage", "Progress", "Record", "Results", "SearchIndex"]

logger = logging.getLogger(__name__)

# Raise the number whenever the files of an index, or what analysis.py makes of a text, change: indexes of
# another schema are rebuilt. The versions of Whoosh and of the Unicode tables have their say in it too.
SCHEMA = f"8, {sys.byteorder} endian, Whoosh {postings.VERSION}, Unicode {unicodedata.unidata_version}"
# How often a search asks the record for its release, and looks for an index that another process has built.
CHECK_SECONDS = 1.0
LOOK_SECONDS = 0.05
# How long a command, and a search without any index, wait for the process that builds one. Searches that wait
# hold the few threads that the whole site has.
WAIT_SECONDS = 10.0
SEARCH_WAIT_SECONDS = 1.0
# How low the thread that puts parts together stands against all others, from 1 to 19.
TIDY_PRIORITY = 15


# The pointer, and the files of each part in use.
Seen = tuple[Stamp | None, dict[str, list[Stamp | None]]]


class NotReady(Exception):
    """There is no index yet and it could not be built now."""


class SearchIndex:
    """Answers searches; safe to use from several threads and processes."""

    def __init__(self, folder: Path, record: Record) -> None:
        self._folder = IndexFolder(folder, SCHEMA)
        self._record = record
        self.answers = Answers()
        # Set where requests are answered: what is built then takes no memory there.
        self.builds_apart = False
        self._lock = threading.RLock()
        self._reader: Reader | None = None
        self._seen: Seen = (None, {})
        self._intact = False
        self._tidying: threading.Thread | None = None
        self._checked_at = self._looked_at = float("-inf")

    @property
    def release(self) -> int | None:
        """The release that searches are answered from; None without an index."""
        reader = self.newest()
        return reader.release if reader else None

    def in_step(self) -> bool:
        """Whether the index is whole and of the record as it is now; nothing is built for that."""
        return self._in_step()

    def search(
        self,
        query: str,
        plan: str | None = None,
        chapter: str | None = None,
        page: int = 1,
        per_page: int = 20,
    ) -> Results[Hit]:
        """Find the passages that hold every word of the query; those that hold parts, if none does.

        ``plan`` and ``chapter`` (a page's number) narrow the results down; ``page`` counts from 1.

        Raises:
            NotReady: there is no index, and none could be built.
        """
        return searching.search(self.reader(), query, plan, chapter, page, per_page, searching.Answer.hit)

    def find(self, query: str, limit: int) -> tuple[int, list[int]]:
        """How many passages hold every word of the query, and which are the best, by place in the record.

        Raises:
            NotReady: as in ``search``.
        """
        reader = self.reader()
        found = matching.find(reader, Query.parse(query, reader.lexicon))
        return len(found), [result & NUMBER for result in found[:limit]]

    def complete(self, typed: str, limit: int = 8) -> Completions:
        """What is being typed may become these words and headings.

        Raises:
            NotReady: as in ``search``.
        """
        return searching.complete(self.reader(), typed, limit)

    def shorter(self, query: str) -> tuple[str, int] | None:
        """A shorter query that has results, and how many, for a query that has none.

        Raises:
            NotReady: as in ``search``.
        """
        reader = self.reader()
        text = matching.shorter(reader, Query.parse(query))
        return (text, len(matching.find(reader, Query.parse(text, reader.lexicon)))) if text else None

    def rebuild(self, progress: Progress | None = None) -> None:
        """Build the index afresh from the record; ``progress`` is told passages done and passages in all.

        Raises:
            BlockingIOError: another process is building it.
            OSError: the folder cannot be written.
        """
        with self._folder.locked(WAIT_SECONDS) as mine:
            if not mine:
                raise BlockingIOError("another process is building the index")
            build(self._folder, self._record, (), progress)
        self._looked_at = float("-inf")

    def catch_up(self, wait_seconds: float = WAIT_SECONDS) -> None:
        """Bring the index in step if it is missing, damaged or of another release than the record.

        Whoever comes second waits so long for the first, and then goes on with the old index. A thread puts
        small parts together after that. Failures are logged: what was published stays published.
        """
        try:
            if self._in_step():
                return
            with self._folder.locked(wait_seconds) as mine:
                # What this process has read of the record may be older than the index that another has built.
                self._record.refresh()
                if mine and not self._in_step():
                    reader = self._reader
                    if not self._intact:
                        logger.warning("The search index is missing or damaged, and is built again")
                    usable = self._intact and reader and reader.record == self._record.identity()
                    known = reader.parts if reader and usable else ()
                    with apart.Writer() if self.builds_apart else nullcontext(write_part) as write:
                        build(self._folder, self._record, known, write=write)
                    self._tidy_later()
                    for part in self._reader.parts if self._reader else ():
                        part.forget()
        except Exception:
            logger.exception("The search index could not be brought up to date")

    def settle(self) -> None:
        """Wait until the parts are put together, if they are about to be: a thread ends with its process."""
        if self._tidying:
            self._tidying.join()

    def _tidy_later(self) -> None:
        self._look()
        idle = self._tidying is None or not self._tidying.is_alive()
        if idle and self._reader and is_untidy(self._reader):
            self._tidying = threading.Thread(target=self._tidy, name="search-tidy", daemon=True)
            self._tidying.start()

    def _tidy(self) -> None:
        try:
            if self.builds_apart:
                apart.tidy(self._folder.path)
                self._look()
            else:
                self.tidy()
        except Exception:
            logger.exception("The parts of the search index could not be put together")

    def tidy(self) -> None:
        """Put small parts together where that is due, unless another process does, behind all other work.

        Raises:
            OSError: the folder cannot be written.
        """
        # Requests come first. On Linux 0 is this thread alone, elsewhere the whole process.
        os.setpriority(os.PRIO_PROCESS, 0, TIDY_PRIORITY)
        with self._folder.locked(0, TIDY_LOCK) as mine:
            if mine and (reader := self._newest()) and is_untidy(reader):
                tidy(self._folder, reader, self._newest, WAIT_SECONDS)
                self._look()

    def _newest(self) -> Reader | None:
        """The index in use this moment, if it can be read."""
        self._look()
        return self._reader if self._intact else None

    def reader(self) -> Reader:
        """The index of the newest release, brought in step first if it has not been looked at for a second.

        Raises:
            NotReady: there is no index, and none could be built.
        """
        now = time.monotonic()
        if self._reader is None or now - self._checked_at >= CHECK_SECONDS:
            self.catch_up(0 if self._reader else SEARCH_WAIT_SECONDS)
            self._checked_at = time.monotonic()
        reader = self.newest()
        if reader is None:
            raise NotReady
        return reader

    def at_hand(self) -> Reader | None:
        """The index that ``reader`` would give, where that asks the record for nothing; else None."""
        if time.monotonic() - self._checked_at >= CHECK_SECONDS:
            return None
        return self.newest()

    def newest(self) -> Reader | None:
        """The index in use, perhaps of an earlier release; the one before, if that cannot be read."""
        now = time.monotonic()
        if self._reader is None or now - self._looked_at >= LOOK_SECONDS:
            self._look()
            self._looked_at = now
        return self._reader

    def _in_step(self) -> bool:
        reader = self._newest()
        if reader is None:
            return False
        record = self._record
        return (reader.record, reader.release, reader.stamp) == (
            record.identity(),
            record.release(),
            record.stamp(),
        )

    def _look(self) -> None:
        """Read the index that is in use now, where it is another, or any of its files was written to."""
        if self._reader is None or self._seen != self._see():
            with self._lock:
                if self._reader is None or self._seen != self._see():
                    self._load()

    def _see(self) -> Seen:
        parts = self._reader.parts if self._reader else ()
        stamps = {part.name: self._folder.stamps(part.name, part.checksums) for part in parts}
        return self._folder.stamp(), stamps

    def _load(self) -> None:
        stamp, stamps = self._see()
        _, before = self._seen
        used = self._reader.parts if self._reader else ()
        parts = {part.name: part for part in used if stamps[part.name] == before[part.name]}
        stored = self._folder.load(parts)
        self._intact = stored is not None
        if stored is None:
            # What is gone or replaced is still mapped as it was; what was written to is not.
            if any(was_written_to(before[name], stamps[name]) for name in stamps):
                self._reader = None
            self._seen = (stamp, self._see()[1])
            return
        for name, files in stored.parts.items():
            if files is not None:
                parts[name] = Part(name, stored.checksums[name], files)
        used = [parts[name] for name in stored.parts]
        self._reader = Reader(stored.record, stored.release, stored.contents, used)
        self._seen = (stamp, self._see()[1])
