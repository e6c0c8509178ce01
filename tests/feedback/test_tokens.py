from datetime import UTC, date, datetime

from portal.feedback import tokens
from portal.feedback.tokens import Mark

SECRET = "a secret for this test"
DAY = date(2026, 11, 24)
MOMENT = datetime(2026, 11, 24, 1, 2, 3, 400000, UTC)


def key(
    secret: str = SECRET, visitor: str = "v", day: date = DAY, kind: str = "correction", text: str = "t"
) -> str:
    return tokens.submission_key(secret, visitor, day, kind, {"description": text, "publish": False})


def test_a_key_depends_on_everything_and_on_nothing_else() -> None:
    others = {
        key(secret="another secret"),
        key(visitor="w"),
        key(day=date(2026, 11, 25)),
        key(kind="consultation"),
        key(text="t "),
    }
    assert key() == key()
    assert len(others | {key()}) == 6
    assert len(key()) == 43


def test_codes_are_eight_unmistakable_characters() -> None:
    codes = {tokens.query_code(SECRET, tokens.digest(str(number))) for number in range(2000)}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) == set(tokens.ALPHABET)
    assert not set("0O1IL") & set(tokens.ALPHABET)


def test_a_client_is_counted_for_a_day_and_by_household() -> None:
    assert tokens.client(SECRET, "192.0.2.1", DAY) == tokens.client(SECRET, "192.0.2.1", DAY)
    assert tokens.client(SECRET, "192.0.2.1", DAY) != tokens.client(SECRET, "192.0.2.2", DAY)
    assert tokens.client(SECRET, "192.0.2.1", DAY) != tokens.client(SECRET, "192.0.2.1", date(2026, 11, 25))
    assert tokens.client(SECRET, "2001:db8::1", DAY) == tokens.client(SECRET, "2001:db8::2", DAY)
    assert tokens.client(SECRET, "2001:db8::1", DAY) != tokens.client(SECRET, "2001:db8:0:1::1", DAY)
    assert tokens.client(SECRET, "::ffff:192.0.2.1", DAY) != tokens.client(SECRET, "::ffff:192.0.2.2", DAY)
    assert len(tokens.client(SECRET, "", DAY)) == 64


def test_a_mark_is_read_only_as_it_was_signed() -> None:
    mark = Mark(MOMENT, "nonce")
    text = mark.sign(SECRET, "correction")
    assert Mark.read(SECRET, "correction", text) == mark
    assert Mark.read(SECRET, "consultation", text) is None
    assert Mark.read("another secret", "correction", text) is None
    assert Mark.read(SECRET, "correction", text[:-1]) is None
    assert Mark.read(SECRET, "correction", "") is None
