"""Headers that were looked at once, and are not looked at again for each answer.

Gunicorn checks every header of every answer for what could break out of its line, and sends headers and body
by themselves: for a ready page, either took longer than finding and reading it.
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
    """Gunicorn's answer, quicker for what is ready. ``gunicorn.conf.py`` puts it in use."""

    headers_sent: bool

    def process_headers(self, headers: Any) -> None:
        """Take the headers of an answer."""
        if isinstance(headers, ReadyHeaders):
            self.headers, self.response_length = headers.joined, headers.length
        else:
            super().process_headers(headers)

    def write(self, arg: bytes) -> None:
        """Send a part of the body; what comes in one part goes out in one piece with the headers."""
        if self.headers_sent or self._omits_body or len(arg) != self.response_length:
            super().write(arg)
            return
        lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers), "\r\n"]
        self.headers_sent, self.sent = True, len(arg)
        self.sock.sendall("".join(lines).encode("latin-1") + arg)
