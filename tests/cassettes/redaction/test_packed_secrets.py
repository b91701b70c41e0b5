"""A secret in packed data is not stored, in whatever it is packed and wherever that lies."""

import base64
from random import Random
from urllib.parse import unquote

import pytest

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.scan import scan_interaction
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.secrets.packing import BODY_PLACES, NAMED, NAMELESS, PLAIN, TEXT_PLACES, draw
from support.secrets.positions import SECRET

KEY = StandIns(b"a key for these tests")
DRAWS = 600


def _stored(interaction: Interaction) -> bytes:
    """All that a cassette would hold of an interaction, also without percent-encoding."""
    found = Redactor(KEY).interaction(interaction)
    headers = (*found.interaction.request.headers, *found.interaction.response.headers)
    bodies = [
        from_readable(one.readable(), "body") for one in (found.request_body, found.response_body)
    ]
    texts = [found.interaction.request.uri, *(value for _, value in headers)]
    texts += [body.decode("latin-1") for body in bodies]
    readings = [*texts, *map(unquote, texts), *(unquote(unquote(one)) for one in texts)]
    return "\n".join(readings).encode("latin-1", "replace")


def _leaks(interaction: Interaction, shown: list[bytes]) -> bool:
    stored = _stored(interaction)
    in_one_line = b"".join(stored.replace(rb"\n", b"").split())
    return SECRET.encode() in stored or any(one in stored or one in in_one_line for one in shown)


def test_no_packed_secret_is_stored() -> None:
    """The oracle knows the packed bytes, and looks for them."""
    draws = [draw(Random(seed)) for seed in range(DRAWS)]

    assert [] == [how for how, interaction, shown in draws if _leaks(interaction, shown)]


@pytest.mark.parametrize("name", NAMED)
def test_scan_finds_what_is_packed(name: str) -> None:
    """In each place of a body and of text."""
    raw = NAMED[name](PLAIN[0])
    text = base64.b64encode(raw).decode()
    interactions = {
        **{place: make(raw) for place, make in BODY_PLACES.items()},
        **{place: make(text) for place, make in TEXT_PLACES.items()},
    }

    assert [] == [place for place, one in interactions.items() if not scan_interaction(one)]


@pytest.mark.parametrize("place", BODY_PLACES)
@pytest.mark.parametrize("name", NAMELESS)
def test_a_body_that_nobody_can_read_is_replaced_whole(name: str, place: str) -> None:
    """It is no text, no list of images, and not the data of an image."""
    raw = NAMELESS[name](PLAIN[0])

    assert raw not in _stored(BODY_PLACES[place](raw))


@pytest.mark.parametrize(
    ("path", "is_kept"),
    [
        ("/v2/images/1/file", True),
        ("/image/v2.9/images/1/stage", True),
        ("/v1/images/1", True),
        ("/v2/images/1", False),
        ("/v2/images/1/file/x", False),
        ("/v2/images?x=/v2/images/1/file", False),
        ("/v1/AUTH_x/container/object", False),
    ],
)
def test_the_data_of_an_image_is_kept(path: str, is_kept: bool) -> None:
    """Byte for byte, as clients check its sum; a secret in it is replaced all the same."""
    disk = b"QFI\xfb\x00\x00\x00\x03" + bytes(range(256)) * 4
    request = Request("GET", f"http://glance:9292{path}")

    def stored(body: bytes) -> bytes:
        answer = Interaction(request, Response(200, "OK", (), body))
        return from_readable(Redactor(KEY).interaction(answer).response_body.readable(), "body")

    assert (disk if is_kept else b"REDACTED") == stored(disk)
    assert SECRET.encode() not in stored(disk + f"\npassword={SECRET}\n".encode() + disk)


@pytest.mark.parametrize(
    "body",
    [
        "größer als erlaubt: 64 GiB, bitte wählen Sie".encode("latin-1"),
        b"\x1b[31m404\x1b[0m no image",
        "没有这样的镜像".encode(),
        "<html><meta charset=gbk><title>没有</title></html>".encode("gbk"),
    ],
    ids=["latin-1", "colours", "UTF-8", "GBK in markup"],
)
def test_text_in_any_encoding_is_kept(body: bytes) -> None:
    """It has no control characters but those of a terminal, and mostly ASCII or UTF-8."""
    answer = Interaction(
        Request("GET", "http://glance:9292/v2/images"), Response(404, "Not Found", (), body)
    )
    redacted = Redactor(KEY).interaction(answer).response_body

    assert body == from_readable(redacted.readable(), "body")


def test_signatures_and_checksums_in_base64_are_kept() -> None:
    """Random data is no packed data: of 3,000 values fewer than one in a hundred is replaced."""
    rng = Random(5)
    values = [
        base64.b64encode(rng.randbytes(rng.choice((16, 32, 64)))).decode() for _ in range(3000)
    ]
    body = ("[" + ",".join(f'"{value}"' for value in values) + "]").encode()
    answer = Interaction(
        Request("GET", "http://glance:9292/v2/images"), Response(200, "OK", (), body)
    )

    stored = from_readable(Redactor(KEY).interaction(answer).response_body.readable(), "body")

    assert stored.count(b"REDACTED") < 30
