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
    monkeypatch.setattr(serving.time, "monotonic", lambda: worker.leaving[0].timeout + 1)
    worker.murder_pending()
    assert (worker.nr_conns, len(worker.leaving)) == (0, 0)


def test_a_client_that_goes_on_sending_is_given_up(worker: Worker, answered: socket.socket) -> None:
    answered.settimeout(30)
    with pytest.raises(ConnectionError):
        while True:
            answered.send(b"x" * 4096)
            worker.wait_for_and_dispatch_events(0)
    assert worker.nr_conns == 0


def test_new_connections_are_left_to_others_while_all_threads_are_taken(worker: Worker) -> None:
    """Taken from the queue that all workers share, they would wait for this one."""
    listener = worker.sockets[0]
    worker.busy = 1
    with socket.create_connection(listener.getsockname()):
        worker.wait_for_and_dispatch_events(0)
        assert worker.nr_conns == 0
        worker.busy = 0
        worker.wait_for_and_dispatch_events(30)
        assert worker.nr_conns == 1
    while worker.nr_conns:
        worker.wait_for_and_dispatch_events(30)


def test_memory_is_given_back_after_answers_and_not_all_the_time(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[bool] = []
    monkeypatch.setattr(serving, "give_back", lambda: given.append(True))
    worker.murder_pending()
    assert given == []
    worker.untidy = True
    worker.murder_pending()
    worker.murder_pending()
    assert given == [True]
    worker.untidy = True
    worker.murder_pending()
    assert given == [True]
