"""Settings: environment variables with the prefix ``PORTAL_`` become one typed object.

Every setting is documented in ``docs/operations.md``; a test fails when one is missing there.
"""

import re
from pathlib import Path
from typing import Any, Literal

from limits import parse_many
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
# What is given to a site by a registry: its form, and how a wrong one is told.
REGISTERED = {
    "site_id_code": (r"(?:[0-9]{2}|bm)[0-9]{8}", "use the code of the site: ten digits, or bm and eight"),
    "icp": (r".ICP[备证][0-9]{6,10}号(?:-[0-9]{1,4})?", "use the whole number, such as 沪ICP备12345678号-1"),
    "police_record": (r".公网安备 ?[0-9]{14}号", "use the whole number, such as 沪公网安备31010602000001号"),
    "institution_mark": (
        r"https?://([a-z]+\.)*conac\.cn/[!-~]*",
        "use the address at conac.cn that came with the mark, such as https://bszs.conac.cn/sitename?…",
    ),
}


class ConfigurationError(Exception):
    """A setting is missing or wrong; the message is one line that says what to do."""


class Settings(BaseSettings):
    """All that can be set from outside. Field ``x`` is read from ``PORTAL_X``."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", extra="ignore", env_ignore_empty=True)

    # Where things are
    instance: Path = ROOT / "instance"
    content: Path = ROOT / "content"
    search_index: Path = ROOT / "search_index"
    database_url: str = ""
    redis_url: str = ""
    mail_url: SecretStr = SecretStr("")

    # Secrets
    secret_key: SecretStr = SecretStr("")

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
    correction_days: int = Field(default=3, ge=1, le=60)
    consultation_days: int = Field(default=5, ge=1, le=60)

    # Whether a change of published text waits for another member of staff.
    second_approval: bool = False

    # Guards
    rate_limits: Literal["on", "off"] = "on"
    submissions_per_hour: int = Field(default=20, ge=1)
    minimum_seconds: float = Field(default=1.0, ge=0)
    status_lookups: str = "10 per minute"
    sign_in_failures: int = Field(default=5, ge=1)
    sign_in_lock_minutes: int = Field(default=15, ge=1)
    one_time_password_hours: int = Field(default=72, ge=1)
    session_idle_minutes: int = Field(default=30, ge=1)
    session_hours: int = Field(default=12, ge=1)
    trusted_proxies: int = Field(default=0, ge=0)

    @field_validator("instance", "content", "search_index")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().resolve()

    @field_validator("site_url")
    @classmethod
    def _origin(cls, url: str) -> str:
        url = url.rstrip("/").lower()
        if url and (not url.startswith(("http://", "https://")) or url.count("/") != 2):
            raise ValueError("must be an origin such as https://plan.example.gov.cn")
        return url

    @field_validator("site_id_code", "icp", "police_record", "institution_mark")
    @classmethod
    def _registered(cls, text: str, about: ValidationInfo) -> str:
        """What a registry has given, in its form."""
        pattern, words = REGISTERED[str(about.field_name)]
        if text and not re.fullmatch(pattern, text):
            raise ValueError(words)
        return text

    @field_validator("status_lookups")
    @classmethod
    def _limits(cls, text: str) -> str:
        parse_many(text)
        return text

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: str) -> str:
        """PostgreSQL is spoken to by psycopg 3, however its address begins."""
        if url.startswith(("postgresql://", "postgres://")):
            url = "postgresql+psycopg://" + url.split("://", 1)[1]
        try:
            known = not url or make_url(url).drivername in ("sqlite", "postgresql+psycopg")
        except ArgumentError:
            known = False
        if not known:
            raise ValueError("use sqlite:///FILE or postgresql://USER@HOST/NAME")
        return url

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://", "redis+unix://")):
            raise ValueError("use redis://HOST/0, rediss://HOST/0 or redis+unix:///SOCKET")
        return url

    @field_validator("mail_from", "first_administrator", "contact_email")
    @classmethod
    def _address(cls, text: str) -> str:
        if text and not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
            raise ValueError("use an e-mail address such as office@example.gov.cn")
        return text

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
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = "PORTAL_" + str(first["loc"][0]).upper()
        raise ConfigurationError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
    if not settings.secret_key.get_secret_value():
        settings.secret_key = _stored_secret(settings.instance / "secret_key")
    if len(settings.secret_key.get_secret_value()) < 16:
        raise ConfigurationError("PORTAL_SECRET_KEY is too short: use at least 16 characters")
    if not settings.database_url:
        settings.database_url = f"sqlite:///{settings.instance / 'portal.sqlite3'}"
    return settings


def _stored_secret(path: Path) -> SecretStr:
    try:
        return SecretStr(path.read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            f"no secret key: set PORTAL_SECRET_KEY, or let `make run` write {path}"
        ) from None
