"""How a gunicorn worker of threads lets its connections go, and which new ones it leaves to the others.

Gunicorn 27.0 (``gunicorn/workers/gthread.py``) waits up to two seconds in the one loop of a worker until a
client has closed its side as well, which holds up everybody else there, and it accepts connections while its
threads are all taken and another worker stands idle.
"""

import math
import selectors
import socket
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from portal import cores
from portal.nursery import give_back

# Seconds that a client has to close its side, and the most bytes that it may send meanwhile.
LINGER = 2.0
MOST = 64 * 1024
# What answers have left free goes back to the system after so many quiet seconds, and never more often.
QUIET, TIDY = 1.0, 5.0


class Worker(ThreadWorker):  # type: ignore[misc]
    """A worker of threads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.busy = 0
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

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what happens next; new connections only while more than half of the threads are free: the
        others are for those that there are.

        Whoever comes later is left in the queue, which all workers share: connections that are kept alive
        would otherwise pile up on the worker that happened to be there first.
        """
        if self.alive:
            free = 2 * self.busy < self.cfg.threads and self.nr_conns < self.worker_connections
            self.set_accept_enabled(free)
        super().wait_for_and_dispatch_events(timeout)

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
