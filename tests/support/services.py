"""Private servers for the tests: PostgreSQL, Redis and a receiving mail server, all in temporary folders."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.controller import Controller
from psycopg import sql

PATIENCE = 30.0


def wait_until(ready: Callable[[], bool], process: "subprocess.Popen[Any]", what: str) -> None:
    """Wait until a started program answers.

    Raises:
        RuntimeError: it ended, or does not answer in time.
    """
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None:
            raise RuntimeError(f"{what} ended with status {process.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} does not answer")
        time.sleep(0.05)


@contextlib.contextmanager
def running(command: list[str], **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """A program for the time of a block: asked to end at its end, then made to."""
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Postgres:
    """A cluster of its own, reached by a unix socket; every database is a copy of a template."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = 0

    def url(self, database: str) -> str:
        """The address of a database, as the portal's setting wants it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database as a copy of another, and return its name."""
        self._made += 1
        name = f"test_{self._made}"
        self._do("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._do("DROP DATABASE {} WITH (FORCE)", name)

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            self._do("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _do(self, statement: str, *names: str) -> None:
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextlib.contextmanager
def private_postgres(durable: bool = False) -> Iterator[Postgres]:
    """A PostgreSQL for one test process. It refuses to run as root, so root lends it to `postgres`.

    ``durable``: what is committed is on the disk, as in real use; the tests do not need that.
    """
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    # A short path: the socket's address may have 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))
    options: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        options |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    data = folder / "data"
    initialise = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync"]
    serve = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), "-h", ""]
    many = ["-c", "max_connections=300"]
    quick = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    try:
        subprocess.run([*initialise, "--encoding=UTF8", "--locale=C.UTF-8"], check=True, **options)
        postgres = Postgres(folder)
        with running([*serve, *(many if durable else quick)], **options) as process:
            wait_until(postgres.answers, process, "PostgreSQL")
            yield postgres
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def private_redis() -> Iterator[str]:
    """A Redis on a unix socket; gives the address for ``PORTAL_REDIS_URL``."""
    with tempfile.TemporaryDirectory(prefix="portal-redis-", dir="/tmp") as folder:
        socket = Path(folder) / "redis.sock"
        command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        with running(command, stdout=subprocess.DEVNULL) as process:
            wait_until(socket.exists, process, "Redis")
            yield f"redis+unix://{socket}"


class Mailbox:
    """A mail server that keeps what it is given, and refuses recipients that it is told to refuse."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.url = ""

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"


@contextlib.contextmanager
def mail_server(port: int) -> Iterator[Mailbox]:
    """A receiving SMTP server on loopback; ``url`` is for ``PORTAL_MAIL_URL``."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    mailbox.url = f"smtp://127.0.0.1:{port}"
    try:
        yield mailbox
    finally:
        controller.stop()
