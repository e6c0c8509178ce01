"""What is published and replaced as one, and the passages in it, as an index keeps them."""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from portal.search.results import Passage


@dataclass(frozen=True)
class Document:
    """One page of a plan; ``version`` changes whenever any of its passages does."""

    key: str
    version: str
    plan: str
    plan_title: str
    page: str
    heading: str

    @classmethod
    def of(cls, key: str, version: str, passages: Sequence[Passage]) -> "Document":
        """The page that these passages make up."""
        first = passages[0]
        heading = next((passage.path[0] for passage in passages if passage.path), first.title)
        return cls(key, version, first.plan, first.plan_title, first.page, heading)

    @classmethod
    def load(cls, written: str) -> "Document":
        """The document that was written so."""
        return cls(*json.loads(written))

    def dump(self) -> str:
        """The document, to be written."""
        return as_json(astuple(self))

    def passage(self, row: str, text: str) -> Passage:
        """One of its passages, as ``row`` has written it."""
        held = json.loads(f"{{{row[1:]}}}")
        anchor, title, path = held["anchor"], held["title"], tuple(held["path"])
        is_heading = row[0] == HEADING
        return Passage(self.plan, self.plan_title, self.page, anchor, title, path, text, is_heading)

    def written(self, row: str) -> tuple[str, str]:
        """One of its passages as answers have it in JSON, but for two places: before the address of its page,
        and from there to its excerpt.
        """
        end = row.index(AFTER_ANCHOR)
        place = as_members({"plan": self.plan, "page": self.page})
        return f'{{{place},{row[1:end]}","url":"', f'#{row[ANCHOR:end]}{row[end:]},"snippet":'


Filled = tuple[Document, Sequence[Passage]]


# What a row begins with, and where the anchor stands in it.
HEADING, PARAGRAPH = "h", "p"
ANCHOR = len(PARAGRAPH + '"anchor":"')
AFTER_ANCHOR = '","title":"'


def row(passage: Passage) -> str:
    """A passage without its text and its document, to be written: what it is, and the members of a JSON
    object, as answers hold them.
    """
    members = as_members({"anchor": passage.anchor, "title": passage.title, "path": passage.path})
    return (HEADING if passage.is_heading else PARAGRAPH) + members


def as_members(value: dict[str, object]) -> str:
    """The members of an object, without its brackets."""
    return as_json(value)[1:-1]


def as_json(value: object) -> str:
    """The value in as few characters as may be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
