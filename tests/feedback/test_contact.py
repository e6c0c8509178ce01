import pytest

from portal.feedback.contact import is_contact, mail_address, telephone


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("zhang@example.cn", "zhang@example.cn"),
        (" zhang@example.cn ", "zhang@example.cn"),
        ("ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｎ", "zhang@example.cn"),
        ("a+b@mail.example.test", "a+b@mail.example.test"),
    ],
)
def test_addresses_that_can_be_written_to(typed: str, address: str) -> None:
    assert mail_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "zhang",
        "zhang@qq",
        "zhang@@example.cn",
        "a@example.cn, b@example.cn",
        "张三 <a@example.cn>",
        "a@example.cn\nBcc: b@example.cn",
        "13800138000",
    ],
)
def test_what_is_no_address(typed: str) -> None:
    assert mail_address(typed) is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("021-6234 5678", "02162345678"),
        ("（021）62345678", "02162345678"),
        ("021-62345678转801", "02162345678"),
        ("62345678", "62345678"),
        ("400-820-1234", "4008201234"),
        ("12345", "12345"),
        ("+86 21 6247 1234", "02162471234"),
        ("+86 021 62471234", "02162471234"),
        ("+852 2123 4567", "+85221234567"),
    ],
)
def test_numbers_that_can_be_called(typed: str, number: str) -> None:
    assert telephone(typed) == number


@pytest.mark.parametrize("typed", ["", "1380013800", "138001380000", "无", "123", "+86", "1380013800O"])
def test_what_is_no_number(typed: str) -> None:
    assert telephone(typed) is None


@pytest.mark.parametrize("typed", ["用户@例子.中国", "a@office.local", " a@b.invalid ", "021 6247 1234"])
def test_whoever_can_be_reached_is_not_sent_back(typed: str) -> None:
    assert is_contact(typed)


@pytest.mark.parametrize("typed", ["无", "a@qq", "a@b@c.cn", "a b@c.cn", "@c.cn", "a@.cn", "123"])
def test_what_reaches_nobody_is_asked_for_again(typed: str) -> None:
    assert not is_contact(typed)
