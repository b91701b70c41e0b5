"""Who sends a request, as its headers and recorded logins show it."""

import json

import pytest

from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.replaying.callers import (
    Caller,
    CallerKind,
    Granted,
    caller_of,
    granted_by,
    names_of,
)
from glancetape_cassettes.replaying.entries import RedactedAlike

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


STAND_INS = StandIns(b"a key for these tests")
CALLERS = [
    Caller(CallerKind.TOKEN, STAND_INS.token("t")),
    Caller(CallerKind.TOKEN, STAND_INS.token("u")),
    Caller(CallerKind.ACCESS_KEY, STAND_INS.token("AK")),
    Caller(CallerKind.PROJECT, STAND_INS.identity("0a1b2c3d4e5f60718293a4b5c6d7e8f9")),
    Caller(CallerKind.PROJECT, "0a1b2c3d4e5f60718293a4b5c6d7e8f9"),
    Caller(CallerKind.TOKEN, "gAAAAABl-of-another-recorder"),
    Caller(CallerKind.TOKEN, "gAAAAABm-of-another-recorder"),
    Caller(CallerKind.ACCESS_KEY, "HPUAXT4EXAMPLEOFAKEY"),
]


@pytest.mark.parametrize("one", CALLERS)
@pytest.mark.parametrize("other", CALLERS)
def test_names_in_a_message_stay_when_its_secrets_are_replaced(one: Caller, other: Caller) -> None:
    """Messages are redacted as a whole; secrets are in no name, and ids of stand-ins are whole."""
    names = names_of({one, other})
    said = f"No login is recorded of {', '.join(names)}; record it."

    assert said == Redactor(None).text(said)
    assert all((each.id in said) == (each.shown != each.kind.value) for each in (one, other))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (
            (("X-Subject-Token", "t"),),
            {"token": {"project": {"id": "p"}, "user": {"id": "u"}, "roles": [{"name": "member"}]}},
        ),
        (
            (),
            {
                "access": {
                    "token": {"id": "t", "tenant": {"id": "p"}},
                    "user": {"id": "u", "roles": [{"name": "member"}]},
                }
            },
        ),
    ],
    ids=["v3", "v2.0"],
)
def test_a_login_shows_the_project_of_its_token(
    headers: tuple[tuple[str, str], ...], body: object
) -> None:
    """Keystone v3 gives the token in a header, v2.0 in the body."""
    response = Response(200, "OK", headers, json.dumps(body).encode())

    granted = granted_by(response)

    assert granted is not None
    assert (TOKEN, PROJECT, {"member"}) == (granted.token, granted.project, granted.roles)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"token": []}',
        b'{"access": {}}',
        b'{"error": {}}',
        b"[" * 9999,
        b"\xff",
    ],
)
def test_what_is_no_login_shows_no_token(body: bytes) -> None:
    """A refusal, a page of HTML, an answer that is cut off."""
    assert granted_by(Response(200, "OK", (("X-Subject-Token", "t"),), body)) is None


def granted(token: str, project: str | None, *roles: str, holder: str = "u") -> Granted:
    """What a login gave."""
    return Granted(
        token=Caller(CallerKind.TOKEN, token),
        project=Caller(CallerKind.PROJECT, project) if project else None,
        holder=holder,
        roles=frozenset(roles),
    )


@pytest.mark.parametrize(
    ("logins", "callers"),
    [
        ([granted("t1", "p", "member"), granted("t2", "p", "member")], "project p, project p"),
        ([granted("t1", "p"), granted("t2", "q")], "project p, project q"),
        (
            [
                granted("t1", "p", "member"),
                granted("t2", "p", "admin"),
                granted("t3", "p", "admin"),
            ],
            "token t1, token t2, token t2",
        ),
        ([granted("t1", None), granted("t2", None)], "token t1, token t1"),
        ([granted("t1", None), granted("t2", None, holder="v")], "token t1, token t2"),
    ],
    ids=["again", "projects", "roles", "without a project", "users without a project"],
)
def test_tokens_for_the_same_are_one_caller(logins: list[Granted], callers: str) -> None:
    """An administrator of a project sees more than its members."""
    group = RedactedAlike(number=0, redactor=None)
    for one in logins:
        group.learn(one)

    found = [
        group.caller_of(Request("GET", "/", (("X-Auth-Token", one.token.id),))) for one in logins
    ]

    assert callers == ", ".join(map(str, found))
