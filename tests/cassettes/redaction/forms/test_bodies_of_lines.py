"""Bodies of many short lines: each secret is found, and lines that hold nothing take no work."""

from itertools import product

import pytest

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.running.calls import at_most_calls
from support.secrets.hostile_texts import SLOW_UNITS

SECRET = "Zq7WkR3xVb9T"
WITH_SECRETS = (
    f'{{"os_password": "{SECRET}"}}',
    f'[{{"sk": "{SECRET}"}}]',
    f'{{"adminPass": "{SECRET}",}}',
    f"{{'password': '{SECRET}'}}",
    f'{{"sk":"{SECRET}"',
)
WITHOUT = (
    "",
    "\r",
    " ",
    "{",
    "[",
    "[1]",
    "{}",
    '{"a":1}',
    '{"a": "b"}\r',
    '[1, "x"]',
    "{x",
    "{'a': 1}",
)
LAST = '{"n": [0]}'
"""So that no body is one value."""
LIST = "http://glance:9292/v2/images"


def _stored(body: bytes) -> bytes:
    found = Redactor(StandIns(b"a key for these tests")).interaction(
        Interaction(Request("POST", LIST, (), body), Response(200, "OK", (), b"{}"))
    )
    return from_readable(found.request_body.readable(), "request")


@pytest.mark.parametrize("secret", WITH_SECRETS)
def test_a_secret_in_a_line_is_found_whatever_is_beside_it(secret: str) -> None:
    """Also where some lines are JSON and others look like it; the others stay."""
    for before, after in product(WITHOUT, repeat=2):
        lines = [before, secret, after, LAST]

        stored = _stored("\n".join(lines).encode()).decode().split("\n")

        assert SECRET not in "\n".join(stored), lines
        assert [before, after, LAST] == [stored[0], *stored[2:]], lines


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b" \n", b"{\n", b"{}\n", b"[\r\n"])
def test_lines_that_hold_nothing_are_looked_at_together(line: bytes) -> None:
    """Each was taken for a body of its own, which took ten times as long as text."""
    lines = 3_000
    _stored(line * lines)  # so that patterns are compiled

    with at_most_calls(6 * lines):
        assert line * lines == _stored(line * lines)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("unit", SLOW_UNITS)
def test_a_secret_after_what_is_slow_to_search_is_found(unit: str) -> None:
    """`scripts/bench --only hostile` measures longer ones."""
    body = unit * (4096 // len(unit)) + f'\n{{"os_password": "{SECRET}"}}'

    assert SECRET.encode() not in _stored(body.encode())


def test_a_text_with_too_many_readings_is_replaced_whole() -> None:
    """Encodings in each other, each of five kinds: what cannot be searched is not kept."""
    unit = "%252541 &amp;amp;amp;lt; \\\\u005cu005cu0041 =3D3D=3D3D \u00e9 %25252541 "

    assert b"REDACTED" == _stored((unit * 100).encode())
    assert b"a%20b &amp; \\u0041 \xc3\xa9" == _stored(b"a%20b &amp; \\u0041 \xc3\xa9")
