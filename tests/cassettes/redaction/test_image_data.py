"""The data of an image is stored byte for byte, or not at all: half of it is other data."""

import gzip
import json
from collections.abc import Mapping, Sequence
from itertools import product
from random import Random

import pytest

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.policy import (
    RedactionOptions,
    gives_image_data,
    sends_image_data,
)
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.scan import scan_interaction
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.writing.laying_out import Layout
from support.drawn.examples import dealt

SECRET = "Zq7WkR3xVb9TnM5pLc2H"
TOKEN = "f3Kx9LmP2sQw7ZtY"
OWNER = "0123456789abcdef0123456789abcdef"
KEY = b"a key for these tests"
HEADERS = (("X-Auth-Token", TOKEN), ("X-Project-Id", OWNER))
URI = "http://glance:9292/v2/images/1/file"

HARMLESS = {
    "text": b"#!/bin/sh\necho ok\n",
    "a disk": b"QFI\xfb\x00\x00\x00\x03" + bytes(range(256)) * 4,
    "JSON": json.dumps({"os": "linux", "n": [1, 2.50]}, indent=3).encode(),
    "JSON in one line": b'{"a":1,"b":"\\u0041"}',
    "a form": b"a=b&c=%41&a=b",
    "lines of JSON": b'{"a": 1}\n{"b": 2}\n',
    "UTF-16": "hello world\n".encode("utf-16"),
    "Latin-1": b"gr\xfc\xdfe an alle\n",
    "gzip": gzip.compress(b"hello", mtime=0),
    "nested deep": b"[" * 2000 + b"]" * 2000,
    "random bytes": Random(3).randbytes(100_000),  # with each kind of escape by chance
    "a large disk": b"\x00\x01" * 200_000,
}
SECRETS = {
    "a password": f"password={SECRET}".encode(),
    "a JSON member": json.dumps({"adminPass": SECRET}).encode(),
    "a key": f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----".encode(),
    "the token of the request": TOKEN.encode(),
    "the project of the request": OWNER.encode(),
    "an address": f"https://joe:{SECRET}@h/x".encode(),
    "in UTF-16": f"password={SECRET}".encode("utf-16-le"),
}
TYPES = ("application/octet-stream", "application/json", "application/x-www-form-urlencoded", "")
WITH_A_SECRET = {
    **{
        f"{name} after {kind}": HARMLESS[kind] + b"\n" + SECRETS[name]
        for name, kind in product(SECRETS, ("text", "a disk", "a large disk"))
    },
    **{f"{name} alone": secret for name, secret in SECRETS.items()},
    "in JSON": json.dumps({"images": [{"os_password": SECRET}]}).encode(),
    "in a form": f"a=b&password={SECRET}".encode(),
    "the owner in JSON": json.dumps({"owner": OWNER}).encode(),
}


def _exchange(data: bytes, kind: str, *, is_upload: bool) -> Interaction:
    headers = (("Content-Type", kind),) if kind else ()
    if is_upload:
        return Interaction(Request("PUT", URI, (*HEADERS, *headers), data), Response(204))
    return Interaction(Request("GET", URI, HEADERS), Response(200, "OK", headers, data))


def _stored(one: Interaction, *, is_upload: bool) -> bytes:
    found = Redactor(StandIns(KEY)).interaction(one)
    body = found.request_body if is_upload else found.response_body
    return from_readable(body.readable(), "body")


def _dealt(
    bodies: Mapping[str, bytes], kind: str, *, is_upload: bool
) -> Sequence[tuple[str, bytes]]:
    return dealt([*bodies.items()], 2 * TYPES.index(kind) + is_upload, 2 * len(TYPES))


@pytest.mark.parametrize("is_upload", [False, True], ids=["download", "upload"])
@pytest.mark.parametrize("kind", TYPES)
def test_harmless_data_is_kept_byte_for_byte(kind: str, *, is_upload: bool) -> None:
    """Whatever it is, and whatever the header says that it is; by default each at one of these."""
    for name, data in _dealt(HARMLESS, kind, is_upload=is_upload):
        one = _exchange(data, kind, is_upload=is_upload)

        assert data == _stored(one, is_upload=is_upload), name
        assert not Layout(KEY, RedactionOptions()).lay_out(one).lost, name


@pytest.mark.parametrize("is_upload", [False, True], ids=["download", "upload"])
@pytest.mark.parametrize("kind", TYPES)
def test_data_with_a_secret_is_replaced_whole(kind: str, *, is_upload: bool) -> None:
    """And not recorded; by default each with one of the types, in one of the directions."""
    for name, data in _dealt(WITH_A_SECRET, kind, is_upload=is_upload):
        one = _exchange(data, kind, is_upload=is_upload)

        assert b"REDACTED" == _stored(one, is_upload=is_upload), name
        lost = Layout(KEY, RedactionOptions()).lay_out(one).lost
        assert f"the data of the {'request' if is_upload else 'response'} has a secret" in lost


def test_scan_reports_each_secret_in_data() -> None:
    """If no header shows it."""
    for name, data in dealt([*WITH_A_SECRET.items()], 0):
        if name.endswith("after a large disk") and not name.startswith("a password"):
            continue  # the same in a longer time
        positions = [one.position for one in scan_interaction(_exchange(data, "", is_upload=False))]

        assert "owner" in name or "project" in name or "response body" in positions, name


@pytest.mark.parametrize(
    ("method", "path", "status", "sends", "gives"),
    [
        ("GET", "/v2/images/1/file", 200, True, True),
        ("GET", "/image/v2.9/images/1/file", 206, True, True),
        ("GET", "/v2/images/1/file", 404, True, False),
        ("PUT", "/v2/images/1/stage", 204, True, True),
        ("GET", "/v2/images/1", 200, False, False),
        ("GET", "/v2/images?x=/v2/images/1/file", 200, False, False),
        ("GET", "/v2/images/1/file?x=y", 200, True, True),
        ("GET", "/v2/images/1/file/x", 200, False, False),
        ("GET", "/v1/images/1", 200, False, True),
        ("PUT", "/v1/images/1", 200, True, False),
        ("POST", "/v1/images", 201, True, False),
        ("GET", "/v1/images", 200, False, False),
        ("GET", "/v1/AUTH_x/container/object", 200, False, False),
    ],
)
def test_which_bodies_are_the_data_of_an_image(
    method: str, path: str, status: int, *, sends: bool, gives: bool
) -> None:
    uri = f"http://glance:9292{path}"

    assert sends == sends_image_data(method, uri)
    assert gives == gives_image_data(method, uri, status)
