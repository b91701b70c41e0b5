"""Recognising a cassette by its content."""

import re
from pathlib import Path

MOST_BYTES = 1 << 30
"""Of a cassette; a larger one is not read."""

_LOOKED_AT = 1 << 16  # bytes
_LIST = re.compile(rb"^(?:http_)?interactions:", re.MULTILINE)
_JSON = re.compile(rb"\s*\{\s*\"(?:http_)?(?:interactions|version|recorded_with)\"\s*:")


def is_cassette(path: Path) -> bool:
    """Whether a file is a cassette of any recorder; False for a file that cannot be read."""
    from glancetape_cassettes.formats.own_layout import is_own

    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(_LOOKED_AT)
    except OSError:
        return False
    if head.lstrip().startswith(b"{"):
        return _JSON.match(head) is not None
    return is_own(head) or _LIST.search(head) is not None
