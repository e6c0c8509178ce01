"""How long a session of the staff lasts: so long without a request, and so long in all."""

from datetime import datetime, timedelta
from typing import Any

from flask import current_app, session
from flask_login import login_user

from portal import database
from portal.accounts.models import Staff
from portal.config import Settings


def begin(staff: Staff) -> None:
    """Start a session for someone who has just proved who they are; what an earlier one held is dropped."""
    session.clear()
    login_user(staff)
    session["signed_in_at"] = session["seen_at"] = database.now().timestamp()


def limit(manager: Any) -> None:
    """Make Flask-Login's manager forget those whose session is over, and note when the others were seen.

    It is asked on staff pages only, so reading the public pages does not keep a session alive.
    """
    load = manager._user_callback

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load_while_it_lasts(identity: str) -> Staff | None:
        now = database.now()
        if over(now, current_app.config["PORTAL"]):
            return None
        staff: Staff | None = load(identity)
        if staff is not None:
            session["seen_at"] = now.timestamp()
        return staff


def over(now: datetime, settings: Settings) -> bool:
    """Whether the request's session is past its idle or its absolute limit; one that carries no
    times is.
    """
    signed_in_at, seen_at = session.get("signed_in_at", 0), session.get("seen_at", 0)
    idle = timedelta(minutes=settings.session_idle_minutes).total_seconds()
    whole = timedelta(hours=settings.session_hours).total_seconds()
    return bool(now.timestamp() - seen_at > idle or now.timestamp() - signed_in_at > whole)
