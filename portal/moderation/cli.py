"""``flask queue …``: how much there is to do."""

import click

from portal.moderation import queue


@click.group("queue")
def group() -> None:
    """The queue of submissions."""


@group.command("count")
def count() -> None:
    """Print a row for each state: state, tab, number."""
    for status, number in queue.counts().items():
        click.echo(f"{status.value}\t{number}")
