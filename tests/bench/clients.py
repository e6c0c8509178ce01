"""Visitors who post, each over one connection that is kept: one loop for all, so that they cost little."""

import re
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LENGTH = re.compile(rb"\r\nContent-Length: (\d+)", re.IGNORECASE)


@dataclass
class Answers:
    """What came of a round: how long each good answer took, where it led, and how many were not good."""

    seconds: list[float] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    errors: int = 0
    took: float = 0.0


class Client:
    """One visitor: ``request(n)`` gives the bytes of the post with that number."""

    def __init__(self, port: int, request: Callable[[int], bytes]) -> None:
        self._port, self._request, self._number = port, request, 0
        self.socket = socket.socket()

    def connect(self) -> None:
        """Begin a connection, in place of the one that there was."""
        self.socket.close()
        self.socket = socket.create_connection(("127.0.0.1", self._port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got, self.left = b"", False

    def send(self) -> None:
        """Post the next one."""
        self._number += 1
        self.began = time.perf_counter()
        self.socket.sendall(self._request(self._number))

    def receive(self) -> bytes | None:
        """The head of the answer, once all of it has come; empty when the server hung up."""
        piece = self.socket.recv(65536)
        self._got += piece
        head, found, body = self._got.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not piece:
            head = b""
        elif not found or (length and len(body) < int(length[1])):
            return None
        self._got = b""
        self.left = not head or b"\r\nconnection: close" in head.lower()
        return head

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


def together(clients: list[Client], seconds: float) -> Answers:
    """All post at once, each the next one as soon as the last is answered, for so many seconds.

    Connections begin anew: a server ends those that were idle while others had their turn.
    """
    answers, waiting = Answers(), select.epoll()
    busy: dict[int, Client] = {}
    for client in clients:
        _begin(client, waiting, busy)
    began = time.perf_counter()
    for client in clients:
        client.send()
    while busy:
        for number, _ in waiting.poll():
            client = busy[number]
            head = client.receive()
            if head is None:
                continue
            moment = time.perf_counter()
            _count(answers, head, moment - client.began)
            more = moment - began < seconds
            if client.left or not more:
                waiting.unregister(number)
                del busy[number]
            if client.left and more:
                _begin(client, waiting, busy)
            if more:
                client.send()
    answers.took = time.perf_counter() - began
    waiting.close()
    return answers


def _begin(client: Client, waiting: select.epoll, busy: dict[int, Client]) -> None:
    client.connect()
    waiting.register(client.socket, select.EPOLLIN)
    busy[client.socket.fileno()] = client


def _count(answers: Answers, head: bytes, seconds: float) -> None:
    place = re.search(rb"\r\nLocation: (\S+)", head, re.IGNORECASE)
    if head.startswith(b"HTTP/1.1 303 ") and place:
        answers.seconds.append(seconds)
        answers.places.append(place[1].decode())
    else:
        answers.errors += 1
