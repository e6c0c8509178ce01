"""Words stand as far apart as a look at every place says."""

from types import SimpleNamespace
from typing import cast

from hypothesis import example, given
from hypothesis import strategies as st

from portal.search import distances
from portal.search.query import Query
from portal.search.reader import Reader


@given(
    st.text("甲乙丙", max_size=40),
    st.sampled_from(("甲 乙", "甲乙 乙", "甲 甲乙", "甲乙 丙甲", "甲乙 丙", "甲甲 乙")),
)
@example("丙甲甲乙", "甲乙 丙")
def test_two_words_are_as_near_as_any_number_of_words(text: str, words: str) -> None:
    terms = Query.parse(words).terms
    apart = distances._of_two(text, *(term.word.text for term in terms))
    assert apart in (-1, distances._nearest(text, terms))


def test_what_is_far_is_as_good_as_any_number() -> None:
    terms = Query.parse("甲 乙").terms
    texts = ["甲乙", "乙甲", "甲" + "丙" * 10_000 + "乙", "甲" + "丙" * 90_000 + "乙"]
    distance = distances.distances(cast(Reader, SimpleNamespace(texts=texts)), terms)
    assert [distance(number) for number in range(4)] == [0, 1, 54, 54]
