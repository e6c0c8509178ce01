"""How gunicorn serves the portal. `GUNICORN_CMD_ARGS` overrides any of it."""

import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

import gunicorn.app.base
import gunicorn.http.message
import gunicorn.http.wsgi

from portal.nursery import ENDING, Arbiter

_host = os.environ.get("BIND") or "127.0.0.1"
bind = f"{f'[{_host}]' if ':' in _host else _host}:{os.environ.get('PORT') or '8000'}"

# The figures behind what follows are in docs/adr/0009-how-gunicorn-serves.md.
# Two processes, so that one slow request never holds up the site; threads, because most of a request is
# waiting for the database. Up to six of them may wait for a download (portal/downloads/shelf.py).
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "portal.serving.Worker"
threads = 16  # half of them for new connections (portal/serving.py)

# All workers take connections from one queue, which outlives each of them. With a queue for each, whatever
# waits in that of a worker that stops is lost.
reuse_port = False

# The first process has workers born that share the portal, and does without it itself.
if sys.platform == "linux":
    gunicorn.app.base.Arbiter = Arbiter

# A worker that is busy this long is stuck; one that is told to stop may finish what it does.
timeout = 30
graceful_timeout = 20
keepalive = 15

# A client that takes nothing of a file would hold its thread for ever.
sendfile = False

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

# Forwarded headers are the portal's own business (PORTAL_TRUSTED_PROXIES).
forwarded_allow_ips = ""


def on_starting(server: Any) -> None:
    """A wrong setting stops the start here: workers that cannot start would be started again for ever."""
    from portal.config import ConfigurationError, load_settings

    try:
        load_settings()
    except ConfigurationError as error:
        sys.exit(f"portal: {error}")


def post_worker_init(worker: Any) -> None:
    """Let the portal's own notices (sign-ins, refusals, rebuilt indexes) reach the log; see new releases."""
    from portal.snapshot.headers import ReadyResponse

    # The headers of ready pages are not checked again for each answer.
    gunicorn.http.wsgi.Response = ReadyResponse
    logging.getLogger("portal").setLevel(logging.INFO)
    # The one that begins was started without these, so that none went to the wrong handler.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    # It only answers what is ready, and has not come from a nursery.
    if getattr(worker, "cradle", None) or sys.platform != "linux":
        worker.wsgi.begin()
