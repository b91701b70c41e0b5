"""Looking for a secret, or a piece of it, in whatever was written.

The search does not know how the redaction works: it looks for every piece of a secret, in every
form.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote

import numpy as np
import yaml

PIECE = 10
"""A secret has leaked when this many of its letters appear in a row, in any case."""
RUN = re.compile(r"[A-Za-z0-9+/_-]{12,}")


def forms(secret: str) -> set[str]:
    """Return the ways in which a secret could be written, lower-cased."""
    raw = secret.encode()
    found = {
        secret,
        quote(secret, safe=""),
        "".join(f"%{byte:02x}" for byte in raw),
        raw.hex(),
        repr(secret)[1:-1],
        secret[::-1],
    }
    for skip in range(3):
        found.add(base64.b64encode(b"\0" * skip + raw).decode()[4:-4])
    return {form.lower() for form in found}


def views(text: str) -> str:
    """Return a text with its unescaped, unquoted and decoded readings, lower-cased."""
    unescaped = re.sub(
        r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})",
        lambda found: chr(int(found[1] or found[2], 16)),
        text,
    )
    shown = [text, unescaped, unquote(text), unquote(unquote(text)), text.replace("\n", "")]
    for run in RUN.findall(text.replace("\n", "")) + RUN.findall(text):
        for skip in range(4):
            letters = run[skip:].replace("-", "+").replace("_", "/")
            whole = letters[: len(letters) // 4 * 4]
            shown.append(base64.b64decode(whole).decode("latin-1"))
    return "\n".join(shown).lower()


def pieces(text: str) -> Iterator[str]:
    return (text[start : start + PIECE] for start in range(len(text) - PIECE + 1))


def leaks(text: str, planted: Mapping[str, str]) -> list[str]:
    """Return the places whose secret, or a piece of it, is in a text."""
    written = views(text).encode() + bytes(16)
    wanted = [
        (piece.encode(), where)
        for where, secret in planted.items()
        for form in forms(secret)
        for piece in pieces(form)
    ]
    # The first eight bytes of each piece are looked up as a number, which is quick; then the piece.
    beginnings = np.frombuffer(b"".join(piece[:8] for piece, _ in wanted), np.uint64)
    eights = [np.frombuffer(written, np.uint64, (len(written) - n) // 8, n) for n in range(8)]
    may_be_there = np.isin(beginnings, np.concatenate(eights))
    return list(
        dict.fromkeys(
            where
            for (piece, where), may_be in zip(wanted, may_be_there, strict=True)
            if may_be and piece in written
        )
    )


def values(cassette: str) -> str:
    """Return every name and value of a cassette, as YAML reads it: decoded and unfolded."""
    flat: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for name, one in value.items():
                walk(name)
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)
        else:
            flat.append(value.decode("latin-1") if isinstance(value, bytes) else str(value))

    walk(yaml.load(cassette, yaml.CSafeLoader))
    return "\n".join(flat)
