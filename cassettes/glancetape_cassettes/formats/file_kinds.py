"""Recognising a recording by its content."""

import re
from pathlib import Path

from glancetape_cassettes.formats.foreign.recognising import recognised
from glancetape_cassettes.formats.regular_file import marked_head, plain_head

_LOOKED_AT = 1 << 16  # bytes
_LIST = re.compile(rb"^(?:http_)?interactions:", re.MULTILINE)
_SPLIT = re.compile(rb"^requests:[ \t]*\n[ \t]*-", re.MULTILINE)
_BARE_LIST = re.compile(
    rb"(?:---[ \t]*\n|#[^\n]*\n|\s)*-\s+(?:!ruby/\S+\s+)?(?:request|response|index):", re.DOTALL
)
_JSON = re.compile(
    rb"\s*\{\s*\"(?:(?:http_)?interactions|version|recorded_with|requests|responses)\"\s*:"
    rb"|\s*\[\s*\{\s*\"(?:request|response|index)\"\s*:"
)


def is_cassette(path: Path) -> bool:
    """Whether a file is a recording: a cassette of any recorder, or a file of another tool.

    False for a file that cannot be read.
    """
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(_LOOKED_AT)
    except OSError:
        return False
    return is_vcr(head) or recognised(plain_head(head), path) is not None


def is_vcr(head: bytes) -> bool:
    """Whether a file that begins so is a cassette of any recorder; it may be compressed."""
    from glancetape_cassettes.formats.own_layout import is_own

    head = marked_head(plain_head(head)).replace(b"\r\n", b"\n")
    if head.lstrip()[:1] in (b"{", b"["):
        return _JSON.match(head) is not None
    return (
        is_own(head)
        or any(one.search(head) for one in (_LIST, _SPLIT))
        or bool(_BARE_LIST.match(head))
    )
