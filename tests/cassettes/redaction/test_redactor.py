"""Redacting interactions: headers, URLs and ids, and what must stay unchanged."""

import json
from dataclasses import replace
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from glancetape_cassettes.redaction.policy import (
    NEVER_HEADERS,
    RedactionOptions,
    Treatment,
    field_treatment,
)
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns

KEY = StandIns(b"a key for these tests")
OWNER = "0123456789abcdef0123456789abcdef"
STAND_IN = KEY.identity(OWNER)
SECRET = "Zq7WkR3xVb9TnM5pLc2H"
URI = "http://glance:9292/v2/images"


def exchange(
    uri: str = URI,
    headers: Headers = (),
    answer: bytes = b"{}",
    answer_headers: Headers = (),
    body: bytes = b"",
) -> Interaction:
    return Interaction(
        Request("GET", uri, headers, body), Response(200, "OK", answer_headers, answer), "now"
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            "password adminPass admin_pass os-password db.passwd accessKey access-key API_KEY "
            "secretKey SecretAccessKey sk ak sig X-Amz-Signature privateKey client_secret token "
            "X-Auth-Token authToken user_data sessionId jwt credentials OTP",
            Treatment.SECRET,
        ),
        ("owner project_id tenant-id Member_Id owner.id enterprise_project_id", Treatment.ID),
        ("username project_name Domain-Name", Treatment.NAME),
        (
            "name id status sort_key sort_dir img_signature img_signature_key_type "
            "img_signature_certificate_uuid img_signature_hash_method __system__cmkid "
            "hw_firmware_type __account_code public_key asking tasks disk bypass_x compass author "
            "cinder_encryption_key_id x-openstack-request-id os_type marker tag limit",
            Treatment.KEEP,
        ),
        ("key object_key monkey OPENAI_KEY stripeKey2", Treatment.KEY),
    ],
    ids=lambda value: value.name if isinstance(value, Treatment) else "",
)
def test_fields_are_treated_by_the_words_in_their_names(names: str, expected: Treatment) -> None:
    treated = {name: field_treatment(name) for name in names.split()}

    assert dict.fromkeys(names.split(), expected) == treated


UUID = "fe05659e-d433-4e09-aa78-19e0b7f5e497"
MESSAGES = (
    "The account is locked for user: {}.",
    "The password is expired and needs to be changed for user: {}.",
    "Denying attempt to upload image because it exceeds quota for tenant {}",
    "No permission: user_id {} of the cloud",
    "Could not find project: {}.",
    "not of project_id: {}, or disabled",
    "Domain '{}' is disabled",
)


@pytest.mark.parametrize("uri", [URI, "http://keystone:5000/v3/auth/tokens"])
@pytest.mark.parametrize("real", [OWNER, UUID])
@pytest.mark.parametrize("message", MESSAGES)
def test_an_id_in_a_message_becomes_a_stand_in(message: str, real: str, uri: str) -> None:
    """Also where ids were kept before; what has another word before it stays."""
    shown, expected = message.format(real), message.format(KEY.identity(real))
    answer = exchange(uri, answer=json.dumps({"error": {"code": 401, "message": shown}}).encode())

    kept = Redactor(KEY, RedactionOptions(keep_ids=True)).interaction(answer)
    found = Redactor(KEY).interaction(answer)

    assert shown == json.loads(str(kept.response_body.content))["error"]["message"]
    assert expected == json.loads(str(found.response_body.content))["error"]["message"]
    assert {real} == set(found.real_ids)


@pytest.mark.parametrize("message", MESSAGES)
def test_an_id_in_a_page_of_text_becomes_a_stand_in(message: str) -> None:
    page = f"<html><body><h1>413</h1>{message}<br /></body></html>"
    found = Redactor(KEY).interaction(exchange(answer=page.format(OWNER).encode()))

    assert page.format(STAND_IN) == found.response_body.content


@pytest.mark.parametrize(
    "message",
    [
        f"No image found with ID {UUID}",
        f"superuser: {OWNER}",
        f"for user: {OWNER}0",
        "for user: joe",
        f"checksum of the project is {OWNER}",
    ],
)
def test_another_id_in_a_message_stays(message: str) -> None:
    found = Redactor(KEY).interaction(exchange(answer=json.dumps({"message": message}).encode()))

    assert message == json.loads(str(found.response_body.content))["message"]


def test_a_name_that_looks_like_a_scheme_is_no_url() -> None:
    found = Redactor(KEY).interaction(
        exchange(URI, (), b"{}", (("Location", f"password: {SECRET}"),))
    )

    assert header(found.interaction.response.headers, "location") == "password: REDACTED"


@pytest.mark.parametrize("start", ["http://glance:9292", "glance:9292", "http:", "mirror:"])
def test_ids_and_short_names_in_a_url_are_replaced_without_two_slashes_too(start: str) -> None:
    url = f"{start}/v2/images?owner={OWNER}&sid=x1&token={SECRET}"
    found = Redactor(KEY).interaction(exchange(URI, (), b"{}", (("Location", url),)))

    kept = str(header(found.interaction.response.headers, "location"))
    assert not [one for one in (OWNER, "x1", SECRET) if one in kept]


def test_an_owner_has_one_stand_in_in_every_place() -> None:
    found = Redactor(KEY).interaction(
        exchange(
            f"{URI}/1/members/{OWNER}?owner={OWNER}&limit=2",
            (("X-Project-Id", OWNER),),
            json.dumps({"owner": OWNER, "location": f"https://h/AUTH_{OWNER}/x"}).encode(),
            (("Location", f"/v3/projects/{OWNER}"),),
        )
    )

    assert f"{URI}/1/members/{STAND_IN}?owner={STAND_IN}&limit=2" == found.interaction.request.uri
    assert STAND_IN == header(found.interaction.request.headers, "x-project-id")
    assert f"/v3/projects/{STAND_IN}" == header(found.interaction.response.headers, "location")
    assert {"owner": STAND_IN, "location": f"https://h/AUTH_{STAND_IN}/x"} == json.loads(
        found.response_body.content
    )
    assert frozenset([OWNER]) == found.real_ids


def test_a_request_is_redacted_as_it_is_recorded_and_its_ids_are_returned() -> None:
    before = exchange(f"{URI}?owner={OWNER}", (("X-Project-Id", OWNER), ("X-Auth-Token", SECRET)))
    redactor = Redactor(KEY)

    request, ids = redactor.request(before.request)

    assert redactor.interaction(before).interaction.request == request
    assert {STAND_IN: OWNER} == ids


@pytest.mark.parametrize(
    ("asked", "linked"),
    [
        ("acme-prod", "acme-prod"),
        ("my+big+project+nine", "my+big+project+nine"),
        ("my+big+project+nine", "my%20big%20project%20nine"),
        ("%E7%A0%94", "研"),
    ],
)
@pytest.mark.parametrize(
    "name", ["next", "first", "self", "schema", "href", "url", "location", "anything"]
)
@pytest.mark.parametrize("prefix", ["", "http://glance:9292", "https://h"])
def test_a_link_in_a_body_is_redacted_as_the_uri_of_a_request(
    asked: str, linked: str, name: str, prefix: str
) -> None:
    link = f"{prefix}/v2/images?owner={{}}&limit=2&token={{}}&marker=1"
    answer = json.dumps({"images": [], name: link.format(linked, "abc")}).encode()

    found = Redactor(KEY).interaction(exchange(f"{URI}?owner={asked}", answer=answer))

    stand_in = KEY.name(unquote_plus(asked))
    assert f"{URI}?owner={stand_in}" == found.interaction.request.uri
    assert link.format(stand_in, "REDACTED") == json.loads(found.response_body.content)[name]


def test_a_link_to_a_member_does_not_show_the_member() -> None:
    links = [f"/v2/images/1/members/{OWNER}", f"http://k/v3/projects/{OWNER}/x"]

    found = Redactor(KEY).interaction(exchange(answer=json.dumps(links).encode()))

    assert [f"/v2/images/1/members/{STAND_IN}", f"http://k/v3/projects/{STAND_IN}/x"] == json.loads(
        found.response_body.content
    )


@pytest.mark.parametrize(
    "link",
    ["/v2/images?", "/v2/images?limit=2#part", "HTTP://h/x?a=b", "//h?x=1", "http://[::1/v2?a=b",
     "/v2/images/1/members/", "/what is? this", "/?", "///a?b"],
)  # fmt: skip
def test_a_harmless_link_stays_as_it_is(link: str) -> None:
    found = Redactor(KEY).interaction(exchange(answer=json.dumps({"next": link}).encode()))

    assert {"next": link} == json.loads(found.response_body.content)


@pytest.mark.parametrize("shown", ["my+big+project+nine", "my%20big%20project%20nine"])
def test_an_id_is_replaced_in_its_quoted_forms_too(shown: str) -> None:
    found = Redactor(KEY).interaction(
        exchange(f"{URI}?owner=my+big+project+nine", answer=f"none of {shown}".encode())
    )

    assert f"none of {KEY.name('my big project nine')}" == found.response_body.content


@pytest.mark.parametrize("name", ["owner", "project_name", "user_name", "member_id"])
def test_keep_ids_keeps_no_secret_in_the_place_of_an_id(name: str) -> None:
    redactor = Redactor(KEY, RedactionOptions(keep_ids=True))
    answer = json.dumps({"images": [{name: f"password={SECRET}"}, {name: OWNER}]}).encode()
    found = redactor.interaction(exchange(f"{URI}?{name}=token:{SECRET}", answer=answer))

    assert SECRET not in str(found)
    assert OWNER in str(found.response_body)


def test_keep_ids_does_not_keep_secrets() -> None:
    found = Redactor(KEY, RedactionOptions(keep_ids=True)).interaction(
        exchange(
            f"{URI}?owner={OWNER}&token={SECRET}",
            (("X-Project-Id", OWNER), ("X-Auth-Token", SECRET)),
            json.dumps({"owner": OWNER, "password": SECRET}).encode(),
        )
    )

    assert f"{URI}?owner={OWNER}&token=REDACTED" == found.interaction.request.uri
    assert OWNER == header(found.interaction.request.headers, "x-project-id")
    assert {"owner": OWNER, "password": "REDACTED"} == json.loads(found.response_body.content)
    assert SECRET not in str(found)


@pytest.mark.parametrize("name", sorted(NEVER_HEADERS))
def test_no_option_records_a_header_with_credentials(name: str) -> None:
    redactor = Redactor(KEY, RedactionOptions(keep_headers=(name, name.upper(), "X-Harmless")))

    headers = (name.title(), SECRET), ("x-harmless", "yes")
    found = redactor.interaction(exchange(headers=headers, answer_headers=headers)).interaction

    assert SECRET not in str(found)
    assert ("x-harmless", "yes") in found.request.headers
    assert ("x-harmless", "yes") in found.response.headers


def test_sensitive_names_are_redacted_everywhere() -> None:
    redactor = Redactor(KEY, RedactionOptions(sensitive=("X-Internal", "hw-thing", "owner")))
    found = redactor.interaction(
        exchange(
            f"{URI}?hw_thing={SECRET}",
            (("x-internal", SECRET), ("Accept", "*/*")),
            json.dumps({"HW_Thing": [{"x": SECRET}], "owner": OWNER}).encode(),
        )
    )

    assert SECRET not in str(found)
    assert OWNER not in str(found)
    assert (("Accept", "*/*"),) == found.interaction.request.headers


def test_a_secret_of_an_earlier_interaction_is_replaced_in_a_later_one() -> None:
    redactor = Redactor(KEY)
    redactor.interaction(exchange(headers=(("X-Auth-Token", SECRET),)))

    found = redactor.interaction(exchange(answer=f"no {SECRET.lower()} here".encode()))

    assert "no REDACTED here" == found.response_body.content


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://u:p@h:1/v2/images", "http://h:1/v2/images"),
        (f"{URI}?sort_key=name&token=abc", f"{URI}?sort_key=name&token=REDACTED"),
        (f"{URI}?%74oken=abc&tag=a%3Db", f"{URI}?%74oken=REDACTED&tag=a%3Db"),
        (f"{URI}?tag=password%3Dabc", f"{URI}?tag=password%3DREDACTED"),
        (f"{URI}?password%3Dabc", f"{URI}?REDACTED"),
        (f"{URI}?token", f"{URI}?token"),
        (f"{URI}?limit=1;token=abc;name=a", f"{URI}?limit=1;token=REDACTED;name=a"),
        (f"{URI}?token=a;b&limit=1", f"{URI}?token=REDACTED&limit=1"),
        (f"{URI}?token=a;b=c;d", f"{URI}?token=REDACTED"),
        (f"{URI}?limit=1#token=x", f"{URI}?limit=1"),
        (f"{URI}?name=Cent%20OS+7&__platform=Red%20Hat", None),
        (f"{URI}?&&a=&=b&tag=x&tag=y", None),
        ("http://[::1/v2?x=http://u:p@h/", "http://h/"),
    ],
)
def test_the_url_of_a_log_line_is_redacted(uri: str, expected: str | None) -> None:
    redactor = Redactor(KEY)

    assert f"GET {expected or uri}" == redactor.request_line("GET", uri)


_PIECES = (
    "password=",
    SECRET,
    "owner=",
    "\udcff",
    "\udc80",
    "é",
    "%FF",
    "&",
    ";",
    "=",
    "/",
    "?",
    "#",
)


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_a_url_with_bytes_that_are_not_utf_8_is_redacted_like_one_with_escapes(rest: str) -> None:
    """mitmproxy has such bytes as halves of characters, which no text in UTF-8 can have."""
    redactor, raw = Redactor(KEY), f"{URI}/{rest}"
    escaped = (
        raw.encode("utf-8", "surrogateescape").replace(b"\xff", b"%FF").replace(b"\x80", b"%80")
    )

    assert redactor.request_line("GET", escaped.decode()) == redactor.request_line("GET", raw)
    assert redactor.request(Request("GET", escaped.decode())) == redactor.request(
        Request("GET", raw)
    )


def test_half_a_character_in_a_link_is_no_reason_not_to_redact_it() -> None:
    link = f"http://h/x?name=\\ud800password={SECRET}"

    found = Redactor(KEY).interaction(exchange(answer=f'{{"a":"{link}"}}'.encode()))

    assert SECRET not in str(found.response_body.content)
    assert "name=%ED%A0%80password%3DREDACTED" in str(found.response_body.content)


def test_a_secret_in_place_of_the_method_is_replaced() -> None:
    """After a body that is longer than its length says, its rest begins the next request."""
    redactor = Redactor(KEY)
    asked = Request(SECRET.upper(), URI, (("X-Auth-Token", SECRET),))

    found = redactor.interaction(Interaction(asked, Response(200, "OK", (), b"{}"), "now"))

    assert "REDACTED" == found.interaction.request.method
    assert "REDACTED" == redactor.request(asked)[0].method
    assert f"REDACTED {URI}" == redactor.request_line(SECRET, URI)


def test_a_log_line_is_one_line() -> None:
    line = Redactor(KEY).request_line("GET\n", f"{URI}?a=\x1b[31m\nfake&token={SECRET}")

    assert line.isprintable()
    assert SECRET not in line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Errno -2] Name or service not known", None),
        (f"Invalid header line: b'X-Auth-Token {SECRET}'", "Invalid header line: '...'"),
        (f'Bad line: b"a\'{SECRET}"', "Bad line: '...'"),
        (
            f"illegal chunk header: bytearray(b'{SECRET}\\r')",
            "illegal chunk header: bytearray('...')",
        ),
        (f"cut off: b'{SECRET}", "cut off: '...'"),
        (f"bad value: {chr(34) + chr(39) + SECRET!r}", "bad value: '...'"),
        (f'bad value: "a\\"{SECRET}" here', "bad value: '...' here"),
        (f"bad value: u'{SECRET}' here", "bad value: '...' here"),
        (f"cut off: '{SECRET}\\", "cut off: '...'"),
        (f"no token={SECRET}\n", "no token=REDACTED?"),
    ],
)
def test_the_message_of_another_program_is_logged_without_its_quotes(
    text: str, expected: str | None
) -> None:
    assert (expected or text) == Redactor(KEY).foreign_text(text)


HARMLESS = {
    "images": [
        {
            "name": "CentOS 7.3 64bit",
            "img_signature": "abcDEF0123456789+/==",
            "img_signature_hash_method": "SHA-256",
            "img_signature_key_type": "RSA-PSS",
            "img_signature_certificate_uuid": "fe05659e-d433-4e09-aa78-19e0b7f5e497",
            "__system__cmkid": "fe05659e-d433-4e09-aa78-19e0b7f5e497",
            "checksum": OWNER,
            "tags": ["a=b", "env=prod", "镜像"],
            "my_property": "anything: really",
            "file": "/v2/images/fe05659e-d433-4e09-aa78-19e0b7f5e497/file",
            "meta": '{"a": [1, 2.5, null]}',
        }
    ],
    "next": "/v2/images?sort_key=name&marker=fe05659e-d433-4e09-aa78-19e0b7f5e497",
}


@pytest.mark.parametrize("ascii_only", [True, False])
def test_what_is_harmless_stays(ascii_only: bool) -> None:
    headers = (
        ("Content-Type", "application/json"),
        ("x-openstack-request-id", "req-902b13a9-f79e-4c62-8202-c7ab0fbacfe6"),
        ("X-Request-Id", OWNER),
        ("Vary", "X-Auth-Token"),
    )
    before = exchange(
        f"{URI}?sort_key=name&sort_dir=asc&tag=a%3Db",
        (("Accept", "*/*"), ("User-Agent", "openstacksdk/4.22.0 keystoneauth1/5.18.1")),
        json.dumps(HARMLESS, ensure_ascii=ascii_only).encode(),
        headers,
    )

    found = Redactor(KEY).interaction(before)

    assert before.request == found.interaction.request
    assert headers == found.interaction.response.headers
    assert HARMLESS == json.loads(found.response_body.content)


def test_a_head_response_keeps_the_length_of_the_body_that_a_get_would_have() -> None:
    before = exchange(answer_headers=(("Content-Length", "563"), ("Connection", "close")))

    found = Redactor(KEY).interaction(replace(before, request=Request("HEAD", URI)))

    assert (("Content-Length", "563"),) == found.interaction.response.headers


def test_without_a_key_ids_and_tokens_are_compared_as_they_are() -> None:
    headers = (("X-Auth-Token", SECRET), ("X-Project-Id", OWNER))
    request, ids = Redactor(None).request(Request("GET", f"{URI}?owner={OWNER}", headers))

    assert f"{URI}?owner={OWNER}" == request.uri
    assert {} == ids


REASONS = {
    "OK": "OK",
    "Multiple choices": "Multiple choices",
    "I'm a Teapot": "I'm a Teapot",
    "": "",
    f"OK {SECRET}": "Not Found",
    "token=abcdefghijkl": "Not Found",
    "see http://u:p@host/": "Not Found",
    "gAAAAABabcdefghijklmnopqrstuvwx": "Not Found",
    "one two three four five six seven": "Not Found",
}


@pytest.mark.parametrize(("reason", "kept"), REASONS.items())
def test_a_reason_is_kept_if_it_is_a_few_words(reason: str, kept: str) -> None:
    """Anything may be in it, and nothing needs it: otherwise it is the usual one."""
    found = exchange()
    response = replace(found.response, status=404, reason=reason)

    redacted = Redactor(KEY).interaction(replace(found, response=response))

    assert kept == redacted.interaction.response.reason
