"""Settings: environment variables with the prefix ``PORTAL_`` become one typed object.

Every setting is documented in ``docs/operations.md``; a test fails when one is missing there. The standard
library alone reads them, since that happens before the first page is answered (docs/adr/0009).
"""

import os
import re
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from portal import allowed

ROOT = Path(__file__).resolve().parent.parent


class ConfigurationError(Exception):
    """A setting is missing or wrong; the message is one line that says what to do."""


@dataclass(kw_only=True)
class Settings:
    """All that can be set from outside. ``x`` is read from ``PORTAL_X``, as the kind that stands here."""

    # Where things are
    instance: Path = ROOT / "instance"
    content: Path = ROOT / "content"
    search_index: Path = ROOT / "search_index"
    snapshot: Path = ROOT / "instance" / "snapshot"
    database_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    mail_url: str = field(default="", repr=False)

    # Secrets
    secret_key: str = field(default="", repr=False)

    # The site, as its pages name it
    site_name: str = "工作要点公开平台"
    site_url: str = ""
    site_id_code: str = ""
    icp: str = ""
    police_record: str = ""
    institution_mark: str = ""
    organiser: str = ""
    operator: str = ""
    contact_phone: str = ""
    contact_hours: str = ""
    contact_email: str = ""
    contact_address: str = ""
    mail_from: str = "noreply@localhost"
    first_administrator: str = "admin@localhost"

    # Working days within which a submission is to be answered. 3: 辽宁省政府网站管理办法;
    # 5: Shanghai's information-disclosure rules (both known second-hand).
    correction_days: int = 3
    consultation_days: int = 5

    # Whether a change of published text waits for another member of staff.
    second_approval: bool = False

    # Guards
    rate_limits: str = "on"
    submissions_per_hour: int = 20
    minimum_seconds: float = 1.0
    status_lookups: str = "10 per minute"
    sign_in_failures: int = 5
    sign_in_lock_minutes: int = 15
    one_time_password_hours: int = 72
    session_idle_minutes: int = 30
    session_hours: int = 12
    trusted_proxies: int = 0

    @property
    def secure(self) -> bool:
        """Whether readers reach the site by HTTPS: cookies are then Secure and HSTS is sent."""
        return self.site_url.startswith("https://")

    @property
    def police_record_code(self) -> str:
        """The digits of 公安备案, by which the registry finds it."""
        return "".join(re.findall("[0-9]+", self.police_record))

    @property
    def limited(self) -> bool:
        """Whether the guards that count what a visitor does are on."""
        return self.rate_limits == "on"


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; keyword arguments win over it.

    The secret key comes from ``PORTAL_SECRET_KEY`` or the file ``secret_key`` in the instance folder.

    Raises:
        ConfigurationError: a value cannot be used, or there is no secret key.
    """
    settings = Settings()
    snapshot_is_set = "snapshot" in overrides or os.environ.get("PORTAL_SNAPSHOT")
    for setting in fields(Settings):
        # A variable that is empty is not set.
        given = overrides.get(setting.name, os.environ.get(f"PORTAL_{setting.name.upper()}") or None)
        if given is not None:
            setattr(settings, setting.name, _value(setting, given))
    if not settings.secret_key:
        settings.secret_key = _stored_secret(settings.instance / "secret_key")
    if len(settings.secret_key) < 16:
        raise ConfigurationError("PORTAL_SECRET_KEY is too short: use at least 16 characters")
    if not snapshot_is_set:
        settings.snapshot = settings.instance / "snapshot"
    if not settings.database_url:
        settings.database_url = f"sqlite:///{settings.instance / 'portal.sqlite3'}"
    return settings


def _value(setting: Field[Any], given: Any) -> Any:
    """What was given, as the kind of thing that the setting is, and checked."""
    try:
        value = allowed.KINDS[setting.type](given)
        return allowed.CHECKS[setting.name](value) if setting.name in allowed.CHECKS else value
    except ValueError as error:
        raise ConfigurationError(f"PORTAL_{setting.name.upper()}: {error}") from None


def _stored_secret(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            f"no secret key: set PORTAL_SECRET_KEY, or let `make run` write {path}"
        ) from None
