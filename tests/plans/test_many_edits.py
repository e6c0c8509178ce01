"""What nobody touches keeps its address, whatever is done to the rest of the plan, and however often."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.plans import publishing
from portal.plans.anchors import keep_pages
from portal.plans.editing import anchors_in, rewrite
from portal.plans.reading import PageOutline, anchors_of, read_document
from portal.plans.rendering import render
from portal.plans.writing import PLAN_FILE, write_plan
from tests.plans.correcting import correct, source

EDITS = 200
NUMBERS = "一二三四五六七八九"
SUBJECTS = ["港口", "教育", "卫生", "环境", "交通", "住房", "养老", "文化", "体育", "水务", "电力", "商业"]
VERBS = ["推进", "完善", "加强", "优化", "落实", "扩大", "提升", "规范", "建成", "改造"]
KINDS = ("reword", "insert", "delete", "split", "merge", "move", "correct")


@dataclass
class Part:
    """A paragraph by its identity; what it says may change."""

    name: int
    text: str


@dataclass
class Draft:
    """A plan that is edited: chapters of sections of paragraphs, and how it was imported."""

    chance: random.Random
    chapters: list[list[list[Part]]] = field(default_factory=list)
    names: Iterator[int] = field(default_factory=count)
    history: dict[str, list[PageOutline]] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def sentence(self) -> str:
        subject, verb = self.chance.choice(SUBJECTS), self.chance.choice(VERBS)
        return (
            f"{verb}{subject}工作第{self.chance.randrange(10**6)}项，{self.chance.choice(SUBJECTS)}同步跟上。"
        )

    def part(self) -> Part:
        text = "".join(self.sentence() for _ in range(self.chance.randint(1, 3)))
        return Part(next(self.names), text)

    def document(self) -> str:
        lines = ["要点"]
        for chapter, sections in enumerate(self.chapters):
            lines.append(f"{NUMBERS[chapter]}、第{SUBJECTS[chapter]}章")
            for section, parts in enumerate(sections):
                lines.append(f"({NUMBERS[section]}){SUBJECTS[chapter]}{VERBS[section]}。")
                lines += [part.text for part in parts]
        return "\n".join(lines)

    def publish(self) -> None:
        """Import the document, as ``publishing`` does it."""
        outline = read_document(self.document().encode()).plan
        for page in keep_pages(self.history, outline.pages):
            self._add(page.number, write_plan_page(page))

    def _add(self, number: str, text: str) -> None:
        if self.sources.get(number) != text:
            self.sources[number] = text
            self.history.setdefault(number, []).append(render(text).outline)

    def anchors(self) -> dict[int, str]:
        """The anchor of each paragraph, by its identity."""
        where = {
            block.text: block.anchor
            for text in self.sources.values()
            for block in render(text).blocks
            if block.kind == "paragraph"
        }
        return {part.name: where[part.text] for part in self.parts()}

    def parts(self) -> list[Part]:
        return [part for sections in self.chapters for parts in sections for part in parts]

    def edit(self) -> set[int]:
        """Do one thing in another chapter than the first, import it, and tell which paragraphs it touched."""
        kind = self.chance.choice(KINDS)
        chapter = self.chance.choice(self.chapters[1:])
        parts = self.chance.choice(chapter)
        place = self.chance.randrange(len(parts) + 1)
        if kind == "insert" or len(parts) < 3:
            parts.insert(place, self.part())
            self.publish()
            return {parts[place].name}
        place = min(place, len(parts) - 2)
        if kind == "correct":
            return self._correct(parts, place)
        touched = {parts[place].name}
        if kind == "reword":
            parts[place].text += self.sentence()
        elif kind == "delete":
            del parts[place]
        elif kind == "merge":
            touched.add(parts[place + 1].name)
            parts[place].text += parts.pop(place + 1).text
        elif kind == "split":
            touched |= self._split(parts, place)
        else:
            moved = parts.pop(place)
            other = self.chance.choice(chapter)
            other.insert(self.chance.randrange(len(other) + 1), moved)
            touched = set()
        self.publish()
        return touched

    def _split(self, parts: list[Part], place: int) -> set[int]:
        first, mark, second = parts[place].text.partition("。")
        if second:
            parts[place].text = first + mark
            parts.insert(place + 1, Part(next(self.names), second))
            return {parts[place + 1].name}
        return set()

    def _correct(self, parts: list[Part], place: int) -> set[int]:
        """Correct the published text, and the document with it."""
        part = parts[place]
        anchor = self.anchors()[part.name]
        number = anchor[1:].split("-")[0]
        used = {one for page in self.history[number] for one in anchors_of(page)}
        part.text = self.sentence() + part.text
        touched = {part.name} | self._split(parts, place)
        pieces = [one.text for one in parts[place : place + len(touched)]]
        self._add(number, rewrite(self.sources[number], {anchor: "\n".join(pieces)}, used))
        self.publish()
        return touched


def write_plan_page(page: PageOutline) -> str:
    plan = read_document("要点\n一、章\n文。".encode()).plan

    files = write_plan(replace(plan, pages=(page,)))
    return next(text for name, text in files.items() if name != PLAN_FILE)


def new_draft(seed: int) -> Draft:
    draft = Draft(random.Random(seed))
    draft.chapters = [[[draft.part() for _ in range(4)] for _ in range(3)] for _ in range(4)]
    draft.publish()
    return draft


@settings(max_examples=3)
@given(st.integers(0, 2**32))
def test_untouched_paragraphs_keep_their_addresses_through_many_edits(seed: int) -> None:
    draft = new_draft(seed)
    before = draft.anchors()
    headings = {anchor for text in draft.sources.values() for anchor in anchors_in(text)} - {*before.values()}
    gone: set[str] = set()
    for _ in range(EDITS):
        touched = draft.edit()
        after = draft.anchors()
        untouched = before.keys() & after.keys() - touched
        assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}
        # An address that was given up is never given again, and a new paragraph has one that was never used.
        gone |= set(before.values()) - set(after.values())
        assert gone.isdisjoint(after.values())
        assert len(set(after.values())) == len(after)
        before = after
    now_there = {anchor for text in draft.sources.values() for anchor in anchors_in(text)}
    assert headings <= now_there


def test_so_do_they_when_they_are_imported_into_the_record(app: Flask, tmp_path: Path) -> None:
    draft, path = new_draft(7), tmp_path / "plan.txt"
    before: dict[int, str] = {}
    with app.app_context():
        for place in range(8):
            path.write_text(draft.document(), encoding="utf-8")
            publishing.import_document(path, tmp_path / "content")
            draft.sources = {number: source(number) for number in draft.sources}
            after = draft.anchors()
            for name in before.keys() & after.keys():
                assert after[name] == before[name]
            part = draft.parts()[place]
            correct(after[part.name], part.text[:4], f"改{place}")
            part.text = f"改{place}" + part.text[4:]
            draft.sources["1"] = source("1")
            touched = draft.edit()
            before = {name: anchor for name, anchor in after.items() if name not in touched}
