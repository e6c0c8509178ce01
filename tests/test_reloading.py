"""Workers are replaced while readers ask: nobody is turned away."""

import os
import signal

from tests.support.readers import Readers
from tests.support.server import Server
from tests.support.waiting import eventually

# Ready pages and such as Flask answers.
ADDRESSES = (
    *("/plans/2023-work-plan/1", "/plans/2023-work-plan/full", "/errata", "/guide"),
    *("/plans/2023-work-plan/1?theme=dark", "/search?q=企业"),
)


def test_two_reloads_under_load_fail_nobody(server: Server) -> None:
    eventually(server.complete)
    with Readers(server.url, ADDRESSES, 4) as readers:
        for _ in range(2):
            before = server.workers()
            readers.wait(readers.asked + 200)
            os.kill(server.process, signal.SIGHUP)
            eventually(lambda before=before: server.complete() and not server.workers() & before)
        readers.wait(readers.asked + 100)
    assert not readers.wrong
    assert len(readers.got) >= 500
    pages = {(got.address, got.page) for got in readers.got}
    assert len(pages) == len(ADDRESSES), "nothing was published: each address has one page"
