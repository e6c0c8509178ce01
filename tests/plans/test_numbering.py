import pytest

from portal.plans.numbering import Style, parse_number, split_number, split_title


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一", 1),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("二十三", 23),
        ("一百零五", 105),
        ("一百一十", 110),
        ("7", 7),
    ],
)
def test_numerals_have_their_value(text: str, value: int) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", "甲", "一x", "²"])
def test_what_is_no_numeral_is_refused(text: str) -> None:
    if text:
        with pytest.raises(ValueError, match="not a numeral"):
            parse_number(text)
    else:
        assert parse_number(text) == 0


@pytest.mark.parametrize(
    ("line", "style", "value", "label", "rest"),
    [
        ("一、坚持主线", Style.HAN, 1, "一、", "坚持主线"),
        ("(一)开展调研。", Style.HAN_BRACKETED, 1, "(一)", "开展调研。"),
        ("（十二）开展调研。", Style.HAN_BRACKETED, 12, "（十二）", "开展调研。"),
        ("(二) 空格", Style.HAN_BRACKETED, 2, "(二)", "空格"),
        ("1.推进", Style.ARABIC, 1, "1.", "推进"),
        ("１、总体要求", Style.ARABIC, 1, "１、", "总体要求"),
        ("第１章 总则", Style.CHAPTER, 1, "第１章", "总则"),
        ("3．全角点", Style.ARABIC, 3, "3．", "全角点"),
        ("(2)推进", Style.ARABIC_BRACKETED, 2, "(2)", "推进"),
        ("第一章  总则", Style.CHAPTER, 1, "第一章", "总则"),
        ("第三节 数据", Style.SECTION, 3, "第三节", "数据"),
        ("第十二条 本市坚持", Style.ARTICLE, 12, "第十二条", "本市坚持"),
        ("第二部分 任务", Style.PART, 2, "第二部分", "任务"),
    ],
)
def test_printed_numbers_are_split_off(line: str, style: Style, value: int, label: str, rest: str) -> None:
    number = split_number(line)
    assert number is not None
    assert (number.style, number.value, number.label, number.rest) == (style, value, label, rest)


@pytest.mark.parametrize(
    "line", ["2023年是开局之年", "3.5%的增长", "第一条龙舟下水了", "一是增长好于预期", "坚持", ""]
)
def test_sentences_are_no_numbers(line: str) -> None:
    assert split_number(line) is None


@pytest.mark.parametrize(
    ("text", "title", "rest"),
    [
        ("开展调研。根据安排。", "开展调研。", "根据安排。"),
        ("没有句号", "没有句号", ""),
        ("加强“党建。”持续", "加强“党建。”", "持续"),
        ("（括号里。也有句号）外面。后文", "（括号里。也有句号）外面。", "后文"),
        ("落实《办法。》要求。后文", "落实《办法。》要求。", "后文"),
        ("多的右括号）一句。后文", "多的右括号）一句。", "后文"),
    ],
)
def test_a_title_is_the_first_sentence(text: str, title: str, rest: str) -> None:
    assert split_title(text) == (title, rest)
