"""An address as a QR code that a telephone's camera reads (ISO/IEC 18004)."""

import io
from functools import lru_cache

import segno

QUIET = 4  # modules of white around it, which the standard asks for


@lru_cache(maxsize=256)
def qr_svg(address: str) -> bytes:
    """The code as an SVG image, black on white in every theme, of no size of its own.

    Raises:
        ValueError: the address is longer than a code can hold (some 2,300 bytes).
    """
    code = segno.make(address, micro=False, error="m")
    image = io.BytesIO()
    code.save(
        image,
        kind="svg",
        border=QUIET,
        dark="#000",
        light="#fff",
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
    return image.getvalue()
