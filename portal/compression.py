"""Fewer bytes for those who take them: public texts in Brotli or gzip, each compressed once.

Only what any cache may keep is compressed. The length of a compressed answer tells of its content: one that
holds a token or a secret goes out as it is (BREACH).
"""

import gzip
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import brotli
from flask import Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

ENCODINGS = ("br", "gzip")
TEXT = re.compile(r"text/.+|image/svg\+xml|application/(?:(?:.+\+)?(?:json|xml)|javascript)")
# Bytes: below, the headers weigh more than what is saved; above, a file is better read in pieces.
LEAST, MOST = 600, 4 * 1024 * 1024
# What is larger is compressed anew each time, so that what is kept stays under some 16 MB a process.
KEPT = 128 * 1024
# What is made for one reader is not worth more than it took itself: 0.1 ms for 14 kB; a fifth less takes 0.3.
# Pages that lie ready are worth that, and what browsers keep for good all there is.
EFFORTS = {
    "quick": {"br": 3, "gzip": 3},
    "ready": {"br": 5, "gzip": 6},
    "lasting": {"br": 11, "gzip": 9},
}


def compress(response: Response) -> None:
    """Encode a public answer as the request asks; its ETag then names the encoding, and is compared again."""
    public = "public" in response.headers.get("Cache-Control", "")
    if not public or not TEXT.fullmatch(response.mimetype or ""):
        return
    response.vary.add("Accept-Encoding")
    encoding = chosen(request.environ, response.content_length or 0)
    if not encoding or response.status_code != 200 or response.content_encoding:
        return
    response.content_encoding = encoding
    response.headers.pop("Accept-Ranges", None)
    etag, weak = response.get_etag()
    if etag and not weak:
        response.set_etag(f"{etag}-{encoding}")
        response.make_conditional(request)
    if response.status_code == 200:
        response.direct_passthrough = False
        data, lasting = response.get_data(), response.cache_control.immutable
        effort = "lasting" if lasting else "quick"
        response.set_data(kept(data, encoding, effort))


def chosen(environ: Mapping[str, Any], length: int) -> str:
    """The encoding to use for so many bytes, as a WSGI request asks for it; empty when it is none."""
    accepted = environ.get("HTTP_ACCEPT_ENCODING")
    return _best(accepted) if accepted and LEAST <= length <= MOST else ""


@lru_cache(maxsize=128)
def _best(accepted: str) -> str:
    encoding = parse_accept_header(accepted, Accept).best_match((*ENCODINGS, "identity"))
    return encoding if encoding in ENCODINGS else ""


def kept(data: bytes, encoding: str, effort: str = "quick") -> bytes:
    """The bytes in an encoding; those of what was encoded last are kept, if they are few."""
    return (_kept if len(data) <= KEPT else encoded)(data, encoding, effort)


def encoded(data: bytes, encoding: str, effort: str = "ready") -> bytes:
    """The bytes in an encoding, with one of the ``EFFORTS``."""
    level = EFFORTS[effort][encoding]
    if encoding == "br":
        return bytes(brotli.compress(data, mode=brotli.MODE_TEXT, quality=level))
    return gzip.compress(data, level, mtime=0)


_kept = lru_cache(maxsize=128)(encoded)
