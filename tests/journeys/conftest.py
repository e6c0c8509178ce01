"""A portal of their own for the stories, which change what is published."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.client import MODERATOR, PASSWORD
from tests.support.server import Server, installation, serving
from tests.support.services import Mailbox


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a portal with its plan and one moderator, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    portal = installation(folder)
    portal.flask("site", "prepare")
    portal.flask("staff", "add", MODERATOR, "--role", "moderator", "--password-stdin", typed=PASSWORD)
    return folder


@pytest.fixture
def site(prepared: Path, tmp_path: Path, smtp: Mailbox) -> Iterator[Server]:
    """A portal with its plan, with mail, and one moderator."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    with serving(tmp_path, mail_url=smtp.url) as server:
        yield server
