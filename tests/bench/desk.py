"""Corrections as they are dealt with: one is sent, and a moderator accepts it at the desk."""

import re
from collections.abc import Callable

from tests.bench.load import LoadError
from tests.bench.visitor import EMAIL, PASSWORD, Answer, Visitor
from tests.support.client import form_of
from tests.support.server import Server

NUMBER = re.compile("JC-[0-9]+-[0-9]+")
# What the desk says then, and where it says what else has happened.
PUBLISHED = "勘误已公布"
MESSAGE = re.compile(r'class="notice[^"]*".*?</div>', re.DOTALL)


def open_desk(server: Server) -> Visitor:
    """A new moderator, signed in."""
    server.flask("staff", "add", EMAIL, "--role", "moderator", "--password-stdin", typed=PASSWORD + "\n")
    moderator = Visitor(server)
    moderator.sign_in()
    return moderator


def ready_to_accept(moderator: Visitor, suggestion: str = "") -> Callable[[], Answer]:
    """Somebody sends a correction, and the moderator looks at it; what is given accepts it.

    Raises:
        LoadError: it was not published (what is given raises that).
    """
    receipt = Visitor(moderator.server).report(suggestion)
    number = NUMBER.findall(receipt.text)[0]
    address = f"/moderation/submissions/{number}"
    form = form_of(moderator.get(address), f"{address}/decision")

    def accept() -> Answer:
        answer = moderator.post(f"{address}/decision", form | {"decision": "accept"})
        if PUBLISHED not in answer.text:
            raise LoadError(f"{number} was not published: {MESSAGE.findall(answer.text)}")
        return answer

    return accept
