"""Which recording answers which request."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.closest import closest_to
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.asking import find
from support.clouds.recorded import (
    PROJECT_A,
    RECORDED_AT,
    answer_to,
    get,
    item,
    ok,
    page,
    recording_of,
    write_cassette,
)


def test_an_answer_names_its_cassette_and_number(tmp_path: Path) -> None:
    """The header X-Glancetape shows them."""
    recording = recording_of(tmp_path, (get("/"), ok()), (get("/v2/images"), ok()))

    hit = find(recording, get("/v2/images?sort_dir=desc"))

    assert isinstance(hit, Answer)
    assert "basic.yaml#2" == hit.source


def test_a_read_is_answered_any_number_of_times_in_any_order(tmp_path: Path) -> None:
    """The second page first, the first one twice."""
    one, two = get("/v2/images?limit=1"), get("/v2/images?limit=1&marker=1")
    recording = recording_of(tmp_path, (one, page("1")), (two, page("2")))

    assert [b'{"images": "2"}', b'{"images": "1"}', b'{"images": "1"}'] == [
        answer_to(recording, request) for request in (two, one, one)
    ]


def test_many_threads_get_the_same_answers(tmp_path: Path) -> None:
    """No state is shared that a read would use up."""
    pairs = [(get(f"/v2/images?limit={n}"), page(str(n))) for n in range(20)]
    recording = recording_of(tmp_path, *pairs)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: answer_to(recording, pairs[n % 20][0]), range(400)))

    assert [pairs[n % 20][1].body for n in range(400)] == answers


def test_changes_are_played_in_order_once_and_reads_follow_them(tmp_path: Path) -> None:
    """Read, change, read: the read shows what was true at that point."""
    image, patch = get("/v2/images/1"), Request("PATCH", "http://glance:9292/v2/images/1")
    recording = recording_of(
        tmp_path, (image, page("old")), (patch, page("done")), (image, page("new"))
    )

    seen = [answer_to(recording, request) for request in (image, image, patch, image, image)]

    assert [page(name).body for name in ("old", "old", "done", "new", "new")] == seen
    assert "played as often" in str(answer_to(recording, patch))


def test_the_same_change_recorded_twice_is_played_twice_in_its_order(tmp_path: Path) -> None:
    """Two uploads may have two answers."""
    post = Request("POST", "http://glance:9292/v2/images", (), b'{"name": "x"}')
    recording = recording_of(tmp_path, (post, page("1")), (post, page("2")))

    assert [page("1").body, page("2").body] == [answer_to(recording, post) for _ in range(2)]


def test_a_token_request_is_answered_any_number_of_times(tmp_path: Path) -> None:
    """Every run of a client logs in again."""
    post = Request("POST", "http://keystone:5000/v3/auth/tokens", (), b'{"auth": {}}')
    recording = recording_of(tmp_path, (post, Response(201)))

    assert [b""] * 3 == [answer_to(recording, post) for _ in range(3)]


def test_a_read_recorded_twice_without_a_change_between_is_answered_with_the_latest(
    tmp_path: Path,
) -> None:
    """A poll that waited for `active` does not have to wait again."""
    recording = recording_of(tmp_path, (get("/"), page("queued")), (get("/"), page("active")))

    assert page("active").body == answer_to(recording, get("/"))


def test_a_part_of_an_answer_is_not_given_as_the_whole(tmp_path: Path) -> None:
    """Range, and what asks only for changes, are part of the question."""
    part, whole = ("Range", "bytes=0-3"), get("/v2/images/1/file")
    recording = recording_of(
        tmp_path,
        (whole, page("whole")),
        (get("/v2/images/1/file", part), Response(206, "", (), b"part")),
        (get("/v2/images/1/file", ("If-None-Match", "x")), Response(304)),
    )

    assert [page("whole").body, b"part"] == [
        answer_to(recording, one) for one in (whole, get("/v2/images/1/file", part))
    ]


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    ("recorded", "asked", "is_same"),
    [
        ("size_min=x&created_at=y", "size_min=x&created_at=y", True),
        ("size_min=x&created_at=y", "created_at=y&size_min=x", False),
        ("limit=2&size_min=x&marker=z", "marker=z&size_min=x&limit=2", True),
        ("sort_key=a&protected=b", "protected=b&sort_key=a", True),
    ],
)
def test_a_refusal_names_the_first_of_several_wrong_filters(
    recorded: str, asked: str, is_same: bool, status: int, tmp_path: Path
) -> None:
    """Observed: value filters are checked in the order of the query, all others before them."""
    response = Response(status, body=b'{"message": "the first", "images": []}')
    recording = recording_of(tmp_path, (get(f"/v2/images?{recorded}"), response))

    found = find(recording, get(f"/v2/images?{asked}"))

    assert (is_same or status == 200) == isinstance(found, Answer)


def test_several_cassettes_answer_together(tmp_path: Path) -> None:
    """Also a foreign one beside ours."""
    one = write_cassette(tmp_path / "one.yaml", [(get("/v2/images"), page("1"))])
    two = write_cassette(tmp_path / "two.yaml", [(get("/"), page("2"))])
    recording = RecordedAnswers([load_cassette(one), load_cassette(two)], lambda _: None)

    assert [page("1").body, page("2").body] == [
        answer_to(recording, request) for request in (get("/v2/images"), get("/"))
    ]


def _two_keys(tmp_path: Path, *requests: Request) -> RecordedAnswers:
    """Make two cassettes that were redacted with different keys."""
    cassettes = []
    for name, request in zip("ab", requests, strict=True):
        path = tmp_path / f"{name}.yaml"
        writer = CassetteWriter(path, "glancetape tests", Redaction(name * 12, keep_ids=True))
        writer.append([item(request, page(name))])
        writer.close()
        cassettes.append(load_cassette(path))
    return RecordedAnswers(cassettes, lambda _: None)


def test_the_caller_that_is_known_gets_its_own_answer_from_whatever_cassette(
    tmp_path: Path,
) -> None:
    """Not the first cassette's, which is another caller's."""
    s, t = (get("/v2/images", ("X-Auth-Token", name)) for name in "st")

    assert page("b").body == answer_to(_two_keys(tmp_path, s, t), t)


def test_cassettes_of_two_hosts_are_not_mixed_up_whatever_their_keys(tmp_path: Path) -> None:
    """Sent to us directly, the request could mean either."""
    one, other = get("/v2/images"), get("/v2/images", host="http://other")

    answer = find(_two_keys(tmp_path, one, other), one, any_host=True)

    assert isinstance(answer, Miss)
    assert "several hosts" in answer.reason


def test_an_own_project_takes_the_place_of_the_recorded_one_everywhere(tmp_path: Path) -> None:
    """In the header, in the query, and never for what was recorded without credentials."""
    recording = recording_of(
        tmp_path,
        (get("/v2/images", PROJECT_A), page("a")),
        (get(f"/v2/images?owner={PROJECT_A[1]}", PROJECT_A), page("owner")),
        (get("/v2/schemas"), Response(401)),
        project="my project",
    )
    mine = ("X-Project-Id", "my project")

    assert page("owner").body == answer_to(recording, get("/v2/images?owner=my%20project", mine))
    assert isinstance(find(recording, get("/v2/schemas", mine)), Miss)


def test_a_miss_names_the_closest_recording_and_what_differs(tmp_path: Path) -> None:
    """Each parameter with what was asked and what is recorded."""
    recording = recording_of(
        tmp_path,
        (get("/v2/schemas/image"), ok()),
        (get("/v2/images?limit=2&name=a"), ok()),
        (get("/v2/images?limit=2&visibility=public&tag=x&tag=y"), ok()),
    )

    asked = get("/v2/images?limit=3&visibility=public&tag=x")

    closest = closest_to(recording.look_up(asked))

    assert isinstance(find(recording, asked), Miss)
    assert closest is not None
    assert "basic.yaml#3" == str(closest.source)
    assert [
        "parameter limit: asked 3, recorded 2",
        "parameter tag: asked (absent), recorded y",
    ] == [str(one) for one in closest.differences]


def test_without_cassettes_the_reason_is_that_nothing_is_recorded(tmp_path: Path) -> None:
    """An empty list of cassettes answers nothing."""
    assert find(RecordedAnswers([], lambda _: None), get("/")) == Miss(
        reason="Nothing is recorded."
    )


# -- redacted recordings ------------------------------------------------------------------------

KEY = b"0123456789abcdef"
MINE, THEIRS = "1bed856811654c1cb661a6ca845ebc77", "055ae22ec7654c1cb661a6ca845ebc77"


def _redacted(tmp_path: Path, pairs: Iterable[tuple[Request, Response]]) -> Path:
    from glancetape_cassettes.formats.emit import emit

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
    recording = RecordedAnswers([load_cassette(path)], lambda _: Redactor(StandIns(KEY)))

    hit = find(recording, asked)

    assert isinstance(hit, Answer)
    assert MINE.encode() not in path.read_bytes()
    stand_in = StandIns(KEY).identity(MINE)
    assert MINE == hit.restore[stand_in]
    assert stand_in.encode() in hit.response.body
    assert StandIns(KEY).identity(THEIRS).encode() in hit.response.body
    other = get(f"/v2/images?owner={THEIRS}", ("X-Project-Id", THEIRS))
    assert isinstance(find(recording, other), Miss)


def test_without_the_key_requests_without_ids_are_answered_and_real_ids_miss(
    tmp_path: Path,
) -> None:
    """A cassette from a repository, on a machine that never recorded."""
    path = _redacted(
        tmp_path, [(get("/v2/images?limit=1"), ok()), (get(f"/v2/images?owner={MINE}"), ok())]
    )
    recording = RecordedAnswers([load_cassette(path)], lambda _: Redactor(None))

    assert ok().body == answer_to(recording, get("/v2/images?limit=1"))
    assert isinstance(find(recording, get(f"/v2/images?owner={MINE}")), Miss)
    stand_in = StandIns(KEY).identity(MINE)
    assert ok().body == answer_to(recording, get(f"/v2/images?owner={stand_in}"))
