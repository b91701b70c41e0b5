"""Showing a page in a real browser, and looking at what it painted."""

import re
import shutil
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


def _is_browser(path: str) -> bool:
    """Return whether a program is a Chromium, not a stub that asks to install one."""
    asked = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    return b"Chrom" in asked.stdout


_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(_is_browser, filter(None, map(shutil.which, _NAMES))), "")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync --hide-scrollbars "
    "--force-device-scale-factor=1 --enable-logging=stderr --v=0"
).split()

Pixel = tuple[int, int, int]
Pixels = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass
class Screen:
    """What was painted: pixels by row and column, each of them red, green and blue."""

    pixels: Pixels

    def at(self, row: int, column: int) -> Pixel:
        """Return the colour at a place, from the end for numbers below 0."""
        red, green, blue = self.pixels[row, column].tolist()
        return red, green, blue

    def places_of(self, colour: str) -> list[tuple[int, int]]:
        """Return the rows and columns of the pixels of a colour like #245b9f."""
        rows, columns = np.nonzero((self.pixels == pixel_of(colour)).all(axis=2))
        return list(zip(rows.tolist(), columns.tolist(), strict=True))

    def has(self, colour: str) -> int:
        """Count the pixels of a colour."""
        return int((self.pixels == pixel_of(colour)).all(axis=2).sum())


def pixel_of(colour: str) -> Pixel:
    """Read a colour like #245b9f."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def chromium(page: Path | str, *flags: str) -> tuple[str, list[str]]:
    """Show a page, a file or a URL; gives what is printed, and what the page's console says."""
    uri = page.as_uri() if isinstance(page, Path) else page
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        done = subprocess.run(
            [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", *flags, uri],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
    return done.stdout, re.findall(r".*\bCONSOLE\b.*", done.stderr)


def screenshot(page: Path, width: int, height: int, *flags: str) -> tuple[Screen, list[str]]:
    """Paint a page in a window of a size; gives the picture, and what the console says."""
    picture = page.with_name(f"{page.stem}-{width}{''.join(flags)}.png".replace("/", ""))
    _, console = chromium(
        page, f"--screenshot={picture}", f"--window-size={width},{height}", *flags
    )
    return Screen(_read_png(picture.read_bytes())), console


def _read_png(data: bytes) -> Pixels:
    """Read a PNG of 8 bits a colour, not interlaced, as Chromium writes them."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, place = [], 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += length + 12
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, interlaced) == (8, 0)
    size = {2: 3, 6: 4}[colours]
    packed = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    lines = np.frombuffer(packed, np.uint8).reshape(height, width * size + 1)
    pixels = np.zeros((height + 1, width, size), np.uint8)  # above the first row is a row of zeros
    for row, line in enumerate(lines, 1):
        _unfilter(line[0], line[1:].reshape(width, size), pixels[row - 1], pixels[row])
    return pixels[1:, :, :3]


def _unfilter(kind: int, row: Pixels, above: Pixels, found: Pixels) -> None:
    """Add to each byte of a row what the filter took from it; the sums are those of bytes."""
    if kind in (0, 2):
        found[:] = row + above * (kind == 2)
    elif kind == 1:
        found[:] = np.cumsum(row, axis=0, dtype=np.uint8)
    else:
        found[:] = _by_neighbours(kind, row.tolist(), above.tolist())


def _by_neighbours(
    kind: int, row: Sequence[list[int]], above: Sequence[list[int]]
) -> list[list[int]]:
    left = corner = [0] * len(row[0])
    found = []
    for more, up in zip(row, above, strict=True):
        if kind == 3:
            near = [(one + other) // 2 for one, other in zip(left, up, strict=True)]
        elif left == corner:  # the sum is `up` then, and nothing is nearer
            near = up
        elif up == corner:
            near = left
        else:
            near = list(map(_nearest, left, up, corner))
        left, corner = [(one + other) & 255 for one, other in zip(more, near, strict=True)], up
        found.append(left)
    return found


def _nearest(left: int, up: int, corner: int) -> int:
    return min((left, up, corner), key=lambda one: abs(left + up - corner - one))
