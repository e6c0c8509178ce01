"""The first process of gunicorn, without the portal: workers are born in a *nursery*, a process that loads
the portal once, becomes as many workers as there are to be, and ends.

What is loaded before a fork is shared until somebody writes there, which Python does by only counting
references. A first process that had loaded the portal would keep all that its workers have copied since, for
nobody. Without it, and with the nursery gone, the workers share among themselves alone.

On Linux orphans can be given to another process than the first of the system (prctl(2),
PR_SET_CHILD_SUBREAPER). So workers become children of the first process when their nursery ends, and all that
gunicorn does to workers (27.0, ``gunicorn/arbiter.py``) holds for them.
"""

import ctypes
import gc
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import gunicorn.arbiter
from gunicorn.errors import HaltServer

# <linux/prctl.h> and <malloc.h>
PR_SET_CHILD_SUBREAPER, M_ARENA_MAX = 36, -8
LIBC = ctypes.CDLL(None, use_errno=True)
# Seconds that a nursery may take, and until another may follow that nobody has asked for.
LONGEST, PAUSE = 60.0, 2.0
# What asks a process to end. A child has the handlers of the first one to begin with, which only note it.
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
# What the first process keeps of the portal.
KEPT = frozenset(("portal.cores", "portal.nursery", "portal.serving"))


def give_back() -> None:
    """Give free memory back to the system, which glibc keeps where it lies between what is in use."""
    if trim := getattr(LIBC, "malloc_trim", None):
        trim(0)


class Nursery(NamedTuple):
    """Its process, when it must have ended, the workers that come of it, where their births are read, and the
    gate that holds them.
    """

    pid: int
    until: float
    workers: list[Any]
    births: int
    gate: int


class Cradle(NamedTuple):
    """A worker's side: where it tells of its birth, and the gate that it waits at."""

    births: int
    gate: int

    def leave(self, worker: Any) -> None:
        """Tell of the birth, wait until the first process has taken notice, or is gone, and begin."""
        worker.notify()  # it was made before the portal was loaded
        os.write(self.births, b"%d %d\n" % (worker.age, os.getpid()))
        os.close(self.births)
        os.read(self.gate, 1)
        os.close(self.gate)
        type(worker).init_process(worker)


class WorkersAreDue(Exception):
    """Leaves gunicorn's reload where it would start workers, and then wait for those of before to end."""


class Arbiter(gunicorn.arbiter.Arbiter):  # type: ignore[misc]
    """Whenever a worker is missing, and at each reload, all workers are born anew: they share most with their
    siblings. Where there is none, one begins at once, and answers until the others come.
    """

    worker_class: Any

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        # Here, since neither a daemon nor a child inherits it.
        if LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")
        self.nursery: Nursery | None = None
        self.due, self.not_before = True, 0.0
        self.has_loaded = False

    def manage_workers(self) -> None:
        """Begin a nursery if one is due; end workers that have successors."""
        self.due = self.due or len(self.WORKERS) < self.num_workers
        now = time.monotonic()
        if self.nursery and now > self.nursery.until:
            self.log.error("The portal takes too long to load")
            self._give_up()
        if self.due and self.nursery is None:
            self._begin(now >= self.not_before)
        super().manage_workers()

    def spawn_workers(self) -> None:
        """Nothing: they come from the nursery."""

    def spawn_worker(self) -> None:
        """Only a reload asks for one."""
        raise WorkersAreDue

    def reload(self) -> None:
        """Begin anew with what lies on the disk now. Nothing is waited for: gunicorn's own wait would be deaf
        to all signals, until the old workers have ended, which they do not if the portal cannot be loaded.
        """
        self._give_up()
        with suppress(WorkersAreDue):
            super().reload()
        self.due, self.not_before = True, 0.0

    def stop(self, graceful: bool = True) -> None:
        """End all."""
        self._give_up()
        super().stop(graceful)

    def reap_workers(self) -> None:
        """See who has ended; the workers of a nursery that has are ours from then on."""
        if self.nursery:
            try:
                pid, status = os.waitpid(self.nursery.pid, os.WNOHANG)
            except ChildProcessError:  # gunicorn looked for any that have ended, and it just had
                pid, status = self.nursery.pid, signal.SIGKILL
            if pid:
                self._adopt(self.nursery, os.waitstatus_to_exitcode(status))
        super().reap_workers()

    def _begin(self, is_time: bool) -> None:
        """Have somebody answer, and all born anew once it is time to."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            if not self.WORKERS:
                super().spawn_worker()
            if is_time:
                self._fork()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _fork(self) -> None:
        workers = [self._worker() for _ in range(self.num_workers)]
        (births, tells), (waits, gate) = os.pipe(), os.pipe()
        gc.collect()
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            os.close(births)
            os.close(gate)
            self._nurse(workers, Cradle(tells, waits))
        os.close(tells)
        os.close(waits)
        self.nursery = Nursery(pid, time.monotonic() + LONGEST, workers, births, gate)

    def _worker(self) -> Any:
        self.worker_age += 1
        return self.worker_class(
            self.worker_age, self.pid, self.LISTENERS, self.app, self.timeout / 2.0, self.cfg, self.log
        )

    def _nurse(self, workers: list[Any], cradle: Cradle) -> None:
        """Be the nursery: never returns."""
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        try:
            self._load()
            waiting = iter(workers)
            self.worker_class = lambda *_: next(waiting)
            for worker in workers:
                worker.cradle, worker.init_process = cradle, partial(cradle.leave, worker)
                super().spawn_worker()
        except SystemExit:
            # A worker has ended, in its own process; or there is a wrong setting.
            raise
        except BaseException:
            self.log.exception("The portal cannot be loaded")
            os._exit(self.APP_LOAD_ERROR)
        os._exit(0)

    def _load(self) -> None:
        """Load the portal as it lies on the disk: what was read before may be of another version.

        Threads would not live on in the workers, nor let go of their locks; and the garbage collector would
        write to everything that it looks at. Where threads have no memory of their own to come back to
        (glibc), they share what is free.
        """
        if mallopt := getattr(LIBC, "mallopt", None):
            mallopt(M_ARENA_MAX, 1)
        for name in list(sys.modules):
            if name.partition(".")[0] == "portal" and name not in KEPT:
                del sys.modules[name]
        self.app.wsgi().prepare()
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(5)
        give_back()
        gc.collect()
        gc.freeze()

    def _give_up(self) -> None:
        """End the nursery that there may be; those that are born already are workers as others are."""
        if self.nursery:
            with suppress(ProcessLookupError, ChildProcessError):  # as in reap_workers
                os.kill(self.nursery.pid, signal.SIGKILL)
                os.waitpid(self.nursery.pid, 0)
            self._register(self.nursery)

    def _adopt(self, nursery: Nursery, status: int) -> None:
        """Take over what a nursery leaves. ``status``: how it ended; below 0, by that signal.

        Raises:
            HaltServer: the portal cannot be loaded, and never was.
        """
        if self._register(nursery):
            self.due, self.has_loaded = False, True
            return
        self.log.error("The nursery of the workers has ended with %s", status)
        if status > 0 and not self.has_loaded:
            raise HaltServer("The portal cannot be loaded", self.APP_LOAD_ERROR)
        # What cannot be loaded is not tried again for its own sake.
        self.due = status < 0

    def _register(self, nursery: Nursery) -> bool:
        """Whether all were born. Each tells so by itself, and closes its end: this does not wait for long."""
        self.nursery, self.not_before = None, time.monotonic() + PAUSE
        waiting = {worker.age: worker for worker in nursery.workers}
        with os.fdopen(nursery.births, "rb") as births:
            for line in births:
                age, pid = map(int, line.split())
                worker = waiting.pop(age)
                worker.pid, self.WORKERS[pid] = pid, worker
        for worker in waiting.values():
            worker.tmp.close()
        os.close(nursery.gate)
        return not waiting
