"""What a gunicorn worker of threads does about slow clients, and which new ones it leaves to other workers.

Gunicorn 27.0 (``gunicorn/workers/gthread.py``) gives each connection a thread as soon as there is one, where
it waits for the request as long as the client likes: sixteen half requests stopped two workers of eight
threads. It waits up to two seconds in the one loop of a worker until a client has closed its side as well,
which holds up everybody else there, and it accepts connections while its threads are all taken and another
worker stands idle.
"""

import errno
import math
import re
import selectors
import socket
import struct
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from itertools import takewhile
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from portal import cores
from portal.nursery import give_back

# Seconds that a client has to close its side, and the most bytes that it may send meanwhile.
LINGER = 2.0
MOST = 64 * 1024
# Bytes of a request that are waited for before it gets a thread: all but the longest files have come then.
WHOLE = 64 * 1024
# Seconds that a thread waits for more of a request, or for a client to take more of an answer.
STALLED = 20
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
EXPECTING = re.compile(rb"\r\nexpect:", re.IGNORECASE)
# Seconds for which a worker with much to do leaves new connections to others.
OTHERS = 0.02
# What answers have left free goes back to the system after so many quiet seconds, and never more often.
QUIET, TIDY = 1.0, 5.0


class Client(socket.socket):
    """The connection of a client; one that stands still for too long has hung up."""

    __slots__ = ()

    @classmethod
    def of(cls, connection: socket.socket) -> "Client":
        """The same connection."""
        client = cls(connection.family, connection.type, connection.proto, connection.detach())
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            client.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", STALLED, 0))
        return client

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """What has come; nothing more after a while without any."""
        try:
            return super().recv(size, flags)
        except BlockingIOError:
            if self.gettimeout() is None:  # it has been waited for
                return b""
            raise

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send all of it.

        Raises:
            BrokenPipeError: the client takes nothing of it.
        """
        try:
            super().sendall(data, flags)
        except BlockingIOError:
            raise BrokenPipeError(errno.EPIPE, "the client takes nothing") from None


class Worker(ThreadWorker):  # type: ignore[misc]
    """A worker of threads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.busy, self.left_since = 0, 0.0
        self.quiet_at, self.tidy_at = math.inf, 0.0
        self.leaving: deque[TConn] = deque()

    def init_process(self) -> None:
        """Begin to serve."""
        # Two portals on one machine begin at different cores.
        cores.keep_to_one(self.ppid + self.age)
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Hand a connection on to a thread."""
        self.busy += 1
        super().enqueue_req(conn)

    def accept(self, listener: Any) -> None:
        """Take a new connection, and wait for its request without a thread."""
        try:
            connection, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        self.left_since = time.monotonic()
        self._wait_for_request(TConn(self.cfg, Client.of(connection), address, listener.getsockname()))

    def on_pending_socket_readable(self, conn: TConn, client: Client) -> None:
        """Give a request a thread once it is whole."""
        if self._is_whole(conn, client):
            super().on_pending_socket_readable(conn, client)

    def on_client_socket_readable(self, conn: TConn, client: Client) -> None:
        """The same, on a connection that was kept."""
        if self._is_whole(conn, client):
            super().on_client_socket_readable(conn, client)
        else:
            self.poller.unregister(client)
            self.keepalived_conns.remove(conn)
            self._wait_for_request(conn)

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        """Whether another request may come. Gunicorn looks for the rest of a body even if it was read."""
        if keepalive and getattr(conn.parser.mesg.body.reader, "length", None) == 0:
            return True
        return bool(super()._keepalive_after(conn, keepalive))

    def _wait_for_request(self, conn: TConn) -> None:
        """Until it is whole, or for as long as a connection is kept."""
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _is_whole(self, conn: TConn, client: Client) -> bool:
        """Whether so much of the request has come that it can have a thread, or the client has hung up. If
        not, nothing is heard of it until more has come.
        """
        # What is enciphered cannot be read here; a server on this machine sends whole requests.
        if self.cfg.is_ssl or client.family == socket.AF_UNIX:
            return True
        try:
            got = client.recv(WHOLE, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        missing, seen = wanted(got) - len(got), getattr(conn, "seen", 0)
        # What is told of a client that sends no more is that it has hung up.
        conn.seen = len(got) if missing > 0 and len(got) > seen else 0
        if conn.seen or seen:
            # Linux and the BSDs tell of fewer bytes to nobody; a thread must be told of each.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(got) + missing if conn.seen else 1)
        return not conn.seen

    def _cap_keepalive(self, deadline: float) -> None:
        """In a worker that is to end, wait until then for requests."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what happens next; new connections only while more than half of the threads are free: the
        others are for those that there are.

        Whoever comes later is left in the queue, which all workers share: connections that are kept alive
        would otherwise pile up on the worker that happened to be there first. Whom no other worker has taken
        after a moment is taken all the same.
        """
        if self.alive:
            takes = self._takes_more()
            self.set_accept_enabled(takes)
            timeout = timeout if takes else min(timeout, OTHERS)
        super().wait_for_and_dispatch_events(timeout)

    def _takes_more(self) -> bool:
        now = time.monotonic()
        # Of whom it took just now, the requests are still to come.
        since = now - OTHERS + self.cfg.keepalive
        just_now = takewhile(lambda conn: conn.timeout > since, reversed(self.pending_conns))
        has_much_to_do = 2 * (self.busy + sum(1 for _ in just_now)) >= self.cfg.threads
        if not has_much_to_do:
            self.left_since = now
        leaves = has_much_to_do and now - self.left_since < OTHERS
        return not leaves and self.busy < self.cfg.threads and self.nr_conns < self.worker_connections

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Keep the connection, or let it go."""
        self.busy -= 1
        self.quiet_at = time.monotonic() + QUIET
        if fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            self._let_go(conn)

    def murder_pending(self) -> None:
        """Close what has waited long enough."""
        super().murder_pending()
        while self.leaving and self.leaving[0].timeout < time.monotonic():
            self._close(self.leaving[0])
        self._tidy()

    def _tidy(self) -> None:
        """Let go of what answers have left free: up to 3 MB of a worker, once everything has been asked.
        Whoever asks for memory meanwhile waits: 11 ms.
        """
        if not self.busy and time.monotonic() > max(self.quiet_at, self.tidy_at):
            give_back()
            self.quiet_at, self.tidy_at = math.inf, time.monotonic() + TIDY

    def _let_go(self, conn: TConn) -> None:
        """Say that nothing more comes, and close when the client has: what it still sends must not become a
        reset, which would take the end of the answer from it (RFC 9112, 9.6).
        """
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))
        except (OSError, ValueError):
            self.nr_conns -= 1
            conn.close()
            return
        conn.timeout, conn.drained = time.monotonic() + LINGER, 0
        self.leaving.append(conn)

    def _drain(self, conn: TConn, client: socket.socket) -> None:
        try:
            read = len(client.recv(4096))
        except BlockingIOError:
            return
        except OSError:
            read = 0
        conn.drained += read
        if not read or conn.drained > MOST:
            self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.leaving.remove(conn)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()


def wanted(got: bytes) -> int:
    """How many bytes of a request are waited for, by what has come of it; of a head at least one more."""
    head = got.find(b"\r\n\r\n")
    if head < 0:
        return min(len(got) + 1, WHOLE)
    if got.startswith((b"GET ", b"HEAD ")):
        return 0
    length = LENGTH.search(got, 0, head + 2)
    if length is None or EXPECTING.search(got, 0, head):
        return 0
    return min(head + 4 + int(length[1]), WHOLE)
