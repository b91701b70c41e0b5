"""Texts that are known to hold no secret: the whole search finds none in them either."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction import secret_patterns
from glancetape_cassettes.redaction.names.secret_names import is_secret_name
from glancetape_cassettes.redaction.policy import LIST_PARAMETERS, PLAIN_NAMES, REQUEST_HEADERS
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.scrubbing import is_harmless, scrub, scrub_binary
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.replaying.callers import sender_of
from glancetape_cassettes.replaying.question import question_of
from support.running.calls import at_most_calls

_NAMED = st.sampled_from(["", *(f"{name}=" for name in LIST_PARAMETERS)])
_VALUES = st.uuids(version=4).map(str) | st.integers(0, 999_999).map(str)
_PATHS = st.sampled_from(["/v2/images", "/v2/cloudimages"])
_METHODS = st.sampled_from("GET HEAD POST PUT PATCH DELETE OPTIONS".split())


@pytest.mark.parametrize("name", sorted(PLAIN_NAMES))
def test_a_plain_name_is_no_secret_by_the_whole_table(name: str) -> None:
    assert not is_secret_name(name)
    assert name == secret_patterns.scrub(name)


@given(
    text=st.builds("{}{}".format, _NAMED, _VALUES)
    | st.builds("{}/{}".format, _PATHS, _VALUES)
    | _METHODS
)
def test_what_is_harmless_is_kept_by_the_whole_search(text: str) -> None:
    assert secret_patterns.scrub(text) == scrub(text)
    assert not is_harmless(text) or text == secret_patterns.scrub(text)


@pytest.mark.parametrize(
    "text", ["GET", "limit=25", "/v2/images", f"marker={UUID(int=7, version=4)}"]
)
def test_what_a_list_is_asked_with_is_harmless(text: str) -> None:
    assert is_harmless(text)


@pytest.mark.parametrize("secret", [b"password=hunter2", b"pwd=Zq7WkR3xVb9T"])
def test_digits_that_encode_a_secret_are_not_harmless(secret: bytes) -> None:
    text = str(UUID(bytes=secret))

    assert not is_harmless(text)
    assert scrub(text) == secret_patterns.scrub(text) != text


@pytest.mark.parametrize("name", [*REQUEST_HEADERS, "cookie", "x-other"])
def test_a_request_is_compared_by_the_headers_that_a_recording_has(name: str) -> None:
    """Those of a recording are all that may be stored."""
    owner = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    headers = ((name.title(), owner), ("Accept", "*/*"))
    request = Request("GET", f"http://h/v2/images?name=a-{owner}", headers)
    redactor = Redactor(StandIns(b"a key for these tests"))

    compared, _ = redactor.request(request)
    stored = redactor.interaction(Interaction(request, Response(200))).interaction.request

    assert question_of(stored) == question_of(compared)
    assert sender_of(stored) == sender_of(compared)


def test_what_binary_data_repeats_is_searched_once() -> None:
    """Data of an image is mostly the same few parts. To search each of them took 700,000 calls."""
    data = bytes(range(256)) * 2000
    assert data == scrub_binary(data)  # and all expressions are compiled

    with at_most_calls(30_000):
        scrub_binary(data + b"\0")
