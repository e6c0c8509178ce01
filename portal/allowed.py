"""What settings may be: texts from the environment become paths, switches and numbers, and are checked.

Whatever is wrong raises a ``ValueError`` whose message says what to use instead.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

ORIGIN = r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"


def _path(given: str | Path) -> Path:
    return Path(given).expanduser().resolve()


def _switch(given: str | bool) -> bool:
    words = {"on": True, "yes": True, "true": True, "1": True}
    words |= {"off": False, "no": False, "false": False, "0": False}
    try:
        return words[str(given).lower()]
    except KeyError:
        raise ValueError("use on or off") from None


def _number(kind: type[int] | type[float]) -> Callable[[Any], float]:
    def read(given: Any) -> float:
        try:
            return kind(given)
        except ValueError:
            raise ValueError(f"use a {'whole ' if kind is int else ''}number") from None

    return read


def _from(least: float, most: float = float("inf")) -> Callable[[float], float]:
    """A check: no less and no more."""

    def check(number: float) -> float:
        if not least <= number <= most:
            raise ValueError(f"use {least} or more" if most == float("inf") else f"use {least} to {most}")
        return number

    return check


def _form(pattern: str, words: str) -> Callable[[str], str]:
    """A check: the text is of this form, or empty."""

    def check(text: str) -> str:
        if text and not re.fullmatch(pattern, text):
            raise ValueError(words)
        return text

    return check


def _origin(url: str) -> str:
    form = _form(ORIGIN, "must be an origin such as https://plan.example.gov.cn (xn--… for other letters)")
    return form(url.rstrip("/").lower())


def _database(url: str) -> str:
    """PostgreSQL is spoken to by psycopg 3, however its address begins."""
    form = _form(
        r"sqlite:///(?!:memory:).+|postgresql\+psycopg://([^:/@]*(:[^@]*)?@)?[^/@:?\s]*(:[0-9]+)?([/?].*)?",
        "use sqlite:///FILE or postgresql://USER@HOST/NAME",
    )
    return form(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url))


def _limits(text: str) -> str:
    from limits import parse_many  # takes a tenth of a second, and this is seldom set

    parse_many(text)
    return text


KINDS: dict[Any, Callable[[Any], Any]] = {
    Path: _path,
    str: str,
    bool: _switch,
    int: _number(int),
    float: _number(float),
}
_address = _form(r"[^@\s]+@[^@\s]+", "use an e-mail address such as office@example.gov.cn")
CHECKS: dict[str, Callable[[Any], Any]] = {
    "database_url": _database,
    "redis_url": _form(
        r"(rediss?|redis\+unix)://.*", "use redis://HOST/0, rediss://HOST/0 or redis+unix:///SOCKET"
    ),
    "site_url": _origin,
    # What is given to a site by a registry.
    "site_id_code": _form(
        r"(?:[0-9]{2}|bm)[0-9]{8}", "use the code of the site: ten digits, or bm and eight"
    ),
    "icp": _form(
        r".ICP[备证][0-9]{6,10}号(?:-[0-9]{1,4})?", "use the whole number, such as 沪ICP备12345678号-1"
    ),
    "police_record": _form(
        r".公网安备 ?[0-9]{14}号", "use the whole number, such as 沪公网安备31010602000001号"
    ),
    "institution_mark": _form(
        r"https?://([a-z]+\.)*conac\.cn/[!-~]*",
        "use the address at conac.cn that came with the mark, such as https://bszs.conac.cn/sitename?…",
    ),
    "contact_email": _address,
    "mail_from": _address,
    "first_administrator": _address,
    "correction_days": _from(1, 60),
    "consultation_days": _from(1, 60),
    "rate_limits": _form("on|off", "use on or off"),
    "submissions_per_hour": _from(1),
    "minimum_seconds": _from(0),
    "status_lookups": _limits,
    "sign_in_failures": _from(1),
    "sign_in_lock_minutes": _from(1),
    "one_time_password_hours": _from(1),
    "session_idle_minutes": _from(1),
    "session_hours": _from(1),
    "trusted_proxies": _from(0),
}
