"""The documents are true: commands exist and are documented, links lead somewhere, files are there."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from tests.support.server import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("search_index/README.md")])
# They come with Flask and its extensions; of `db`, `upgrade` alone is for operators.
FOREIGN = {"run", "shell", "routes", "limiter", "db"}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code(text: str) -> Iterator[str]:
    """Every line of code that a document shows, in a block or in a sentence."""
    for block in re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", text)


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    named = {match for line in code(read(document)) for match in re.findall(r"\bmake ([a-z-]+)", line)}
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_flask_commands_exist(document: Path, app: Flask) -> None:
    with app.app_context():
        known = set(commands(app.cli))
    groups = {path[0] for path in known}
    for line in code(read(document)):
        for arguments in re.findall(r"\bflask (?:--app wsgi )?([a-z].*)", line):
            words = tuple(arguments.split())
            assert words[0] in groups, line
            if len(words) > 1 and words[1] != "…" and (words[0],) not in known:
                assert words[:2] in known, line


def test_every_command_is_documented(app: Flask) -> None:
    lines = list(code(read(ROOT / "docs" / "operations.md")))
    with app.app_context():
        known = set(commands(app.cli))
    for path in known:
        if path[0] not in FOREIGN or path == ("db", "upgrade"):
            command = f"flask {' '.join(path)}"
            assert any(re.match(rf"{re.escape(command)}(\s|$)", line) for line in lines), command


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", read(document), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, fragment = target.partition("#")
        file = (document.parent / name).resolve() if name else document
        assert file.exists(), f"{document.name}: {target}"
        if fragment:
            assert fragment in headings(read(file)), f"{document.name}: {target}"


def headings(text: str) -> set[str]:
    """The anchors that a forge gives to the headings of a document."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_house_plan_names_files_that_exist() -> None:
    names = {path.name for path in ROOT.glob("portal/**/*.py")} | {path.name for path in ROOT.glob("*.py")}
    assert set(re.findall(r"\b[a-z_]+(?:\.conf)?\.py\b", read(ROOT / "docs" / "architecture.md"))) <= names


def test_the_house_plan_names_every_module() -> None:
    plan = read(ROOT / "docs" / "architecture.md")
    modules = {path.name for path in ROOT.glob("portal/**/*.py") if path.parent.name != "migrations"}
    missing = sorted(name for name in modules - {"__init__.py"} if name not in plan)
    assert not missing


def test_the_two_readmes_know_each_other() -> None:
    assert "(README.zh-CN.md)" in read(ROOT / "README.md")
    assert "(README.md)" in read(ROOT / "README.zh-CN.md")
