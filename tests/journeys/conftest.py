"""A portal of their own for the stories, which change what is published."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.client import MODERATOR, PASSWORD
from tests.support.server import Server, serving
from tests.support.services import Mailbox


@pytest.fixture
def site(tmp_path: Path, smtp: Mailbox) -> Iterator[Server]:
    """A portal with its plan, with mail, and one moderator."""
    with serving(tmp_path, mail_url=smtp.url) as server:
        server.flask("staff", "add", MODERATOR, "--role", "moderator", "--password-stdin", typed=PASSWORD)
        yield server
