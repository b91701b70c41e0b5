"""Secrets as an attacker brings them: none is stored in any reading, and `scan` finds each."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.redaction.redactor import RedactedInteraction, Redactor
from glancetape_cassettes.redaction.scan import scan
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.drawn.examples import dealt
from support.secrets.attacks import attacks
from support.secrets.positions import SECRET, as_vcrpy

ROWS = tuple(attacks())
GROUPS = sorted({row.position for row in ROWS})
PIECE = 10
_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_ESCAPE = re.compile(r"\\+u([0-9a-f]{4})|\\+x([0-9a-f]{2})|&#x([0-9a-f]+);|&#(\d+);", re.IGNORECASE)


def _decoded(text: str) -> Iterator[str]:
    """Yield what the runs of a text decode to, from each of four beginnings."""
    for run in _RUN.findall(text):
        for skip in range(4):
            letters = run[skip:].replace("-", "+").replace("_", "/")
            raw = base64.b64decode(letters[: len(letters) // 4 * 4])
            yield raw.decode("latin-1")
            yield raw.replace(b"\0", b"").decode("latin-1")
            for wbits in (15, 31):
                try:
                    yield zlib.decompressobj(wbits).decompress(raw).decode("latin-1")
                except zlib.error:
                    continue
        try:
            yield binascii.unhexlify(run[: len(run) // 2 * 2]).decode("latin-1")
        except binascii.Error:
            continue


def _readings(text: str) -> Iterator[str]:
    """Yield a text as each of the programs may read it that it could be meant for."""

    def letter(found: re.Match[str]) -> str:
        return chr(int(found[1] or found[2] or found[3] or hex(int(found[4])), 16))

    unquoted = unquote(unquote(unquote(text)))
    joined = re.sub(r"\\n|\s", "", text)
    yield from (text, unquoted, joined, _ESCAPE.sub(letter, text))
    for source in {text, unquoted, joined}:
        for inner in _decoded(source):
            yield inner
            yield from _decoded(inner)


def _stored(found: RedactedInteraction) -> str:
    bodies = (found.request_body, found.response_body)
    raw = (from_readable(body.readable(), "body").decode("latin-1") for body in bodies)
    return "\n".join([str(found.interaction), *raw])


@pytest.mark.sampled(3)
@pytest.mark.parametrize("group", GROUPS)
def test_no_reading_of_what_is_stored_shows_the_secret(group: str) -> None:
    pieces = [SECRET[start : start + PIECE] for start in range(len(SECRET) - PIECE + 1)]
    leaked = []
    for row in ROWS:
        if row.position == group:
            # A redactor each: another row must not have taught it the secret.
            stored = _stored(
                Redactor(StandIns(b"a key for these tests")).interaction(row.interaction)
            )
            readings = "\n".join(_readings(stored))
            if any(piece in readings for piece in pieces):
                leaked.append(row.name)

    assert [] == leaked


def test_scan_finds_each_and_shows_none(tmp_path: Path) -> None:
    """In a cassette of another recorder: a share of the attacks by default, of all groups."""
    rows = dealt(ROWS, 0)
    path = tmp_path / "foreign.yaml"
    items = [as_vcrpy(row.interaction) for row in rows]
    path.write_text(yaml.dump({"interactions": items, "version": 1}, Dumper=yaml.CSafeDumper))

    report = scan(path)

    found = {finding.interaction for finding in report.findings}
    assert [] == [row.name for number, row in enumerate(rows, 1) if number not in found]
    assert SECRET not in str(report)
    assert {row.position for row in rows} == set(GROUPS)


def test_there_are_enough_attacks() -> None:
    assert 1500 <= len(ROWS)
    assert len(ROWS) == len(set(ROWS))
