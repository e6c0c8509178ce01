"""``flask --app wsgi mail …``"""

import sys

import click
from flask import current_app

from portal.mail import outbox

group = click.Group("mail", help="The outbox.")


@group.command("deliver")
def deliver() -> None:
    """Send the mail that waits."""
    settings = current_app.config["PORTAL"]
    waiting = outbox.waiting()
    if not settings.mail_url:
        click.echo(f"PORTAL_MAIL_URL is not set: mail stays queued ({waiting})")
        return
    try:
        if sys.stdout.isatty():
            with click.progressbar(length=waiting) as bar:
                done = outbox.deliver(settings, lambda: bar.update(1))
        else:
            done = outbox.deliver(settings)
    except outbox.MailError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"sent {done.sent}, failed {done.failed}")
