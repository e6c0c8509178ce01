"""``make run``: from a fresh clone to a served site. Checks first, then makes, then serves.

PORT and BIND come from the environment; so do the portal's own settings (``PORTAL_…``).
"""

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

from environment import ROOT, VENV, SetUpError, install, only_one
from machine import PRINTING, install_missing


def check_address(host: str, port: str) -> None:
    """See that the server will be able to listen, before anything is made.

    Raises:
        SetUpError: the port is no port, is taken, or may not be used.
    """
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise SetUpError(f"PORT={port} is no port; use a number from 1 to 65535, such as: make run PORT=8080")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
            probe.listen()
        except PermissionError:
            raise SetUpError(
                f"no right to use port {port}; choose one above 1023: make run PORT=8080"
            ) from None
        except socket.gaierror:
            raise SetUpError(f"BIND={host} is no address of this machine; use 127.0.0.1 or 0.0.0.0") from None
        except OSError as error:
            raise SetUpError(
                f"cannot listen on {host} port {port} ({error.strerror}); "
                f"stop what uses it, or choose another: make run PORT={int(port) % 65535 + 1}"
            ) from None


def write_secret() -> None:
    """Make the instance folder and, unless one is given, its secret key: once, for the owner alone."""
    instance = ROOT / Path(os.environ.get("PORTAL_INSTANCE") or "instance").expanduser()
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = instance / "secret_key"
    if os.environ.get("PORTAL_SECRET_KEY") or (secret.exists() and secret.stat().st_size):
        return
    unfinished = instance / f"secret_key.{os.getpid()}"
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    unfinished.replace(secret)


def prepare_printing() -> None:
    """Install what PDF files are made with; without it everything else is served all the same."""
    try:
        install_missing(PRINTING)
    except SetUpError as error:
        print(f"portal: no PDF downloads: {error}", file=sys.stderr)


def main() -> int:
    host, port = os.environ.get("BIND") or "127.0.0.1", os.environ.get("PORT") or "8000"
    python = str(VENV / "bin" / "python")
    try:
        check_address(host, port)
        with only_one():
            install("requirements.txt")
            prepare_printing()
            write_secret()
    except (SetUpError, OSError) as error:
        print(f"portal: {error}", file=sys.stderr)
        return 1
    os.environ.update(BIND=host, PORT=port)
    # Threads share what they have of memory, rather than each keeping some for itself.
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")
    prepare = [python, "-m", "flask", "--app", "wsgi", "site", "prepare"]
    if subprocess.run(prepare, check=False, cwd=ROOT).returncode:
        return 1
    os.chdir(ROOT)
    print(f"portal: serving at http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
    os.execv(python, [python, "-m", "gunicorn", "wsgi:app"])
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
