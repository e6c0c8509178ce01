import shutil
from pathlib import Path

import pytest
from flask import Flask

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
    return tmp_path


@pytest.fixture
def kept_app(make_app: MakeApp, folder: Path) -> Flask:
    """The application on such a copy."""
    return make_app(content=folder / "content", site_url=ORIGIN)
