"""Plans, their pages, the immutable revisions of each page, and the release counter."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Model, now


class Plan(Model):
    """A published document. ``issued_on_text`` is the date as the source prints it."""

    __tablename__ = "plans"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str] = mapped_column(Text, default="")
    issued_on: Mapped[date | None]
    issued_on_text: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    pages: Mapped[list["Page"]] = relationship(back_populates="plan", order_by="Page.position")


class Page(Model):
    """One chapter of a plan. A page that an import no longer holds is withdrawn, never deleted."""

    __tablename__ = "pages"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    number: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    withdrawn_at: Mapped[datetime | None]
    imported_sha256: Mapped[str] = mapped_column(String(64), default="")
    plan: Mapped[Plan] = relationship(back_populates="pages")
    revisions: Mapped[list["Revision"]] = relationship(back_populates="page", order_by="Revision.number")


class Revision(Model):
    """The text of a page at one moment: the whole Markdown file, front matter included."""

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("page_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    number: Mapped[int]
    release: Mapped[int] = mapped_column(index=True)
    source: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(255))
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    page: Mapped[Page] = relationship(back_populates="revisions")


class Release(Model):
    """The one row that counts releases; updating it is also what makes publishers wait in line.

    ``record`` names this database: an index of another one is not taken for this one's.
    """

    __tablename__ = "releases"

    id: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]
    published_at: Mapped[datetime]
