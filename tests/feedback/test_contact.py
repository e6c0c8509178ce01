import pytest

from portal.feedback.contact import mail_address, telephone


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
        ("+852 2123 4567", "+85221234567"),
    ],
)
def test_numbers_that_can_be_called(typed: str, number: str) -> None:
    assert telephone(typed) == number


@pytest.mark.parametrize("typed", ["", "1380013800", "138001380000", "无", "123", "+86", "1380013800O"])
def test_what_is_no_number(typed: str) -> None:
    assert telephone(typed) is None
