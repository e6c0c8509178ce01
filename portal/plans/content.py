"""The folder ``content/<plan>/`` and source documents: read with every check, and replaced at once."""

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from portal.plans.reading import Document, DocumentError, anchors_of, read_document
from portal.plans.rendering import RenderedPage, read_metadata, render
from portal.plans.writing import PLAN_FILE, page_file

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LENGTH = 80
# Addresses below a plan that are not pages.
RESERVED = {"full"}
Read = TypeVar("Read")


def content_folders(content: Path) -> list[Path]:
    """The plan folders below ``content/``, by name."""
    folders = (path.parent for path in content.glob(f"*/{PLAN_FILE}"))
    return sorted(folder for folder in folders if not folder.name.startswith("."))


def read_folder(folder: Path) -> dict[str, str]:
    """The files of one plan folder, checked: its own file and every page that it lists.

    Raises:
        DocumentError: with the name of the file and what is wrong in it.
    """
    checked_slug(folder.name)
    if not (folder / PLAN_FILE).is_file():
        raise DocumentError(f"no {PLAN_FILE} in {folder}")
    files, pages = {PLAN_FILE: _text(folder / PLAN_FILE)}, []
    for number in _in_file(folder / PLAN_FILE, partial(read_metadata, files[PLAN_FILE])).pages:
        path = folder / page_file(number)
        files[path.name] = _text(path)
        page = _in_file(path, partial(render, files[path.name]))
        if page.number != number:
            raise DocumentError(f"{path}: front matter says page {page.number}")
        pages.append(page)
    _refuse_what_pages_share(folder, pages)
    return files


@contextmanager
def written_beside(folder: Path, files: dict[str, str]) -> Iterator[Callable[[], None]]:
    """Write the files into a new folder beside this one; what is yielded puts them in its place at once.

    A folder that already holds exactly these files is left alone.
    """
    if _folder_equals(folder, files):
        yield lambda: None
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as workplace:
        fresh = Path(workplace) / "new"
        fresh.mkdir()
        for name, text in files.items():
            (fresh / name).write_text(text, encoding="utf-8", newline="\n")

        def put_in_place() -> None:
            if folder.exists():
                folder.rename(Path(workplace) / "old")
            fresh.rename(folder)

        yield put_in_place


def checked_slug(slug: str) -> str:
    """The slug, if it can be a plan's address.

    Raises:
        DocumentError: it cannot.
    """
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_LENGTH:
        raise DocumentError(
            f"{slug!r} cannot be a plan's address: give --slug with small letters, digits and hyphens"
        )
    return slug


def read_source(path: Path) -> Document:
    """Read a source document: as Markdown by the ending of its name, else as plain text.

    Raises:
        DocumentError: it cannot be read as a plan.
    """
    return read_document(read_file(path), markdown=path.suffix.lower() in (".md", ".markdown"))


def read_file(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        DocumentError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"cannot read {path}: {error.strerror}") from None


def _text(path: Path) -> str:
    try:
        return read_file(path).decode("utf-8")
    except UnicodeDecodeError:
        raise DocumentError(f"{path}: not UTF-8") from None


def digest(data: bytes) -> str:
    """The SHA-256 by which a file's text is known again."""
    return hashlib.sha256(data).hexdigest()


def _refuse_what_pages_share(folder: Path, pages: list[RenderedPage]) -> None:
    seen: set[str] = set()
    for page in pages:
        if page.number in RESERVED:
            raise DocumentError(f"{folder}: a page cannot be numbered {page.number!r}")
        for anchor in anchors_of(page.outline):
            if anchor in seen:
                raise DocumentError(f"{folder}: two equal anchors: {anchor}")
            seen.add(anchor)


def _folder_equals(folder: Path, files: dict[str, str]) -> bool:
    names = {path.name for path in folder.glob("*")} if folder.is_dir() else set()
    return names == set(files) and all(
        (folder / name).read_bytes() == text.encode() for name, text in files.items()
    )


def _in_file(path: Path, read: Callable[[], Read]) -> Read:
    try:
        return read()
    except DocumentError as error:
        raise DocumentError(f"{path}: {error}") from None
