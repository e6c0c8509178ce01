import pytest

from portal.feedback.attachments import MAX_BYTES, AttachmentError, examine

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20
WEBP = b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 20
PDF = b"%PDF-1.7\n" + b"\0" * 20


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.png", PNG, "image/png"),
        ("截图.JPG", JPEG, "image/jpeg"),
        ("a.jpeg", JPEG, "image/jpeg"),
        ("a.webp", WEBP, "image/webp"),
        ("文件.pdf", PDF, "application/pdf"),
    ],
)
def test_the_four_kinds_are_taken(name: str, data: bytes, media_type: str) -> None:
    file = examine(name, data)
    assert (file.filename, file.media_type, file.data) == (name, media_type, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", PDF),
        ("a.pdf", PNG),
        ("a.png", b"<script>alert(1)</script>"),
        ("a.svg", b"<svg/>"),
        ("a.png.exe", PNG),
        ("a", PNG),
        (".png", PNG),
        ("a.gif", b"GIF89a"),
        ("a.webp", b"RIFF\x10\0\0\0WAVE"),
        ("a.png", PNG + b"\0" * MAX_BYTES),
    ],
)
def test_anything_else_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(AttachmentError):
        examine(name, data)


def test_the_limit_itself_is_allowed() -> None:
    assert examine("a.png", PNG.ljust(MAX_BYTES, b"\0")).filename == "a.png"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/a.png", "a.png"),
        ("C:\\图片\\a.png", "a.png"),
        ("a\r\nX: y.png", "aX: y.png"),
        ("a\u202egnp.png", "agnp.png"),
        ("长" * 300 + ".png", "长" * 116 + ".png"),
    ],
)
def test_names_are_plain(name: str, kept: str) -> None:
    assert examine(name, PNG).filename == kept
