"""How a worker lets its connections go, and when it takes new ones: real sockets, without a server around."""

import selectors
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from portal import serving
from portal.serving import Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    """One that answers, without a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Worker(1, 1, [listener], None, 30, Config(), None)
        made.cfg.set("threads", 1)
        made.tpool, made.poller = made.get_thread_pool(), selectors.DefaultSelector()
        made.method_queue.init()
        queue = made.method_queue
        made.poller.register(queue.fileno(), selectors.EVENT_READ, queue.run_callbacks)
        yield made
        made.tpool.shutdown()
        made.poller.close()
        made.method_queue.close()
        made.tmp.close()


@pytest.fixture
def answered(worker: Worker) -> Iterator[socket.socket]:
    """The client's side of a connection whose last answer has been sent."""
    client, ours = socket.socketpair()
    worker.nr_conns = worker.busy = 1
    done: Future[bool] = Future()
    done.set_result(False)
    worker.finish_request(TConn(worker.cfg, ours, "", ""), done)
    with client:
        assert client.recv(1) == b""
        yield client


def test_it_goes_on_while_a_client_has_not_hung_up(worker: Worker, answered: socket.socket) -> None:
    assert len(worker.leaving) == 1
    answered.sendall(b"what nobody reads any more")
    worker.wait_for_and_dispatch_events(0)
    worker.murder_pending()
    assert worker.nr_conns == 1
    answered.close()
    worker.wait_for_and_dispatch_events(0)
    assert (worker.nr_conns, len(worker.leaving)) == (0, 0)


def test_a_client_that_never_hangs_up_is_given_up(
    worker: Worker, answered: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = worker.leaving[0].timeout + 1
    monkeypatch.setattr(serving.time, "monotonic", lambda: late)
    worker.murder_pending()
    assert (worker.nr_conns, len(worker.leaving)) == (0, 0)


def test_a_client_that_goes_on_sending_is_given_up(worker: Worker, answered: socket.socket) -> None:
    answered.settimeout(30)
    with pytest.raises(ConnectionError):
        while True:
            answered.send(b"x" * 4096)
            worker.wait_for_and_dispatch_events(0)
    assert worker.nr_conns == 0


def test_new_connections_are_left_to_others_while_half_of_the_threads_are_taken(worker: Worker) -> None:
    """Taken from the queue that all workers share, they would wait for this one."""
    listener = worker.sockets[0]
    worker.cfg.set("threads", 4)
    worker.busy, worker.left_since = 2, time.monotonic() + 30
    with socket.create_connection(listener.getsockname()):
        worker.wait_for_and_dispatch_events(0)
        assert worker.nr_conns == 0
        worker.busy = 1
        worker.wait_for_and_dispatch_events(30)
        assert worker.nr_conns == 1
    while worker.nr_conns:
        worker.wait_for_and_dispatch_events(30)


def test_whom_nobody_takes_is_taken_after_a_moment(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.cfg.set("threads", 4)
    now = 100.0
    monkeypatch.setattr(serving.time, "monotonic", lambda: now)
    worker.busy = 1
    assert worker._takes_more()
    worker.busy = 2
    now += serving.OTHERS / 2
    assert not worker._takes_more()
    now += serving.OTHERS
    assert worker._takes_more()
    with socket.create_connection(worker.sockets[0].getsockname()):
        worker.accept(worker.sockets[0])
    now += serving.OTHERS / 2
    assert not worker._takes_more(), "one at a time"
    now += serving.OTHERS
    worker.busy = 4
    assert not worker._takes_more(), "it has no thread"
    worker.pending_conns.pop().close()


def test_whose_request_is_still_to_come_counts_for_a_moment(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many that come at once are spread over the workers."""
    worker.cfg.set("threads", 4)
    now = 100.0
    monkeypatch.setattr(serving.time, "monotonic", lambda: now)
    address = worker.sockets[0].getsockname()
    with socket.create_connection(address), socket.create_connection(address):
        for _ in range(2):
            assert worker._takes_more()
            worker.accept(worker.sockets[0])
        assert not worker._takes_more()
        now += 1.5 * serving.OTHERS
        assert worker._takes_more()
    for conn in worker.pending_conns:
        conn.close()


def test_memory_is_given_back_after_answers_when_it_is_quiet_and_not_all_the_time(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    now = 100.0
    monkeypatch.setattr(serving.time, "monotonic", lambda: now)
    monkeypatch.setattr(serving, "give_back", lambda: given.append(now))
    done: Future[bool] = Future()
    done.set_result(False)

    def pass_by(seconds: float) -> None:
        nonlocal now
        now += seconds
        worker.murder_pending()

    def answer() -> None:
        ours, client = socket.socketpair()
        client.close()
        worker.finish_request(TConn(worker.cfg, ours, "", ""), done)

    pass_by(100)
    assert given == [], "nobody has asked"
    worker.busy = worker.nr_conns = 2
    answer()
    pass_by(100)
    assert given == [], "another answer is being made"
    answer()
    pass_by(serving.QUIET / 2)
    assert given == [], "somebody may ask for more"
    pass_by(serving.QUIET)
    assert given == [now]
    worker.busy = worker.nr_conns = 1
    answer()
    pass_by(serving.QUIET * 2)
    assert len(given) == 1, "it was done just now"
    pass_by(serving.TIDY)
    pass_by(100)
    assert len(given) == 2


POST = b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n"


@pytest.fixture
def requests(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was given to a thread, as far as it had come."""
    given: list[bytes] = []

    def enqueue(conn: TConn) -> None:
        conn.sock.setblocking(True)
        given.append(conn.sock.recv(100_000))
        conn.close()

    monkeypatch.setattr(worker, "enqueue_req", enqueue)
    return given


@pytest.fixture
def client(worker: Worker, requests: list[bytes]) -> Iterator[socket.socket]:
    """Who has begun a connection and says nothing yet."""
    with socket.create_connection(worker.sockets[0].getsockname()) as made:
        worker.set_accept_enabled(True)
        worker.wait_for_and_dispatch_events(30)
        assert (worker.nr_conns, requests) == (1, [])
        yield made
        for conn in worker.pending_conns:
            conn.close()


def hear(worker: Worker) -> None:
    """Look at what has come, twice: once there is nothing to hear, the loop sleeps."""
    for _ in range(2):
        worker.wait_for_and_dispatch_events(0.05)


@pytest.mark.parametrize(
    "pieces",
    [
        [b"GE", b"T / HTTP/1.1\r\nHost: a\r\n", b"\r\n"],
        [POST[:20], POST[20:-1], POST[-1:], b"12345", b"67890"],
        [POST.replace(b"10", b"70000"), b"x" * 40_000, b"x" * 30_000],
    ],
)
def test_a_request_has_a_thread_once_it_is_whole(
    worker: Worker, client: socket.socket, requests: list[bytes], pieces: list[bytes]
) -> None:
    for piece in pieces[:-1]:
        client.sendall(piece)
        hear(worker)
        assert requests == []
        assert not worker.poller.select(0.05), "it would not sleep"
    client.sendall(pieces[-1])
    hear(worker)
    assert len(requests) == 1
    assert b"".join(pieces).startswith(requests[0])
    assert len(requests[0]) >= min(len(b"".join(pieces)), serving.WHOLE)
    assert not worker.pending_conns


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 10\r\nexpect: 100-continue\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 10\r\n\r\n",
        b"DELETE / HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * serving.WHOLE,
    ],
)
def test_what_cannot_be_waited_for_has_a_thread_at_once(
    worker: Worker, client: socket.socket, requests: list[bytes], request_: bytes
) -> None:
    client.sendall(request_)
    hear(worker)
    assert len(requests) == 1


def test_what_is_enciphered_has_a_thread_at_once(
    worker: Worker, client: socket.socket, requests: list[bytes]
) -> None:
    worker.cfg.set("certfile", __file__)
    client.sendall(b"\x16\x03\x01")
    hear(worker)
    assert requests == [b"\x16\x03\x01"]


def test_half_a_request_of_a_client_that_has_hung_up_has_a_thread(
    worker: Worker, client: socket.socket, requests: list[bytes]
) -> None:
    client.sendall(POST)
    hear(worker)
    assert requests == []
    client.close()
    hear(worker)
    assert requests == [POST]


def test_half_a_request_is_waited_for_no_longer_than_a_connection_is_kept(
    worker: Worker, client: socket.socket, requests: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = worker.pending_conns[0].timeout
    client.sendall(POST)
    hear(worker)
    monkeypatch.setattr(serving.time, "monotonic", lambda: ends + 1)
    worker.murder_pending()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    assert (worker.nr_conns, requests) == (0, [])


def test_half_a_request_on_a_kept_connection_is_waited_for_as_on_a_new_one(
    worker: Worker, client: socket.socket, requests: list[bytes]
) -> None:
    kept = worker.pending_conns.pop()
    worker.poller.unregister(kept.sock)
    kept.set_timeout()
    worker.keepalived_conns.append(kept)
    worker.poller.register(
        kept.sock, selectors.EVENT_READ, lambda client: worker.on_client_socket_readable(kept, client)
    )
    client.sendall(POST)
    hear(worker)
    assert (list(worker.keepalived_conns), list(worker.pending_conns), requests) == ([], [kept], [])
    client.sendall(b"1234567890")
    hear(worker)
    assert requests == [POST + b"1234567890"]


def test_a_worker_that_is_to_end_waits_for_requests_until_then(worker: Worker, client: socket.socket) -> None:
    worker._cap_keepalive(1.0)
    assert [conn.timeout for conn in worker.pending_conns] == [1.0]


def test_a_client_that_stands_still_has_hung_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "STALLED", 1)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()),
        serving.Client.of(listener.accept()[0]) as ours,
    ):
        assert ours.recv(1) == b""
        with pytest.raises(BrokenPipeError):
            ours.sendall(b"x" * 100_000_000)
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            ours.recv(1)
