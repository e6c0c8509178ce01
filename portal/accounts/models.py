"""Staff, their roles, and the failed sign-ins that lock an address out for a while."""

from datetime import datetime
from enum import StrEnum

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Model, now

roles_of_staff = Table(
    "roles_of_staff",
    Model.metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("role_id", ForeignKey("roles.id"), primary_key=True),
)


class RoleName(StrEnum):
    """The two staff roles."""

    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"


class Role(Model, RoleMixin):
    """A staff role, as Flask-Security wants it."""

    __tablename__ = "roles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)


class Staff(Model, UserMixin):
    """Someone who may sign in. ``one_time`` marks a password that serves for one sign-in only, and
    ``one_time_spent_at`` when it has served; ``password_made_at`` tells how long it may wait for that.
    ``fs_uniquifier`` names the sessions and is changed at sign-out, so that copied cookies die.
    """

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    password_made_at: Mapped[datetime] = mapped_column(default=now)
    active: Mapped[bool] = mapped_column(default=True)
    one_time: Mapped[bool] = mapped_column(default=False)
    one_time_spent_at: Mapped[datetime | None]
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]
        secondary=roles_of_staff, lazy="selectin"
    )


class SignInFailures(Model):
    """Failures since the last success for one address, whether or not such staff exist.

    ``address`` is a keyed hash: the table does not tell who tried.
    """

    __tablename__ = "sign_in_failures"

    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
