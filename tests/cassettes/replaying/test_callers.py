"""Who sends a request, as its headers and recorded logins show it."""

import json

import pytest

from glancetape_cassettes.interaction import Response
from glancetape_cassettes.replaying.callers import (
    Caller,
    CallerKind,
    caller_of,
    projects_of_tokens,
)

PROJECT, TOKEN = Caller(CallerKind.PROJECT, "p"), Caller(CallerKind.TOKEN, "t")


def test_the_caller_is_the_project_then_the_token_then_the_access_key() -> None:
    """A signed request carries the project; an opaque token shows only itself."""
    headers = (("Authorization", "SDK"), ("X-Auth-Token", "t"), ("X-Project-Id", "p"))

    assert [caller_of(headers[:n]) for n in range(4)] == [
        None,
        Caller(CallerKind.ACCESS_KEY, "SDK"),
        TOKEN,
        PROJECT,
    ]


def test_a_token_is_never_a_project_of_the_same_id() -> None:
    """Kind and id count together."""
    assert Caller(CallerKind.TOKEN, "p") != PROJECT
    assert ("p", None) == (PROJECT.project, TOKEN.project)


def test_a_caller_is_shown_with_its_kind() -> None:
    """As in a miss and in the list of an import's choices."""
    shown = [str(Caller(kind, "x")) for kind in CallerKind]

    assert ["project x", "token x", "access key x"] == shown


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((("X-Subject-Token", "t"),), {"token": {"project": {"id": "p"}}}),
        ((), {"access": {"token": {"id": "t", "tenant": {"id": "p"}}}}),
    ],
    ids=["v3", "v2.0"],
)
def test_a_login_shows_the_project_of_its_token(
    headers: tuple[tuple[str, str], ...], body: object
) -> None:
    """Keystone v3 gives the token in a header, v2.0 in the body."""
    response = Response(200, "OK", headers, json.dumps(body).encode())

    assert {TOKEN: PROJECT} == projects_of_tokens(response)
