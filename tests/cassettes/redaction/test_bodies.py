"""Redacting bodies: secrets are replaced, everything else comes back byte for byte."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.formats.body import WRITERS, from_readable
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import RedactedInteraction, Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.drawn.examples import examples

KEY = StandIns(b"a key for these tests")
OWNER = "0123456789abcdef0123456789abcdef"
JSON_TYPE = (("Content-Type", "application/json"),)

NAMES = st.sampled_from(
    "id name status tags min_disk size created_at __os_type hw_firmware_type file self".split()
) | st.text("xyz_é ", max_size=6)
# Letter by letter: as a text it may be a word of our own tables, such as a name of a secret.
PLAIN = st.lists(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="%"), max_size=7
).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)
ANYTHING = st.recursive(
    st.none()
    | st.integers()
    | st.text(max_size=30)
    | st.sampled_from(
        [
            OWNER,
            "joe",
            "token=abc",
            "/v2/images?owner=joe&token=abc#x",
            f"http://u:p@h/users/{OWNER}",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "password token owner username id name user project auth links url extra".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


def redact(body: bytes, path: str = "/v2/images") -> RedactedInteraction:
    request = Request("POST", "http://h" + path, JSON_TYPE, body)
    return Redactor(KEY).interaction(Interaction(request, Response(200, "OK", JSON_TYPE, body)))


def redacted(body: bytes, path: str = "/v2/images") -> bytes:
    return from_readable(redact(body, path).response_body.readable(), "here")


@pytest.mark.parametrize(
    "text",
    [
        "password=sesame",
        'const token: string = "sesame";',
        "password: |\n  sesame\nb: 1\n",
        'call(password="a\\"sesame")',
        '{"password": "sesame"}',
        "parole: x\n密码：sesame\n",
    ],
)
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_a_body_that_is_one_string_is_redacted_and_stays_one(
    text: str, *, ensure_ascii: bool
) -> None:
    stored = json.loads(redacted(json.dumps(text, ensure_ascii=ensure_ascii).encode()))

    assert stored != text
    assert "sesame" not in stored


@given(st.dictionaries(NAMES, VALUES, max_size=6) | st.lists(VALUES), st.sampled_from([*WRITERS]))
def test_json_without_secrets_comes_back_exactly(value: Any, style: str) -> None:
    try:
        body = WRITERS[style](value).encode()
    except TypeError:  # orjson writes no such number
        return

    assert body == redacted(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{ "a" :\n1e5 }',
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}x',
        b'{"a": 1, "a": 2}',
        b'"text"',
        b"12",
        b"400 Bad Request\n\nlimit param must be an integer\n\n   ",
        b"<html>\n <head>\n  <title>401</title>\n </head></html>",
        b"\xff\xfe\x00\x01binary",
        b'{"a": "\\ud800"}',
        '{"a": "\u2028\x7f"}'.encode(),
        b"[" * 3000 + b"]" * 3000,
        b"[" * 300 + b"1" + b"]" * 300,
        b'{"a": ' * 300 + b"1" + b"}" * 300,
        b'{"a":' * 251 + b'"\\ud800"' + b"}" * 251,
        b'[{"img_signature": "x", "name": [' * 500 + b"NaN]" + b"}, -1.5e3, true, null]" * 500,
        b"[" * 300 + b"]",
        b"[" * 300 + b'"a',
        b"[" * 300 + b'"a\\',
        b"[" * 300 + b"what",
        json.dumps({"a": "[" * 300 + '{"b": 1}' + "]" * 300}).encode(),
    ],
)
def test_odd_bodies_without_secrets_come_back_exactly(body: bytes) -> None:
    assert body == redacted(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"password": "x"}', '{"password": "REDACTED"}'),
        ('{"password":"","token":null,"sk":true}', '{"password":"","token":null,"sk":true}'),
        ('{"pin_secret": 1234, "a": 1}', '{"pin_secret": "REDACTED", "a": 1}'),
        ('{"token": ["a", {"b": "c"}]}', '{"token": ["REDACTED", {"b": "REDACTED"}]}'),
        ('{"p\\u0061ssword": "é"}', '{"password": "REDACTED"}'),
        ('{"m": "{\\"sk\\": \\"a\\"}"}', '{"m": "{\\"sk\\": \\"REDACTED\\"}"}'),
        ('{"m": "[1, {broken token=abc"}', '{"m": "[1, {broken token=REDACTED"}'),
        ('{"token=abc": 1}', '{"token=REDACTED": "REDACTED"}'),
        (f'{{"owner" :"{OWNER}"}}', f'{{"owner" :"{KEY.identity(OWNER)}"}}'),
        ('{"token": "a", "token": "b", "x": 1}', '{"token": "REDACTED", "x": 1}'),
        ("Bad token: abc", "Bad token: REDACTED"),
        ('"password=abc"', '"password=REDACTED"'),
    ],
)
def test_secrets_in_bodies(body: str, expected: str) -> None:
    assert expected == redacted(body.encode()).decode()


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ({"op": "add", "path": "/os_password", "value": "x"}, "REDACTED"),
        (
            {"op": "replace", "path": "/meta~1x/token/0", "value": ["x", 5]},
            ["REDACTED", "REDACTED"],
        ),
        ({"replace": "/admin_pass", "value": {"a": "x"}}, {"a": "REDACTED"}),
        ({"key": "sk", "value": "x"}, "REDACTED"),
        ({"op": "replace", "path": "/owner", "value": OWNER}, KEY.identity(OWNER)),
        ({"op": "replace", "path": "/name", "value": "my image"}, "my image"),
        ({"name": 5, "value": "x"}, "x"),
        ({"value": "token=abc"}, "token=REDACTED"),
    ],
)
def test_a_value_named_by_the_member_beside_it_is_redacted_by_that_name(
    before: dict[str, Any], expected: Any
) -> None:
    found = json.loads(redacted(json.dumps([before]).encode()))

    assert [{**before, "value": expected}] == found


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ({"a": ["T0KEN=0", 9]}, {"a": ["T0KEN=REDACTED", "REDACTED"]}),
        ({"a": ["token=abc", "x-9"]}, {"a": ["token=REDACTED", "REDACTED"]}),
        (
            {"a": ["x", "token=0", None], "b": [1, 0, 2]},
            {"a": ["x", "token=REDACTED", None], "b": [1, "REDACTED", 2]},
        ),
        (
            {"a": [1, "password: x"], "b": [[0, 0], [1, 1], [2]]},
            {"a": [1, "password: REDACTED"], "b": [[0, "REDACTED"], [1, "REDACTED"], [2]]},
        ),
        ({"name": "token=0", "value": 1}, {"name": "token=REDACTED", "value": "REDACTED"}),
        ({"a": ["size=0", 9], "b": [1, 0]}, {"a": ["size=0", 9], "b": [1, 0]}),
    ],
)
def test_a_name_with_a_secret_in_it_names_what_is_beside_it_too(before: Any, expected: Any) -> None:
    """As the same name does once its own secret is replaced: it is redacted in one pass."""
    assert expected == json.loads(redacted(json.dumps(before).encode()))


def test_lists_of_names_and_values_are_redacted_in_one_pass() -> None:
    words: list[Any] = [
        *("token=abc", "T0KEN=0", "sk: x", "--token=abc", "x token=abc", "-p", "--password"),
        *("sk", "password", "http://u:p@h/", "Bearer abcdefgh123", "AKIAABCDEFGHIJKLMNOP"),
        *("x-9", "name", "9", 9, 0, None),
    ]
    rng = Random(20)

    for _ in range(500):
        width = rng.choice((2, 2, 3))
        rows = [rng.choices(words, k=width) for _ in range(4)]
        beside = rng.choice(({}, {"b": rows[1]}, {"b": rows}))
        once = redacted(json.dumps({"a": rows[0], **beside}).encode())

        assert once == redacted(once)


DEEP = [300, 1200]


@pytest.mark.parametrize("depth", DEEP)
@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ('{"password":\n"x", "a": 1}', '{"password":\n"REDACTED", "a": 1}'),
        ('{"sk": [{"x": "a"}, 5, null, true], "a": "b"}',
         '{"sk": [{"x": "REDACTED"}, "REDACTED", null, true], "a": "b"}'),
        ('{"p\\u0061ssword": "é"}', '{"p\\u0061ssword": "REDACTED"}'),
        ('"tok\\u0065n=abc"', '"token=REDACTED"'),
        ('{"token=abc": 1}', '{"token=REDACTED": "REDACTED"}'),
        ('{"m": "{\\"sk\\": \\"a\\"}"}', '{"m": "{\\"sk\\": \\"REDACTED\\"}"}'),
        (f'{{"owner": "{OWNER}", "x": "{OWNER}"}}',
         f'{{"owner": "{KEY.identity(OWNER)}", "x": "{KEY.identity(OWNER)}"}}'),
        ('{"token": "a", "token": "b"}', '{"token": "REDACTED", "token": "REDACTED"}'),
        ('token=abc', 'token=REDACTED'),
        ('"a" what password: abc', '"a" what password: REDACTED'),
    ],
)  # fmt: skip
def test_secrets_in_deep_bodies(inner: str, expected: str, depth: int) -> None:
    body = '[{"a": ' * depth + inner + "}]" * depth

    assert body.replace(inner, expected) == redacted(body.encode()).decode()


@pytest.mark.parametrize("depth", DEEP)
def test_a_deep_keystone_body_is_replaced_whole(depth: int) -> None:
    body = b'{"x": ' * depth + b"1" + b"}" * depth

    assert b"REDACTED" == redacted(body, "/v3/auth/tokens")


@pytest.mark.parametrize("depth", DEEP)
def test_deep_json_in_a_string_is_redacted(depth: int) -> None:
    inner = '[{"a": ' * depth + '{"sk": "x"}' + "}]" * depth
    body = json.dumps({"m": inner})

    assert {"m": inner.replace('"x"', '"REDACTED"')} == json.loads(redacted(body.encode()))


def test_deep_hostile_text_is_redacted_quickly() -> None:
    """A search for the end of each string would take minutes."""
    body = b"[" * 300 + b'\\"' * 200_000

    assert body == redacted(body)


def test_a_large_binary_body_is_searched_too() -> None:
    body = b"\xff password=abc Zq7WkR3xVb9T" + b"\x00" * 300_000
    request = Request("GET", "http://h/v2/images/1/file", (("X-Auth-Token", "Zq7WkR3xVb9T"),))

    found = Redactor(KEY).interaction(Interaction(request, Response(200, "OK", (), body)))

    assert "REDACTED" == found.response_body.content


def test_many_different_values_are_all_searched() -> None:
    pages = [[{"name": f"image {page} {one}"} for one in range(1000)] for page in range(10)]
    pages.append([{"note": "token=abc"}])

    assert [json.dumps(page) for page in pages[:10]] == [
        redacted(json.dumps(page).encode()).decode() for page in pages[:10]
    ]
    assert b'[{"note": "token=REDACTED"}]' == redacted(json.dumps(pages[10]).encode())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"token": {"user": {"id": OWNER, "name": "joe", "domain": {"id": "default"}}}},
            {
                "token": {
                    "user": {
                        "id": KEY.identity(OWNER),
                        "name": KEY.name("joe"),
                        "domain": {"id": "default"},
                    }
                }
            },
        ),
        (
            {"token": {"catalog": [{"id": "c1", "name": "glance", "type": "image"}]}},
            {"token": {"catalog": [{"id": "c1", "name": "glance", "type": "image"}]}},
        ),
        ({"token": {"roles": [{"id": "r", "name": "admin"}]}}, None),
        ({"version": {"id": "v3.14", "status": "stable"}}, None),
        ({"versions": {"values": [{"id": "v3.14"}, {"id": "v2.0"}]}}, None),
        ({"auth": {"token": {"id": "abc"}}}, {"auth": {"token": {"id": KEY.token("abc")}}}),
        ({"what": "is this", "n": 1}, {"what": "REDACTED", "n": 1}),
        ({"passcode": 123456, "password": False}, {"passcode": "REDACTED", "password": False}),
        ({"error": {"message": "Unauthorized.", "code": 401, "title": "Unauthorized"}}, None),
        ({"token": {"methods": ["password"], "expires_at": "2030-01-01T00:00:00Z"}}, None),
        ({"user": {"links": {"self": "http://k/v3/users/1"}}}, None),
        ({"token": {"project": {"id": OWNER}, "x": [""]}},
         {"token": {"project": {"id": KEY.identity(OWNER)}, "x": [""]}}),
    ],
)  # fmt: skip
def test_keystone_bodies_pass_by_allow_list(value: Any, expected: Any) -> None:
    found = json.loads(redacted(json.dumps(value).encode(), "/v3/auth/tokens"))

    assert (value if expected is None else expected) == found


@examples(300)
@given(
    ANYTHING.map(json.dumps) | st.text(max_size=60),
    st.sampled_from(
        ["/v2/images?owner=joe&token=abc", "/v3/auth/tokens", "/v2.0/tokens/abcdefghi"]
    ),
    st.sampled_from(
        [
            ("Authorization", "Basic am9lOnBhc3N3b3Jk"),
            ("Authorization", "SDK-HMAC-SHA256 Access=AKAKAKAKAK, Signature=0123456789abcdef"),
            ("X-Auth-Token", "gAAAAABm0123456789abcdef"),
            ("User-Agent", "x --password abc"),
        ]
    ),
)
def test_redacting_twice_is_redacting_once(body: str, path: str, extra: tuple[str, str]) -> None:
    raw = body.encode("utf-8", "surrogatepass")
    headers = (*JSON_TYPE, extra)
    redactor = Redactor(KEY)
    once = redactor.interaction(
        Interaction(
            Request("POST", "http://h" + path, headers, raw), Response(200, "", headers, raw)
        )
    )
    bodies = [from_readable(one.readable(), "") for one in (once.request_body, once.response_body)]
    request, response = once.interaction.request, once.interaction.response

    twice = Redactor(KEY).interaction(
        Interaction(
            Request(request.method, request.uri, request.headers, bodies[0]),
            Response(response.status, response.reason, response.headers, bodies[1]),
        )
    )

    assert once.interaction == twice.interaction
    assert bodies == [
        from_readable(one.readable(), "") for one in (twice.request_body, twice.response_body)
    ]


def test_a_flag_stays_whatever_its_name() -> None:
    """In `__os_feature_list`, IMS says whether an image takes an `ssh_key`, a `password`..."""
    features = json.dumps({"ssh_key": "true", "onekey_resetpasswd": "true", "password": "False"})
    body = json.dumps({"images": [{"__os_feature_list": features, "protected": "true"}]}).encode()

    assert body == redacted(body)


@pytest.mark.parametrize("mark", ["secure", "isSecret", "is_masked"])
def test_a_mark_speaks_of_the_value_beside_it_and_not_of_an_answer(mark: str) -> None:
    """Of a connection that is secure, and an answer that says so, nothing is secret."""
    kept = {"data": {"a": "ubuntu"}, "text": "b", "to": "10.0.0.1", "instances": [{"id": "h1"}]}
    body = {**kept, mark: True, "value": "sesame", "default": ["sesame"]}

    stored = json.loads(redacted(json.dumps(body).encode()))

    assert {**body, "value": "REDACTED", "default": ["REDACTED"]} == stored


SECRET = "Zq7WkR3xVb9TnM5pLc2H"


def stored(
    body: bytes, path: str = "/v2/images", headers: tuple[tuple[str, str], ...] = ()
) -> tuple[str, Interaction]:
    """Return all that is stored of an answer, and the interaction without its bodies."""
    request = Request("POST", "http://h" + path, headers, body)
    found = Redactor(KEY).interaction(Interaction(request, Response(200, "OK", headers, body)))
    bodies = [
        from_readable(one.readable(), "") for one in (found.request_body, found.response_body)
    ]
    shown = b" ".join(bodies)
    readings = [shown.decode("latin-1"), shown.replace(b"\0", b"").decode("latin-1")]
    return "\n".join([str(found.interaction), *readings]), found.interaction


DOCUMENTS: dict[str, bytes] = {
    "signs of a form": json.dumps({"password": f"a=b&c;{SECRET}&{SECRET}"}).encode(),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + json.dumps({"sk": {"x": SECRET}}).encode(),
    "UTF-16": json.dumps({"password": [SECRET]}).encode("utf-16"),
    "UTF-16 without a mark": json.dumps({"password": [SECRET]}).encode("utf-16-le"),
    "UTF-32": json.dumps({"password": [SECRET]}).encode("utf-32"),
    "NDJSON": b'{"a": 1}\n{"sk": {"x": "' + SECRET.encode() + b'"}}\n',
    "NDJSON with a blank line": b'{"a": 1}\n\n[{"sk": ["' + SECRET.encode() + b'"]}]',
    "a comma too many": b'{"sk": {"x": "' + SECRET.encode() + b'"},}',
    "cut off": b'{"a": 1, "sk": {"x": "' + SECRET.encode(),
    "two values": b'{"a": 1}{"sk": {"x": "' + SECRET.encode() + b'"}}',
    "gzip": gzip.compress(json.dumps({"sk": SECRET}).encode(), mtime=0),
    "gzip, cut off": gzip.compress(json.dumps({"sk": SECRET}).encode(), mtime=0)[:-3],
}


@pytest.mark.parametrize("content", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_json_in_other_encodings_and_layouts_is_redacted(name: str, content: str) -> None:
    """Whatever the header says: curl calls each body a form."""
    text, _ = stored(DOCUMENTS[name], headers=(("Content-Type", content),))

    assert SECRET not in text
    assert (
        gzip.compress(json.dumps({"sk": SECRET}).encode(), mtime=0)[10:-12].decode("latin-1")
        not in text
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_json_in_other_encodings_without_secrets_comes_back_exactly(encoding: str) -> None:
    body = json.dumps({"name": "镜像", "disk": 1}, ensure_ascii=False).encode(encoding)

    assert body == redacted(body)


@pytest.mark.parametrize(
    "body",
    [b'{"a": 1}\n{"b":2}\n', b"\x1f\x8bwhat", gzip.compress(b"an image", mtime=0)],
    ids=["NDJSON", "no gzip", "gzip"],
)
def test_what_can_be_searched_and_holds_nothing_comes_back_exactly(body: bytes) -> None:
    expected = b"REDACTED" if body == b"\x1f\x8bwhat" else body

    assert expected == redacted(body)


def _zipped(plain: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", plain)
    return file.getvalue()


COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda plain: gzip.compress(plain, mtime=0),
    "zlib": zlib.compress,
    "zlib, fast": lambda plain: zlib.compress(plain, 1),
    "zstandard": zstandard.ZstdCompressor().compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": _zipped,
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("compress", COMPRESSED.values(), ids=COMPRESSED.keys())
def test_a_compressed_file_is_searched_inside(compress: Callable[[bytes], bytes]) -> None:
    """Stored whole or not at all, and not at all when it cannot be read to its end."""
    harmless = compress(b'{"name": "an image"}' * 50)
    secret = compress(json.dumps({"os_password": SECRET}).encode() * 2)

    assert harmless == redacted(harmless)
    assert b"REDACTED" == redacted(secret)
    assert b"REDACTED" == redacted(compress(compress(compress(secret))))
    assert b"REDACTED" == redacted(compress(b"") + secret)
    assert b"REDACTED" == redacted(compress(bytes(17 << 20)))


def test_a_compressed_file_that_repeats_a_token_is_not_stored() -> None:
    body = gzip.compress(f"no token {SECRET}".encode(), mtime=0)
    request = Request("GET", "http://h/v2/images", (("X-Auth-Token", SECRET),))

    found = Redactor(KEY).interaction(Interaction(request, Response(401, "", (), body)))

    assert b"REDACTED" == from_readable(found.response_body.readable(), "body")


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "br", "x-rot13", "gzip, gzip"])
def test_a_body_that_is_still_encoded_is_replaced_whole(coding: str) -> None:
    text, interaction = stored(SECRET.encode(), headers=(("Content-Encoding", coding),))

    assert SECRET not in text
    assert () == interaction.response.headers


@pytest.mark.parametrize(
    ("path", "body", "content"),
    [
        ("/v3/OS-FEDERATION/x", f"<saml:Assertion><x>{SECRET}</x></saml:Assertion>", "text/xml"),
        ("/v3/auth/OS-FEDERATION/websso", f'<input name="t" value="{SECRET}"/>', "text/html"),
        ("/v3/auth/x", f"SAMLResponse={SECRET}&RelayState={SECRET}", "x-www-form-urlencoded"),
        ("/v3/auth/x", f"a&{SECRET}=b&password={SECRET}", "x-www-form-urlencoded"),
        ("/v3/auth/tokens", f'{{"x": "{SECRET}",}}', "application/json"),
        ("/v3/auth/tokens", f'{{"x": "{SECRET}"}}\n{{"y": "{SECRET}"}}', "application/json"),
        ("/identity/v3/auth/tokens", f'"{SECRET}"', "application/json"),
        ("/v3/auth/tokens", f"\xff{SECRET}", "text/plain"),
    ],
)
def test_a_keystone_body_that_is_not_json_shows_nothing(path: str, body: str, content: str) -> None:
    text, _ = stored(body.encode("latin-1"), path, (("Content-Type", content),))

    assert SECRET not in text.replace(f"{SECRET}=b", "")


@pytest.mark.parametrize(
    "path",
    [
        "/v3/credentials/{}",
        "/v3.0/OS-CREDENTIAL/credentials/{}",
        "/v3/users/u/credentials/OS-EC2/{}",
        "/v3/users/u/OS-OAUTH1/access_tokens/{}",
        "/v3/users/u/OS-OAUTH1/access_tokens/{}/roles",
        "/v3/OS-OAUTH1/authorize/{}",
        "/v3/users/u/application_credentials/{}",
        "/v2.0/tokens/{}/endpoints",
    ],
)
def test_a_keystone_path_with_a_token_or_key_has_a_stand_in(path: str) -> None:
    link = f"http://k{path.format(SECRET)}"
    body = json.dumps({"links": {"self": link}}).encode()
    text, interaction = stored(body, path.format(SECRET), (("Link", f"<{link}>; rel=self"),))

    assert SECRET not in text
    assert f"http://h{path.format(KEY.token(SECRET))}" == interaction.request.uri
    assert KEY.token(SECRET) in text


@pytest.mark.parametrize(
    ("inner", "options"),
    [
        ({"user_name": "joe.smith"}, RedactionOptions()),
        ({"owner": "0123456789abcdef0123456789abcdef"}, RedactionOptions()),
        ({"licence_no": "QWRT-99"}, RedactionOptions(keep_ids=True, sensitive=("licence_no",))),
        ([{"licence_no": "QWRT-99"}], RedactionOptions(keep_ids=True, sensitive=("licence_no",))),
    ],
)
def test_what_one_recording_keeps_is_not_kept_in_another(
    inner: object, options: RedactionOptions
) -> None:
    """JSON in a string: one process may redact with real ids first, and then without."""
    body = json.dumps({"meta": json.dumps(inner)}).encode()
    answer = Interaction(Request("GET", "http://h/v2/images"), Response(200, "OK", (), body))
    expected = Redactor(KEY, options).interaction(answer).response_body

    kept = Redactor(KEY, RedactionOptions(keep_ids=True)).interaction(answer).response_body

    assert body == from_readable(kept.readable(), "body")
    assert expected == Redactor(KEY, options).interaction(answer).response_body
    assert expected != kept
