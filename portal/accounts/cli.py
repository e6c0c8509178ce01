"""``flask staff …``: who may sign in."""

import sys

import click

from portal.accounts import staff
from portal.accounts.models import RoleName


@click.group("staff")
def group() -> None:
    """Accounts of the staff."""


@group.command("add")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in RoleName]))
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(email: str, role: str, password_stdin: bool) -> None:
    """Add someone; without a password, print one that serves for one sign-in."""
    try:
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    except UnicodeDecodeError:
        raise click.ClickException("the password is not UTF-8 text") from None
    try:
        one_time = staff.add(email, RoleName(role), password)
    except staff.StaffError as error:
        raise click.ClickException(str(error)) from None
    if one_time:
        click.echo(f"one-time password: {one_time}")


@group.command("password")
@click.argument("email")
def password(email: str) -> None:
    """Print a new one-time password for someone who lost theirs; their sessions end."""
    try:
        one_time = staff.new_one_time_password(email)
    except staff.StaffError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"one-time password: {one_time}")


@group.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Disable an account; its sessions end at once."""
    _set_active(email, active=False)


@group.command("enable")
@click.argument("email")
def enable(email: str) -> None:
    """Enable an account again."""
    _set_active(email, active=True)


@group.command("list")
def list_all() -> None:
    """Print a row for each account: address, roles, active or disabled."""
    for someone in staff.everyone():
        roles = ",".join(role.name for role in someone.roles)
        click.echo(f"{someone.email}\t{roles}\t{'active' if someone.active else 'disabled'}")


def _set_active(email: str, *, active: bool) -> None:
    try:
        staff.set_active(email, active)
    except staff.StaffError as error:
        raise click.ClickException(str(error)) from None
