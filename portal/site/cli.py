"""``flask site …``: what a whole installation needs."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app

from portal.accounts import staff
from portal.config import Settings
from portal.database import alembic
from portal.plans.cli import import_folders, refresh_index
from portal.plans.content import content_folders
from portal.plans.reading import DocumentError

group = click.Group("site", help="Prepare the installation.")


@group.command("prepare")
def prepare() -> None:
    """Bring everything up to date before serving: database, first administrator, plans, index.

    A second run changes nothing. Two at once wait for each other.
    """
    settings: Settings = current_app.config["PORTAL"]
    with _alone(settings.instance / "prepare.lock"):
        alembic.upgrade()
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


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
