"""Lines that import-linter cannot draw."""

import ast
from pathlib import Path

import pytest

from tests.support.server import ROOT

VIEWS = sorted((ROOT / "portal").glob("*/*views.py"))
FORBIDDEN = {"db", "transaction", "session"}


def names_taken_from_the_database(path: Path) -> set[str]:
    """What a module takes from ``portal.database``, however it imports it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    taken: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "portal.database":
            taken |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            taken.add(f"{node.module}")
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "database"
        ):
            taken.add(node.attr)
    return taken


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_views_never_touch_the_database_session(path: Path) -> None:
    taken = names_taken_from_the_database(path)
    assert not taken & FORBIDDEN
    assert not {name for name in taken if name.startswith("sqlalchemy")}


def test_the_guard_sees_both_ways_of_importing(tmp_path: Path) -> None:
    path = tmp_path / "views.py"
    path.write_text("from portal.database import db\nfrom portal import database\ndatabase.transaction()\n")
    assert names_taken_from_the_database(path) == {"db", "transaction"}


def test_no_room_is_a_drawer() -> None:
    drawers = {"utils", "helpers", "common", "services", "managers"}
    assert not [path for path in (ROOT / "portal").glob("**/*.py") if path.stem in drawers]
