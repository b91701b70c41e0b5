"""Replacing known secrets in bodies: JSON stays JSON, in its layout."""

import json

import pytest

from glancetape_cassettes.formats.body import JsonLayout, from_readable, to_readable
from glancetape_cassettes.redaction.bodies import RedactedBody
from glancetape_cassettes.redaction.known_secrets import Masker

COOKIE = "2361393152"
PROJECT = "1234567890123456"


def masked(body: bytes, secrets: list[str], ids: dict[str, str] | None = None) -> bytes:
    stored = to_readable(body)
    redacted = RedactedBody(stored.content, stored.layout).masked(Masker(secrets, ids or {}))
    return from_readable(redacted.readable(), "here")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f'{{"size": {COOKIE}}}', '{"size": "REDACTED"}'),
        (f'{{"size":{COOKIE}7,"a":1.5}}', '{"size":"REDACTED","a":1.5}'),
        (f'{{"a": [-{COOKIE}], "{COOKIE}": "x {COOKIE}"}}',
         '{"a": ["REDACTED"], "REDACTED": "x REDACTED"}'),
        (f'{{"size" :\n{COOKIE}}}', '{"size": "REDACTED"}'),
        (f'{{"a": {COOKIE}', '{"a": REDACTED'),
        (f'"{COOKIE}"', '"REDACTED"'),
    ],
)  # fmt: skip
def test_json_stays_json_when_a_secret_is_a_number(body: str, expected: str) -> None:
    assert expected == masked(body.encode(), [COOKIE]).decode()


def test_json_stays_json_when_an_id_is_a_number() -> None:
    stand_in = "standin-name-0123456789abcdef0123"
    body = f'{{"size": {PROJECT}7, "owner": {PROJECT}, "x": "{PROJECT}"}}'

    found = json.loads(masked(body.encode(), [], {PROJECT: stand_in}))

    assert {"size": "REDACTED", "owner": stand_in, "x": stand_in} == found


@pytest.mark.parametrize(
    ("value", "secret", "expected"),
    [
        ("x\nabcdefg1", "nabcdefg1", "REDACTED"),
        ("x\u2028abcdefg1", "2028abcdefg1", "REDACTED"),
        ("x\\nabcdefg1", "nabcdefg1", "x\\REDACTED"),
        ("nabcdefg1\n", "nabcdefg1", "REDACTED\n"),
    ],
)
def test_json_stays_json_when_a_secret_cuts_an_escape(
    value: str, secret: str, expected: str
) -> None:
    body = json.dumps({"a": 1, "d": value}).encode()

    assert {"a": 1, "d": expected} == json.loads(masked(body, [secret]))


def test_json_stays_json_beside_an_escape_of_half_a_character() -> None:
    body = RedactedBody(f'{{"d":  "\\ud800", "size": {COOKIE}}}').masked(Masker([COOKIE], {}))

    assert '"REDACTED"' in str(body.content)
    assert {"d": "\ud800", "size": "REDACTED"} == json.loads(body.content)


def test_a_masked_body_keeps_its_layout() -> None:
    body = RedactedBody(f'{{\n  "size": {COOKIE}\n}}', JsonLayout("spaced-ascii", "\n"))

    assert JsonLayout("spaced-ascii", "\n") == body.masked(Masker([COOKIE], {})).layout
