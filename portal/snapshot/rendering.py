"""Pages as the portal itself gives them, asked for as a reader would, and written beside those in use."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from portal.compression import LEAST, encoded
from portal.snapshot.files import ENDINGS, META, NEW, Meta, checksum, file_of, is_form, read_meta
from portal.snapshot.pages import SHOWN, Page

logger = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
# What differs from form to form, or from answer to answer.
OF_A_FORM = {"content-length", "content-encoding", "etag", "date"}


class RenderingError(Exception):
    """A page cannot be made now: something that the portal needs is away."""


class Rendered(NamedTuple):
    """What became of a page: whether new files lie beside its old ones, whether it is a page that a snapshot
    may hold at all, and what it shows of other plans.
    """

    address: str
    written: bool
    kept: bool
    shown: dict[str, str]


class Renderer:
    """Writes the pages of one origin below the folder of its site."""

    def __init__(self, application: Application, origin: str, site: Path) -> None:
        self._application, self._site = application, site
        self._origin = urlsplit(origin)

    def render(self, page: Page) -> Rendered:
        """Make a page, and write its new files if it has changed.

        Raises:
            RenderingError: it cannot be made now.
            OSError: its files cannot be written.
        """
        address = page.address
        environ = self._environ(address)
        status, headers, body = _ask(self._application, environ)
        if status == 503:
            raise RenderingError(f"{address}: {status}")
        kept = status == 200 and _is_public(headers)
        if not kept and status not in (404, 410):  # it was taken away a moment ago
            logger.error("%s is left out of the snapshot: status %s, or not for everyone", address, status)
        written = kept and self._write(page, headers, body)
        return Rendered(address, written, kept, environ[SHOWN])

    def _environ(self, address: str) -> dict[str, Any]:
        origin = self._origin
        return {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": address,
            "QUERY_STRING": "",
            "SERVER_NAME": origin.hostname,
            "SERVER_PORT": str(origin.port or (443 if origin.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": origin.netloc,
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": origin.scheme,
            "wsgi.input": BytesIO(),
            "wsgi.errors": BytesIO(),
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            SHOWN: {},
        }

    def _write(self, page: Page, headers: Mapping[str, str], body: bytes) -> bool:
        path = self._site / (file_of(page.address) or "")
        forms = {"identity": body}
        if "Vary" in headers and len(body) >= LEAST:
            smaller = {encoding: encoded(body, encoding) for encoding in ("gzip", "br")}
            forms |= {encoding: form for encoding, form in smaller.items() if len(form) < len(body)}
        told = [(name, value) for name, value in headers.items() if name.lower() not in OF_A_FORM]
        checksums = {name: checksum(form) for name, form in forms.items()}
        meta = Meta(page.stamp, told, _etags(headers["ETag"], forms), checksums)
        if read_meta(path) == meta and all(is_form(path, *form) for form in meta.checksums.items()):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        for encoding, ending in ENDINGS.items():
            new = path.with_name(f"{path.name}{ending}{NEW}")
            if encoding in forms:
                new.write_bytes(forms[encoding])
                os.utime(new, (_time_of(forms[encoding]),) * 2)
            else:  # somebody who began and did not end may have left one
                new.unlink(missing_ok=True)
        path.with_name(path.name + META + NEW).write_bytes(meta.dump())
        return True


def put_in_place(path: Path) -> None:
    """Let the new files of a page take the place of the old ones."""
    for ending in (*ENDINGS.values(), META):
        file = path.with_name(path.name + ending)
        try:
            os.replace(f"{file}{NEW}", file)
        except FileNotFoundError:
            file.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Take a page away."""
    for ending in (*ENDINGS.values(), META):
        for name in (path.name + ending, path.name + ending + NEW):
            path.with_name(name).unlink(missing_ok=True)


def remove_all_but(site: Path, pages: Iterable[str | None]) -> None:
    """Take away what belongs to none of these pages, by their files: a web server would give it out."""
    endings = (*ENDINGS.values(), META)
    kept = {f"{site}/{page}{ending}" for page in pages for ending in endings}
    for folder, _, names in os.walk(site):
        for name in names:
            if f"{folder}/{name}" not in kept:
                os.unlink(f"{folder}/{name}")


def _ask(application: Application, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    answer: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        answer.update(status=int(status.split()[0]), headers=dict(headers))

    parts = application(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()
    return answer["status"], answer["headers"], body


def _is_public(headers: Mapping[str, str]) -> bool:
    """Whether an answer is the same for everyone, and any cache may keep it."""
    return (
        "public" in headers.get("Cache-Control", "")
        and "Set-Cookie" not in headers
        and headers.get("Vary", "Accept-Encoding") == "Accept-Encoding"
        and headers.get("ETag", "").startswith('"')
    )


def _etags(etag: str, forms: Iterable[str]) -> dict[str, str]:
    """The entity tags of the forms. The portal compresses less well, so that its forms have others."""
    return {name: etag if name == "identity" else f'{etag[:-1]}-ready-{name}"' for name in forms}


def _time_of(content: bytes) -> int:
    """A time for a file, in whole seconds, made of its bytes: web servers that make their entity tags of time
    and size then tell any two forms and versions apart, and give the same ones on every machine.
    """
    return int(checksum(content)[:8], 16) >> 1
