"""By which program and settings pages were made: others make other pages."""

import hashlib
from functools import cache
from pathlib import Path

from portal.config import Settings

PORTAL = Path(__file__).resolve().parent.parent
REQUIREMENTS = PORTAL.parent / "requirements.txt"
# What pages are not made of, or what each origin has a snapshot of its own for.
ELSEWHERE = {
    *("instance", "content", "search_index", "snapshot"),
    *("database_url", "redis_url", "mail_url", "secret_key", "site_url", "trusted_proxies"),
    *("mail_from", "first_administrator", "second_approval", "rate_limits", "submissions_per_hour"),
    *("minimum_seconds", "status_lookups", "sign_in_failures", "sign_in_lock_minutes"),
    *("one_time_password_hours", "session_idle_minutes", "session_hours"),
}


def stamp(settings: Settings) -> str:
    """Changes whenever the code, a template, a static file, a library or a setting that pages show does."""
    digest = hashlib.sha256(_files())
    for name, value in sorted(vars(settings).items()):
        if name not in ELSEWHERE:
            digest.update(f"{name}={value!r}\n".encode())
    return digest.hexdigest()


@cache
def _files() -> bytes:
    """A digest of the program as it lay there when first asked for: the front and the portal both ask."""
    digest = hashlib.sha256()
    for path in [*sorted(PORTAL.rglob("*")), REQUIREMENTS]:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"\n{path.relative_to(PORTAL.parent)}\n".encode())
            digest.update(path.read_bytes())
    return digest.digest()
