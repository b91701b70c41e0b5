"""Limits of a message: what is larger would hold up all other clients while it is looked up.

| what | most | beyond it |
|---|---|---|
| URL | 64 KiB | 414 |
| parameters of a URL | 1,000 | 414 |
| a request's body, decoded | 112 KiB; image data 64 MiB | 413 in replay, otherwise not recorded |
| a response's body, decoded | 64 MiB | not recorded |
| text in image data | 256 KiB (`MOST_TEXT`) | as a body that is too large |

A client that lists images needs a few hundred bytes of each. A body is decoded piece by piece until
it is too large, because 1 MB of gzip can hold 1 GB. Keystone itself refuses a body of more than
112 KiB (`max_request_body_size` of oslo.middleware); to look up 4 MiB of short members takes ten
seconds. The data of a disk is mostly no text: random bytes have 3 KiB of it in each MiB, programs
60 to 110. All text is searched for secrets, for a second or two for each MiB.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterable
from io import BytesIO

MOST_URL = 64 * 1024
MOST_PARAMETERS = 1000
MOST_REQUEST = 112 * 1024
MOST_IMAGE_DATA = 64 * 1024 * 1024
MOST_RESPONSE = 64 * 1024 * 1024
_UPLOAD = re.compile(rb"/v2(?:\.\d+)?/images/[^/?]+/(?:file|stage)/?(?:$|\?)")
_BROTLI_PIECE = 64
"""Bytes decoded at once. Each can hold many MB, and this decoder has no limit of its own."""


def why_url_is_refused(target: bytes) -> str:
    """Why a URL's path and query are too large, in words for the client; "" when they are not."""
    if len(target) > MOST_URL:
        return f"The URL has {len(target):,} bytes; glancetape answers up to {MOST_URL:,}."
    parameters = target.count(b"&") + 1
    if parameters > MOST_PARAMETERS:
        return (
            f"The URL has {parameters:,} parameters; glancetape answers up to {MOST_PARAMETERS:,}."
        )
    return ""


def most_of_request(method: str, target: bytes) -> int:
    """The largest decoded body of a request that is looked up or recorded."""
    is_upload = method == "PUT" and _UPLOAD.search(target) is not None
    return MOST_IMAGE_DATA if is_upload else MOST_REQUEST


def is_known(coding: str) -> bool:
    """Whether a content coding is decoded."""
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
    except _damage():
        return False
    return False


def decode(raw: bytes, coding: str) -> bytes:
    """A body without its content coding; an empty one stays empty. Raises ValueError."""
    if not raw:
        return b""
    try:
        return _WHOLE[coding.lower()](raw)
    except _damage() as error:
        raise ValueError(f"no {coding}: {error}") from error


def _damage() -> tuple[type[Exception], ...]:
    """What the decoders raise; a decoder that was not loaded has raised nothing."""
    import brotli  # type: ignore[import-untyped]  # it has no types
    import zstandard

    return OSError, EOFError, zlib.error, brotli.error, zstandard.ZstdError


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
    import brotli

    decoder = brotli.Decompressor()
    for start in range(0, len(raw), _BROTLI_PIECE):
        yield decoder.process(raw[start : start + _BROTLI_PIECE])


def _zstd(raw: bytes, most: int) -> Iterable[bytes]:
    import zstandard

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


def _whole_deflate(raw: bytes) -> bytes:
    try:
        return zlib.decompress(raw)
    except zlib.error:
        return zlib.decompress(raw, -zlib.MAX_WBITS)


def _whole_brotli(raw: bytes) -> bytes:
    import brotli

    whole: bytes = brotli.decompress(raw)
    return whole


def _whole_zstd(raw: bytes) -> bytes:
    import zstandard

    reader = zstandard.ZstdDecompressor().stream_reader(BytesIO(raw), read_across_frames=True)
    return reader.read()


_WHOLE: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "identity": bytes,
    "gzip": gzip.decompress,
    "deflate": _whole_deflate,
    "deflateraw": _whole_deflate,
    "br": _whole_brotli,
    "zstd": _whole_zstd,
}
