import json
import shutil
from pathlib import Path

import pytest
from flask import Flask

from portal.snapshot.files import ABOUT, SITE, folder_of, inode
from tests.conftest import MakeApp, build, close

ORIGIN = "https://plan.example.gov.cn"


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, published_files: Path) -> Path:
    """The folder of an installation with a snapshot, to be copied."""
    folder = tmp_path_factory.mktemp("kept")
    shutil.copytree(published_files, folder, dirs_exist_ok=True)
    app = build(folder, content=folder / "content", site_url=ORIGIN)
    assert app.extensions["snapshot"].build(ORIGIN) > 40
    close(app)
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)
    own_up(folder_of(tmp_path / "instance" / "snapshot", ORIGIN))
    return tmp_path


def own_up(folder: Path) -> None:
    """Let a copied snapshot know its own folder."""
    *about, _ = json.loads((folder / ABOUT).read_bytes())
    (folder / ABOUT).write_text(json.dumps([*about, inode(folder / SITE)]))


@pytest.fixture
def kept_app(make_app: MakeApp, folder: Path) -> Flask:
    """The application on such a copy."""
    return make_app(content=folder / "content", site_url=ORIGIN)
