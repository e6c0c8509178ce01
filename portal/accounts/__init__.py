"""Staff accounts: sign-in, roles, lock-out.

Flask-Security keeps the staff, hashes passwords and holds the session; the few pages are the portal's own.
"""

from datetime import timedelta

from flask import Flask
from flask_login import current_user
from flask_login.utils import _user_context_processor
from flask_security import FSQLALiteUserDatastore

from portal.accounts import sessions
from portal.accounts.models import Role, Staff
from portal.database import db
from portal.extensions import security

CONFIGURATION = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    # Argon2 salts by itself; a second, keyed hash would make every password depend on a setting.
    "SECURITY_PASSWORD_SINGLE_HASH": True,
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_FRESHNESS": timedelta(seconds=-1),
    "SECURITY_CLI_USERS_NAME": None,
    "SECURITY_CLI_ROLES_NAME": None,
    # A laptop that changes networks keeps its session.
    "SESSION_PROTECTION": None,
}


def init_app(app: Flask) -> None:
    """Set up Flask-Security, without its pages and without what would read the session on public pages."""
    app.config.update(CONFIGURATION)
    security.init_app(app, FSQLALiteUserDatastore(db, Staff, Role), register_blueprint=False)
    manager = app.login_manager  # type: ignore[attr-defined]
    sessions.limit(manager)
    # No way in beside the page: no tokens in addresses or headers.
    manager.request_loader(None)
    # These ask who is there on every request, and a page that asks can be cached by nobody.
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    app.after_request_funcs[None].remove(manager._update_remember_cookie)
    app.template_context_processors[None].remove(_user_context_processor)
    app.jinja_env.globals["current_user"] = current_user
