"""The plan portal: a public office publishes its work plans and answers what readers report."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(**overrides: Any) -> "Flask":
    """Make the application from the environment; keyword arguments override single settings.

    What it is made of is imported here and not with the package: a server answers ready pages before that.

    Raises:
        ConfigurationError: a setting is missing or wrong.
    """
    from portal import application

    return application.create_app(**overrides)


def rehearse(app: "Flask") -> None:
    """Use the application once by itself; what that takes is imported here as well."""
    from portal import rehearsal

    rehearsal.rehearse(app)
