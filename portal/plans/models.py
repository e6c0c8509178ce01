"""Plans, their pages, the immutable revisions of each page, the errata, and the release counter."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Model, now


class Plan(Model):
    """A published document. ``issued_on_text`` is the date as the source prints it, ``release`` the one that
    changed anything of it last.
    """

    __tablename__ = "plans"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str] = mapped_column(Text, default="")
    issued_on: Mapped[date | None]
    issued_on_text: Mapped[str] = mapped_column(String(40), default="")
    release: Mapped[int] = mapped_column(default=0, server_default=text("0"))
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
    """The text of a page at one moment: the whole Markdown file, front matter included.

    ``erratum`` is what made it: the correction that it brings, or takes back.
    """

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
    erratum_id: Mapped[int | None] = mapped_column(ForeignKey("errata.id"), index=True)
    page: Mapped[Page] = relationship(back_populates="revisions")
    erratum: Mapped["Erratum | None"] = relationship()


class ErratumState(StrEnum):
    """Where an erratum stands. Only what is or was published is public."""

    PROPOSED = "proposed"
    DECLINED = "declined"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The word on the screen."""
        return {"proposed": "待复核", "declined": "已退回", "published": "已更正", "withdrawn": "已撤回"}[
            self
        ]


class Erratum(Model):
    """The record of one correction of published text: why, on whose report, in which places.

    ``number`` is that of the report; an edit without one has a number of its own. ``reporter`` is the masked
    name of whoever reported it, and only with consent. What is PROPOSED waits for another member of staff;
    what was DECLINED is kept where no report keeps the reason. ``withdrawn_…`` says who took it back, or sent
    it back, when and why.
    """

    __tablename__ = "errata"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[ErratumState] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(Text)
    reporter: Mapped[str] = mapped_column(Text, default="")
    reported_on: Mapped[date | None]
    proposed_by: Mapped[str] = mapped_column(String(255))
    proposed_at: Mapped[datetime] = mapped_column(default=now)
    approved_by: Mapped[str] = mapped_column(String(255), default="")
    corrected_at: Mapped[datetime | None] = mapped_column(index=True)
    withdrawn_by: Mapped[str] = mapped_column(String(255), default="")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")
    changes: Mapped[list["Change"]] = relationship(
        back_populates="erratum", order_by="Change.id", lazy="selectin", cascade="all, delete-orphan"
    )

    @property
    def proposal(self) -> str:
        """Tells one proposal from another of the same number: one may be sent back, and another be made."""
        return self.proposed_at.isoformat()


class Change(Model):
    """One place that an erratum changes: the plain text of a paragraph or heading before and after.

    ``base`` is the number of the revision that the moderator saw; ``written`` what is put into the file
    at the anchor (see ``editing.rewrite``). ``revision`` is missing while the erratum is PROPOSED.
    """

    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    erratum_id: Mapped[int] = mapped_column(ForeignKey("errata.id"), index=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"), index=True)
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id"))
    base: Mapped[int]
    anchor: Mapped[str] = mapped_column(String(80))
    written: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    erratum: Mapped[Erratum] = relationship(back_populates="changes")
    page: Mapped[Page] = relationship(lazy="joined")
    revision: Mapped[Revision | None] = relationship()


class Release(Model):
    """The one row that counts releases; updating it is also what makes publishers wait in line.

    ``record`` names this database: an index of another one is not taken for this one's.
    """

    __tablename__ = "releases"

    id: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]
    published_at: Mapped[datetime]
