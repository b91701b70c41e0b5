"""What makes two requests the same question, as a table."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.question import (
    Ignored,
    asks_for_list,
    canonical_query,
    error_form,
    host_of,
    question_of,
    split_uri,
    why_not_ignored,
)
from support.clouds.recorded import get

IMAGES = "/v2/images"
SAME = [
    ("?name=a%zz%", "?name=a%25zz%25"),
    ("?limit=2&name=a", "?name=a&limit=2"),
    ("", "?"),
    ("?name=a", "?name=a&sort_key=created_at&sort_dir=desc"),
    ("?sort_dir=asc", "?sort_dir=asc&sort_key=created_at"),
    ("?sort_key=name", "?sort_key=name&sort_dir=desc"),
    ("?visibility=shared", "?member_status=accepted&visibility=shared"),
    ("?name=Red%20Hat", "?name=Red+Hat"),
    ("?sort=name%3Aasc", "?sort=name:asc"),
    ("?tag=a%3db", "?tag=a=b"),
    ("?name=%e9%95%9c", "?name=%E9%95%9C"),
    ("?name", "?name="),
    ("?tag=a&limit=2&tag=b", "?tag=a&tag=b&limit=2"),
]
DIFFERENT = [
    ("?tag=a&tag=b", "?tag=b"),
    ("?tag=a&tag=b", "?tag=b&tag=a"),  # where only the last of repeats counts, order matters
    ("?limit=25&limit=2", "?limit=2"),
    ("?limit=25", "?limit=26"),
    ("?limit=25", ""),  # the default is a setting of each cloud
    ("?limit=+25", "?limit=2"),
    ("?name=a", "?name=A"),
    ("?name=", ""),
    ("?sort=name:asc", "?sort=name:asc&sort_dir=desc"),  # mixing both is refused
    ("?sort_key=created_at&sort_key=name", "?sort_key=name"),
    ("?a=1;b=2", "?a=1&b=2"),  # Glance splits at `;`, of IMS nothing is known
    ("?name=a;b", "?name=a%3Bb"),
    ("?name=a;b", "?name=a&b="),
    ("?name=a%2", "?name=a%252"),  # Glance reads one digit as an escape
    ("?name=a%+2", "?name=a%25+2"),
    ("?os_hidden=false", ""),  # a property filter where os_hidden is not known
    ("?name=%C3%A9", "?name=e%CC%81"),  # no Unicode normalisation
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_ask_the_same(one: str, other: str) -> None:
    """Order, defaults and encodings do not matter."""
    assert question_of(get(IMAGES + one)) == question_of(get(IMAGES + other))


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("/v3", "/v3/", True),
        ("/identity/v3?a=1", "/identity/v3/?a=1", True),
        ("/v3/users", "/v3/users/", False),
        ("/v2", "/v2/", False),  # of Glance one leads to the other
        ("/v2/images", "/v2/images/", False),
    ],
)
def test_only_the_version_of_keystone_may_end_with_a_slash(
    one: str, other: str, *, is_same: bool
) -> None:
    """Keystone 30 answers both with the same bytes."""
    assert is_same is (question_of(get(one)) == question_of(get(other)))


@pytest.mark.parametrize(
    ("request_", "is_list"),
    [
        (get("/v2/images?limit=1"), True),
        (get("/glance/v2.9/images"), True),
        (get("/v2/images/7"), False),
        (get("/v2/schemas/images"), False),
        (get("/v2/images", ("Range", "bytes=0-9")), False),
        (Request("POST", "http://glance:9292/v2/images"), False),
        (Request("HEAD", "http://glance:9292/v2/images"), False),
    ],
    ids=["page", "another version", "image", "schema", "part", "new image", "head"],
)
def test_only_a_whole_page_is_a_list(request_: Request, *, is_list: bool) -> None:
    """Another answer shows nothing of which images there are."""
    assert is_list is asks_for_list(question_of(request_))


PIECES = st.sampled_from([*"aé+;&=?#/:@[ \t\n\x7f", "%41", "%e9"])


@given(rest=st.lists(PIECES, max_size=8).map("".join))
def test_a_uri_is_split_as_the_standard_library_splits_it(rest: str) -> None:
    """Whatever is in it, and also where that refuses it."""
    uri = f"http://h{rest}"
    try:
        whole = urlsplit(uri)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            split_uri(uri)
        return
    parts, query = split_uri(uri)

    assert whole[:3] == parts[:3]
    assert whole.query == query


@given(query=st.lists(PIECES, max_size=8).map("".join).filter(lambda text: ";" not in text))
def test_a_query_has_the_pairs_that_the_standard_library_finds(query: str) -> None:
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")

    assert tuple(sorted(pairs, key=lambda pair: pair[0])) == canonical_query(query, "/v2/images")


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_these_do_not_ask_the_same(one: str, other: str) -> None:
    """Repeats matter, and nothing is taken for a default that may not be one."""
    assert question_of(get(IMAGES + one)) != question_of(get(IMAGES + other))


def test_defaults_of_the_list_are_no_defaults_elsewhere() -> None:
    """`sort_dir=desc` means something else on another path."""
    assert question_of(get("/v2/images/x?sort_dir=desc")) != question_of(get("/v2/images/x"))


def test_a_slash_at_the_end_is_another_path() -> None:
    """Glance answers it with 404."""
    assert question_of(get("/v2/images/")) != question_of(get("/v2/images"))


@pytest.mark.parametrize(
    ("header", "version"),
    [
        ("", "mitaka"),
        ("M", "mitaka"),
        ("L", "mitaka"),
        ("N", "queens"),
        ("Q", "queens"),
        ("queens", "queens"),
        ("2.0", "mitaka"),
    ],
)
def test_a_letter_after_m_asks_for_the_queens_api(header: str, version: str) -> None:
    """API document: "any letter after M ... the API of the Queens release is returned"."""
    asked = question_of(get(IMAGES, ("X-Api-Version", header)))

    assert version == asked.api_version


def test_an_escaped_slash_is_no_slash() -> None:
    """An id with a slash in it is one segment of the path."""
    assert question_of(get("/v2/images/a%2Fb")) != question_of(get("/v2/images/a/b"))


def test_bodies_that_differ_beyond_64_bits_or_in_repeats_are_not_alike() -> None:
    """Some parsers would not see it."""
    bodies = [
        b'{"a": 18446744073709551616}',
        b'{"a": 18446744073709551617}',
        b'{"a": 1}',
        b'{"a": 2, "a": 1}',
        b"[" * 5000,
        b"no JSON",
    ]

    questions = {question_of(Request("POST", "http://h/v2", (), body)) for body in bodies}

    assert len(bodies) == len(questions)


def test_json_bodies_are_compared_as_values() -> None:
    """Member order and white space do not matter."""
    one = Request("POST", "http://h/v3/auth/tokens", (), b'{"a": 1, "b": [2]}')
    other = Request("POST", "http://h/v3/auth/tokens", (), b'{"b":[2],"a":1}')

    assert question_of(one) == question_of(other)


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("http://H:80/", "h"),
        ("https://h:443/", "h"),
        ("http://h:443/", "h:443"),
        ("http://u:p@h:9292/", "h:9292"),
        ("http://[::1]:9292/v2", "[::1]:9292"),
    ],
)
def test_the_default_port_is_no_other_host(uri: str, host: str) -> None:
    """Written or not, it is the same host."""
    assert host == host_of(uri)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/json", "JSON"),
        ("application/json, */*;q=.1", "JSON"),
        ("*/*", "HTML"),
        ("text/html", "HTML"),
        ("text/plain", "text"),
    ],
)
def test_the_form_of_errors_follows_accept(accept: str, form: str) -> None:
    """As observed on Glance 33."""
    assert form == error_form((("Accept", accept),))


WITHOUT_TRACE = [
    ("", ""),
    ("?trace=1", ""),
    ("?trace", ""),
    ("?trace=1&limit=2", "?limit=2"),
    ("?limit=2&trace=1&name=a%2Db&trace=2", "?limit=2&name=a%2Db"),
    ("?%74race=1&limit=2", "?limit=2"),
    ("?Trace=1", "?Trace=1"),
    ("?tracer=1&a=trace", "?tracer=1&a=trace"),
]


@pytest.mark.parametrize(("sent", "left"), WITHOUT_TRACE)
def test_an_ignored_parameter_is_left_out_and_the_rest_stays_as_it_is(sent: str, left: str) -> None:
    """A parameter's letters matter, a header's do not."""
    headers = (("TRACE", "1"), ("X-Auth-Token", "t"))

    found = Ignored(frozenset(("trace",))).without(get(IMAGES + sent, *headers))

    assert get(IMAGES + left, headers[1]) == found


@pytest.mark.parametrize(
    "name",
    "limit marker sort sort_key sort_dir visibility member_status os_hidden tag name id owner "
    "status size_min created_at changes-since __os_type foo_max _method accept Authorization "
    "X-Project-ID x-auth-token X-Api-Version Range Host".split(),
)
def test_what_decides_the_answer_cannot_be_ignored(name: str) -> None:
    """With the reason."""
    assert why_not_ignored(name)
    assert why_not_ignored("")


@pytest.mark.parametrize("name", ["trace", "_", "enterprise_project_id", "If-None-Match", "LIMIT"])
def test_what_a_cloud_may_not_look_at_can_be_ignored(name: str) -> None:
    """Only the user knows. Parameters have exact names, so `LIMIT` is no limit."""
    assert "" == why_not_ignored(name)
