"""What systemd and logrotate say about the files of deploy/."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.server import ROOT

DEPLOY = ROOT / "deploy"
UNITS = ["portal.service", "portal.socket", "portal-mail.service", "portal-mail.timer"]
# Of 10, by systemd's own scale; a service without any guard has 9.6.
EXPOSURE = 1.5


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as they would be installed, with the programs of this checkout."""
    for name in UNITS:
        text = (DEPLOY / name).read_text(encoding="utf-8").replace("/srv/portal", str(ROOT))
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def done(*command: str, folder: Path) -> str:
    """What a program says; it must go well."""
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def test_systemd_understands_every_unit(units: Path) -> None:
    assert done("systemd-analyze", "verify", *(f"./{name}" for name in UNITS), folder=units) == ""


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_service_can_do_little_harm(units: Path, name: str) -> None:
    command = [
        "systemd-analyze",
        "security",
        "--offline=true",
        f"--threshold={EXPOSURE * 10:.0f}",
        f"./{name}",
    ]
    assert "Overall exposure level" in done(*command, folder=units)


def test_logrotate_understands_its_file(tmp_path: Path) -> None:
    rules = tmp_path / "portal"
    text = (DEPLOY / "logrotate").read_text(encoding="utf-8")
    assert "/var/log/portal/*.log" in text
    (tmp_path / "access.log").write_text("a line\n")
    text = text.replace("/var/log/portal", str(tmp_path)).replace("create 0640 www-data adm", "create 0640")
    rules.write_text(text)
    rules.chmod(0o644)
    done("logrotate", "--force", "--state", str(tmp_path / "state"), str(rules), folder=tmp_path)
    assert (tmp_path / "access.log").read_text() == ""
    assert len(list(tmp_path.glob("access.log-*"))) == 1


def test_the_example_of_settings_names_settings() -> None:
    documented = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    example = (DEPLOY / "portal.env.example").read_text(encoding="utf-8")
    names = re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)
    assert "PORTAL_SITE_URL" in names
    assert [name for name in names if f"`{name}`" not in documented] == []


def test_the_walk_through_names_every_file_that_there_is() -> None:
    """What is copied is there, and what is there is told of or included by another file."""
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told += "".join(file.read_text(encoding="utf-8") for file in DEPLOY.rglob("*.conf"))
    files = {path.relative_to(DEPLOY) for path in DEPLOY.rglob("*") if path.is_file()}
    assert {path for path in files if path.parent != Path("nginx/pages") and path.name not in told} == set()
    assert {
        name for name in re.findall(r"deploy/([a-z./-]+[a-z])\b", told) if not (DEPLOY / name).exists()
    } == set()
