"""The three engines of the search benchmark: the portal's own, SQLite FTS5, and Whoosh as usually used.

Each is built into a folder and opened from it. ``first_ten`` finds and orders; ``answer`` gives the whole
answer; ``every`` finds all, for recall and precision.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pysqlite3
import rjieba
import whoosh.index
from pysqlite3 import Connection
from whoosh.analysis import Analyzer, Token
from whoosh.fields import STORED, TEXT, Schema
from whoosh.qparser import QueryParser

from portal.search.analysis import grams, squeeze, word_grams
from portal.search.index import SearchIndex
from tests.bench.corpus import Corpus


class Engine(ABC):
    """How the benchmark sees an engine."""

    name: ClassVar[str]

    @abstractmethod
    def __init__(self, folder: Path, record: Corpus) -> None: ...

    @classmethod
    @abstractmethod
    def build(cls, folder: Path, corpus: Corpus) -> None: ...

    @abstractmethod
    def first_ten(self, query: str) -> object: ...

    @abstractmethod
    def answer(self, query: str) -> object: ...

    @abstractmethod
    def every(self, query: str) -> set[int]: ...


class Portal(Engine):
    """The portal's index, as its search page asks it."""

    name = "portal"

    def __init__(self, folder: Path, record: Corpus) -> None:
        self._index = SearchIndex(folder, record)

    @classmethod
    def build(cls, folder: Path, corpus: Corpus) -> None:
        SearchIndex(folder, corpus).rebuild()

    def first_ten(self, query: str) -> object:
        return self._index.find(query, 10)

    def answer(self, query: str) -> object:
        """Twenty results with snippets, facets and counts."""
        return self._index.search(query)

    def every(self, query: str) -> set[int]:
        """Through the search itself, as one long page."""
        found = self._index.search(query, per_page=1_000_000)
        return set() if found.partial else {int(hit.passage.anchor[1:]) for hit in found.hits}


class Fts5(Engine):
    """SQLite FTS5 over the same grams, in the quickest form that was found.

    Tried at 1,000 to 100,000 paragraphs: the two rarest grams of a word, or three, or all (two are as quick
    as three, and a quarter quicker at 100,000; all take twice as long); looking at the texts in SQL or in
    Python (SQL is a little quicker); pages of 4, 8 and 16 KB (no difference); detail=column and detail=none,
    up to three times as quick with frequent characters, but there the rank is 0 for all: that finds without
    ordering. The connection, its statements and the document frequencies are kept, the cache holds
    everything, and the index is merged into one segment.
    """

    name = "FTS5"
    RAREST = 2
    # The tokenizer with Unicode tables would fold once more and drop signs; this one keeps what is not ASCII.
    SIGNS = "".join(sign for sign in map(chr, range(33, 127)) if not sign.isalnum()).replace("'", "''")
    TABLES = f"""
        CREATE VIRTUAL TABLE held USING fts5(
            grams, content='', tokenize="ascii tokenchars '{SIGNS.replace('"', '""')}'");
        CREATE VIRTUAL TABLE terms USING fts5vocab(held, row);
        CREATE TABLE passages (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
    """
    # CROSS JOIN: the full-text index first.
    SELECT = """
        SELECT held.rowid FROM held CROSS JOIN passages ON passages.id = held.rowid
        WHERE held MATCH ?{conditions} ORDER BY held.rank LIMIT ?
    """
    SELECT_GRAMS = "SELECT rowid FROM held WHERE held MATCH ? ORDER BY rank LIMIT ?"

    def __init__(self, folder: Path, record: Corpus) -> None:
        self._connection = pysqlite3.connect(folder / "fts5.sqlite3")
        for pragma in ("query_only = 1", "mmap_size = 4000000000", "cache_size = -1000000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._frequencies = dict(self._connection.execute("SELECT term, doc FROM terms"))

    @classmethod
    def build(cls, folder: Path, corpus: Corpus) -> None:
        connection: Connection = pysqlite3.connect(folder / "fts5.sqlite3")
        connection.executescript(cls.TABLES)
        connection.executemany(
            "INSERT INTO held (rowid, grams) VALUES (?, ?)",
            ((number, " ".join(grams(text))) for number, text in enumerate(corpus.texts)),
        )
        connection.executemany("INSERT INTO passages VALUES (?, ?)", enumerate(map(squeeze, corpus.texts)))
        connection.execute("INSERT INTO held (held) VALUES ('optimize')")
        connection.commit()
        connection.close()

    def first_ten(self, query: str) -> object:
        words = list(map(squeeze, query.split()))
        return self._holding(words, 10) or self._holding_parts(words, 10)

    answer = first_ten

    def every(self, query: str) -> set[int]:
        return set(self._holding(list(map(squeeze, query.split())), -1))

    def _holding(self, words: list[str], limit: int) -> list[int]:
        """The best paragraphs with all words; a word of one or two characters is a gram itself."""
        rarest = (sorted(word_grams(word), key=self._frequency)[: self.RAREST] for word in words)
        match = " ".join(map(_quoted, (gram for some in rarest for gram in some)))
        long = [word for word in words if len(word) > 2]
        select = self.SELECT.format(conditions=" AND instr(passages.text, ?)" * len(long))
        select = select if long else self.SELECT_GRAMS
        return [number for (number,) in self._connection.execute(select, (match, *long, limit))]

    def _holding_parts(self, words: list[str], limit: int) -> list[int]:
        match = " OR ".join(_quoted(gram) for word in words for gram in word_grams(word))
        return [number for (number,) in self._connection.execute(self.SELECT_GRAMS, (match, limit))]

    def _frequency(self, gram: str) -> int:
        return int(self._frequencies.get(gram, 0))


def _quoted(gram: str) -> str:
    return '"' + gram.replace('"', '""') + '"'


class Segmenter(Analyzer):  # type: ignore[misc]
    """Words as jieba cuts them for search engines, for Whoosh."""

    def __call__(
        self, value: str, positions: bool = False, chars: bool = False, **options: Any
    ) -> Iterator[Token]:
        token = Token(positions, chars, **options)
        for position, (word, start, end) in enumerate(rjieba.tokenize(value.lower(), "search")):
            if word.strip():
                token.original = token.text = word
                token.pos, token.startchar, token.endchar = position, start, end
                token.boost, token.stopped = 1.0, False
                yield token


class WhooshWords(Engine):
    """Whoosh as tutorials use it for Chinese: a segmenter, the index opened for each request."""

    name = "Whoosh"

    def __init__(self, folder: Path, record: Corpus) -> None:
        self._folder = str(folder)

    @classmethod
    def build(cls, folder: Path, corpus: Corpus) -> None:
        schema = Schema(number=STORED, text=TEXT(stored=True, analyzer=Segmenter(), phrase=True))
        writer = whoosh.index.create_in(str(folder), schema).writer(limitmb=256)
        for number, text in enumerate(corpus.texts):
            writer.add_document(number=number, text=text)
        writer.commit()

    def first_ten(self, query: str) -> object:
        return self._search(query, limit=10, snippets=False)

    def answer(self, query: str) -> object:
        """Ten results with snippets."""
        return self._search(query, limit=10, snippets=True)

    def every(self, query: str) -> set[int]:
        return {number for number, _ in self._search(query, limit=None, snippets=False)}

    def _search(self, query: str, limit: int | None, snippets: bool) -> list[tuple[int, str]]:
        index = whoosh.index.open_dir(self._folder)
        with index.searcher() as searcher:
            hits = searcher.search(QueryParser("text", index.schema).parse(query), limit=limit)
            return [(hit["number"], hit.highlights("text") if snippets else "") for hit in hits]


ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (Portal, Fts5, WhooshWords)}
