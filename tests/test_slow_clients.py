"""Clients that stand still, before a real server of two workers: everybody else is answered."""

import http.client
import socket
import urllib.request
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.support.server import Server

# More than the workers have threads.
MANY, PATIENCE = 50, 10.0
HEAD = "POST /feedback/correction HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n"


@pytest.mark.parametrize(
    "begun",
    ["", "GET / HT", "GET / HTTP/1.1\r\nHost: {}\r\nX-Half", HEAD + "half"],
    ids=["nothing", "half a line", "half a head", "half a body"],
)
def test_many_who_stand_still_hold_up_nobody(server: Server, begun: str) -> None:
    address = urlsplit(server.url)
    with ExitStack() as still:
        for _ in range(MANY):
            client = still.enter_context(socket.create_connection((address.hostname, address.port)))
            client.sendall(begun.format(address.netloc, 500).encode())
        for asked in ("/", "/search?q=%E7%A7%91%E6%8A%80", "/feedback/correction"):
            with urllib.request.urlopen(server.url + asked, timeout=PATIENCE) as answer:
                assert answer.status == 200


def test_a_request_in_pieces_is_answered(server: Server) -> None:
    address = urlsplit(server.url)
    body = "description=%E5%A4%9A%E4%BA%86%E4%B8%80%E4%B8%AA%E5%AD%97"
    request = HEAD.format(address.netloc, len(body)) + body
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(request), 20):
            client.sendall(request[at : at + 20].encode())
        assert client.recv(100).startswith(b"HTTP/1.1 422 ")


def test_a_body_that_nobody_reads_is_not_taken_for_a_request(server: Server) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=PATIENCE)
    for length in (10, 20_000):
        connection.request("POST", "/no/such/page", b"GET / HTTP/1.1\r\n\r\n".ljust(length, b"x"))
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 404
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()
