"""The two commands on machines that are not as they should be: one line, what to do, nothing half made."""

import contextlib
import os
import runpy
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.server import ROOT, free_port


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what `make` reads, and nothing made yet."""
    folder = tmp_path / "clone"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copytree(ROOT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[ModuleType, ModuleType]]:
    """The modules `environment` and `run`, working in a folder of their own."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import environment
    import run

    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".venv" / "installed.json")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    yield environment, run
    del sys.modules["environment"], sys.modules["machine"], sys.modules["run"]


def refusal(folder: Path, *arguments: str, **environment: str) -> str:
    """The one line with which `make run` refuses; nothing is made."""
    before = sorted(folder.rglob("*"))
    done = subprocess.run(
        ["/usr/bin/make", "run", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert sorted(folder.rglob("*")) == before
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == 1, done.stderr
    assert done.stdout == ""
    return lines[0]


def fake_python(folder: Path, version: str) -> Path:
    """A program that answers as a Python of another version would."""
    program = folder / "python3"
    program.write_text(f'#!/bin/sh\ncase "$2" in *print*) echo {version};; *) exit 1;; esac\n')
    program.chmod(0o755)
    return program


def test_a_taken_port(clone: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = refusal(clone, f"PORT={port}", f"PYTHON={sys.executable}")
    assert f"port {port}" in line
    assert f"make run PORT={port + 1}" in line


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_no_port(clone: Path, port: str) -> None:
    assert "is no port" in refusal(clone, f"PORT={port}", f"PYTHON={sys.executable}")


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_an_address_of_another_machine(clone: Path, host: str) -> None:
    arguments = [f"PORT={free_port()}", f"BIND={host}", f"PYTHON={sys.executable}"]
    assert host in refusal(clone, *arguments)


def test_a_too_old_python_that_was_named(clone: Path, tmp_path: Path) -> None:
    old = fake_python(tmp_path, "3.9")
    line = refusal(clone, f"PYTHON={old}")
    assert "Python 3.11 or newer is needed" in line
    assert "is 3.9." in line


def test_a_too_old_python_on_the_path(clone: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    fake_python(programs, "3.9")
    line = refusal(clone, PATH=str(programs))
    assert "the newest here is 3.9." in line
    assert "apt-get install" in line


def test_no_python_at_all(clone: Path, tmp_path: Path) -> None:
    assert "the newest here is none." in refusal(clone, PATH=str(tmp_path))


def test_make_alone_lists_the_targets() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {line.split()[1] for line in done.stdout.splitlines()} >= {
        "run",
        "test",
        "check",
        "bench",
        "shell",
    }


@pytest.mark.usefixtures("tools")
def test_every_tool_starts() -> None:
    for tool in (ROOT / "tools").glob("*.py"):
        runpy.run_path(str(tool), run_name="read")


def test_no_right_to_install_packages(
    tools: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment, _ = tools
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(environment.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(
        environment.shutil, "which", lambda name: None if name == "sudo" else f"/usr/bin/{name}"
    )
    package = f"python3.{sys.version_info.minor}-venv"
    with pytest.raises(environment.SetUpError, match=rf"run: sudo apt-get install {package}$"):
        environment.install("requirements.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_system_without_apt(tools: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    environment, _ = tools
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    with pytest.raises(environment.SetUpError, match="missing on this machine: chromium"):
        environment.install_packages(["chromium"])


def test_without_pango_the_portal_is_served_all_the_same(
    tools: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment, run = tools
    monkeypatch.setitem(run.PRINTING, "libpango-1.0-0", lambda: False)
    monkeypatch.setattr(environment.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(
        environment.shutil, "which", lambda name: None if name == "sudo" else f"/usr/bin/{name}"
    )
    run.prepare_printing()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("portal: no PDF downloads: missing: libpango-1.0-0")
    assert said.err.count("\n") == 1
    monkeypatch.setitem(run.PRINTING, "libpango-1.0-0", lambda: True)
    run.prepare_printing()
    assert capsys.readouterr().err == ""


def test_apt_that_fails_is_quoted_in_one_line(
    tools: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment, _ = tools
    verbs: list[str] = []

    def run(command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        verbs.extend({"install", "update"} & set(command))
        return subprocess.CompletedProcess(command, 100, "", "noise\nE: Unable to locate package\n")

    monkeypatch.setattr(environment.os, "geteuid", lambda: 0)
    monkeypatch.setattr(environment.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(environment, "_services_kept_still", contextlib.nullcontext)
    monkeypatch.setattr(environment.subprocess, "run", run)
    with pytest.raises(environment.SetUpError) as caught:
        environment.install_packages(["chromium"])
    assert "(E: Unable to locate package)" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert verbs == ["install", "update"]


def test_an_environment_is_made_once_and_again_when_half_made(
    tools: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment, _ = tools
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    environment.install("requirements.txt")
    (tmp_path / ".venv" / "marker").touch()

    with monkeypatch.context() as still:
        still.setattr(environment.subprocess, "run", lambda *_, **__: pytest.fail("ran something"))
        environment.install("requirements.txt")
    assert (tmp_path / ".venv" / "marker").exists()

    environment.STAMP.unlink()
    environment.install("requirements.txt")
    assert not (tmp_path / ".venv" / "marker").exists()


def test_changed_requirements_are_installed_and_a_failure_leaves_no_stamp(
    tools: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment, _ = tools
    commands: list[Any] = []
    status = 0

    def run(command: list[str], **_: Any) -> "subprocess.CompletedProcess[bytes]":
        commands.append(command)
        environment.VENV.mkdir(exist_ok=True)
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(environment.subprocess, "run", run)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("a==1\n")
    environment.install("requirements.txt")
    assert len(commands) == 2
    requirements.write_text("a==2\n")
    environment.install("requirements.txt")
    assert len(commands) == 3
    assert "--require-hashes" in commands[-1]

    requirements.write_text("a==3\n")
    status = 1
    with pytest.raises(environment.SetUpError, match="could not install"):
        environment.install("requirements.txt")
    assert not environment.STAMP.exists()


def test_the_secret_is_written_once_for_its_owner_alone(
    tools: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, run = tools
    run.write_secret()
    secret = tmp_path / "instance" / "secret_key"
    first = secret.read_text()
    assert len(first) >= 43
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    run.write_secret()
    assert secret.read_text() == first
    assert os.listdir(tmp_path / "instance") == ["secret_key"]

    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PORTAL_SECRET_KEY", "given from outside")
    run.write_secret()
    assert stat.S_IMODE((tmp_path / "elsewhere").stat().st_mode) == 0o700
    assert os.listdir(tmp_path / "elsewhere") == []
