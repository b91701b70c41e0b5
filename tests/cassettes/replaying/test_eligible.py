"""Whose recording, from which host and in which form, may be given to a caller."""

from pathlib import Path

import pytest

from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import find
from support.clouds.recorded import (
    PROJECT_A,
    PROJECT_B,
    answer_to,
    get,
    ok,
    page,
    recording_of,
    write_cassette,
)


def test_another_host_is_not_answered_through_the_proxy(tmp_path: Path) -> None:
    """Two regions have different images."""
    recording = recording_of(tmp_path, (get("/v2/images"), ok()))
    asked = get("/v2/images", host="http://other:9292")

    assert "It is recorded from another host only." == answer_to(recording, asked)
    assert ok().body == answer_to(recording, asked, any_host=True)


def test_two_recorded_hosts_are_not_mixed_up_when_the_host_says_nothing(tmp_path: Path) -> None:
    """A request sent to us directly could mean either."""
    recording = recording_of(
        tmp_path, (get("/v2/images"), ok()), (get("/v2/images", host="http://other"), ok())
    )

    assert "several hosts" in str(answer_to(recording, get("/v2/images"), any_host=True))


CALLERS = [
    # recorded for, asked by, answered
    ([None], None, True),
    ([None], ("X-Auth-Token", "t"), True),
    ([("X-Auth-Token", "s")], ("X-Auth-Token", "t"), True),  # tokens are new in every run
    ([("X-Auth-Token", "s")], None, False),
    ([PROJECT_A], None, False),
    ([PROJECT_A], ("X-Auth-Token", "t"), True),
    ([PROJECT_A], PROJECT_A, True),
    ([PROJECT_A], PROJECT_B, False),
    ([None], PROJECT_B, False),
    ([PROJECT_A, PROJECT_B], PROJECT_B, True),
    ([PROJECT_A, PROJECT_B], None, False),
    ([PROJECT_A, PROJECT_B], ("X-Auth-Token", "t"), False),
    ([("X-Auth-Token", "s"), ("X-Auth-Token", "t")], ("X-Auth-Token", "t"), True),
    ([("X-Auth-Token", "s"), ("X-Auth-Token", "t")], ("X-Auth-Token", "u"), False),
]


@pytest.mark.parametrize(("recorded_for", "asked_by", "answered"), CALLERS)
def test_a_view_is_given_to_its_caller_only(
    tmp_path: Path,
    recorded_for: list[tuple[str, str] | None],
    asked_by: tuple[str, str] | None,
    answered: bool,
) -> None:
    """A project never gets another's images; who is not identified gets the only view."""
    recording = recording_of(
        tmp_path,
        *((get("/v2/images", *([one] if one else [])), page(str(one))) for one in recorded_for),
    )

    outcome = find(recording, get("/v2/images", *([asked_by] if asked_by else [])))

    assert answered == isinstance(outcome, Answer)


def test_a_token_that_was_recorded_elsewhere_does_not_get_anothers_view(tmp_path: Path) -> None:
    """Its own answer to this question was not recorded."""
    s, t = ("X-Auth-Token", "s"), ("X-Auth-Token", "t")
    recording = recording_of(tmp_path, (get("/v2/images", s), ok()), (get("/v2/schemas", t), ok()))

    assert "for other callers" in str(answer_to(recording, get("/v2/images", t)))


def _login(token: str, project: str) -> tuple[Request, Response]:
    body = b'{"token": {"project": {"id": "%s"}}}' % project.encode()
    request = Request("POST", "http://keystone:5000/v3/auth/tokens", (), b'{"auth": {}}')
    return request, Response(201, "Created", (("X-Subject-Token", token),), body)


@pytest.mark.parametrize("login_first", [True, False])
def test_all_tokens_of_a_project_are_its_own(tmp_path: Path, login_first: bool) -> None:
    """Recorded in two sessions, each with a token of its day; also a signed request finds it."""
    auth = write_cassette(tmp_path / "auth.yaml", [_login("s", "p"), _login("t", "p")])
    images = write_cassette(
        tmp_path / "images.yaml", [(get("/v2/images", ("X-Auth-Token", "s")), page("p"))]
    )
    files = [auth, images] if login_first else [images, auth]
    recording = RecordedAnswers([load_cassette(file) for file in files], lambda _: None)

    answers = [
        answer_to(recording, get("/v2/images", caller))
        for caller in (("X-Auth-Token", "t"), ("X-Project-Id", "p"))
    ]

    assert [page("p").body] * 2 == answers
    other = find(recording, get("/v2/images", ("X-Project-Id", "q")))
    assert isinstance(other, Miss)


LOGINS = ("POST /v3/auth/tokens and the request again",)


@pytest.mark.parametrize(
    ("logins", "answerable_with"),
    [([], LOGINS), ([_login("s", "p")], LOGINS), ([_login("s", "p"), _login("t", "q")], ())],
)
def test_a_miss_between_several_callers_names_the_logins_that_are_not_recorded(
    logins: list[tuple[Request, Response]], answerable_with: tuple[str, ...], tmp_path: Path
) -> None:
    """A token from a recorded login has its project's answer; with all recorded none is missing."""
    tokens = [("X-Auth-Token", one) for one in ("s", "t")]
    lists = [(get("/v2/images", one), page(one[1])) for one in tokens]
    recording = recording_of(tmp_path, *logins, *lists)

    missed = find(recording, get("/v2/images", ("X-Auth-Token", "new")))

    assert isinstance(missed, Miss)
    assert answerable_with == missed.answerable_with
    assert bool(answerable_with) == ("No login is recorded of" in missed.reason)
    assert (not logins) == ("if one client got a new token" in missed.reason)
    assert [page("s").body, page("t").body] == [
        answer_to(recording, get("/v2/images", one)) for one in tokens
    ]


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'{"token": {}}', b'{"access": 1}'])
def test_a_login_without_a_project_teaches_nothing(tmp_path: Path, body: bytes) -> None:
    """An unscoped token, or an error."""
    login = _login("s", "p")[0]
    recording = recording_of(
        tmp_path, (login, Response(201, "", (), body)), (get("/v2/images"), ok())
    )

    assert ok().body == answer_to(recording, get("/v2/images", ("X-Auth-Token", "s")))


def test_a_token_of_the_old_api_belongs_to_its_tenant(tmp_path: Path) -> None:
    """Keystone v2.0 gives it in the body."""
    body = b'{"access": {"token": {"id": "s", "tenant": {"id": "p"}}}}'
    login = Request("POST", "http://keystone:5000/v2.0/tokens", (), b'{"auth": {}}')
    recording = recording_of(
        tmp_path,
        (login, Response(200, "", (), body)),
        (get("/v2/images", ("X-Auth-Token", "s")), ok()),
    )

    assert ok().body == answer_to(recording, get("/v2/images", ("X-Project-Id", "p")))


def test_the_version_list_is_everybodys(tmp_path: Path) -> None:
    """It needs no token."""
    recording = recording_of(tmp_path, (get("/"), ok()))

    assert ok().body == answer_to(recording, get("/", PROJECT_B))


def test_a_project_of_the_caller_may_stand_for_the_recorded_one(tmp_path: Path) -> None:
    """`--own-project`: its id is given back in the answer."""
    recording = recording_of(
        tmp_path, (get("/v2/images", PROJECT_A), page(PROJECT_A[1])), project="c" * 32
    )

    hit = find(recording, get("/v2/images", ("X-Project-Id", "c" * 32)))

    assert isinstance(hit, Answer)
    assert {PROJECT_A[1]: "c" * 32} == hit.restore


def test_an_error_is_not_given_in_a_form_that_was_not_asked_for(tmp_path: Path) -> None:
    """Glance words the same error in JSON, HTML or plain text, by Accept."""
    html, as_json = ("Accept", "*/*"), ("Accept", "application/json")
    recording = recording_of(tmp_path, (get("/v2/images?limit=x", html), Response(400)))

    assert b"" == answer_to(recording, get("/v2/images?limit=x", html))
    assert "in HTML; the Accept header asks for JSON" in str(
        answer_to(recording, get("/v2/images?limit=x", as_json))
    )


def test_a_refusal_without_credentials_is_not_given_to_a_caller_with_some(tmp_path: Path) -> None:
    """401 was recorded without credentials; with them the cloud would answer otherwise."""
    recording = recording_of(tmp_path, (get("/v2/images"), Response(401)))

    assert b"" == answer_to(recording, get("/v2/images"))
    assert "without credentials only" in str(
        answer_to(recording, get("/v2/images", ("X-Auth-Token", "t")))
    )


def test_a_page_is_given_whatever_accept_says(tmp_path: Path) -> None:
    """It is JSON always."""
    recording = recording_of(tmp_path, (get("/v2/images", ("Accept", "*/*")), ok()))

    assert ok().body == answer_to(recording, get("/v2/images", ("Accept", "application/json")))


def test_an_error_of_a_service_that_does_not_go_by_accept_is_given_to_all(tmp_path: Path) -> None:
    """The facade answers JSON to everybody; recorded with `*/*`, given to a JSON client."""
    error = Response(400, "", (("Content-Type", "application/json"),), b'{"error": {}}')
    recording = recording_of(tmp_path, (get("/v2/images?limit=x", ("Accept", "*/*")), error))

    asked = get("/v2/images?limit=x", ("Accept", "application/json"))

    assert error.body == answer_to(recording, asked)


def test_of_equal_questions_the_one_spelt_alike_answers(tmp_path: Path) -> None:
    """Links repeat the order of the request, so the same order gives the better bytes."""
    recording = recording_of(
        tmp_path,
        (get("/v2/images?a=1&b=2"), page("ab")),
        (get("/v2/images?b=2&a=1"), page("ba")),
    )

    assert page("ab").body == answer_to(recording, get("/v2/images?a=1&b=2"))
