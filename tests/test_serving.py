"""How a worker lets its connections go, and when it takes new ones: real sockets, without a server around."""

import selectors
import socket
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
    worker.busy = 2
    with socket.create_connection(listener.getsockname()):
        worker.wait_for_and_dispatch_events(0)
        assert worker.nr_conns == 0
        worker.busy = 1
        worker.wait_for_and_dispatch_events(30)
        assert worker.nr_conns == 1
    while worker.nr_conns:
        worker.wait_for_and_dispatch_events(30)


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
