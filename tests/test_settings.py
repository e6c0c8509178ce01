"""Every setting is documented, and nothing is documented that is no setting."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from portal.config import ConfigurationError, Settings, load_settings
from tests.support.server import ROOT

DOCUMENT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SECRET = "only for these tests"
DEFAULTS = {setting.name: setting.default for setting in fields(Settings)}


def test_every_setting_has_a_row_and_every_row_a_setting() -> None:
    documented = re.findall(r"^\| `(PORTAL_[A-Z_]+)` \|", DOCUMENT, re.MULTILINE)
    assert sorted(documented) == sorted(f"PORTAL_{name.upper()}" for name in DEFAULTS)


def test_every_name_in_the_document_is_a_setting() -> None:
    names = {f"PORTAL_{name.upper()}" for name in DEFAULTS}
    assert set(re.findall(r"PORTAL_[A-Z_]+\b", DOCUMENT)) <= names


def test_documented_defaults_are_true(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = dict(re.findall(r"^\| `PORTAL_([A-Z_]+)` \| `([^`]*)` \|", DOCUMENT, re.MULTILINE))
    assert len(rows) > 10
    for name, written in rows.items():
        default = DEFAULTS[name.lower()]
        if isinstance(default, bool):
            assert written == ("on" if default else "off"), name
        else:
            actual = default.relative_to(ROOT) if isinstance(default, Path) else default
            assert str(actual) == written, name


def test_a_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORTAL_SITE_NAME", "某区工作要点")
    monkeypatch.setenv("PORTAL_ICP", "")
    monkeypatch.setenv("PORTAL_SECOND_APPROVAL", "on")
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path))
    settings = load_settings()
    assert (settings.site_name, settings.icp, settings.second_approval) == ("某区工作要点", "", True)
    assert settings.database_url == f"sqlite:///{tmp_path}/portal.sqlite3"
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("site_url", "plan.example.gov.cn"),
        ("site_url", "https://plan.example.gov.cn/portal"),
        ("rate_limits", "sometimes"),
        ("correction_days", "0"),
        ("session_hours", "many"),
        ("minimum_seconds", "-1"),
        ("minimum_seconds", "nan"),
        ("second_approval", "perhaps"),
        ("status_lookups", "now and then"),
        ("database_url", "foo"),
        ("database_url", "mysql://host/name"),
        ("database_url", "sqlite://"),  # in memory: each process would have its own
        ("database_url", "sqlite:///:memory:"),
        ("database_url", "postgresql://host:port/name"),
        ("redis_url", "host:6379"),
        ("mail_from", "noreply@"),
        ("first_administrator", "admin"),
        ("contact_email", "office"),
        ("site_id_code", "310106000"),
        ("icp", "12345678"),
        ("police_record", "沪公网安备3101号"),
        ("institution_mark", "javascript:alert(1)//conac.cn/"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"PORTAL_{name.upper()}", value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(secret_key=SECRET)
    assert str(caught.value).startswith(f"PORTAL_{name.upper()}: ")
    assert "\n" not in str(caught.value)


def test_the_origin_is_compared_in_small_letters() -> None:
    assert (
        load_settings(secret_key=SECRET, site_url="https://Plan.Example/").site_url == "https://plan.example"
    )


def test_no_secret_is_an_error_and_not_a_default(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no secret key"):
        load_settings(instance=tmp_path)
    with pytest.raises(ConfigurationError, match="too short"):
        load_settings(instance=tmp_path, secret_key="short")
    (tmp_path / "secret_key").write_text("kept in the instance\n", encoding="ascii")
    assert load_settings(instance=tmp_path).secret_key == "kept in the instance"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_means_psycopg(scheme: str) -> None:
    settings = load_settings(secret_key=SECRET, database_url=f"{scheme}://portal@db/portal")
    assert settings.database_url == "postgresql+psycopg://portal@db/portal"
