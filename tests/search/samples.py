"""Passages to search in."""

import hashlib
import json
import lzma
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest

from portal.search.index import Passage
from portal.search.lexicon import Lexicon

ROOT = Path(__file__).resolve().parents[2]
PARAGRAPHS = ROOT.parent / "shared" / "samples" / "search" / "paragraphs-100k.jsonl.xz"

TEXTS = [
    ("plan-a", "1", "(一)加强养老服务", "加强养老服务。", True),
    ("plan-a", "1", "(一)加强养老服务", "推进养老服务“151项目”建设, 优化养老环境；发放养老补贴。", False),
    ("plan-a", "2", "(二)科技创新", "围绕“七增计划”、“五大工程”, 以“推动科创动能增强”为工作主线。", False),
    ("plan-b", "1", "一、科普", "服务社区科普，发展科技，ＡＢＣ计划<b>。", False),
]


class Published:
    """A record that holds nothing but passages: one document for each page of a plan."""

    def __init__(self, passages: Iterable[Passage], lexicon: Lexicon | None = None, name: str = "") -> None:
        self.held = list(passages)
        self.current = 1
        self.name = name
        self.words = lexicon or Lexicon()
        self.asked: list[str] = []

    def refresh(self) -> None:
        pass

    def identity(self) -> str:
        return self.name

    def release(self) -> int:
        return self.current

    def lexicon(self) -> Lexicon:
        return self.words

    def stamp(self) -> str:
        return ""

    def documents(self) -> list[tuple[str, str]]:
        return [
            (key, hashlib.sha256(repr(held).encode()).hexdigest()) for key, held in self._by_key().items()
        ]

    def passages(self, keys: Sequence[str]) -> Iterator[tuple[str, list[Passage]]]:
        self.asked += keys
        held = self._by_key()
        yield from ((key, held[key]) for key in keys)

    def _by_key(self) -> dict[str, list[Passage]]:
        documents: dict[str, list[Passage]] = {}
        for passage in self.held:
            documents.setdefault(f"{passage.plan}/{passage.page}", []).append(passage)
        return documents


def passages() -> list[Passage]:
    """Four passages of two plans."""
    return [
        Passage(plan, f"{plan}的标题", page, f"s{page}-{n}", title, ("上级", title), text, heading)
        for n, (plan, page, title, text, heading) in enumerate(TEXTS)
    ]


def is_cut(text: str, at: int) -> bool:
    """Whether what stands before and after belongs together: 14, 4.5, ABC."""
    around = unicodedata.normalize("NFKC", text[max(0, at - 1) : at + 1])
    return len(around) > 1 and all(c in ".,%-" or (c.isascii() and c.isalnum()) for c in around)


def sample(count: int) -> list[Passage]:
    """The first paragraphs of the sample; the test is skipped where it is not at hand."""
    if not PARAGRAPHS.exists():
        pytest.skip(f"{PARAGRAPHS} is not here")
    return list(islice(_sample(), count))


def _sample() -> Iterator[Passage]:
    with lzma.open(PARAGRAPHS, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            number = str(row["id"])
            yield Passage(row["doc"], row["doc"], "1", f"p{number}", row["title"], (), row["text"], False)
