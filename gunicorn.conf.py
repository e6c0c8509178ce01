"""How gunicorn serves the portal. `GUNICORN_CMD_ARGS` overrides any of it."""

import gc
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import gunicorn.http.message
import gunicorn.http.wsgi

from portal.config import ConfigurationError, load_settings
from portal.snapshot.front import Front
from portal.snapshot.headers import ReadyResponse

_host = os.environ.get("BIND") or "127.0.0.1"
bind = f"{f'[{_host}]' if ':' in _host else _host}:{os.environ.get('PORT') or '8000'}"

# The figures behind what follows are in docs/adr/0009-how-gunicorn-serves.md.
# Two processes, so that one slow request never holds up the site; threads, because most of a request is
# waiting for the database. Up to six of them may wait for a download (portal/downloads/shelf.py).
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "portal.serving.Worker"
threads = 8

# All workers take connections from one queue, which outlives each of them. With a queue for each, whatever
# waits in that of a worker that stops is lost.
reuse_port = False

# The first process loads the portal, and the workers share its memory: see `when_ready`.
preload_app = True

# A worker that is busy this long is stuck; one that is told to stop may finish what it does.
timeout = 30
graceful_timeout = 20
keepalive = 15

# The workers' heartbeat files belong in memory: a slow disk must not get a worker killed.
if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK):  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# The control socket would live in the home folder, which a service may not write.
control_socket_disable = True

# No access log: the address of a receipt is its key, and must not be written down.
accesslog = None
loglevel = "warning"

# A Han character takes nine bytes in an address, and whatever is too long to search for still gets the
# portal's own answer with its headers. Gunicorn itself allows no more than 8 kB, whatever is set.
limit_request_line = gunicorn.http.message.MAX_REQUEST_LINE = 128 * 1024

# The headers of ready pages are not checked again for each answer.
gunicorn.http.wsgi.Response = ReadyResponse

# Forwarded headers are the portal's own business (PORTAL_TRUSTED_PROXIES).
forwarded_allow_ips = ""


def on_starting(server: Any) -> None:
    """A wrong setting stops the start here: workers that cannot start would be started again for ever."""
    try:
        load_settings()
    except ConfigurationError as error:
        sys.exit(f"portal: {error}")


def when_ready(server: Any) -> None:
    """Answer before the portal is loaded: one worker begins at once with the pages that are ready (and loads
    the portal itself should more be asked of it). When it is there, this signal has the first process load
    the portal, and put all its workers in the place of that one, as at any reload.
    """
    if isinstance(server.app.wsgi(), Front):
        server.num_workers = 1
        os.kill(os.getpid(), signal.SIGHUP)


def on_reload(server: Any) -> None:
    """Load the portal, once, just before workers are started: they share its memory as long as nobody writes
    there, which the garbage collector would. Threads would not live on in them, nor let go of their locks.
    """
    front = server.app.wsgi()
    try:
        if isinstance(front, Front):
            front.portal()
    except Exception as error:
        server.log.exception("The portal cannot be loaded")
        server.halt(f"{type(error).__name__}: {error}", 1)
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(5)
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Let the portal's own notices (sign-ins, refusals, rebuilt indexes) reach the log; see new releases."""
    logging.getLogger("portal").setLevel(logging.INFO)
    # Not the first one, which only answers what is ready.
    if isinstance(worker.wsgi, Front) and worker.age > 1:
        worker.wsgi.begin()
