"""The command line: ``flask --app wsgi …``. A mistake gives one line on standard error and exit status 1."""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo
from sqlalchemy.exc import DBAPIError

from portal.accounts.cli import group as staff
from portal.mail.cli import group as mail
from portal.moderation.cli import group as queue
from portal.plans.cli import group as plan
from portal.search.cli import group as search
from portal.site.cli import group as site

Result = TypeVar("Result")


class OneLineErrors(click.Group):
    """A group that says what is wrong in one line, where click would print the usage and exit with 2."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the group's own arguments."""
        return _in_one_line(super().make_context, *args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, with the application at hand."""
        if not current_app:
            ctx.with_resource(ctx.ensure_object(ScriptInfo).load_app().app_context())
        return _in_one_line(super().invoke, ctx)


class Tables(OneLineErrors):
    """Alembic's own commands, loaded when one is asked for: a server has no use for them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        from flask_alembic.cli import cli

        return cli.list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them, about the tables of this application."""
        from flask_alembic.cli import cli

        from portal.schema import alembic

        ctx.obj = alembic()
        return cli.get_command(ctx, cmd_name)


def _in_one_line(call: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    try:
        return call(*args, **kwargs)
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise click.ClickException(" ".join(error.format_message().split())) from None
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise click.ClickException(f"the database does not answer as it should: {reason}") from None


def init_app(app: Flask) -> None:
    """Register the groups of commands."""
    for group in (plan, search, staff, queue, mail, site):
        app.cli.add_command(OneLineErrors(group.name, commands=group.commands, help=group.help))
    app.cli.add_command(Tables("db", help="Bring the tables up to date."))
