"""Secrets that one part of an exchange shows: replaced wherever another part repeats them."""

import base64
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.redaction.known_secrets import Masker, RecentSecrets, encodings

WORD = "Zq7WkR3xVb9TnM5pLc2H"


@pytest.mark.parametrize("secret", [WORD, 'p/+&="<é%41:@x', "ua:" + "a1" * 16 + ":member"])
@pytest.mark.parametrize("skip", range(3))
def test_a_secret_is_replaced_in_each_of_its_forms(secret: str, skip: int) -> None:
    mask = Masker([secret], {})
    raw = secret.encode()
    echoes = [
        secret,
        secret.upper(),
        secret.swapcase(),
        quote(secret, safe=""),
        quote(quote(secret)),
        "".join(f"%{byte:02x}" for byte in raw),
        raw.hex(),
        raw.hex().upper(),
    ]

    assert ["x REDACTED y"] * len(echoes) == [mask(f"x {echo} y") for echo in echoes]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert "REDACTED" in mask(encode(b"j" * skip + raw + b":x").decode())
    assert b"\xff REDACTED" == mask.bytes(b"\xff " + raw)


def test_a_secret_that_came_percent_encoded_is_replaced_in_plain_text() -> None:
    assert "x REDACTED" == Masker([quote("ua:abcdef:member", safe="")], {})("x ua:abcdef:member")


@pytest.mark.parametrize("secret", ["short", "password", "administrator"[:11], "xREDACTEDx", ""])
def test_ordinary_words_are_not_replaced(secret: str) -> None:
    assert f"a {secret} b" == Masker([secret], {})(f"a {secret} b")


def test_a_long_id_is_replaced_in_any_text_and_a_short_one_is_not() -> None:
    mask = Masker([], {"a" * 32: "facade00", "short": "x"})

    assert "https://h/v1/AUTH_facade00 short" == mask(f"https://h/v1/AUTH_{'a' * 32} short")


def test_only_the_last_secrets_are_remembered() -> None:
    memory = RecentSecrets()
    memory.add(f"{WORD}{number}" for number in range(40))

    assert 16 == len(list(memory))
    assert f"{WORD}39" in list(memory)


@given(st.text(min_size=12))
def test_the_encodings_include_the_percent_encoded_form(secret: str) -> None:
    assert quote(unquote(secret), safe="").lower() in encodings(secret)
