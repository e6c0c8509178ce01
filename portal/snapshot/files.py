"""The files of a snapshot: where each page lies, what is told beside it, and how versions replace each other.

SNAPSHOT/https_plan.example.gov.cn/     pages hold whole addresses, so that each origin has a folder
    about.json                          of which edition, by which program; without it none is used
    site/                               what a web server may serve by itself (see deploy/)
        index.html .gz .br              a page, and the same compressed
        index.html.meta                 its headers and checksums, for the portal alone
"""

import json
import os
import re
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from portal.allowed import ORIGIN

ABOUT = "about.json"
# There when somebody has met a damaged file.
DAMAGED = "damaged"
SITE = "site"
META = ".meta"
NEW = ".new"
# Origins that one process looks after where the site has no address of its own.
MOST_ORIGINS = 4
# The encodings that pages are kept in, by the ending of the file; the best comes first.
ENDINGS = {"br": ".br", "gzip": ".gz", "identity": ""}
# The page of a folder, which has no address of its own.
INDEX = "index.html"

ADDRESS = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+/?|/")
OF_A_PLAN = re.compile(r"/api/v1/plans/([a-z0-9-]+)|/plans/([a-z0-9-]+)\.qr\.svg")
# Whose files would be those of other addresses.
TAKEN = re.compile(r".*/index|/plans/[^/]+/qr\.svg")
OWN_ENDING = (".atom", ".csv", ".svg", ".txt", ".webmanifest", ".xml")


class Edition(NamedTuple):
    """What a snapshot shows: the name of the database, the number of its release, and when that was."""

    record: str
    release: int
    published_at: str


class About(NamedTuple):
    """Which edition a snapshot is of, which program and settings its pages were made by, whether it is whole
    (pages that nobody waits for are made last), and which folder holds them, by its inode: one that somebody
    has put in its place may hold other pages.
    """

    edition: Edition
    program: str
    whole: bool
    site: int


@dataclass(frozen=True)
class Meta:
    """What is told of a page beside its bytes: by which stamp it was made, the headers that all its forms
    have, and of each form, by encoding, the entity tag and the SHA-256.
    """

    stamp: str
    headers: list[tuple[str, str]]
    etags: dict[str, str]
    checksums: dict[str, str]

    def dump(self) -> bytes:
        """As it is kept: with its own checksum before it."""
        content = json.dumps(asdict(self)).encode()
        return checksum(content).encode() + b"\n" + content

    @classmethod
    def load(cls, content: bytes) -> "Meta":
        """Read what was kept.

        Raises:
            ValueError, KeyError, TypeError: it is damaged.
        """
        expected, _, content = content.partition(b"\n")
        if checksum(content).encode() != expected:
            raise ValueError("damaged")
        kept = json.loads(content)
        headers = [(name, value) for name, value in kept["headers"]]
        return cls(kept["stamp"], headers, kept["etags"], kept["checksums"])


def folder_of(snapshot: Path, origin: str) -> Path:
    """The folder of an origin such as ``https://plan.example.gov.cn``.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(ORIGIN, origin):
        raise ValueError(origin)
    return snapshot / re.sub(r"[^a-z0-9.-]", "_", origin.replace("://", "_"))


def file_of(address: str) -> str | None:
    """The file that holds an address without a query, relative to the folder of the site; None for addresses
    that no page has. What belongs to one plan lies in one folder.
    """
    if not ADDRESS.fullmatch(address) or TAKEN.fullmatch(address):
        return None
    if of_plan := OF_A_PLAN.fullmatch(address):
        json_of, qr_of = of_plan.groups()
        return f"plans/{json_of}/api.json" if json_of else f"plans/{qr_of}/qr.svg"
    if address.endswith("/"):
        return f"{address[1:]}{INDEX}"
    if address.startswith("/api/"):
        return f"{address[1:]}.json"
    return address[1:] if address.endswith(OWN_ENDING) else f"{address[1:]}.html"


def inode(path: Path) -> int:
    """By which a folder is told from another one in its place; 0 where there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def read_about(folder: Path) -> About | None:
    """What a snapshot says about itself; None when there is none to be used."""
    try:
        edition, program, whole, site = json.loads((folder / ABOUT).read_bytes())
        record, release, published_at = edition
    except (OSError, ValueError, TypeError):
        return None
    return About(Edition(record, release, published_at), program, whole, site)


def read_meta(path: Path) -> Meta | None:
    """What is kept about a page, or None when there is none or it is damaged."""
    try:
        return Meta.load(path.with_name(path.name + META).read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def replace(path: Path, content: bytes) -> None:
    """Put a file in place in one step."""
    new = path.with_name(path.name + NEW)
    new.write_bytes(content)
    os.replace(new, path)


def is_form(path: Path, encoding: str, expected: str) -> bool:
    """Whether a page lies there in an encoding, with that checksum."""
    try:
        return checksum(path.with_name(path.name + ENDINGS[encoding]).read_bytes()) == expected
    except OSError:
        return False


def checksum(content: bytes) -> str:
    """By which damage is noticed."""
    return sha256(content).hexdigest()
