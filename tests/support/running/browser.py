"""Showing a page in a real browser, and looking at what it painted."""

import re
import shutil
import struct
import subprocess
import tempfile
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


def _is_browser(path: str) -> bool:
    """Tell whether a program is a Chromium, not a stub that asks to install one."""
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


@dataclass
class Screen:
    """What was painted: pixels by row."""

    rows: tuple[tuple[Pixel, ...], ...]

    @cached_property
    def counts(self) -> Counter[Pixel]:
        """Count the pixels of each colour."""
        return Counter(pixel for row in self.rows for pixel in row)

    def has(self, colour: str) -> int:
        """Count the pixels of a colour like #245b9f."""
        return self.counts[pixel_of(colour)]


def pixel_of(colour: str) -> Pixel:
    """Read a colour like #245b9f."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def chromium(page: Path, *flags: str) -> tuple[str, list[str]]:
    """Show a page; gives what is printed, and what the page's console says."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        done = subprocess.run(
            [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()],
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


def _read_png(data: bytes) -> tuple[tuple[Pixel, ...], ...]:
    """Read a PNG of 8 bits a colour, not interlaced, as Chromium writes them."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, place = [], 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += length + 12
    width, _, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, interlaced) == (8, 0)
    size = {2: 3, 6: 4}[colours]
    packed = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    before, rows = bytearray(width * size), []
    for start in range(0, len(packed), width * size + 1):
        row = bytearray(packed[start + 1 : start + 1 + width * size])
        _unfilter(packed[start], row, before, size)
        rows.append(tuple(zip(row[::size], row[1::size], row[2::size], strict=True)))
        before = row
    return tuple(rows)


def _unfilter(kind: int, row: bytearray, above: bytearray, size: int) -> None:
    if kind == 2:
        row[:] = ((one + up) & 255 for one, up in zip(row, above, strict=True))
    elif kind:
        for place in range(len(row)):
            left = row[place - size] if place >= size else 0
            corner = above[place - size] if place >= size else 0
            up = above[place]
            near = min((left, up, corner), key=lambda one: abs(left + up - corner - one))
            row[place] = (row[place] + {1: left, 3: (left + up) // 2, 4: near}[kind]) & 255
