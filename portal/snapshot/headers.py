"""Headers that were looked at once, and are not looked at again for each answer.

Gunicorn checks every header of every answer for what could break out of its line: for a ready page, that took
longer than finding and reading it.
"""

import re
from collections.abc import Iterable
from typing import Any

from gunicorn.http.wsgi import Response

NAME = re.compile("[A-Za-z0-9-]+")
VALUE = re.compile("[ -~]*")


class ReadyHeaders(list[tuple[str, str]]):
    """Headers of answers that are all alike; ``length`` is that of their body in bytes. Gunicorn writes
    ``joined``, one header with the lines of all.

    Raises:
        ValueError: one is no header, or there is none.
    """

    def __init__(self, headers: Iterable[tuple[str, str]], length: int | None = None) -> None:
        super().__init__(headers)
        self.length = length
        for name, value in self:
            if not (NAME.fullmatch(name) and VALUE.fullmatch(value)):
                raise ValueError(name)
        (name, value), *others = self
        self.joined = [(name, "\r\n".join([value, *map(": ".join, others)]))]


class ReadyResponse(Response):  # type: ignore[misc]
    """Gunicorn's answer, which takes such headers as they are. ``gunicorn.conf.py`` puts it in use."""

    def process_headers(self, headers: Any) -> None:
        """Take the headers of an answer."""
        if isinstance(headers, ReadyHeaders):
            self.headers, self.response_length = headers.joined, headers.length
        else:
            super().process_headers(headers)
