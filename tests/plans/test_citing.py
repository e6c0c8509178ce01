from datetime import date

import pytest

from portal.plans.citing import cite

DAY = date(2023, 7, 12)


@pytest.mark.parametrize(
    ("author", "title", "part", "day", "reference"),
    [
        # After the standard's own example: 萧钰. 出版业信息化迈入快车道[EB/OL]. (2001-12-19)[2002-04-15]. http://….
        (
            "区科委",
            "2023年工作要点",
            "",
            DAY,
            "区科委. 2023年工作要点[EB/OL]. (2023-07-12)[2026-11-28]. https://a/1.",
        ),
        (
            "区科委",
            "要点",
            "二、创新。",
            DAY,
            "区科委. 要点: 二、创新[EB/OL]. (2023-07-12)[2026-11-28]. https://a/1.",
        ),
        ("", "要点", "", DAY, "要点[EB/OL]. (2023-07-12)[2026-11-28]. https://a/1."),
        ("区科委", "要点", "", None, "区科委. 要点[EB/OL]. [2026-11-28]. https://a/1."),
        (" 区科委 ", " 要点", "前言", None, "区科委. 要点: 前言[EB/OL]. [2026-11-28]. https://a/1."),
    ],
)
def test_a_reference_follows_the_standard(
    author: str, title: str, part: str, day: date | None, reference: str
) -> None:
    assert cite(author, title, part, day, "https://a/1").on(date(2026, 11, 28)) == reference
