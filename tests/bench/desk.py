"""Corrections as they are dealt with: one is sent, and a moderator accepts it at the desk."""

import re
from collections.abc import Callable

from tests.bench.visitor import EMAIL, PASSWORD, Answer, Visitor
from tests.support.client import form_of
from tests.support.server import Server

NUMBER = re.compile("JC-[0-9]+-[0-9]+")


def open_desk(server: Server) -> Visitor:
    """A new moderator, signed in."""
    server.flask("staff", "add", EMAIL, "--role", "moderator", "--password-stdin", typed=PASSWORD + "\n")
    moderator = Visitor(server)
    moderator.sign_in()
    return moderator


def ready_to_accept(moderator: Visitor, suggestion: str = "") -> Callable[[], Answer]:
    """Somebody sends a correction, and the moderator looks at it; what is given accepts it."""
    receipt = Visitor(moderator.server).report(suggestion)
    number = NUMBER.findall(receipt.text)[0]
    address = f"/moderation/submissions/{number}"
    form = form_of(moderator.get(address), f"{address}/decision")
    return lambda: moderator.post(f"{address}/decision", form | {"decision": "accept"})
