"""The index: every heading and paragraph in Whoosh, kept in step with the record by itself."""

import logging
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import whoosh
from whoosh.analysis import Analyzer, Token
from whoosh.columns import RefBytesColumn
from whoosh.fields import COLUMN, STORED, TEXT, Schema
from whoosh.filedb.filestore import FileStorage, RamStorage

from portal.search.analysis import Query, grams
from portal.search.folder import IndexFolder, Stamp, Stored
from portal.search.highlighting import excerpt
from portal.search.matching import Matches, shorter
from portal.search.results import Hit, Passage, Results

__all__ = ["Hit", "NotReady", "Passage", "Results", "SearchIndex"]

logger = logging.getLogger(__name__)

# Raise the number whenever the fields below, or what analysis.py makes of a text, change: indexes of another
# schema are rebuilt. The versions of Whoosh and of the Unicode tables have their say in it too.
SCHEMA = f"1, Whoosh {whoosh.versionstring()}, Unicode {unicodedata.unidata_version}"
# How often a search asks the record for its release.
CHECK_SECONDS = 1.0
# How long a search without any index waits for the process that builds one.
WAIT_SECONDS = 10.0
BUILD_MEGABYTES = 128

Progress = Callable[[int, int], None]


class NotReady(Exception):
    """There is no index yet and it could not be built now."""


class GramAnalyzer(Analyzer):  # type: ignore[misc]
    """Cuts a text into the grams by which it is found."""

    def __call__(self, value: str, **options: object) -> Iterable[Token]:
        token = Token()
        token.boost = 1.0
        for gram in grams(value):
            token.text = gram
            yield token


class Reader:
    """A loaded index. It lives in memory, so nothing that happens to the files can reach it."""

    def __init__(self, stored: Stored) -> None:
        self.record, self.release = stored.record, stored.release
        storage = RamStorage()
        storage.files = stored.files
        self._reader = storage.open_index().reader()
        self._place_column = self._reader.column_reader("place") if self._reader.doc_count() else ()

    def frequency(self, gram: str) -> int:
        """In how many passages the gram stands."""
        return int(self._reader.doc_frequency("grams", gram))

    def postings(self, gram: str) -> dict[int, int]:
        """How often each passage that holds the gram holds it, by the passage's place in the record."""
        if ("grams", gram) not in self._reader:
            return {}
        matcher, found = self._reader.postings("grams", gram), {}
        while matcher.is_active():
            found[matcher.id()] = int(matcher.weight())
            matcher.next()
        return found

    def size(self) -> int:
        """The number of passages."""
        return int(self._reader.doc_count())

    def place(self, number: int) -> bytes:
        """Plan, page and kind of a passage in one value: quick to read, and shared by many passages."""
        place: bytes = self._place_column[number]
        return place

    def passage(self, number: int) -> Passage:
        """A passage as it was indexed."""
        return Passage(*self._reader.stored_fields(number)["passage"])


def write(folder: Path, passages: list[Passage], progress: Progress | None) -> None:
    """Build an index of one segment, so that passages are numbered in the order of the record."""
    schema = Schema(
        grams=TEXT(analyzer=GramAnalyzer(), phrase=False),
        place=COLUMN(RefBytesColumn()),
        passage=STORED,
    )
    writer = FileStorage(str(folder)).create_index(schema).writer(limitmb=BUILD_MEGABYTES, compound=False)
    for done, passage in enumerate(passages, 1):
        writer.add_document(grams=passage.text, place=passage.place, passage=passage.fields)
        if progress:
            progress(done, len(passages))
    writer.commit()


class SearchIndex:
    """Answers searches; safe to use from several threads and processes.

    ``current_release`` and ``passages`` ask the record: for its release, and for all that is published, in
    order. ``record`` asks which record it is: another database may count the same releases.
    """

    def __init__(
        self,
        folder: Path,
        current_release: Callable[[], int],
        passages: Callable[[], Iterable[Passage]],
        record: Callable[[], str] = str,
    ) -> None:
        self._folder = IndexFolder(folder, SCHEMA)
        self._current_release = current_release
        self._passages = passages
        self._record = record
        # Whoosh's readers seek in shared files, so that one thread reads at a time.
        self._lock = threading.RLock()
        self._reader: Reader | None = None
        self._stamp: Stamp | None = None
        self._intact = False
        self._checked_at = float("-inf")

    @property
    def release(self) -> int | None:
        """The release that searches are answered from; None without an index."""
        reader = self._newest()
        return reader.release if reader else None

    def search(self, query: str, plan: str | None = None, page: int = 1, per_page: int = 20) -> Results:
        """Find the passages that hold every word of the query; those that hold parts, if none does.

        Raises:
            NotReady: there is no index, and none could be built.
        """
        started = time.perf_counter()
        parsed = Query.parse(query)
        with self._reading() as reader:
            matches = Matches(reader, parsed)
            ranked = matches.ranked(plan)
            shown = [reader.passage(number) for number in ranked[(page - 1) * per_page : page * per_page]]
            facets = matches.facets()
        marks = parsed.parts() if matches.partial else parsed
        hits = [Hit(passage, excerpt(passage.text, marks)) for passage in shown]
        took_ms = round((time.perf_counter() - started) * 1000, 1)
        return Results(parsed, len(ranked), took_ms, matches.partial, None, hits, facets)

    def shorter(self, query: str) -> tuple[str, int] | None:
        """A shorter query that has results, and how many, for a query that has none.

        Raises:
            NotReady: as in ``search``.
        """
        with self._reading() as reader:
            text = shorter(reader, Query.parse(query))
            return (text, len(Matches(reader, Query.parse(text)).ranked())) if text else None

    def rebuild(self, progress: Progress | None = None) -> None:
        """Build the index afresh from the record; ``progress`` is told passages done and passages in all.

        Raises:
            BlockingIOError: another process is building it.
            OSError: the folder cannot be written.
        """
        with self._folder.locked(WAIT_SECONDS) as mine:
            if not mine:
                raise BlockingIOError("another process is building the index")
            self._build(progress)

    def catch_up(self) -> None:
        """Rebuild the index if it is missing, damaged or of another release than the record.

        Whoever comes second goes on with the old index, or waits for the new one when there is none. Failures
        are logged: what was published stays published.
        """
        try:
            if self._in_step():
                return
            with self._folder.locked(0 if self._reader else WAIT_SECONDS) as mine:
                if mine and not self._in_step():
                    self._build(None)
        except Exception:
            logger.exception("The search index could not be brought up to date")

    def _in_step(self) -> bool:
        reader = self._newest()
        return (
            reader is not None
            and self._intact
            and (reader.record, reader.release) == (self._record(), self._current_release())
        )

    def _build(self, progress: Progress | None) -> None:
        # The release is asked for first: what is published meanwhile leaves the index behind, never ahead.
        record, release = self._record(), self._current_release()
        passages = list(self._passages())
        self._folder.replace(record, release, lambda folder: write(folder, passages, progress))
        logger.info("Search index of release %s: %s passages", release, len(passages))

    def _newest(self) -> Reader | None:
        """The reader of the index in use; the one before, if that cannot be read."""
        with self._lock:
            stamp = self._folder.stamp()
            if stamp != self._stamp or self._reader is None:
                stored = self._folder.load()
                self._intact = stored is not None
                if stored:
                    self._reader = Reader(stored)
                self._stamp = stamp
            return self._reader

    @contextmanager
    def _reading(self) -> Iterator[Reader]:
        elapsed = time.monotonic() - self._checked_at
        if elapsed >= CHECK_SECONDS or self._newest() is None:
            self._checked_at = time.monotonic()
            self.catch_up()
        with self._lock:
            reader = self._newest()
            if reader is None:
                raise NotReady
            yield reader
