"""What visitors send: submissions, their timeline, and the counters that number them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Model, now
from portal.plans.models import Erratum


class Kind(StrEnum):
    """The two kinds of submission."""

    CORRECTION = "correction"
    CONSULTATION = "consultation"

    @property
    def label(self) -> str:
        """The word on the screen."""
        return {"correction": "纠错", "consultation": "留言咨询"}[self]


class Status(StrEnum):
    """Where a submission stands."""

    RECEIVED = "received"
    SUSPECTED = "suspected"
    REVIEW = "review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ANSWERED = "answered"
    SPAM = "spam"

    @property
    def label(self) -> str:
        """The one word for this status on every page, in mail and in the queue."""
        return _STATUS_LABELS[self]

    @property
    def public_label(self) -> str:
        """What the sender sees: suspicions and reviews are for the webmasters alone."""
        return _STATUS_LABELS[Status.RECEIVED if self.open else self]

    @property
    def open(self) -> bool:
        """Whether the submission still waits for a decision."""
        return self in (Status.RECEIVED, Status.SUSPECTED, Status.REVIEW)


_STATUS_LABELS = {
    Status.RECEIVED: "待处理",
    Status.SUSPECTED: "疑似垃圾",
    Status.REVIEW: "待复核",
    Status.ACCEPTED: "已采纳",
    Status.REJECTED: "未采纳",
    Status.ANSWERED: "已答复",
    Status.SPAM: "不受理",
}


class ErrorType(StrEnum):
    """Kinds of error, as the national 找错 entrance names them."""

    INACCESSIBLE = "inaccessible"
    OUTDATED = "outdated"
    INACCURATE = "inaccurate"
    UNANSWERED = "unanswered"
    TYPO = "typo"
    FABRICATED = "fabricated"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The word on the screen."""
        return {
            "inaccessible": "内容无法访问",
            "outdated": "信息不更新",
            "inaccurate": "内容不准确",
            "unanswered": "咨询留言不回复",
            "typo": "错别字",
            "fabricated": "虚假伪造内容",
            "other": "其他",
        }[self]


class ConsultationKind(StrEnum):
    """Kinds of consultation."""

    QUESTION = "question"
    SUGGESTION = "suggestion"
    COMPLAINT = "complaint"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The word on the screen."""
        return {"question": "咨询", "suggestion": "建议", "complaint": "投诉", "other": "其他"}[self]


class Submission(Model):
    """A correction or a consultation. Columns of the other kind stay empty.

    ``key_digest`` makes sending twice one submission; ``client`` is a keyed hash of the sender's
    address; ``suspicions`` says why it was held for spam; ``version`` counts decisions, so that
    a decision made on an outdated view is refused. ``quote`` with the up to 32 characters before and
    after it is a text quote selector (W3C Web Annotation, 4.2.4), as the text was at ``release``.
    ``publish`` is the consent to be named, masked. ``erratum`` is what came of a correction.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        Index("ix_submissions_status_received_at", "status", "received_at"),
        Index("ix_submissions_client_received_at", "client", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    key_digest: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[Kind]
    status: Mapped[Status]
    version: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime] = mapped_column(default=now, index=True)
    due_on: Mapped[date | None]
    client: Mapped[str] = mapped_column(String(64), default="")
    suspicions: Mapped[str] = mapped_column(String(120), default="")

    name: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(Text, default="")

    error_type: Mapped[ErrorType | None]
    page_url: Mapped[str] = mapped_column(Text, default="")
    page_title: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    anchor: Mapped[str] = mapped_column(String(80), default="")
    quote: Mapped[str] = mapped_column(Text, default="")
    prefix: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))
    suffix: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))
    release: Mapped[int | None]
    suggestion: Mapped[str] = mapped_column(Text, default="")
    erratum_id: Mapped[int | None] = mapped_column(ForeignKey("errata.id"), index=True)

    consultation_kind: Mapped[ConsultationKind | None]
    subject: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[str] = mapped_column(Text, default="")
    publish: Mapped[bool] = mapped_column(default=False)

    events: Mapped[list["Event"]] = relationship(
        back_populates="submission", order_by="Event.id", lazy="selectin"
    )
    attachment: Mapped["Attachment | None"] = relationship(back_populates="submission")
    erratum: Mapped[Erratum | None] = relationship()


class EventKind(StrEnum):
    """What can happen to a submission; all but the first are decisions."""

    RECEIVED = "received"
    ADMITTED = "admitted"
    PROPOSED = "proposed"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ANSWERED = "answered"
    SPAM = "spam"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"

    @property
    def public(self) -> bool:
        """Whether the sender sees it: what staff propose to each other is theirs alone."""
        return self not in (EventKind.PROPOSED, EventKind.DECLINED)

    @property
    def label(self) -> str:
        """The word in a timeline."""
        return {
            "received": "收到来件",
            "admitted": "受理",
            "proposed": "提交复核",
            "declined": "退回修改",
            "accepted": "采纳",
            "rejected": "未采纳",
            "answered": "答复",
            "spam": "不受理",
            "reopened": "重新办理",
            "withdrawn": "撤回勘误",
        }[self]


class Event(Model):
    """One entry of a submission's timeline; ``note`` is what its sender may read."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    kind: Mapped[EventKind]
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(String(255), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    submission: Mapped[Submission] = relationship(back_populates="events")


class Attachment(Model):
    """The one file that a correction may carry. The bytes are loaded only when asked for."""

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), unique=True)
    filename: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    submission: Mapped[Submission] = relationship(back_populates="attachment")


class Series(StrEnum):
    """What is numbered day by day; the letters stand before the number."""

    CORRECTION = "correction"
    CONSULTATION = "consultation"
    ERRATUM = "erratum"

    @property
    def prefix(self) -> str:
        """纠错, 咨询, 勘误."""
        return {"correction": "JC", "consultation": "ZX", "erratum": "KW"}[self]


class NumberSeries(Model):
    """The last number handed out on a day, for each series."""

    __tablename__ = "number_series"

    kind: Mapped[Series] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]
