"""Which origins may read answers in a browser."""

import pytest

from glancetape.cross_origin import (
    AllowedOrigins,
    asks_first,
    is_loopback_origin,
    preflight_fields,
    read_origin,
    shown_to,
)
from glancetape.options import Settings, flag
from glancetape_cassettes.errors import BadParameter

OF_THIS_MACHINE = [
    "http://localhost",
    "http://localhost:3000",
    "https://localhost:8443",
    "http://app.localhost:5173",
    "http://127.0.0.1:8000",
    "http://127.1.2.3",
    "http://[::1]:3000",
]
OF_OTHERS = [
    "null",
    "",
    "file://",
    "http://localhost.example",
    "http://localhost@evil.example",
    "http://evil.example#localhost",
    "http://evil.example/localhost",
    "http://evil.example?localhost",
    "http://notlocalhost",
    "http://127.0.0.1.evil.example",
    "http://1270.0.0.1",
    "http://0.0.0.0",
    "http://10.0.0.1",
    "http://[::2]",
    "http://[::ffff:10.0.0.1]",
    "chrome-extension://localhost",
    "HTTP://LOCALHOST",
    "http://localhost\r\nX: y",
    "http://localhost:3000 http://evil.example",
    "http://localhost:3000, http://evil.example",
]


@pytest.mark.parametrize("origin", OF_THIS_MACHINE)
def test_pages_of_this_machine_may_read_answers(origin: str) -> None:
    """Whatever the port and the scheme."""
    assert is_loopback_origin(origin)
    assert origin.encode() == AllowedOrigins(frozenset()).origin_of([(b"Origin", origin.encode())])
    assert b"" == AllowedOrigins(frozenset(), True).origin_of([(b"Origin", origin.encode())])


@pytest.mark.parametrize("origin", OF_OTHERS)
def test_pages_of_others_may_not(origin: str) -> None:
    """A name that looks like this machine, and what is no origin."""
    assert not is_loopback_origin(origin)
    assert b"" == AllowedOrigins(frozenset()).origin_of([(b"origin", origin.encode())])


def test_a_request_with_two_origins_has_none() -> None:
    """No browser sends it."""
    fields = [(b"Origin", b"http://localhost")] * 2

    assert b"" == AllowedOrigins(frozenset()).origin_of(fields)
    assert AllowedOrigins(frozenset()).origin_of([]) is None
    assert b"" == AllowedOrigins(frozenset()).origin_of([(b"Origin", b"http://" + b"a" * 9999)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://app.example", "http://app.example"),
        ("https://App.Example:443/", "https://app.example"),
        ("http://app.example:80", "http://app.example"),
        ("http://app.example:3000", "http://app.example:3000"),
        ("http://[fe80::1]:8080", "http://[fe80::1]:8080"),
    ],
)
def test_an_origin_is_named_as_people_write_it(text: str, expected: str) -> None:
    """And allowed as browsers send it."""
    settings = Settings(cors=(text,))

    assert expected == read_origin(text)
    sent = [(b"Origin", expected.encode())]
    assert expected.encode() == settings.allowed_origins.origin_of(sent)


@pytest.mark.parametrize(
    "text", ["*", "null", "app.example", "http://", "http://a b", "ftp://a", ""]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    """`*` too: every page could read what is replayed."""
    with pytest.raises(BadParameter, match=r"--cors: .* is not an origin such as"):
        Settings.of({"cors": [text]}, flag)


def test_origins_where_no_page_may_ask_are_refused() -> None:
    """One of the two is a mistake."""
    with pytest.raises(BadParameter, match="--cors and --no-cors exclude each other"):
        Settings.of({"cors": ["http://a.example"], "no_cors": True}, flag)


def test_a_preflight_is_recognised_by_its_header() -> None:
    """Any other OPTIONS is a request like each other one."""
    assert asks_first("OPTIONS", [(b"access-control-request-method", b"GET")])
    assert not asks_first("OPTIONS", [(b"Origin", b"http://localhost")])
    assert not asks_first("GET", [(b"access-control-request-method", b"GET")])


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        (b"x-auth-token", b"x-auth-token"),
        (b"x-auth-token,content-type", b"x-auth-token,content-type"),
        (b"x-auth-token, content-type", b"x-auth-token, content-type"),
        (b"", None),
        (b"x auth", None),
        (b"a,", None),
        (b"a\r\nSet-Cookie: b", None),
        ("é".encode(), None),
    ],
)
def test_headers_that_a_page_wants_to_send_are_allowed(asked: bytes, allowed: bytes | None) -> None:
    """If they are names of headers."""
    found = dict(
        preflight_fields(b"http://localhost", [(b"Access-Control-Request-Headers", asked)])
    )

    assert allowed == found.get(b"Access-Control-Allow-Headers")
    assert b"http://localhost" == found[b"Access-Control-Allow-Origin"]
    assert b"Access-Control-Allow-Credentials" not in found
    assert b"Access-Control-Allow-Private-Network" not in found


def test_a_page_of_a_public_address_may_ask_a_private_one_if_it_is_named() -> None:
    """Chromium asks for that too."""
    fields = [(b"Access-Control-Request-Private-Network", b"true")]

    found = dict(preflight_fields(b"https://app.example", fields))
    assert b"true" == found[b"Access-Control-Allow-Private-Network"]


def test_a_page_may_read_all_headers_of_an_answer() -> None:
    """A login's token among them. What an answer says itself stays."""
    fields = ((b"X-Subject-Token", b"t"), (b"X-Glancetape", b"synthetic"))
    recorded = ((b"access-control-allow-origin", b"https://horizon.example"),)

    assert (
        *fields,
        (b"Access-Control-Allow-Origin", b"http://localhost"),
        (b"Access-Control-Expose-Headers", b"X-Subject-Token, X-Glancetape"),
        (b"Vary", b"Origin"),
    ) == shown_to(b"http://localhost", fields)
    assert recorded == shown_to(b"http://localhost", recorded)


@pytest.mark.parametrize("origin", [b"*", b"http://localhost"])
def test_where_an_answer_is_from_may_be_read_beside_what_a_cloud_exposes(origin: bytes) -> None:
    """The cloud cannot have named our header. No page reads the answer to a preflight."""
    recorded = (
        (b"Access-Control-Allow-Origin", origin),
        (b"Access-Control-Expose-Headers", b"X-Openstack-Request-Id"),
        (b"X-Glancetape", b"exact; a.yaml#1"),
    )
    preflight = preflight_fields(b"http://localhost", [])

    shown = shown_to(b"http://localhost", recorded)
    exposed = [value for name, value in shown if name == b"Access-Control-Expose-Headers"]
    assert [b"X-Glancetape", b"X-Openstack-Request-Id"] == exposed
    for fields in (preflight, (*preflight, (b"X-Glancetape", b"preflight")), recorded[2:]):
        shown = shown_to(b"http://localhost", fields, is_preflight=True)
        assert b"http://localhost" == dict(shown)[b"Access-Control-Allow-Origin"]
        assert b"Access-Control-Expose-Headers" not in dict(shown)
    shown = shown_to(b"http://localhost", recorded, is_preflight=True)
    exposed = [value for name, value in shown if name == b"Access-Control-Expose-Headers"]
    assert [b"X-Openstack-Request-Id"] == exposed


@pytest.mark.parametrize("star", [b"*", b" * "])
def test_what_a_cloud_allowed_to_all_is_allowed_to_one(star: bytes) -> None:
    """And not with cookies. A page that may not read gets nothing of it."""
    kept = ((b"Content-Type", b"application/json"),)
    recorded = (
        *kept,
        (b"Access-Control-Allow-Origin", star),
        (b"access-control-allow-credentials", b"true"),
        (b"Access-Control-Expose-Headers", b"*"),
    )

    assert (
        *kept,
        (b"Access-Control-Allow-Origin", b"http://localhost"),
        (b"Vary", b"Origin"),
        (b"Access-Control-Expose-Headers", b"*"),
    ) == shown_to(b"http://localhost", recorded)
    assert kept == shown_to(b"", recorded)
    assert kept == shown_to(b"", kept)
