"""The Flask application: settings, extensions, blueprints."""

import hashlib
from collections.abc import Callable, MutableMapping
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.templating import Environment
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter

from portal import accounts, cli, display, errors, filters, headers, static_files
from portal.accounts import views as accounts_views
from portal.addresses import Linking
from portal.config import Settings, load_settings
from portal.database import close_connections, db, engine_config, prepare_engine
from portal.downloads import views as downloads_views
from portal.downloads.shelf import Shelf
from portal.extensions import csrf, limiter
from portal.feedback import views as feedback_views
from portal.feedback.confirming import Confirmations
from portal.moderation import views as moderation_views
from portal.plans import errata_views, history_views
from portal.plans import views as plans_views
from portal.plans.indexed import SearchRecord
from portal.search import api_views
from portal.search import views as search_views
from portal.search.counting import Tally
from portal.search.direct import Direct
from portal.search.index import SearchIndex
from portal.site import components_views, published
from portal.site import views as site_views
from portal.snapshot import program
from portal.snapshot.headers import ReadyHeaders
from portal.snapshot.keeping import Snapshot
from portal.snapshot.release import ReleaseReader

MEBIBYTE = 1024 * 1024
READING = ("GET", "HEAD", "OPTIONS")
BLUEPRINTS = (
    site_views.blueprint,
    components_views.blueprint,
    plans_views.blueprint,
    errata_views.blueprint,
    history_views.blueprint,
    downloads_views.blueprint,
    search_views.blueprint,
    api_views.blueprint,
    feedback_views.blueprint,
    accounts_views.blueprint,
    moderation_views.blueprint,
)


class JSONProvider(DefaultJSONProvider):
    """JSON as people write it: Chinese as it is, keys in the order of the contract."""

    ensure_ascii = False
    sort_keys = False


class Templates(Environment):
    """Flask's Jinja. What all templates know is in one dictionary for each, not in a chain of two: every
    import compares what the two sides know.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template knows beside what it is given."""
        return {**self.globals, **(d or {})}


class Portal(Linking):
    """The application. An error's log names the endpoint: some addresses are secrets, such as a receipt's."""

    json_provider_class = JSONProvider
    jinja_environment = Templates

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Refuse a ``Host`` that is none, which Werkzeug takes for an empty one: links are made of it.

        Raises:
            SecurityError: it is none, or not one of ours.
        """
        adapter = super().create_url_adapter(request)
        if request is not None and not request.host:
            raise SecurityError
        return adapter

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: none here is asynchronous, and each request would ask that of ten."""
        return func

    def log_exception(self, exc_info: Any) -> None:
        """Log an unexpected error."""
        self.logger.error("Exception at %s [%s]", request.endpoint, request.method, exc_info=exc_info)


class SessionInterface(SecureCookieSessionInterface):
    """Flask's signed cookie, with SHA-256 in place of SHA-1."""

    digest_method = staticmethod(hashlib.sha256)
    _serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookies: made once, not for each request."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a cookie; who sends none has an empty one, and nothing is made to read it."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)


def create_app(**overrides: Any) -> Flask:
    """Make the application from the environment; keyword arguments override single settings.

    Raises:
        ConfigurationError: a setting is missing or wrong.
    """
    settings = load_settings(**overrides)
    app = Portal("portal", instance_path=str(settings.instance))
    app.config.update(flask_config(settings))
    app.session_interface = SessionInterface()
    host = urlsplit(settings.site_url).netloc
    app.wsgi_app = Direct(app, host, settings.secure, ReadyHeaders)  # type: ignore[method-assign]
    app.wsgi_app = Confirmations(app, settings)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    settings.instance.mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    csrf.init_app(app)
    limiter.init_app(app)
    spare_readers(app)
    accounts.init_app(app)
    headers.init_app(app, secure=settings.secure)
    static_files.init_app(app)
    filters.init_app(app)
    display.init_app(app)
    app.extensions["search"] = SearchIndex(settings.search_index, SearchRecord(settings.content))
    app.extensions["tally"] = Tally(app)
    app.extensions["downloads"] = Shelf(settings.instance / "downloads")
    app.extensions["snapshot"] = Snapshot(
        settings.snapshot,
        program.stamp(settings),
        ReleaseReader(settings.database_url),
        published.Contents(app),
        app.wsgi_app,
        partial(close_connections, app),
        [settings.site_url] if settings.site_url else [],
    )
    errors.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    cli.init_app(app)
    return app


def spare_readers(app: Flask) -> None:
    """Keep the hooks so far from requests that change nothing: tokens and limits are for those that do.

    A view that reads and has a limit all the same is still held to it, by the decorator itself.
    """

    def of_changes(hook: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            if request.method in READING:
                return given[0] if given else None
            return hook(*given)

        return run

    for hooks in (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs):
        hooks[None][:] = map(of_changes, hooks[None])


def flask_config(settings: Settings) -> dict[str, Any]:
    """What Flask and its extensions want to know, from the portal's own settings."""
    return {
        "PORTAL": settings,
        "SECRET_KEY": settings.secret_key,
        "TRUSTED_HOSTS": [urlsplit(settings.site_url).netloc] if settings.site_url else None,
        "SQLALCHEMY_ENGINES": {"default": engine_config(settings.database_url)},
        "ALEMBIC": {"script_location": "migrations", "path_separator": "os"},
        "SESSION_COOKIE_NAME": "__Host-session" if settings.secure else "session",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=settings.session_hours),
        "MAX_CONTENT_LENGTH": 6 * MEBIBYTE,
        "MAX_FORM_MEMORY_SIZE": MEBIBYTE,
        "MAX_FORM_PARTS": 100,
        # Tokens live as long as the session.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "RATELIMIT_ENABLED": settings.limited,
        "RATELIMIT_HEADERS_ENABLED": True,
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
        "RATELIMIT_STORAGE_OPTIONS": (
            {"socket_timeout": 0.2, "socket_connect_timeout": 0.2} if settings.redis_url else {}
        ),
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": bool(settings.redis_url),
        "RATELIMIT_SWALLOW_ERRORS": True,
    }
