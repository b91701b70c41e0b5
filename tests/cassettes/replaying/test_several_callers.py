"""Several callers in one recording: nobody gets the answer of another, with or without the key."""

from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.formats.body import to_readable
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response
from glancetape_cassettes.redaction.redactor import redactor_like
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.asking import find
from support.clouds.recorded import RECORDED_AT, answer_to, get, page, recording_of

KEYS = (StandIns(b"the key of one recorder"), StandIns(b"the key of another one"))
CALLERS: tuple[tuple[str, str] | None, ...] = (
    ("X-Project-Id", "a" * 32),
    ("X-Project-Id", "b" * 32),
    ("X-Auth-Token", "a token of somebody"),
    ("X-Auth-Token", "a token of another one"),
    ("Authorization", "SDK-HMAC-SHA256 Access=AK1, SignedHeaders=host, Signature={}"),
    ("Authorization", "SDK-HMAC-SHA256 Access=AK2, SignedHeaders=host, Signature={}"),
    ("Authorization", "AWS4-HMAC-SHA256 Credential=AK3/20260101/r/s/aws4_request, Signature={}"),
    None,
)
STRANGER = ("X-Auth-Token", "a token that was never recorded")
QUESTIONS = ("/v2/images?limit=1", "/v2/images?limit=2", "/v2/images/1")


def headers_of(caller: int, number: int = 0) -> Headers:
    """The credentials of a caller; each request has another signature."""
    found = CALLERS[caller]
    return () if found is None else ((found[0], found[1].format(f"{number:064x}")),)


@dataclass(frozen=True)
class Recorded:
    """One recorded answer: whose, to which question, in which of two cassettes."""

    caller: int
    question: str
    cassette: int
    refused: bool


RECORDINGS = st.lists(
    st.builds(
        Recorded,
        st.integers(0, len(CALLERS) - 1),
        st.sampled_from(QUESTIONS),
        st.integers(0, 1),
        st.sampled_from((False, False, False, True)),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: (one.caller, one.question),
)
REDACTIONS = st.sampled_from((None, *((key, keep) for key in (0, 1) for keep in (False, True))))


def write(path: Path, pairs: list[Interaction], how: tuple[int, bool] | None) -> Path:
    """Write a cassette, redacted with a key or, as other recorders do, not at all."""
    redaction = Redaction(KEYS[how[0]].key_id, how[1]) if how else Redaction(None, True)
    redactor = redactor_like(redaction, KEYS[how[0]]) if how else None
    writer = CassetteWriter(path, "glancetape tests", redaction)
    for one in pairs:
        body = to_readable(one.response.body)
        stored = redactor.interaction(one).interaction if redactor else one
        writer.append([emit(replace(stored, recorded_at=RECORDED_AT), to_readable(b""), body)])
    writer.close()
    return path


@given(
    recorded=RECORDINGS,
    redactions=st.tuples(REDACTIONS, REDACTIONS),
    key=st.sampled_from((None, 0, 1)),
)
def test_nobody_gets_the_answer_of_another(
    recorded: list[Recorded],
    redactions: tuple[tuple[int, bool] | None, tuple[int, bool] | None],
    key: int | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Known by a project, a token or an access key, in cassettes of two keys or of none."""
    folder = tmp_path_factory.mktemp("callers")
    paths = []
    for cassette, how in enumerate(redactions):
        pairs = [
            Interaction(get(one.question, *headers_of(one.caller, number)), body_of(one))
            for number, one in enumerate(recorded)
            if one.cassette == cassette
        ]
        if pairs:
            paths.append(write(folder / f"{cassette}.yaml", pairs, how))
    stand_ins = None if key is None else KEYS[key]
    recording = RecordedAnswers(
        [load_cassette(path) for path in paths], lambda how: redactor_like(how, stand_ins)
    )
    whoever = {one.caller for one in recorded}
    known = {one.caller for one in recorded if CALLERS[one.caller] or not one.refused} or whoever
    admitted = {one.caller for one in recorded if not one.refused}
    admitted = admitted or {one for one in whoever if CALLERS[one]} or whoever

    for question in QUESTIONS:
        for caller in range(len(CALLERS)):
            outcome = find(recording, get(question, *headers_of(caller, 99)))
            if isinstance(outcome, Answer):
                own = {caller} & whoever
                others = known if CALLERS[caller] else admitted
                if (own and (CALLERS[caller] or own & admitted)) or len(others) > 1:
                    others = set()
                bodies = {page(f"c{one}").body for one in own | others}
                assert outcome.response.body in bodies
        outcome = find(recording, get(question, STRANGER))
        if isinstance(outcome, Answer):
            assert 1 == len(known)


def body_of(one: Recorded) -> Response:
    """An answer that shows whose it is."""
    found = page(f"c{one.caller}")
    return Response(401, "Unauthorized", found.headers, found.body) if one.refused else found


def test_an_access_key_is_one_caller_whatever_it_signs(tmp_path: Path) -> None:
    """Other recorders keep the whole signature, which is another one in each request."""
    recording = recording_of(
        tmp_path,
        (get("/v2/images?limit=1", *headers_of(4, 1)), page("a")),
        (get("/v2/images?limit=1", *headers_of(5, 2)), page("b")),
        (get("/v2/images?limit=2", *headers_of(4, 3)), page("c")),
    )

    assert page("a").body == answer_to(recording, get("/v2/images?limit=1", *headers_of(4, 9)))
    assert page("b").body == answer_to(recording, get("/v2/images?limit=1", *headers_of(5, 9)))
    assert page("c").body == answer_to(recording, get("/v2/images?limit=2", *headers_of(4, 9)))
    assert "for other callers" in str(
        answer_to(recording, get("/v2/images?limit=2", *headers_of(5)))
    )


def test_a_new_token_is_nobody_among_several_callers(tmp_path: Path) -> None:
    """It may be that of the caller for whom this question was not recorded."""
    recording = recording_of(
        tmp_path,
        (get("/v2/images?limit=1", *headers_of(2)), page("a")),
        (get("/v2/images?limit=2", *headers_of(3)), page("b")),
    )

    assert "The recording has 2 callers" in str(answer_to(recording, get(QUESTIONS[0], STRANGER)))


def test_a_request_before_the_login_is_no_other_caller(tmp_path: Path) -> None:
    """Many clients ask without credentials first, and are refused."""
    recording = recording_of(
        tmp_path,
        (get("/v2/images?limit=1"), Response(401, "Unauthorized")),
        (get("/v2/images?limit=2", *headers_of(2)), page("a")),
    )

    assert page("a").body == answer_to(recording, get("/v2/images?limit=2", STRANGER))
    assert "send any token" in str(answer_to(recording, get("/v2/images?limit=2")))


def login(token: str, project: str = "p") -> tuple[Request, Response]:
    """Return a login at Keystone with the token that it gives."""
    granted = f'{{"token": {{"project": {{"id": "{project}"}}, "user": {{"id": "{token}"}}}}}}'
    return (
        Request("POST", "http://keystone:5000/v3/auth/tokens", (), token.encode()),
        Response(201, "Created", (("X-Subject-Token", token),), granted.encode()),
    )


@pytest.mark.parametrize("other", ["answered", "refused something else", "asked nothing"])
def test_a_token_that_was_only_refused_is_not_the_other_token_of_its_project(
    other: str, tmp_path: Path
) -> None:
    """Its user may do nothing, or it has expired: what the project gets is not for it."""
    admitted, refused = (("X-Auth-Token", one) for one in ("admitted", "refused"))
    asked = {
        "answered": [(get("/v2/images?limit=1", admitted), page("a"))],
        "refused something else": [
            (Request("PATCH", get("/v2/images/x").uri, (admitted,)), Response(403, "Forbidden"))
        ],
        "asked nothing": [],
    }[other]
    recording = recording_of(
        tmp_path,
        login("admitted"),
        login("refused"),
        *asked,
        (get("/v2/images?limit=2", refused), Response(403, "Forbidden")),
    )

    if other == "answered":
        assert page("a").body == answer_to(recording, get("/v2/images?limit=1", admitted))
        assert page("a").body != answer_to(recording, get("/v2/images?limit=1", refused))
    assert isinstance(answer_to(recording, get("/v2/images?limit=2", admitted)), str)
    assert b"" == answer_to(recording, get("/v2/images?limit=2", refused))


OF_DROPLETS = b'{"images": [{"id": 7, "name": "a"}], "links": {}, "meta": {"total": 1}}'


@pytest.mark.parametrize(
    "answer",
    [
        *(Response(status, "") for status in (300, 301, 302, 303, 304, 307, 308)),
        *(Response(status, "") for status in (400, 404, 405, 409, 410, 415, 429, 500, 503)),
        Response(200, "OK", (("Content-Type", "application/json"),), OF_DROPLETS),
    ],
    ids=lambda answer: str(answer.status) if answer.status != 200 else "list of another service",
)
def test_some_answers_do_not_show_what_a_token_may_do(answer: Response, tmp_path: Path) -> None:
    """Glance reads query, method and id before it looks at that; caches, gateways and others
    answer too."""
    admitted, refused = (("X-Auth-Token", one) for one in ("admitted", "refused"))
    recording = recording_of(
        tmp_path,
        login("admitted"),
        login("refused"),
        (get("/v2/images?limit=1", admitted), page("a")),
        (get("/v2/images?limit=2", refused), Response(403, "Forbidden")),
        (get("/v2/images?limit=x", refused), answer),
    )

    assert page("a").body != answer_to(recording, get("/v2/images?limit=1", refused))


@pytest.mark.parametrize("key", [0, 1])
def test_a_token_that_was_refused_under_another_key_may_be_any(key: int, tmp_path: Path) -> None:
    """Its stand-ins cannot be compared with those of the two logins."""
    admitted, refused = (("X-Auth-Token", one) for one in ("admitted", "refused"))
    here = [login("admitted"), login("refused"), (get("/v2/images?limit=1", admitted), page("a"))]
    there = [(get("/v2/images?limit=2", refused), Response(401, "Unauthorized"))]
    paths = [
        write(tmp_path / f"{number}.yaml", [Interaction(*one) for one in pairs], (number, False))
        for number, pairs in enumerate((here, there))
    ]
    recording = RecordedAnswers(
        [load_cassette(path) for path in paths], lambda how: redactor_like(how, KEYS[key])
    )

    assert page("a").body != answer_to(recording, get("/v2/images?limit=1", refused))
    if key == 0:
        assert page("a").body == answer_to(recording, get("/v2/images?limit=1", admitted))


@pytest.mark.parametrize("project", ["p", "q"])
def test_who_logged_in_and_asked_nothing_is_a_caller_too(project: str, tmp_path: Path) -> None:
    """A new token may be of the project that logged in: its list was not recorded."""
    recording = recording_of(
        tmp_path,
        login("t1", "p"),
        login("t2", project),
        (get("/v2/images?limit=1", ("X-Auth-Token", "t1")), page("a")),
    )

    found = answer_to(recording, get("/v2/images?limit=1", STRANGER))

    if project == "p":
        assert page("a").body == found
    else:
        assert "The recording has 2 callers" in str(found)


CINDER, GITHUB = "http://cinder:8776/v3/p/volumes", "https://api.github.com/user"
SIGNED = "SDK-HMAC-SHA256 Access={}, SignedHeaders=host, Signature=0f1e"
ELSEWHERE = {  # credentials of a second person, where they were sent, and whether Glance takes them
    "a token": (("X-Auth-Token", "t2"), CINDER, True),
    "a project": (("X-Project-Id", "q"), CINDER, True),
    "a signature": (("Authorization", SIGNED.format("AK")), CINDER, True),
    "S3": (("Authorization", "AWS4-HMAC-SHA256 Credential=AK/1/r/s3/aws4_request"), CINDER, False),
    "GitHub": (("Authorization", "Bearer ghp"), GITHUB, False),
    "a token at Keystone": (("X-Auth-Token", "t2"), "http://keystone:5000/v3/projects", False),
    "no credentials": (("Accept", "*/*"), CINDER, False),
    "a version document": (("X-Auth-Token", "t2"), "http://cinder:8776/", False),
    "the same token": (("X-Auth-Token", "t1"), CINDER, False),
}


def recorded_elsewhere(tmp_path: Path, *pairs: tuple[Request, Response]) -> RecordedAnswers:
    """Record these as another recorder does, which leaves out no service."""
    path = write(tmp_path / "other.yaml", [Interaction(*one) for one in pairs], None)
    return RecordedAnswers([load_cassette(path)], lambda _: None)


@pytest.mark.parametrize("what", ELSEWHERE)
@pytest.mark.parametrize("logins", [(), ("t2",), ("t1", "t2")])
@pytest.mark.parametrize("project", ["p", "q"])
def test_who_asked_another_service_of_the_cloud_may_be_who_asks(
    what: str, logins: tuple[str, ...], project: str, tmp_path: Path
) -> None:
    """A new token may be one of theirs, unless both logins show one project.

    The tokens t1 and t2 are of two logins; t1 is for the project p and has a list.
    """
    credentials, uri, is_of_cloud = ELSEWHERE[what]
    projects = {"t1": "p", "t2": project}
    recording = recorded_elsewhere(
        tmp_path,
        *(login(token, projects[token]) for token in logins),
        (get("/v2/images?limit=1", ("X-Auth-Token", "t1")), page("a")),
        (Request("GET", uri, (credentials,)), page("another service")),
    )
    known = [("X-Auth-Token", "t1"), *(("X-Auth-Token", token) for token in logins)]
    known += [credentials] * is_of_cloud
    people = {projects[value] if value in logins else value for _, value in known}

    found = answer_to(recording, get("/v2/images?limit=1", STRANGER))
    own = answer_to(recording, get("/v2/images?limit=1", ("X-Auth-Token", "t1")))

    assert page("a").body == own
    if len(people) == 1:
        assert page("a").body == found
    else:
        assert f"The recording has {len(people)} callers" in str(found)


TOKEN, PROJECT = ("X-Auth-Token", "t1"), ("X-Project-Id", "p")
KEY_AK = ("Authorization", SIGNED.format("AK"))


@pytest.mark.parametrize(
    ("at_images", "elsewhere", "is_one"),
    [
        ([TOKEN], [PROJECT, TOKEN], True),  # as barbicanclient does
        ([PROJECT, TOKEN], [TOKEN], True),
        ([TOKEN], [PROJECT, ("X-Auth-Token", "t2")], False),
        ([PROJECT, TOKEN], [PROJECT, ("X-Auth-Token", "t2")], True),
        ([PROJECT, KEY_AK], [("X-Domain-Id", "d"), KEY_AK], True),  # a service for all regions
        ([PROJECT, KEY_AK], [("Authorization", SIGNED.format("AK2"))], False),
        ([PROJECT, KEY_AK], [("X-Project-Id", "q"), KEY_AK], False),
        ([KEY_AK], [PROJECT, KEY_AK], False),  # of which project its images are nobody knows
        ([KEY_AK, ("X-Security-Token", "s1")], [KEY_AK, ("X-Security-Token", "s1")], True),
    ],
)
def test_who_shows_another_service_more_or_less_is_no_other_caller(
    at_images: list[tuple[str, str]],
    elsewhere: list[tuple[str, str]],
    is_one: bool,
    tmp_path: Path,
) -> None:
    pairs = [
        (get("/v2/images?limit=1", *at_images), page("a")),
        (Request("GET", CINDER, tuple(elsewhere)), page("another service")),
    ]
    for number, order in enumerate(permutations(pairs)):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = answer_to(recorded_elsewhere(folder, *order), get("/v2/images?limit=1", STRANGER))

        assert (page("a").body == found) is is_one
        assert is_one or "The recording has 2 callers" in str(found)


@pytest.mark.parametrize("token", ["t2", "t1"])
def test_a_token_of_another_service_is_not_unknown(token: str, tmp_path: Path) -> None:
    recording = recorded_elsewhere(
        tmp_path,
        (get("/v2/images?limit=1", ("X-Auth-Token", "t1")), page("a")),
        (Request("GET", CINDER, (("X-Auth-Token", "t2"),)), page("volumes")),
    )

    found = answer_to(recording, get("/v2/images?limit=1", ("X-Auth-Token", token)))

    assert (page("a").body == found) is (token == "t1")
    assert token == "t1" or "for other callers" in str(found)


def test_a_browser_that_asks_first_is_no_caller(tmp_path: Path) -> None:
    """Its preflight has no credentials: a new token may still be that of the only caller."""
    first = Request("OPTIONS", get("/v2/images?limit=1").uri, (("Origin", "http://localhost"),))
    asked = get("/v2/images?limit=1", ("X-Auth-Token", "a token"))
    answers = recording_of(tmp_path, (first, Response(204, "No Content")), (asked, page("1")))

    again = find(answers, get("/v2/images?limit=1", STRANGER))
    before = find(answers, first)

    assert isinstance(again, Answer)
    assert isinstance(before, Answer)
    assert 204 == before.response.status
    assert not isinstance(find(answers, get("/v2/images?limit=1")), Answer)
