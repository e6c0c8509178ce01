"""The one file that a correction may carry: PNG, JPEG, WebP or PDF, up to 5 MB."""

from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

MAX_BYTES = 5 * 1024 * 1024
MAX_NAME = 120
MEDIA_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
}


class AttachmentError(ValueError):
    """The file cannot be taken; the message tells the visitor what to do."""


@dataclass(frozen=True)
class File:
    """A file that was found good."""

    filename: str
    media_type: str
    data: bytes


def examine(filename: str, data: bytes) -> File:
    """Accept a file whose extension and first bytes agree.

    Raises:
        AttachmentError: it is too big, of another type, or not what its name says.
    """
    name = _plain_name(filename)
    extension = PurePosixPath(name).suffix
    if len(data) > MAX_BYTES:
        raise AttachmentError("附件超过 5 MB，请换一个较小的文件")
    media_type = MEDIA_TYPES.get(extension.lower())
    if media_type is None:
        raise AttachmentError("附件只能是PNG、JPEG、WebP或PDF文件")
    if _media_type(data) != media_type:
        raise AttachmentError("附件内容与扩展名不符，请另存后再选")
    stem = name[: -len(extension)][: MAX_NAME - len(extension)]
    return File(stem + extension, media_type, data)


def _media_type(data: bytes) -> str:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if data.startswith(b"%PDF-") else ""


def _plain_name(filename: str) -> str:
    # A file name is only ever shown and offered for download; no folder, no control or direction marks in it.
    name = PurePosixPath(PureWindowsPath(filename).name).name
    return "".join(character for character in name if character.isprintable()).strip(" .")
