"""Grams are counted as they are kept."""

import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.search import postings

TEXTS = st.lists(st.text("甲乙丙，。a1𠀀𪚥\uffff\U0010ffff", max_size=12), min_size=1, max_size=6)


@settings(deadline=None)
@given(TEXTS, st.text("甲乙丙，。a1𠀀𪚥", min_size=1, max_size=2))
@example(["", "𪚥𠀀甲"], "甲乙")
def test_a_gram_is_told_to_stand_in_as_many_texts_as_it_is_kept_for(texts: list[str], other: str) -> None:
    collected = postings.collect(texts, None)
    with tempfile.TemporaryDirectory() as name:
        postings.write(Path(name), texts)
        held = postings.Postings({path.name: path.read_bytes() for path in Path(name).iterdir()})
    for gram in [*collected, other]:
        numbers, _ = held.read(gram)
        assert held.frequency(gram) == len(numbers) == len(collected.get(gram, ()))
