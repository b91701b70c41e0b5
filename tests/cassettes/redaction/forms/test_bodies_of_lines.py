"""Bodies of many short lines: each secret is found, and none takes longer than ordinary text."""

from itertools import product
from time import process_time

import pytest

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns

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
PROSE = b"the image of this server is not found here.\n"


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


def _seconds(body: bytes, runs: int = 3) -> float:
    """The least of some runs, as others share the processor."""
    times = []
    for _ in range(runs):
        begun = process_time()
        _stored(body)
        times.append(process_time() - begun)
    return min(times)


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b" \n", b"{\n", b"{}\n", b"[\r\n"])
def test_lines_that_hold_nothing_take_no_longer_than_text(line: bytes) -> None:
    """They took ten times as long: each line was taken for a body of its own."""
    size = 30_000

    assert _seconds(line * (size // len(line))) < 3 * _seconds(PROSE * (size // len(PROSE)))


UNITS = (
    *(
        "password=REDACTED",
        "password(0",
        "password:0",
        "password is x9rT41sa ",
        "psk~",
        "password|:",
    ),
    *("session id:\n", "private key:", "password[:", "token to ", "password: ", "password,b\n"),
    *("?code=a", "Cookie: REDACTED ", "<password>REDACTED", '<input name="password">'),
    *("name=a\n", "key: password\nvalue: x\n", "password:\n REDACTED\n", "password={[("),
    "%252541 &amp;amp;lt; \\\\u005cu0041 =3D=3D \u00e9 ",
)
"""What once took a hundred times as long as text, or as the square of its length, and its like."""
SIZE = 48 * 1024
MOST = 40


@pytest.fixture(scope="module", name="prose")
def _prose() -> float:
    return _seconds(PROSE * (SIZE // len(PROSE)))


@pytest.mark.sampled(4)
@pytest.mark.parametrize("unit", UNITS)
def test_no_body_takes_a_hundred_times_as_long_as_text(unit: str, prose: float) -> None:
    """A service, or its client, must not be able to hold up all others."""
    body = unit.encode() * (SIZE // len(unit.encode()))
    limit = MOST * max(prose, 0.01)

    assert _seconds(body, 1) < limit or _seconds(body) < limit


def test_a_text_with_too_many_readings_is_replaced_whole() -> None:
    """Encodings in each other, each of five kinds: what cannot be searched is not kept."""
    unit = "%252541 &amp;amp;amp;lt; \\\\u005cu005cu0041 =3D3D=3D3D \u00e9 %25252541 "

    assert b"REDACTED" == _stored((unit * 100).encode())
    assert b"a%20b &amp; \\u0041 \xc3\xa9" == _stored(b"a%20b &amp; \\u0041 \xc3\xa9")
