"""Makes ``.venv`` and installs pinned requirements into it; does nothing when nothing changed.

Called by the Makefile with the Python to build on: ``environment.py requirements.txt …``. It needs nothing
but the standard library. One rule keeps it honest: ``.venv/installed.json`` says what was installed
with which Python, is removed before anything is touched, and is written last. Without it, the folder is
half made and is made again.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
# Not the one of .venv itself, should that be first on the path (as in `make shell`).
PYTHON = getattr(sys, "_base_executable", sys.executable)
PIP = ["-m", "pip", "-qq", "--disable-pip-version-check", "--no-input", "install", "--require-hashes"]


class SetUpError(Exception):
    """The machine cannot be set up; the message is one line that says what to do."""


@contextmanager
def only_one() -> Iterator[None]:
    """Let one set-up at a time work in this folder; the lock lies on the folder and leaves no file."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def install(*names: str) -> None:
    """Bring ``.venv`` in step with requirements files, building it when it is not whole.

    Raises:
        SetUpError: no environment can be made, or the packages cannot be installed.
    """
    python = f"{sys.version} {Path(PYTHON).resolve()}"
    installed = _installed()
    if installed.get("python") != python:
        _make_environment()
        installed = {"python": python}
    for name in names:
        requirements = ROOT / name
        digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
        if installed.get(name) == digest:
            continue
        STAMP.unlink(missing_ok=True)
        print(f"portal: installing {name} (once, and when it changes)", flush=True)
        command = [str(VENV / "bin" / "python"), *PIP, "-r", str(requirements)]
        if subprocess.run(command, check=False).returncode:
            raise SetUpError(f"could not install {name}: see above, mend it, and run the same command again")
        installed[name] = digest
        STAMP.write_text(json.dumps(installed), encoding="utf-8")


def install_apart(folder: Path, name: str) -> None:
    """Make an environment of its own for what a requirements file names, away from ``.venv``.

    Raises:
        SetUpError: it cannot be made, or the packages cannot be installed.
    """
    requirements, done = ROOT / name, folder / "installed"
    wanted = f"{hashlib.sha256(requirements.read_bytes()).hexdigest()} {PYTHON}"
    if done.is_file() and done.read_text() == wanted:
        return
    require_venv()
    print(f"portal: installing {name} (once, and when it changes)", flush=True)
    make = [PYTHON, "-m", "venv", "--clear", str(folder)]
    fill = [str(folder / "bin" / "python"), *PIP, "-r", str(requirements)]
    for command in (make, fill):
        if subprocess.run(command, check=False).returncode:
            raise SetUpError(f"could not install {name}: see above, mend it, and run the same command again")
    done.write_text(wanted)


def install_packages(packages: list[str]) -> None:
    """Install Debian packages without starting the services they bring.

    Raises:
        SetUpError: this is no Debian, there is no right to install, or apt failed.
    """
    by_hand = f"apt-get install {' '.join(packages)}"
    if not shutil.which("apt-get"):
        raise SetUpError(
            f"missing on this machine: {', '.join(packages)} (by their names in Debian); install them"
        )
    if os.geteuid() != 0 and not _may_become_root():
        raise SetUpError(
            f"missing: {', '.join(packages)}, and no right to install packages; run: sudo {by_hand}"
        )
    print(f"portal: installing {', '.join(packages)}", flush=True)
    with _services_kept_still():
        # The list of what there is may be missing or old: fetch it when the first try fails.
        complaint = _apt("install", *packages) and (_apt("update") or _apt("install", *packages))
        if complaint:
            raise SetUpError(f"apt-get failed ({complaint}); mend it, or run by hand: sudo {by_hand}")


def require_venv() -> None:
    """Make sure that this Python can make environments; Debian ships that part as a package of its own.

    Raises:
        SetUpError: it cannot, and the package cannot be installed.
    """
    if importlib.util.find_spec("ensurepip") is None:
        install_packages([f"python{sys.version_info.major}.{sys.version_info.minor}-venv"])


def _installed() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _make_environment() -> None:
    require_venv()
    if VENV.is_symlink():
        raise SetUpError(f"{VENV} is a link: remove it, and run the same command again")
    print("portal: making .venv", flush=True)
    STAMP.unlink(missing_ok=True)
    shutil.rmtree(VENV, ignore_errors=True)
    if subprocess.run([PYTHON, "-m", "venv", str(VENV)], check=False).returncode:
        raise SetUpError("could not make .venv: see above, mend it, and run the same command again")


def _may_become_root() -> bool:
    if not shutil.which("sudo"):
        return False
    return subprocess.run(["sudo", "-n", "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def _apt(verb: str, *packages: str) -> str:
    """Run apt-get; gives its last complaint when it fails, and nothing when all is well."""
    settings = ["-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"]
    choices = ["--yes", "--no-install-recommends"] if packages else []
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    command = [*_as_root(), *environment, "apt-get", *settings, verb, *choices, *packages]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if not done.returncode:
        return ""
    return (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]


@contextmanager
def _services_kept_still() -> Iterator[None]:
    """Debian asks /usr/sbin/policy-rc.d before it starts a service: 101 means no."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    write = f"printf '#!/bin/sh\\nexit 101\\n' > {policy} && chmod 755 {policy}"
    subprocess.run([*_as_root(), "sh", "-c", write], check=False)
    try:
        yield
    finally:
        subprocess.run([*_as_root(), "rm", "-f", str(policy)], check=False)


def main() -> int:
    try:
        with only_one():
            install(*sys.argv[1:])
    except SetUpError as error:
        print(f"portal: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
