"""Which state of the cloud a request is answered in: the one that the changes played led to."""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import find
from support.clouds.recorded import PROJECT_A, PROJECT_B, recording_of
from support.drawn.examples import examples

JSON = (("Content-Type", "application/json"),)
A, B = dict([PROJECT_A])["X-Project-Id"], dict([PROJECT_B])["X-Project-Id"]
HOST = "http://glance:9292"
X, Y = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "12")


def as_shown(
    image_id: str, owner: str = A, visibility: str = "private", **more: object
) -> dict[str, object]:
    created = {"created_at": "2026-11-22T10:00:00Z"}  # a day before it was recorded
    return {"id": image_id, "owner": owner, "visibility": visibility, **created, **more}


def sent(method: str, path: str, project: str = A, body: bytes = b"", host: str = HOST) -> Request:
    return Request(method, host + path, (("X-Project-Id", project),), body)


def replied(value: object = None, status: int = 200) -> Response:
    return Response(status, "", JSON, b"" if value is None else json.dumps(value).encode())


def listed(*images: Mapping[str, object]) -> Response:
    return replied({"images": list(images)})


LIST = sent("GET", "/v2/images")
LIST_OF_B = sent("GET", "/v2/images", B)
SHOW_X, SHOW_Y = sent("GET", f"/v2/images/{X}"), sent("GET", f"/v2/images/{Y}")
RENAME_X = sent("PATCH", f"/v2/images/{X}", body=b'[{"op":"replace","path":"/name","value":"b"}]')
RENAME_Y = sent("PATCH", f"/v2/images/{Y}", body=b'[{"op":"replace","path":"/name","value":"b"}]')
MAKE_Y = sent("POST", "/v2/images", body=b'{"name": "y"}')
DELETE_X, DELETE_Y = (sent("DELETE", f"/v2/images/{one}") for one in (X, Y))
GONE = replied({"message": "No image found with ID"}, 404)


def outcome(recording: RecordedAnswers, request: Request) -> str:
    """The number of the recorded interaction that answers, or `miss`."""
    found = find(recording, request)
    return found.source.partition("#")[2] if isinstance(found, Answer) else "miss"


def outcomes(recording: RecordedAnswers, requests: Iterable[Request]) -> str:
    return " ".join(outcome(recording, request) for request in requests)


# One image, changed: the list and the image look otherwise from then on.
OF_X = [
    (LIST, listed(as_shown(X, name="a"))),  # 1
    (SHOW_X, replied(as_shown(X, name="a"))),  # 2
    (RENAME_X, replied(as_shown(X, name="b"))),  # 3
    (LIST, listed(as_shown(X, name="b"))),  # 4
    (SHOW_X, replied(as_shown(X, name="b"))),  # 5
]
# An image that the recording makes and deletes again.
OF_Y = [
    (LIST, listed(as_shown(X))),  # 1
    (SHOW_X, replied(as_shown(X))),  # 2
    (MAKE_Y, replied(as_shown(Y), 201)),  # 3
    (LIST, listed(as_shown(Y), as_shown(X))),  # 4
    (SHOW_Y, replied(as_shown(Y))),  # 5
    (DELETE_Y, replied(status=204)),  # 6
    (LIST, listed(as_shown(X))),  # 7
    (SHOW_Y, GONE),  # 8
]
# Two images of one caller, each changed.
OF_BOTH = [
    (SHOW_X, replied(as_shown(X, name="a"))),  # 1
    (RENAME_X, replied(as_shown(X, name="b"))),  # 2
    (SHOW_Y, replied(as_shown(Y, name="a"))),  # 3
    (RENAME_Y, replied(as_shown(Y, name="b"))),  # 4
    (SHOW_X, replied(as_shown(X, name="b"))),  # 5
    (SHOW_Y, replied(as_shown(Y, name="b"))),  # 6
    (LIST, listed(as_shown(X, name="b"), as_shown(Y, name="b"))),  # 7
]
SCHEMA, VERSIONS = sent("GET", "/v2/schemas/image"), sent("GET", "/v2/")
UNCHANGED = [
    (RENAME_X, replied(as_shown(X))),  # 1
    (SCHEMA, replied({})),  # 2
    (VERSIONS, replied({})),  # 3
    (sent("GET", "/v3"), replied({})),  # 4
    (sent("GET", "/v3/auth/projects"), replied({})),  # 5
    (sent("GET", "/v2/info/import"), replied({})),  # 6
]
USAGE = sent("GET", "/v2/info/usage", B)
OF_USAGE = [
    (MAKE_Y, replied(as_shown(Y), 201)),  # 1
    (USAGE, replied({"usage": {"image_count_total": {"usage": 1}}})),  # 2
]
REFUSED = [
    (RENAME_X, GONE),  # 1
    (LIST, listed()),  # 2
]


@pytest.mark.parametrize(
    ("recorded", "asked", "expected"),
    [
        (OF_X, [LIST, SHOW_X, LIST], "1 2 1"),
        (OF_X, [RENAME_X, LIST, SHOW_X], "3 4 5"),
        (OF_X, [LIST, RENAME_X, LIST, RENAME_X], "1 3 4 miss"),
        (OF_X[2:], [LIST, SHOW_X], "miss miss"),  # recorded after the change only
        (OF_X[:3], [RENAME_X, LIST, SHOW_X], "3 miss miss"),  # recorded before it only
        (OF_Y, [LIST, MAKE_Y, LIST, SHOW_Y, DELETE_Y, LIST, SHOW_Y], "1 3 4 5 6 7 8"),
        (OF_Y[2:], [LIST, SHOW_Y, MAKE_Y, LIST, DELETE_Y, LIST], "5 6 1 2 4 5"),
        (OF_Y, [DELETE_Y, SHOW_X, MAKE_Y, DELETE_Y], "miss 2 3 6"),
        (OF_BOTH, [SHOW_X, SHOW_Y, LIST], "1 3 miss"),
        (OF_BOTH, [RENAME_Y, SHOW_Y, SHOW_X, LIST], "4 6 1 miss"),
        (OF_BOTH, [RENAME_Y, RENAME_X, SHOW_X, LIST], "4 2 5 7"),
        (UNCHANGED, [SCHEMA, VERSIONS, sent("GET", "/v3")], "2 3 4"),
        (UNCHANGED, [sent("GET", "/v3/auth/projects")], "5"),
        (UNCHANGED, [sent("GET", "/v2/info/import")], "6"),
        (OF_USAGE, [USAGE, MAKE_Y, USAGE], "miss 1 2"),  # it counts images
        (REFUSED, [LIST, RENAME_X, LIST], "2 1 2"),
    ],
)
def test_a_request_is_answered_in_the_state_that_the_changes_played_led_to(
    recorded: Sequence[tuple[Request, Response]],
    asked: Sequence[Request],
    expected: str,
    tmp_path: Path,
) -> None:
    """Only changes of what a request shows count; an image that is gone again does not."""
    assert expected == outcomes(recording_of(tmp_path, *recorded), asked)


@pytest.mark.parametrize(
    ("visibility", "shown_to_b", "patch", "expected"),
    [
        ("private", False, b'[{"path": "/name"}]', "answered"),
        ("public", False, b'[{"path": "/name"}]', "miss"),
        ("community", False, b'[{"path": "/name"}]', "miss"),
        ("shared", False, b'[{"path": "/name"}]', "miss"),  # b may be a member
        ("private", True, b'[{"path": "/name"}]', "miss"),
        ("private", False, b'[{"path": "/visibility"}]', "miss"),  # it may have been public
        ("private", False, b'[{"path": "/own\\u0065r"}]', "miss"),
    ],
)
def test_a_list_misses_until_another_callers_change_that_may_alter_it_is_played(
    visibility: str, shown_to_b: bool, patch: bytes, expected: str, tmp_path: Path
) -> None:
    """b was recorded after a changed an image, and is replayed first."""
    own = as_shown(Y, owner=B)
    shown = [as_shown(X, visibility=visibility)] if shown_to_b else []
    change = sent("PATCH", f"/v2/images/{X}", body=patch)
    recording = recording_of(
        tmp_path,
        (LIST, listed(as_shown(X, visibility=visibility))),
        (change, replied(as_shown(X, visibility=visibility))),
        (LIST_OF_B, listed(own, *shown)),
    )

    first = outcome(recording, LIST_OF_B)
    outcome(recording, change)

    assert ["miss" if expected == "miss" else "3", "3"] == [first, outcome(recording, LIST_OF_B)]


@pytest.mark.parametrize("project", [A, B])
def test_an_operator_sees_the_private_images_of_all_projects(project: str, tmp_path: Path) -> None:
    """Whoever was shown private images of two projects may see any."""
    operator = "c" * 32
    asked = sent("GET", "/v2/images?name=n", operator)
    recording = recording_of(
        tmp_path,
        (RENAME_X, replied(as_shown(X))),
        (sent("GET", f"/v2/images/{Y}", operator), replied(as_shown(Y, owner=project))),
        (asked, listed()),
    )

    assert "miss" == outcome(recording, asked)


NO_IMAGE = replied({"message": "No image found with ID"}, 404)
LATE = {"created_at": "2026-11-23T10:00:00Z"}
"""In the second in which it is recorded: it may not have been there a moment ago."""
FIRST_PAGE = replied({"images": [as_shown(Y, visibility="public")], "next": f"/v2?marker={Y}"})


def of_b(query: str, response: Response) -> tuple[Request, Response]:
    return sent("GET", "/v2/images" + query, B), response


@pytest.mark.parametrize(
    ("evidence", "shown", "is_proof"),
    [
        pytest.param([of_b("", listed())], {}, True, id="a whole list"),
        pytest.param([of_b("?limit=5&sort=name:asc", listed())], {}, True, id="sorted"),
        pytest.param(
            [of_b("?limit=1", FIRST_PAGE), of_b(f"?limit=1&marker={Y}", listed())],
            {},
            True,
            id="pages",
        ),
        pytest.param([of_b(f"?marker={Y}", listed())], {}, False, id="the last page only"),
        pytest.param([of_b("?limit=1", FIRST_PAGE)], {}, False, id="the first page only"),
        pytest.param(
            [of_b("?sort_key=size", FIRST_PAGE), of_b(f"?sort_key=size&marker={Y}", listed())],
            {},
            False,
            id="pages that lose images",
        ),
        pytest.param([of_b(f"/{X}", NO_IMAGE)], {}, True, id="refused"),
        pytest.param([of_b("?name=n", listed())], {}, False, id="filtered"),
        pytest.param([of_b("?limit=0", listed())], {}, False, id="no image asked for"),
        pytest.param([of_b("", listed())], LATE, False, id="perhaps made later"),
        pytest.param([of_b("", listed())], {"os_hidden": True}, False, id="hidden from lists"),
        pytest.param([of_b("", listed())], {"visibility": "public"}, False, id="seen by all"),
    ],
)
def test_only_who_is_surely_no_operator_does_not_see_what_others_make(
    evidence: list[tuple[Request, Response]],
    shown: dict[str, object],
    is_proof: bool,
    tmp_path: Path,
) -> None:
    """An operator is shown the first private image as soon as another project makes it."""
    asked = of_b("?name=asked", listed())
    made = as_shown("3" * 8 + "-0000-4000-8000-000000000000", **LATE)
    recording = recording_of(
        tmp_path,
        *evidence,
        (sent("GET", "/v2/images?os_hidden=true"), listed(as_shown(X) | shown))
        if "os_hidden" in shown
        else (LIST, listed(as_shown(X) | shown)),
        asked,
        (MAKE_Y, replied(made, 201)),
    )

    outcome(recording, MAKE_Y)

    assert is_proof == (outcome(recording, asked[0]) != "miss")


def test_a_deleted_image_is_still_a_marker_for_an_operator(tmp_path: Path) -> None:
    """Before it was made it was none, so the list after it is no answer yet."""
    after_y = sent("GET", f"/v2/images?marker={Y}")
    recording = recording_of(
        tmp_path,
        (MAKE_Y, replied(as_shown(Y), 201)),
        (DELETE_Y, replied(status=204)),
        (after_y, listed()),
        (LIST, listed()),
    )

    assert ["miss", "4"] == [outcome(recording, after_y), outcome(recording, LIST)]
    outcome(recording, MAKE_Y)
    outcome(recording, DELETE_Y)
    assert ["3", "4"] == [outcome(recording, after_y), outcome(recording, LIST)]


@pytest.mark.parametrize("marker", [X, Y])
def test_a_marker_exists_or_not_whoever_sees_it(marker: str, tmp_path: Path) -> None:
    """Glance answers 403 for a marker of another project, and 400 for one that is gone."""
    after_x = of_b(f"?marker={X}", replied({"message": "Forbidding request"}, 403))
    recording = recording_of(
        tmp_path,
        (LIST, listed(as_shown(X))),
        of_b("", listed()),
        after_x,
        (sent("DELETE", f"/v2/images/{marker}"), replied(status=204)),
        (sent("GET", "/v2/images?limit=1"), listed(as_shown(Y))),
    )

    before = outcome(recording, after_x[0])
    outcome(recording, sent("DELETE", f"/v2/images/{marker}"))

    assert ["3", "miss" if marker == X else "3"] == [before, outcome(recording, after_x[0])]


def at(second: int) -> str:
    """A time by the clock of the cloud, just before 10:00:00, when all is recorded."""
    return f"2026-11-23T09:59:{second:02d}Z"


Z = "3" * 8 + "-0000-4000-8000-000000000000"
MAKE_Z = sent("POST", "/v2/images", B, b"{}"), replied(as_shown(Z, B, created_at=at(30)), 201)
DELETE_Z = sent("DELETE", f"/v2/images/{Z}", B), replied(status=204)
RENAME_Z = (
    sent("PATCH", f"/v2/images/{Z}", B, b'[{"op":"replace","path":"/name","value":"b"}]'),
    replied(as_shown(Z, B, updated_at=at(30))),
)
TAG_Z = sent("PUT", f"/v2/images/{Z}/tags/t", B), replied(status=204)
DATED_TAG_Z = TAG_Z[0], Response(204, "", (("Date", "Mon, 23 Nov 2026 09:59:30 GMT"),), b"")
MAKE_SERVER = sent("POST", "/v2.1/servers", B, host="http://nova:8774"), replied({}, 202)
TAG_X = sent("PUT", f"/v2/images/{X}/tags/t"), replied(status=204)
MEMBERS_OF_X = sent("GET", f"/v2/images/{X}/members")


@pytest.mark.parametrize(
    ("changes", "asked", "made_at"),
    [
        ([MAKE_Z, DELETE_Z], LIST, 30),
        ([MAKE_Z, DELETE_Z], SHOW_X, 30),
        ([RENAME_Z], SHOW_X, 30),
        ([RENAME_Z], MEMBERS_OF_X, 30),
        ([DATED_TAG_Z], SHOW_X, 30),
        ([TAG_Z], SHOW_X, 60),
        ([MAKE_SERVER], SHOW_X, 60),  # it cannot touch images
        ([MAKE_SERVER], LIST, 60),
    ],
)
@pytest.mark.parametrize("updated_at", [29, 30, 31])
@pytest.mark.parametrize("is_explained", [False, True])
def test_no_answer_shows_an_image_as_it_was_updated_after_a_change_that_was_not_played(
    changes: list[tuple[Request, Response]],
    asked: Request,
    made_at: int,
    updated_at: int,
    is_explained: bool,
    tmp_path: Path,
) -> None:
    """Somebody updated X unseen, unless a change of X was played: what it began may go on."""
    x = as_shown(X, updated_at=at(updated_at))
    members = {"members": [{"image_id": X, "updated_at": at(updated_at)}]}
    shown = {LIST: listed(x), SHOW_X: replied(x), MEMBERS_OF_X: replied(members)}[asked]
    recording = recording_of(tmp_path, *[TAG_X] * is_explained, *changes, (asked, shown))
    number = str(len(changes) + is_explained + 1)
    if is_explained:
        outcome(recording, TAG_X[0])

    before = outcome(recording, asked)
    for change, _ in changes:
        outcome(recording, change)

    is_early = updated_at > made_at and not is_explained
    assert ["miss" if is_early else number, number] == [before, outcome(recording, asked)]


@pytest.mark.parametrize("is_new", [False, True])
def test_a_request_that_may_have_made_an_image_explains_no_older_one(
    is_new: bool, tmp_path: Path
) -> None:
    """A gateway answered it: the id of what it made is not known."""
    make = sent("POST", "/v2/images", body=b"{}")
    x = as_shown(X, updated_at=at(31), **{"created_at": at(31)} if is_new else {})
    recording = recording_of(
        tmp_path, MAKE_Z, DELETE_Z, (make, replied({}, 500)), (SHOW_X, replied(x))
    )

    outcome(recording, make)

    assert ("4" if is_new else "miss") == outcome(recording, SHOW_X)


@pytest.mark.parametrize(
    ("shown_before", "made_at", "updated_at", "is_early"),
    [
        ("2018", "2021-01-01T00:00:05Z", "2021-01-01T00:00:06Z", True),
        ("2018", "2021-01-01T00:00:05Z", "2021-01-01T00:00:05Z", False),
        ("2021", "2021-01-01T00:00:00Z", "2021-01-01T00:00:06Z", False),  # it notes no changes
        ("2022", "2021-01-01T00:00:00Z", "2021-01-01T00:00:06Z", False),
        ("", "2021-01-01T00:00:00Z", "2021-01-01T00:00:06Z", False),  # nothing to compare with
    ],
)
def test_a_clock_far_from_the_recorders_counts_if_it_goes_on(
    shown_before: str, made_at: str, updated_at: str, is_early: bool, tmp_path: Path
) -> None:
    """As that of a simulated cloud. One that notes no changes shows no time of them."""
    seen = as_shown(Y, created_at=f"{shown_before}-01-01T00:00:00Z")
    image = as_shown(Z, B, created_at="2018-01-01T00:00:00Z", updated_at=made_at)
    renamed = RENAME_Z[0], replied(image)
    recording = recording_of(
        tmp_path,
        *[(SHOW_Y, replied(seen))] * bool(shown_before),
        renamed,
        (SHOW_X, replied(as_shown(X, created_at=updated_at))),
    )

    assert is_early == (outcome(recording, SHOW_X) == "miss")


def test_a_miss_names_the_image_that_was_updated_too_late(tmp_path: Path) -> None:
    x = as_shown(X, updated_at=at(31))
    recording = recording_of(tmp_path, RENAME_Z, (SHOW_X, replied(x)))

    found = find(recording, SHOW_X)

    assert isinstance(found, Miss)
    assert found.reason == (
        f"It shows image {X}, which was updated after PATCH /v2/images/{Z} (basic.yaml#1); that "
        "has not been played."
    )


def test_of_equal_states_the_one_of_the_same_changes_answers(tmp_path: Path) -> None:
    """Somebody deleted Y unseen while b made an image and deleted it again."""
    public = listed(as_shown(X, visibility="public"), as_shown(Y, visibility="public"))
    recording = recording_of(
        tmp_path,
        (LIST, public),  # 1
        MAKE_Z,  # 2
        DELETE_Z,  # 3
        (LIST, listed(as_shown(X, visibility="public"))),  # 4
        (sent("GET", "/v2/images?limit=9"), listed(as_shown(X, visibility="public"))),  # 5
    )
    play = [MAKE_Z[0], DELETE_Z[0]]

    assert "1 5 2 3 4" == outcomes(
        recording, [LIST, sent("GET", "/v2/images?limit=9"), *play, LIST]
    )


def test_a_miss_names_the_change_that_is_missing_or_too_much(tmp_path: Path) -> None:
    recording = recording_of(tmp_path, *OF_X[2:])
    before = find(recording, SHOW_X)
    assert isinstance(before, Miss)
    assert before.reason == (
        f"It was recorded after PATCH /v2/images/{X} (basic.yaml#1), which has not been played."
    )

    (tmp_path / "other").mkdir()
    recording = recording_of(tmp_path / "other", *OF_X[:3])
    find(recording, RENAME_X)
    after = find(recording, SHOW_X)
    assert isinstance(after, Miss)
    assert after.reason == (
        f"It was recorded before PATCH /v2/images/{X} (basic.yaml#3), which has been played."
    )


def test_a_rewound_recording_begins_where_nothing_was_played(tmp_path: Path) -> None:
    recording = recording_of(tmp_path, *OF_X)
    outcome(recording, RENAME_X)

    fresh = recording.rewound()

    assert "1 3 4" == outcomes(fresh, [LIST, RENAME_X, LIST])
    assert "4 miss" == outcomes(recording, [LIST, RENAME_X])


def story(number: int) -> list[tuple[Request, Response]]:
    """What one caller does with private images of its own."""
    project, own = f"{number:032x}", f"{number:08x}-0000-4000-8000-000000000000"
    made = f"{number:08x}-1111-4000-8000-000000000000"
    path, name = f"/v2/images/{own}", b'[{"op": "replace", "path": "/name", "value": "new"}]'
    old, new = (as_shown(own, owner=project, name=name) for name in ("old", "new"))
    another = as_shown(made, owner=project, name="made", visibility="shared")
    return [
        (sent("GET", "/v2/images", project), listed(old)),
        (sent("GET", path, project), replied(old)),
        (sent("PATCH", path, project, name), replied(new)),
        (sent("GET", "/v2/images", project), listed(new)),
        (sent("GET", path, project), replied(new)),
        (sent("POST", "/v2/images", project, b"{}"), replied(another, 201)),
        (sent("GET", "/v2/images", project), listed(another, new)),
        (sent("DELETE", path, project), replied(status=204)),
        (sent("GET", path, project), GONE),
        (sent("GET", "/v2/images", project), listed(another)),
    ]


@examples(20)
@given(st.integers(2, 5), st.randoms(use_true_random=False))
def test_callers_who_share_a_cassette_may_come_in_any_order(count: int, rng: Random) -> None:
    """Each gets what it got when it was recorded, however the others' requests come between."""
    stories = [story(number) for number in range(1, count + 1)]
    whole = in_any_order(stories, rng) if rng.random() < 0.5 else [*chain(*stories)]
    with TemporaryDirectory() as folder:
        recording = recording_of(Path(folder), *whole)

        for request, response in in_any_order(stories, rng):
            found = find(recording, request)

            assert isinstance(found, Answer), found
            assert (response.status, response.body) == (
                found.response.status,
                found.response.body,
            )


def in_any_order(
    stories: Sequence[Sequence[tuple[Request, Response]]], rng: Random
) -> list[tuple[Request, Response]]:
    """All items, those of each story in their order."""
    turns = [number for number, one in enumerate(stories) for _ in one]
    rng.shuffle(turns)
    left = [iter(one) for one in stories]
    return [next(left[turn]) for turn in turns]


def test_32_callers_in_as_many_threads_get_their_own_states(tmp_path: Path) -> None:
    stories = [story(number) for number in range(1, 33)]
    recording = recording_of(tmp_path, *chain(*stories))

    def play(own: Sequence[tuple[Request, Response]]) -> bool:
        found = [find(recording, request) for request, _ in own]
        return [one.response.body if isinstance(one, Answer) else one for one in found] == [
            response.body for _, response in own
        ]

    with ThreadPoolExecutor(32) as threads:
        assert [True] * 32 == list(threads.map(play, stories))
