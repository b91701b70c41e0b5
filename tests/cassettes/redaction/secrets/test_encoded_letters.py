"""Secrets of which each letter is written as a number, and those in packed data in text."""

import base64
import binascii
import gzip
import json
import quopri
import zlib
from collections.abc import Callable
from random import Random

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.secret_patterns import scrub
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.sets.set_files import record

SECRETS = (
    "user=joe password=Sommer2024! and more",
    '{"user": "joe", "password": "Xk9vQm2LzR7tBw4N"}',
    "#cloud-config\npassword: swordfish\nssh_pwauth: true\n",
    "http://joe:Xk9vQm2LzR7tBw4N@example.com/path",
)
HARMLESS = (
    "user=joe and nothing else in this text",
    '{"user": "joe", "name": "CentOS 7.9 64bit"}',
    "#cloud-config\nhostname: web-01\nssh_pwauth: true\n",
)
ENCODERS: dict[str, Callable[[str], str]] = {
    "octal escapes": lambda text: "".join(f"\\{byte:03o}" for byte in text.encode()),
    "escapes in braces": lambda text: "".join(f"\\u{{{ord(one):x}}}" for one in text),
    "old percent escapes": lambda text: "".join(f"%u{ord(one):04x}" for one in text),
    "pairs and blanks": lambda text: text.encode().hex(" "),
    "pairs and colons": lambda text: text.encode().hex(":"),
    "pairs and dashes": lambda text: text.encode().hex("-"),
    "numbers of C": lambda text: ", ".join(f"0x{byte:02x}" for byte in text.encode()),
    "one number": lambda text: "0x" + text.encode().hex(),
    "decimal numbers": lambda text: ", ".join(str(byte) for byte in text.encode()),
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "quoted-printable lines": lambda text: quopri.encodestring(text.encode()).decode(),
    "a word of a mail": lambda text: (
        f"=?utf-8?Q?{''.join(f'={byte:02X}' for byte in text.encode())}?="
    ),
    "UTF-7": lambda text: text.encode("utf-7").decode(),
    "UTF-7, all of it": lambda text: (
        f"+{base64.b64encode(text.encode('utf-16-be')).decode().rstrip('=')}-"
    ),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "gzip in hex": lambda text: gzip.compress(text.encode(), mtime=0).hex(),
    "zlib in hex": lambda text: zlib.compress(text.encode()).hex(),
    "deflate in base64": lambda text: base64.b64encode(_deflated(text)).decode(),
    "brotli in base64": lambda text: base64.b64encode(brotli.compress(text.encode())).decode(),
}
AROUND = ("{}", "blob = {};", "see {} there")
REDACTION = ImageRedaction(key=b"a key for these tests", options=RedactionOptions(keep_ids=True))


def _deflated(text: str) -> bytes:
    return zlib.compress(text.encode())[2:-4]


@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS.keys())
def test_an_encoded_secret_is_replaced(encode: Callable[[str], str]) -> None:
    for encoded in map(encode, SECRETS):
        for text in (around.format(encoded) for around in AROUND):
            scrubbed = scrub(text)

            assert encoded[:38] not in scrubbed
            assert encoded[-38:] not in scrubbed
            assert scrubbed == scrub(scrubbed)


@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS.keys())
def test_harmless_text_in_the_same_encoding_stays(encode: Callable[[str], str]) -> None:
    texts = [around.format(encode(text)) for text in HARMLESS for around in AROUND]

    assert texts == list(map(scrub, texts))


@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS.keys())
def test_an_image_with_the_harmless_text_before_does_not_hide_the_secret(
    encode: Callable[[str], str],
) -> None:
    """The cheap look at images takes values that differ in their digits for one."""
    for text in (*HARMLESS, *SECRETS):
        image = record("1e4d8a52-5a0c-4a7a-9c8e-0b5b1f3d2c61", note=encode(text))
        redacted, replaced = REDACTION(image)

        assert bool(replaced) is (text in SECRETS)
        assert (redacted["note"] == encode(text)) is (text not in SECRETS)


def test_numbers_of_letters_in_json_are_read() -> None:
    for text in SECRETS:
        body = json.dumps({"images": [{"note": list(text.encode()), "sizes": [1] * 20}]}).encode()
        answer = Interaction(Request("GET", "http://h/v2/images"), Response(200, "OK", (), body))
        found = Redactor(StandIns(b"a key for these tests")).interaction(answer)

        stored = json.loads(from_readable(found.response_body.readable(), "body"))
        assert {"images": [{"note": "REDACTED", "sizes": [1] * 20}]} == stored


def test_random_data_is_no_packed_text() -> None:
    """Two bytes begin zlib, and nothing begins deflate: a checksum may look like both."""
    random = Random(7)
    blocks = [begin + random.randbytes(30) for begin in (b"\x78\x9c", b"\x78\xda", b"", b"\x0b")]
    blocks += [random.randbytes(size) for size in (20, 32, 48, 64) for _ in range(100)]
    texts = [text for one in blocks for text in (one.hex(), binascii.b2a_base64(one).decode())]

    assert len([text for text in texts if scrub(text) != text]) <= 2


def test_a_long_text_of_numbers_is_searched_quickly() -> None:
    for hostile in ("70 " * 30_000, "112, " * 20_000, "=70" * 30_000, "\\160" * 20_000):
        assert hostile == scrub(hostile)
