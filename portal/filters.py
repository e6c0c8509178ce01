"""Jinja filters: dates and times as people here read them (GB/T 9704: no padded month or day), counts, and
names in their marks.
"""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

COUNT = re.compile(r"[第共]?\d+(?:个工作日|[条处页章节])")
QUOTED = re.compile(r"“([^“”]*)”|\"([^\"]*)\"")
TITLED = re.compile("《([^《》]*)》")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(moment: datetime) -> datetime:
    """A moment in Asia/Shanghai, the zone of the screen."""
    return moment.astimezone(SHANGHAI)


def plain_day(value: date) -> str:
    """``2023年7月12日``, for mail and plain text; a moment is taken in Asia/Shanghai."""
    if isinstance(value, datetime):
        value = local(value)
    return f"{value.year}年{value.month}月{value.day}日"


def day(value: date) -> Markup:
    """The date in a ``<time>`` element."""
    when = local(value).date() if isinstance(value, datetime) else value
    return Markup('<time datetime="{}">{}</time>').format(when.isoformat(), plain_day(when))


def iso_day(value: datetime) -> str:
    """``2023-07-12``, the day in Asia/Shanghai, for machines."""
    return local(value).date().isoformat()


def moment(value: datetime) -> Markup:
    """Date and 24-hour time in a ``<time>`` element."""
    when = local(value)
    return Markup('<time datetime="{}">{} {:%H:%M}</time>').format(iso_moment(value), plain_day(when), when)


def minute(value: datetime) -> str:
    """``2023-07-12 14:05``, in Asia/Shanghai, as 国办发〔2017〕47号 writes the date of publication."""
    return f"{local(value):%Y-%m-%d %H:%M}"


def iso_moment(value: datetime) -> str:
    """``2023-07-12T14:05:00+08:00``, in Asia/Shanghai, for machines."""
    return local(value).isoformat(timespec="seconds")


def clock(value: datetime) -> Markup:
    """The 24-hour time in a ``<time>`` element, for what happens on the same day."""
    when = local(value)
    return Markup('<time datetime="{}">{:%H:%M}</time>').format(when.isoformat(timespec="seconds"), when)


def unbroken(text: str) -> Markup:
    """The text with ``第1页`` and the like kept on one line."""
    parts, done = Markup(), 0
    for count in COUNT.finditer(text):
        parts += text[done : count.start()]
        parts += Markup('<span class="nowrap">{}</span>').format(count[0])
        done = count.end()
    return parts + text[done:]


def quoted(text: str) -> str:
    """The text in quotes; its own quotes become single ones, as within others (GB/T 15834)."""
    return "“" + QUOTED.sub(r"‘\1\2’", text) + "”"


def titled(title: str) -> str:
    """The name of a document between its marks; names in it get single marks, as within others."""
    return "《" + TITLED.sub(r"〈\1〉", title) + "》"


def dialled(number: str) -> str:
    """The address of a ``tel:`` link (RFC 3966), with the extension of ``021-12345678转8001``."""
    line, *extension = (re.sub(r"[^\d+-]", "", part) for part in re.split("转|分机", number))
    return f"{line};ext={extension[0]}" if extension else line


def init_app(app: Flask) -> None:
    """Register the filters."""
    app.jinja_env.filters.update(
        day=day,
        plain_day=plain_day,
        iso_day=iso_day,
        iso_moment=iso_moment,
        minute=minute,
        moment=moment,
        clock=clock,
        unbroken=unbroken,
        quoted=quoted,
        titled=titled,
        dialled=dialled,
    )
