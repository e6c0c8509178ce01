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
        anchor, title, path, is_heading = json.loads(row)
        return Passage(self.plan, self.plan_title, self.page, anchor, title, tuple(path), text, is_heading)


Filled = tuple[Document, Sequence[Passage]]


def row(passage: Passage) -> str:
    """A passage without its text and its document, to be written."""
    return as_json((passage.anchor, passage.title, passage.path, passage.is_heading))


def as_json(value: object) -> str:
    """The value in as few characters as may be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
