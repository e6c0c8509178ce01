import re
import socket
from types import SimpleNamespace

import pytest
from gunicorn.http.wsgi import Response

from portal.snapshot.headers import ReadyHeaders, ReadyResponse

HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("X-One", "a, b"), ("ETag", '"x"')]
BODY = "正文".encode()
DATE = re.compile(rb"Date: [^\r]*")


def answered(
    kind: type[Response], status: str, headers: list[tuple[str, str]], parts: list[bytes], method: str
) -> bytes:
    """What gunicorn's worker sends (``gthread.handle_request``)."""
    here, there = socket.socketpair()
    with here, there:
        request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
        response = kind(request, there, SimpleNamespace(sendfile=True, is_ssl=False, protocol="http"))
        response.start_response(status, headers)
        for part in parts:
            response.write(part)
        response.close()
        there.shutdown(socket.SHUT_WR)
        return DATE.sub(b"Date: now", here.makefile("rb").read())


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("parts", [[BODY], [BODY, BODY], [], [b""], [b"", BODY]])
@pytest.mark.parametrize("status", ["200 OK", "304 Not Modified"])
def test_answers_are_those_of_gunicorn(status: str, parts: list[bytes], method: str) -> None:
    if method == "HEAD" or status.startswith("304"):
        parts = []
    length = sum(map(len, parts))
    plain = [*HEADERS, ("Content-Length", str(length))]
    expected = answered(Response, status, plain, parts, method)
    assert expected.startswith(b"HTTP/1.1 " + status.encode())
    assert answered(ReadyResponse, status, plain, parts, method) == expected
    assert answered(ReadyResponse, status, ReadyHeaders(plain, length), parts, method) == expected
    without = answered(Response, status, HEADERS, parts, method)
    assert answered(ReadyResponse, status, HEADERS, parts, method) == without


@pytest.mark.parametrize("header", [("A", "b\r\nSet-Cookie: c"), ("A: b\r\nC", "d"), ("A", "中")])
def test_no_header_breaks_out_of_its_line(header: tuple[str, str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        ReadyHeaders([("A", "b"), header])
