"""From what was typed to a page of results."""

import re
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter

from markupsafe import Markup

from portal.search import matching, suggestions
from portal.search.highlighting import excerpt
from portal.search.matching import containing, find
from portal.search.query import Query, Term, Word
from portal.search.ranking import pieces, rank
from portal.search.reader import NUMBER, TEXT_RANK, Reader
from portal.search.results import Completions, Facets, Hit, PageCount, PlanCount, Results, Shown

NUMBER_WITH_SIGN = re.compile(r"\d[^\w\s]+\d")
# A list of completions has room for so many headings, and no more.
HEADINGS = 3


class Answer:
    """What was found for a query, and how it was read. ``marked`` tells what to mark; None marks parts.

    Of what holds parts, only the first ``most`` are sure to be in order.
    """

    def __init__(self, reader: Reader, typed: str, most: int) -> None:
        self.reader = reader
        self.query = Query.parse(typed, reader.lexicon)
        self.marked: Query | None = self.query
        self.found = find(reader, self.query)
        self._numbers: Sequence[int] | None = None
        self.suggestion: str | None = None
        self.spelled: tuple[str, ...] = ()
        self._counts: dict[str, int] = {}
        # What is marked of a query in parts: many results have the same.
        self._parts: dict[tuple[str, ...], Query] = {}
        if self.query and not self.found and not self.query.terms[0].word.literal:
            self._read_otherwise(most)

    def _read_otherwise(self, most: int) -> None:
        """No passage holds all: it may be pinyin; else parts of it are found, and perhaps what was meant."""
        spelled, read = self._spelled()
        if spelled and (found := find(self.reader, read)):
            self.spelled, self.marked, self.found = spelled, read, found
            return
        self.marked = None
        self.found, self._numbers = rank(self.reader, self.query, most)
        self.suggestion = self._suggestion()

    def _spelled(self) -> tuple[tuple[str, ...], Query]:
        """The words that its pinyin stands for, and the query with them: all of it, or what stands nowhere
        beside other words.
        """
        query = self.query
        if any(term.word.exact for term in query.terms):
            return (), query
        if not query.excluded and (words := self._words(query.typed)):
            return words, Query.of_any(query.typed, words)
        if len(query.terms) == 1 and not query.excluded:  # as just tried
            return (), query
        spelled: tuple[str, ...] = ()
        terms = []
        for term in query.terms:
            words = () if containing(self.reader, term.word) else self._words(term.word.typed)
            spelled += words
            terms.append(Term.of_any(words) if words else term)
        return spelled, Query(query.typed, tuple(terms), query.excluded)

    def _words(self, typed: str) -> tuple[str, ...]:
        return suggestions.spelled(typed, self.reader.vocabulary, self._count)

    def _suggestion(self) -> str | None:
        """The query with the words that stand nowhere corrected, if it then has results."""
        words = []
        unknown = [term.word for term in self.query.terms if not containing(self.reader, term.word)]
        for term in self.query.terms:
            if term.word not in unknown:
                words.append(term.word.quoted)
            elif meant := self._meant(term.word) if len(unknown) <= suggestions.UNKNOWN else None:
                words += meant
            else:
                return None
        suggestion = " ".join([*words, *(f"-{word.quoted}" for word in self.query.excluded)])
        return suggestion if find(self.reader, Query.parse(suggestion, self.reader.lexicon)) else None

    def _meant(self, word: Word) -> list[str] | None:
        if NUMBER_WITH_SIGN.search(word.typed):  # its squeezed text is another number
            return None
        return suggestions.corrected([word.text], self.reader.vocabulary, self._count)

    def _count(self, word: str) -> int:
        """In how many passages a squeezed word stands; while a slip is looked for, many are asked again."""
        count = self._counts.get(word)
        if count is None:
            count = self._counts[word] = matching.count_of(self.reader, word)
        return count

    def within(self, plan: str | None, chapter: str | None) -> Sequence[int]:
        """The results in one plan, or one page of it, best first."""
        if plan is None:
            return self.found
        first, last = self.reader.plans.get(plan, (0, 0))
        starts, kept = self.reader.starts, range(first, last)
        if chapter is not None:
            kept = range(first, first)
            for at in range(first, last):
                if self.reader.documents[at].page == chapter:
                    kept = range(at, at + 1)
        low, high = starts[kept.start], starts[kept.stop]
        return [result for result in self.found if low <= result & NUMBER < high]

    def hit(self, result: int) -> Hit:
        """One result, to be shown."""
        number = result & NUMBER
        passage = self.reader.passage(number)
        snippet = Markup(self.snippet(number, passage.text))  # noqa: S704 - all of the text is escaped
        squeezed = self.reader.texts[number]
        return Hit(passage, snippet, _marks(self._marked_in(passage.text, squeezed), squeezed))

    def snippet(self, number: int, text: str) -> str:
        """An excerpt of a passage that was found, as HTML."""
        squeezed = self.reader.texts[number]
        return excerpt(text, self._marked_in(text, squeezed), squeezed)

    def _marked_in(self, text: str, squeezed: str) -> Query:
        if self.marked is not None:
            return self.marked
        words = pieces(self.query, squeezed, text)
        query = self._parts.get(words)
        if query is None:
            query = self._parts[words] = Query.of_all(words)
        return query

    def facets(self, plan: str | None) -> Facets:
        """The results counted by plan; and by page, where one plan is asked for or has them all."""
        reader = self.reader
        bounds = reader.plan_bounds
        numbers = self._numbers
        if numbers is None:
            numbers = matching.numbers(reader, self.marked or self.query, self.found)
        plans = reader.plan_titles
        counts = [PlanCount(*plans[at], count) for at, count in _counted(numbers, bounds)]
        counts.sort(key=attrgetter("count"), reverse=True)  # stable: equals stay in the order of the record
        shown = plan or (counts[0].plan if len(counts) == 1 else None)
        return Facets(counts, self._pages(shown, numbers) if shown else [])

    def _pages(self, plan: str, numbers: Sequence[int]) -> list[PageCount]:
        first, last = self.reader.plans.get(plan, (0, 0))
        documents = [self.reader.documents[at] for at in range(first, last)]
        return [
            PageCount(plan, documents[at].page, documents[at].heading, count)
            for at, count in _counted(numbers, self.reader.starts[first : last + 1])
        ]


def _marks(marked: Query, squeezed: str) -> str:
    """The words as a query; of words that mean the same, those that stand in the text."""
    if (word := marked.only_word) is not None:
        return word.quoted
    words = [
        word
        for term in marked.terms
        for word in term.words
        if not term.synonyms or word.literal or word.text in squeezed
    ]
    return " ".join(word.quoted for word in words)


def _counted(numbers: Sequence[int], bounds: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Which two bounds the rising numbers lie between, and how many; in order."""
    if len(numbers) > len(bounds):
        cuts = [bisect_left(numbers, bound) for bound in bounds]
        return ((at, high - low) for at, (low, high) in enumerate(pairwise(cuts)) if high > low)
    counts = Counter(bisect_right(bounds, number) - 1 for number in numbers)
    return ((at, count) for at, count in counts.items() if 0 <= at < len(bounds) - 1)


def search(
    reader: Reader,
    typed: str,
    plan: str | None,
    chapter: str | None,
    page: int,
    per_page: int,
    show: Callable[[Answer, int], Shown],
) -> Results[Shown]:
    """Find the passages that hold every word; those that hold parts, if none does. ``show`` makes of a result
    what is wanted of it.
    """
    started = time.perf_counter()
    answer = Answer(reader, typed, page * per_page if plan is None else reader.size)
    results = answer.within(plan, chapter)
    hits = [show(answer, result) for result in results[(page - 1) * per_page : page * per_page]]
    return Results(
        query=answer.query,
        total=len(results),
        facets=answer.facets(plan),
        hits=hits,
        partial=bool(answer.found) and answer.marked is None,
        suggestion=answer.suggestion,
        spelled=answer.spelled,
        synonyms=tuple(
            (term.word.typed, tuple(word.typed for word in term.synonyms))
            for term in answer.query.terms
            if term.synonyms
        ),
        took_ms=round((time.perf_counter() - started) * 1000, 1),
    )


def complete(reader: Reader, typed: str, limit: int) -> Completions:
    """At most so many words and headings that what is being typed may become."""
    query = Query.parse(typed, reader.lexicon)
    if not query:
        return Completions((), ())
    found = find(reader, query)
    headings = [result & NUMBER for result in found[:HEADINGS] if result < TEXT_RANK]

    def count(word: str) -> int:
        return matching.count(reader, Word.read(word))

    words = suggestions.completed(typed, reader.vocabulary, count, limit - len(headings))
    return Completions(words, tuple(map(reader.passage, headings)))
