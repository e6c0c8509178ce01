"""The form that a thread fills in again: the same as one that is made anew."""

from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from portal.feedback.forms import FORMS, right
from portal.feedback.models import Kind
from tests.feedback.sending import CONSULTATION, CORRECTION

GOOD = {Kind.CORRECTION: CORRECTION, Kind.CONSULTATION: CONSULTATION}
VALUES = st.sampled_from(
    ("", "y", "typo", "question", "12", "p-3", "张三", "a@example.cn", "字\r\n字", "字" * 101)
)


@st.composite
def posts(draw: st.DrawFn, kind: Kind) -> MultiDict[str, str]:
    """What a visitor sends: a good post, with some fields left out, some changed, and one sent twice."""
    names = [field.name for field in FORMS[kind]()]
    sent = MultiDict(GOOD[kind])
    for name in draw(st.sets(st.sampled_from(names), max_size=3)):
        sent.poplist(name)
    sent.update(draw(st.dictionaries(st.sampled_from(names), VALUES, max_size=3)))
    return sent


TWO = st.sampled_from(Kind).flatmap(lambda kind: st.tuples(st.just(kind), posts(kind), posts(kind)))


@given(TWO)
@example(
    (
        Kind.CORRECTION,
        MultiDict(CORRECTION | {"publish": "y", "contact": "a@example.cn"}),
        MultiDict(CORRECTION),
    )
)
@example((Kind.CONSULTATION, MultiDict(CONSULTATION | {"kind": "nothing"}), MultiDict(CONSULTATION)))
def test_nothing_of_a_post_stays_for_the_next(
    posts: tuple[Kind, MultiDict[str, str], MultiDict[str, str]],
) -> None:
    kind, before, sent = posts
    right(kind, before)
    again, fresh = right(kind, sent), FORMS[kind](sent)
    assert (again is not None) is fresh.validate()
    if again:
        assert again.answers() == fresh.answers()
        assert again.typed() == fresh.typed()
        assert again.rows() == fresh.rows()
        assert not again.errors
