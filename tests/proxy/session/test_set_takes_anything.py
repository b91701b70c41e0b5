"""Whatever a client sends to a simulated cloud, it gets an answer or a miss, never a failure."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape.session.image_set_player import Player
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer, Miss
from support.clouds.changes import BODIES, DATA, JSON, OLDER_PATCH, PATCH, PATCHES
from support.clouds.endpoints import BELOW_AN_IMAGE, METHODS, PATHS
from support.sets.imagesets import ME, OTHER
from support.sets.set_files import make_set, record

# As a server passes on what it could not decode.
RAW = st.binary(max_size=6).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
SEGMENTS = st.one_of(
    st.sampled_from(("mine", "theirs", "tokens", "projects", "auth", "images", "members", "%2F")),
    RAW.map(lambda text: quote(text, errors="surrogateescape")),
    RAW.filter(lambda text: not set(text) & set("/?#\r\n\t[]")),
)
KEYSTONE = ("/v3", "/v3/auth/tokens", "/v3/auth/catalog", "/v3/projects", "/identity", "/v3/auth")
ROOTS = (
    *PATHS,
    *KEYSTONE,
    *(f"/v2/images/mine{below.format(me=ME, other=OTHER)}" for below in BELOW_AN_IMAGE),
    *("/v2/cloudimages", "/v1/cloudimages/tags", "/v1/cloudimages/quota", "/v2/images/{last}"),
)
JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                "auth identity methods password user name id domain scope project token secret "
                "op path value member status tags visibility min_disk".split()
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
METHOD_VALUES = st.sampled_from((["password"], ["token"], ["application_credential"], ["totp"], []))
LOGINS = st.builds(
    lambda methods, one, other, scope: {
        "auth": {
            "identity": {
                "methods": methods,
                "password": one,
                "token": other,
                "application_credential": one,
            },
            "scope": scope,
        }
    },
    METHOD_VALUES,
    JSON_VALUES,
    JSON_VALUES,
    JSON_VALUES,
)
BODY = st.one_of(
    st.just(b""),
    st.binary(max_size=20),
    st.sampled_from((*BODIES, *PATCHES)).map(
        lambda body: body if isinstance(body, bytes) else json.dumps(body).encode()
    ),
    st.one_of(JSON_VALUES, LOGINS).map(lambda value: json.dumps(value).encode()),
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            ("X-Auth-Token", "X-Subject-Token", "X-Project-Id", "Authorization", "Accept", "Range")
        ),
        st.one_of(
            st.sampled_from((ME, OTHER, "%zz%ff", "SDK-HMAC-SHA256 Access=AK, SignedHeaders=a, x")),
            st.binary(max_size=8).map(lambda raw: raw.decode("latin-1")),
        ),
    ),
    max_size=4,
)


@pytest.fixture(scope="module", name="players")
def _players(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Player]]:
    """Writable clouds in both dialects, with and without a project id of the caller's own."""
    folder = tmp_path_factory.mktemp("set")
    path, cloud = folder / "set.images", folder / "cloud.yaml"
    members = [{"member_id": OTHER, "status": "pending"}]
    make_set(
        path,
        [
            record("mine", owner=ME, visibility="shared", members=members, __isregistered="true"),
            record("theirs", owner=OTHER, visibility="private"),
        ],
    )
    cloud.write_text("users: {dana: {password: x, projects: []}}\n")
    players = [
        Player.open(Path(path), dialect, own, writable=True, cloud=accounts)
        for dialect in ("ims", "glance")
        for own, accounts in ((None, None), ("my/project", None), (None, cloud))
    ]
    yield players
    for player in players:
        player.close()


@given(
    method=st.sampled_from(METHODS),
    root=st.sampled_from(ROOTS),
    more=st.lists(SEGMENTS, max_size=2),
    query=RAW,
    headers=HEADERS,
    kind=st.sampled_from(("", JSON, PATCH, OLDER_PATCH, DATA, "text/plain")),
    body=BODY,
)
def test_every_request_gets_an_answer_or_a_miss(
    players: list[Player],
    method: str,
    root: str,
    more: list[str],
    query: str,
    headers: list[tuple[str, str]],
    kind: str,
    body: bytes,
) -> None:
    """With a status, and headers and a body that can be sent."""
    path = "/".join((root, *more)) if more else root
    uri = f"http://127.0.0.1:8180{path}" + (f"?{query}" if query and "?" not in path else "")
    sent = (*headers, ("X-Auth-Token", "any"), ("Content-Type", kind))
    request = Request(method, uri.replace("#", "%23"), sent, body)

    for player in players:
        answer = player.play(request)
        assert isinstance(answer, Answer | Miss)
        if isinstance(answer, Answer):
            assert 200 <= answer.response.status < 600
            assert isinstance(answer.response.body, bytes)
            for name, value in answer.response.headers:
                assert not set("\r\n") & set(name + value), (name, value)
