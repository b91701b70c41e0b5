"""Which recording answers which request."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from glancetape_cassettes.cassette import Redaction, load_cassette
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.recording import Hit, Miss, Recording
from glancetape_cassettes.redact import Redactor
from glancetape_cassettes.standins import StandIns
from glancetape_cassettes.writer import CassetteWriter
from recorded import RECORDED_AT, get, item, ok, write_cassette

A = ("X-Project-Id", "a" * 32)
B = ("X-Project-Id", "b" * 32)


def _recording(tmp_path: Path, *pairs: tuple[Request, Response], project: str = "") -> Recording:
    path = write_cassette(tmp_path / "basic.yaml", pairs)
    return Recording([load_cassette(path)], lambda _: None, project or None)


def _answer(recording: Recording, request: Request, *, any_host: bool = False) -> bytes | str:
    outcome = recording.answer(request, any_host=any_host)
    return outcome.response.body if isinstance(outcome, Hit) else outcome.reason


def _page(name: str) -> Response:
    return ok(b'{"images": "%s"}' % name.encode())


def test_an_answer_names_its_cassette_and_number(tmp_path: Path) -> None:
    """It stands in the provenance header."""
    recording = _recording(tmp_path, (get("/"), ok()), (get("/v2/images"), ok()))

    hit = recording.answer(get("/v2/images?limit=25"))

    assert isinstance(hit, Hit)
    assert "basic.yaml#2" == str(hit.source)


def test_a_read_is_answered_any_number_of_times_in_any_order(tmp_path: Path) -> None:
    """The second page first, the first one twice."""
    one, two = get("/v2/images?limit=1"), get("/v2/images?limit=1&marker=1")
    recording = _recording(tmp_path, (one, _page("1")), (two, _page("2")))

    assert [b'{"images": "2"}', b'{"images": "1"}', b'{"images": "1"}'] == [
        _answer(recording, request) for request in (two, one, one)
    ]


def test_many_threads_get_the_same_answers(tmp_path: Path) -> None:
    """No state is shared that a read would use up."""
    pairs = [(get(f"/v2/images?limit={n}"), _page(str(n))) for n in range(20)]
    recording = _recording(tmp_path, *pairs)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: _answer(recording, pairs[n % 20][0]), range(400)))

    assert [pairs[n % 20][1].body for n in range(400)] == answers


def test_changes_are_played_in_order_once_and_reads_follow_them(tmp_path: Path) -> None:
    """Read, change, read: the read shows what was true at that point."""
    image, patch = get("/v2/images/1"), Request("PATCH", "http://glance:9292/v2/images/1")
    recording = _recording(
        tmp_path, (image, _page("old")), (patch, _page("done")), (image, _page("new"))
    )

    seen = [_answer(recording, request) for request in (image, image, patch, image, image)]

    assert [_page(name).body for name in ("old", "old", "done", "new", "new")] == seen
    assert "played as often" in str(_answer(recording, patch))


def test_the_same_change_recorded_twice_is_played_twice_in_its_order(tmp_path: Path) -> None:
    """Two uploads may have two answers."""
    post = Request("POST", "http://glance:9292/v2/images", (), b'{"name": "x"}')
    recording = _recording(tmp_path, (post, _page("1")), (post, _page("2")))

    assert [_page("1").body, _page("2").body] == [_answer(recording, post) for _ in range(2)]


def test_a_token_request_is_answered_any_number_of_times(tmp_path: Path) -> None:
    """Every run of a client logs in anew."""
    post = Request("POST", "http://keystone:5000/v3/auth/tokens", (), b'{"auth": {}}')
    recording = _recording(tmp_path, (post, Response(201)))

    assert [b""] * 3 == [_answer(recording, post) for _ in range(3)]


def test_a_read_recorded_twice_without_a_change_between_is_answered_with_the_latest(
    tmp_path: Path,
) -> None:
    """A poll that waited for `active` does not have to wait again."""
    recording = _recording(tmp_path, (get("/"), _page("queued")), (get("/"), _page("active")))

    assert _page("active").body == _answer(recording, get("/"))


def test_another_host_is_not_answered_through_the_proxy(tmp_path: Path) -> None:
    """Two regions have different images."""
    recording = _recording(tmp_path, (get("/v2/images"), ok()))
    asked = get("/v2/images", host="http://other:9292")

    assert "It is recorded from another host only." == _answer(recording, asked)
    assert ok().body == _answer(recording, asked, any_host=True)


def test_two_recorded_hosts_are_not_mixed_up_when_the_host_says_nothing(tmp_path: Path) -> None:
    """A request sent to us directly could mean either."""
    recording = _recording(
        tmp_path, (get("/v2/images"), ok()), (get("/v2/images", host="http://other"), ok())
    )

    assert "several hosts" in str(_answer(recording, get("/v2/images"), any_host=True))


CALLERS = [
    # recorded for, asked by, answered
    ([None], None, True),
    ([None], ("X-Auth-Token", "t"), True),
    ([("X-Auth-Token", "s")], ("X-Auth-Token", "t"), True),  # tokens are new in every run
    ([("X-Auth-Token", "s")], None, True),
    ([A], None, True),
    ([A], ("X-Auth-Token", "t"), True),
    ([A], A, True),
    ([A], B, False),
    ([None], B, False),
    ([A, B], B, True),
    ([A, B], None, False),
    ([A, B], ("X-Auth-Token", "t"), False),
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
    recording = _recording(
        tmp_path,
        *((get("/v2/images", *([one] if one else [])), _page(str(one))) for one in recorded_for),
    )

    outcome = recording.answer(get("/v2/images", *([asked_by] if asked_by else [])))

    assert answered == isinstance(outcome, Hit)


def test_a_token_that_was_recorded_elsewhere_does_not_get_anothers_view(tmp_path: Path) -> None:
    """Its own answer to this question was not recorded."""
    s, t = ("X-Auth-Token", "s"), ("X-Auth-Token", "t")
    recording = _recording(tmp_path, (get("/v2/images", s), ok()), (get("/v2/schemas", t), ok()))

    assert "for other callers" in str(_answer(recording, get("/v2/images", t)))


def _login(token: str, project: str) -> tuple[Request, Response]:
    body = b'{"token": {"project": {"id": "%s"}}}' % project.encode()
    request = Request("POST", "http://keystone:5000/v3/auth/tokens", (), b'{"auth": {}}')
    return request, Response(201, "Created", (("X-Subject-Token", token),), body)


@pytest.mark.parametrize("login_first", [True, False])
def test_all_tokens_of_a_project_are_its_own(tmp_path: Path, login_first: bool) -> None:
    """Recorded in two sessions, each with a token of its day; also a signed request finds it."""
    auth = write_cassette(tmp_path / "auth.yaml", [_login("s", "p"), _login("t", "p")])
    images = write_cassette(
        tmp_path / "images.yaml", [(get("/v2/images", ("X-Auth-Token", "s")), _page("p"))]
    )
    files = [auth, images] if login_first else [images, auth]
    recording = Recording([load_cassette(file) for file in files], lambda _: None)

    answers = [
        _answer(recording, get("/v2/images", caller))
        for caller in (("X-Auth-Token", "t"), ("X-Project-Id", "p"))
    ]

    assert [_page("p").body] * 2 == answers
    other = recording.answer(get("/v2/images", ("X-Project-Id", "q")))
    assert isinstance(other, Miss)


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'{"token": {}}', b'{"access": 1}'])
def test_a_login_without_a_project_teaches_nothing(tmp_path: Path, body: bytes) -> None:
    """An unscoped token, or an error."""
    login = _login("s", "p")[0]
    recording = _recording(
        tmp_path, (login, Response(201, "", (), body)), (get("/v2/images"), ok())
    )

    assert ok().body == _answer(recording, get("/v2/images", ("X-Auth-Token", "s")))


def test_a_token_of_the_old_api_belongs_to_its_tenant(tmp_path: Path) -> None:
    """Keystone v2.0 gives it in the body."""
    body = b'{"access": {"token": {"id": "s", "tenant": {"id": "p"}}}}'
    login = Request("POST", "http://keystone:5000/v2.0/tokens", (), b'{"auth": {}}')
    recording = _recording(
        tmp_path,
        (login, Response(200, "", (), body)),
        (get("/v2/images", ("X-Auth-Token", "s")), ok()),
    )

    assert ok().body == _answer(recording, get("/v2/images", ("X-Project-Id", "p")))


def test_the_version_list_is_everybodys(tmp_path: Path) -> None:
    """It needs no token."""
    recording = _recording(tmp_path, (get("/"), ok()))

    assert ok().body == _answer(recording, get("/", B))


def test_a_project_of_the_caller_may_stand_for_the_recorded_one(tmp_path: Path) -> None:
    """`--project`: its id is given back in the answer."""
    recording = _recording(tmp_path, (get("/v2/images", A), _page(A[1])), project="c" * 32)

    hit = recording.answer(get("/v2/images", ("X-Project-Id", "c" * 32)))

    assert isinstance(hit, Hit)
    assert {A[1]: "c" * 32} == hit.restore


def test_an_error_is_not_given_in_a_form_that_was_not_asked_for(tmp_path: Path) -> None:
    """Glance words the same error in JSON, HTML or plain text, as Accept says."""
    html, as_json = ("Accept", "*/*"), ("Accept", "application/json")
    recording = _recording(tmp_path, (get("/v2/images?limit=x", html), Response(400)))

    assert b"" == _answer(recording, get("/v2/images?limit=x", html))
    assert "in HTML; the Accept header asks for JSON" in str(
        _answer(recording, get("/v2/images?limit=x", as_json))
    )


def test_a_refusal_of_nobody_is_not_given_to_somebody(tmp_path: Path) -> None:
    """401 was recorded without credentials; with them the cloud would say something else."""
    recording = _recording(tmp_path, (get("/v2/images"), Response(401)))

    assert b"" == _answer(recording, get("/v2/images"))
    assert "without credentials only" in str(
        _answer(recording, get("/v2/images", ("X-Auth-Token", "t")))
    )


def test_a_page_is_given_whatever_accept_says(tmp_path: Path) -> None:
    """It is JSON always."""
    recording = _recording(tmp_path, (get("/v2/images", ("Accept", "*/*")), ok()))

    assert ok().body == _answer(recording, get("/v2/images", ("Accept", "application/json")))


def test_an_error_of_a_service_that_does_not_go_by_accept_is_given_to_all(tmp_path: Path) -> None:
    """The facade answers JSON to everybody; recorded with `*/*`, given to a JSON client."""
    error = Response(400, "", (("Content-Type", "application/json"),), b'{"error": {}}')
    recording = _recording(tmp_path, (get("/v2/images?limit=x", ("Accept", "*/*")), error))

    asked = get("/v2/images?limit=x", ("Accept", "application/json"))

    assert error.body == _answer(recording, asked)


def test_a_part_of_an_answer_is_not_given_as_the_whole(tmp_path: Path) -> None:
    """Range, and what asks only for changes, are part of the question."""
    part, whole = ("Range", "bytes=0-3"), get("/v2/images/1/file")
    recording = _recording(
        tmp_path,
        (whole, _page("whole")),
        (get("/v2/images/1/file", part), Response(206, "", (), b"part")),
        (get("/v2/images/1/file", ("If-None-Match", "x")), Response(304)),
    )

    assert [_page("whole").body, b"part"] == [
        _answer(recording, one) for one in (whole, get("/v2/images/1/file", part))
    ]


def test_of_equal_questions_the_one_spelt_alike_answers(tmp_path: Path) -> None:
    """Links repeat the order of the request, so the same order gives the better bytes."""
    recording = _recording(
        tmp_path,
        (get("/v2/images?a=1&b=2"), _page("ab")),
        (get("/v2/images?b=2&a=1"), _page("ba")),
    )

    assert _page("ab").body == _answer(recording, get("/v2/images?a=1&b=2"))


def test_several_cassettes_answer_together(tmp_path: Path) -> None:
    """Also a foreign one beside ours."""
    one = write_cassette(tmp_path / "one.yaml", [(get("/v2/images"), _page("1"))])
    two = write_cassette(tmp_path / "two.yaml", [(get("/"), _page("2"))])
    recording = Recording([load_cassette(one), load_cassette(two)], lambda _: None)

    assert [_page("1").body, _page("2").body] == [
        _answer(recording, request) for request in (get("/v2/images"), get("/"))
    ]


def _two_keys(tmp_path: Path, *requests: Request) -> Recording:
    """Make two cassettes that were redacted with different keys."""
    cassettes = []
    for name, request in zip("ab", requests, strict=True):
        path = tmp_path / f"{name}.yaml"
        writer = CassetteWriter(path, "glancetape tests", Redaction(name * 12, ids_kept=True))
        writer.append([item(request, _page(name))])
        writer.close()
        cassettes.append(load_cassette(path))
    return Recording(cassettes, lambda _: None)


def test_the_caller_that_is_known_gets_its_own_answer_from_whatever_cassette(
    tmp_path: Path,
) -> None:
    """Not the first cassette's, which is another caller's."""
    s, t = (get("/v2/images", ("X-Auth-Token", name)) for name in "st")

    assert _page("b").body == _answer(_two_keys(tmp_path, s, t), t)


def test_cassettes_of_two_hosts_are_not_mixed_up_whatever_their_keys(tmp_path: Path) -> None:
    """Sent to us directly, the request could mean either."""
    one, other = get("/v2/images"), get("/v2/images", host="http://other")

    answer = _two_keys(tmp_path, one, other).answer(one, any_host=True)

    assert isinstance(answer, Miss)
    assert "several hosts" in answer.reason


def test_a_project_that_stands_for_the_recorded_one_does_so_everywhere(tmp_path: Path) -> None:
    """In the header, in the query, and never for what was recorded without credentials."""
    recording = _recording(
        tmp_path,
        (get("/v2/images", A), _page("a")),
        (get(f"/v2/images?owner={A[1]}", A), _page("owner")),
        (get("/v2/schemas"), Response(401)),
        project="my project",
    )
    mine = ("X-Project-Id", "my project")

    assert _page("owner").body == _answer(recording, get("/v2/images?owner=my%20project", mine))
    assert isinstance(recording.answer(get("/v2/schemas", mine)), Miss)


def test_a_miss_names_the_closest_recording_and_what_differs(tmp_path: Path) -> None:
    """Each parameter with what was asked and what is recorded."""
    recording = _recording(
        tmp_path,
        (get("/v2/schemas/image"), ok()),
        (get("/v2/images?limit=2&name=a"), ok()),
        (get("/v2/images?limit=2&visibility=public&tag=x&tag=y"), ok()),
    )

    miss = recording.answer(get("/v2/images?limit=3&visibility=public&tag=x"))

    assert isinstance(miss, Miss)
    assert miss.closest is not None
    assert "basic.yaml#3" == str(miss.closest.source)
    assert [
        "parameter limit: asked 3, recorded 2",
        "parameter tag: asked (absent), recorded y",
    ] == [str(one) for one in miss.closest.differences]


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    """An empty list of cassettes answers nothing."""
    assert Recording([], lambda _: None).answer(get("/")) == Miss("Nothing is recorded.", None)


# -- redacted recordings ------------------------------------------------------------------------

KEY = b"0123456789abcdef"
MINE, THEIRS = "1bed856811654c1cb661a6ca845ebc77", "055ae22ec7654c1cb661a6ca845ebc77"


def _redacted(tmp_path: Path, pairs: Iterable[tuple[Request, Response]]) -> Path:
    from glancetape_cassettes.emit import emit

    redactor, path = Redactor(StandIns(KEY)), tmp_path / "redacted.yaml"
    writer = CassetteWriter(path, "glancetape tests", Redaction(StandIns(KEY).key_id))
    for request, response in pairs:
        done = redactor.interaction(Interaction(request, response, RECORDED_AT))
        writer.append(
            [emit(done.interaction, done.request_body.readable(), done.response_body.readable())]
        )
    writer.close()
    return path


def test_a_client_that_asks_with_its_real_ids_finds_what_was_recorded_under_stand_ins(
    tmp_path: Path,
) -> None:
    """In the query and in the header; its own id comes back, though it is not on the disk."""
    body = f'{{"images": [{{"id": "1", "owner": "{MINE}"}}, {{"owner": "{THEIRS}"}}]}}'.encode()
    asked = get(f"/v2/images?owner={MINE}", ("X-Project-Id", MINE))
    path = _redacted(tmp_path, [(asked, ok(body))])
    recording = Recording([load_cassette(path)], lambda _: Redactor(StandIns(KEY)))

    hit = recording.answer(asked)

    assert isinstance(hit, Hit)
    assert MINE.encode() not in path.read_bytes()
    stand_in = StandIns(KEY).identity(MINE)
    assert MINE == hit.restore[stand_in]
    assert stand_in.encode() in hit.response.body
    assert StandIns(KEY).identity(THEIRS).encode() in hit.response.body
    other = get(f"/v2/images?owner={THEIRS}", ("X-Project-Id", THEIRS))
    assert isinstance(recording.answer(other), Miss)


def test_without_the_key_requests_without_ids_are_answered_and_real_ids_miss(
    tmp_path: Path,
) -> None:
    """A cassette from a repository, on a machine that never recorded."""
    path = _redacted(
        tmp_path, [(get("/v2/images?limit=1"), ok()), (get(f"/v2/images?owner={MINE}"), ok())]
    )
    recording = Recording([load_cassette(path)], lambda _: Redactor(None))

    assert ok().body == _answer(recording, get("/v2/images?limit=1"))
    assert isinstance(recording.answer(get(f"/v2/images?owner={MINE}")), Miss)
    stand_in = StandIns(KEY).identity(MINE)
    assert ok().body == _answer(recording, get(f"/v2/images?owner={stand_in}"))
