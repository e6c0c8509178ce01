"""What the search learns from: how often something was looked for, and the terms that the staff add."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Model, now
from portal.search.lexicon import GROUP_LENGTH, JOINED, WORD_LENGTH


class TermKind(StrEnum):
    """What the staff can add."""

    WORD = "word"
    SYNONYM = "synonym"

    @property
    def label(self) -> str:
        """The word on the screen."""
        return {"word": "词语", "synonym": "同义词"}[self]


class SearchTerm(Model):
    """A word, or a group of synonyms written ``AI = 人工智能``, and who of the staff added it."""

    __tablename__ = "search_terms"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TermKind]
    text: Mapped[str] = mapped_column(String(GROUP_LENGTH))
    added_by: Mapped[str] = mapped_column(String(255))
    added_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def words(self) -> list[str]:
        """The words of the group; the word alone if it is one."""
        return self.text.split(JOINED)


class QueryCount(Model):
    """How often a query was searched on a day (Asia/Shanghai), and how many results it had the last time.

    Nothing about who asked, and no time finer than the day.
    """

    __tablename__ = "query_counts"

    day: Mapped[date] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(String(WORD_LENGTH), primary_key=True)
    searches: Mapped[int]
    found: Mapped[int]
