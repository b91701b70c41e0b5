"""Limits of a message: what is larger would hold up all other clients while it is looked up.

| what | most | beyond it |
|---|---|---|
| URL | 64 KiB | 414 |
| parameters of a URL | 1,000 | 414 |
| a request's body, decoded | 4 MiB; image data 64 MiB | 413 in replay, otherwise not recorded |
| a response's body, decoded | 64 MiB | not recorded |

A client that lists images needs a few hundred bytes of each. A body is decoded piece by piece until
it is too large, because 1 MB of gzip can hold 1 GB.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterable
from io import BytesIO

import brotli  # type: ignore[import-untyped]  # mitmproxy requires both
import zstandard
from mitmproxy import http

MOST_URL = 64 * 1024
MOST_PARAMETERS = 1000
MOST_REQUEST = 4 * 1024 * 1024
MOST_IMAGE_DATA = 64 * 1024 * 1024
MOST_RESPONSE = 64 * 1024 * 1024
_IMAGE_DATA = "application/octet-stream"
_UPLOAD = re.compile(r"/(?:file|stage)(?:$|\?)")
_BROTLI_PIECE = 64
"""Bytes decoded at once. Each can hold many MB, and this decoder has no limit of its own."""


def why_url_is_refused(request: http.Request) -> str:
    """Why a URL is too large, in words for the client; "" when it is not."""
    path = request.data.path
    if len(path) > MOST_URL:
        return f"The URL has {len(path):,} bytes; glancetape answers up to {MOST_URL:,}."
    parameters = path.count(b"&") + 1
    if parameters > MOST_PARAMETERS:
        return (
            f"The URL has {parameters:,} parameters; glancetape answers up to {MOST_PARAMETERS:,}."
        )
    return ""


def most_bytes(message: http.Message) -> int:
    """The largest decoded body of a message that is looked up or recorded."""
    if not isinstance(message, http.Request):
        return MOST_RESPONSE
    kind = message.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_upload = message.method == "PUT" and _UPLOAD.search(message.path) is not None
    return MOST_IMAGE_DATA if is_upload or kind == _IMAGE_DATA else MOST_REQUEST


def is_known(coding: str) -> bool:
    """Whether a content coding is decoded. mitmproxy also takes the names of Python's codecs."""
    return coding.lower() in _DECODERS


def is_larger(raw: bytes, coding: str, most: int) -> bool:
    """Whether a body has more than `most` bytes once its coding is undone.

    A body that cannot be decoded is not larger.
    """
    size = 0
    try:
        for piece in _DECODERS[coding.lower()](raw, most + 1):
            size += len(piece)
            if size > most:
                return True
    except (OSError, EOFError, zlib.error, brotli.error, zstandard.ZstdError):
        return False
    return False


def _plain(raw: bytes, _: int) -> Iterable[bytes]:
    yield raw


def _gzip(raw: bytes, most: int) -> Iterable[bytes]:
    with gzip.GzipFile(fileobj=BytesIO(raw)) as file:
        yield file.read(most)


def _deflate(raw: bytes, most: int) -> Iterable[bytes]:
    try:
        yield zlib.decompressobj().decompress(raw, most)
    except zlib.error:  # some services leave the header of zlib out
        yield zlib.decompressobj(-zlib.MAX_WBITS).decompress(raw, most)


def _brotli(raw: bytes, _: int) -> Iterable[bytes]:
    decoder = brotli.Decompressor()
    for start in range(0, len(raw), _BROTLI_PIECE):
        yield decoder.process(raw[start : start + _BROTLI_PIECE])


def _zstd(raw: bytes, most: int) -> Iterable[bytes]:
    reader = zstandard.ZstdDecompressor().stream_reader(BytesIO(raw), read_across_frames=True)
    yield reader.read(most)


_DECODERS: dict[str, Callable[[bytes, int], Iterable[bytes]]] = {
    "none": _plain,
    "identity": _plain,
    "gzip": _gzip,
    "deflate": _deflate,
    "deflateraw": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
