"""``flask site …``: what a whole installation needs."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app

from portal.accounts import staff
from portal.config import Settings
from portal.plans.cli import import_folders, refresh_index
from portal.plans.content import content_folders
from portal.plans.reading import DocumentError
from portal.progress import bar
from portal.site import exporting
from portal.snapshot.keeping import Snapshot
from portal.snapshot.rendering import RenderingError

group = click.Group("site", help="Prepare the installation.")


@group.command("prepare")
def prepare() -> None:
    """Bring everything up to date before serving: database, first administrator, plans, index.

    A second run changes nothing. Two at once wait for each other.
    """
    from portal.schema import alembic

    settings: Settings = current_app.config["PORTAL"]
    with _alone(settings.instance / "prepare.lock"):
        alembic().upgrade()
        if password := staff.first_administrator(settings):
            click.echo(f"first administrator: {settings.first_administrator}")
            click.echo(f"one-time password: {password}")
        if not content_folders(settings.content):
            click.echo(f"no plan in {settings.content} yet: `flask --app wsgi plan import FILE` adds one")
        try:
            for imported in import_folders(settings.content) if content_folders(settings.content) else ():
                if imported.changed:
                    click.echo(f"imported {imported.slug}, release {imported.release}")
        except DocumentError as error:
            raise click.ClickException(str(error)) from None
        refresh_index()
        origin = settings.site_url or own_origin()
        if not _snapshot().catch_up(origin):
            click.echo("the pages are made ready while the portal serves: until then they take longer")


@group.command("snapshot")
@click.option("--origin", help="Where readers reach the site; PORTAL_SITE_URL unless given.")
def snapshot(origin: str | None) -> None:
    """Make the pages that have changed ready to be served ahead of Flask, and mend damaged ones."""
    settings: Settings = current_app.config["PORTAL"]
    origin = (origin or settings.site_url or own_origin()).rstrip("/")
    made = _make_ready(origin)
    click.echo(f"{made} page{'' if made == 1 else 's'} made ready for {origin}")


@group.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--origin", help="Where readers will reach it; PORTAL_SITE_URL unless given.")
@click.option("--slow-files", is_flag=True, help="PDF and Word files too, which take seconds each.")
def export(folder: Path, origin: str | None, slow_files: bool) -> None:
    """Write the whole public site to a folder, for any web server; an earlier export there is replaced."""
    settings: Settings = current_app.config["PORTAL"]
    origin = (origin or settings.site_url or own_origin()).rstrip("/")
    try:
        exporting.refuse(folder)
        _make_ready(origin)
        with bar("Files") as show:
            done = exporting.export(folder, origin, slow=slow_files, progress=show)
    except exporting.ExportError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"nothing was exported: {error}") from None
    click.echo(f"{done.files} files for {origin}, {done.written} of them written")


def _make_ready(origin: str) -> int:
    try:
        with bar("Pages") as show:
            return _snapshot().build(origin, show)
    except ValueError:
        raise click.ClickException(f"{origin}: use an origin such as https://plan.example.gov.cn") from None
    except (RenderingError, OSError) as error:
        raise click.ClickException(f"the snapshot was not made: {error}") from None


def own_origin() -> str:
    """Where a site without an address of its own is served: BIND and PORT, as in gunicorn.conf.py."""
    host, port = os.environ.get("BIND") or "127.0.0.1", os.environ.get("PORT") or "8000"
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(  # noqa: S104
        host, f"[{host}]" if ":" in host else host
    )
    return f"http://{host}" if port == "80" else f"http://{host}:{port}"


def _snapshot() -> Snapshot:
    snapshot: Snapshot = current_app.extensions["snapshot"]
    return snapshot


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
