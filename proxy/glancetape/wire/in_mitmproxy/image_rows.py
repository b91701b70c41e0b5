"""A page of a list as rows for a person: id, visibility, status and name of each image, then next.

    2 images
    id                                    visibility  status  name
    4501ef02-3698-45a3-aa90-36693a48a139  public      active  CentOS 7.3 64bit
    9b0d1a5e-6c1f-4a52-8d0e-2f8a5d9f1c11  private     queued  (no name)
    next: /v2/images?limit=2&marker=9b0d1a5e-6c1f-4a52-8d0e-2f8a5d9f1c11

Bodies may be hostile. The work is bounded by their size, of which there is a limit, and every cell
is escaped and cut.
"""

from typing import Any

import orjson

from glancetape.terminal.escaping import escape

MOST_BYTES = 8 << 20
"""A larger body is not a page; one of 1,000 images has 1.5 MB."""
_MOST_ROWS = 1000
_LONGEST = 120
_LONGEST_LINK = 2000
_HEADS = ("id", "visibility", "status", "name")


def page_lines(body: bytes) -> list[str]:
    """The lines for a page. Raises ValueError, with the reason, for anything that is not one."""
    if len(body) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES >> 20} MiB")
    page = orjson.loads(body)
    images = page.get("images") if isinstance(page, dict) else None
    if not isinstance(images, list):
        raise ValueError("it has no list of images")
    rows = [_HEADS, *map(_cells, images[:_MOST_ROWS])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS) - 1)]
    lines = [f"{len(images):,} image{'s'[: len(images) != 1]}"]
    if images:
        lines += ["  ".join([*map(str.ljust, row, widths), row[-1]]) for row in rows]
    if len(images) > _MOST_ROWS:
        lines.append(f"and {len(images) - _MOST_ROWS:,} more")
    following = page.get("next")
    return [*lines, f"next: {_shown(following, _LONGEST_LINK) if following else 'none'}"]


def _cells(image: Any) -> tuple[str, ...]:
    if not isinstance(image, dict):
        return ("(not an image)", "", "", _shown(image))
    return tuple(_shown(image.get(name), absent=f"(no {name})") for name in _HEADS)


def _shown(value: Any, most: int = _LONGEST, absent: str = "null") -> str:
    """A value on one line; of what is deeper than text and numbers only its kind."""
    match value:
        case None:
            return absent
        case str():
            text = value
        case bool():
            text = str(value).lower()
        case int() | float():
            text = str(value)
        case _:
            return "(an object)" if isinstance(value, dict) else "(a list)"
    return escape(text[:most]) + "..." * (len(text) > most)
