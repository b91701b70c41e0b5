"""The judge of the hunt: it accepts what the cloud gives, and nothing else."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from glancetape_cassettes.interaction import Response
from support.hunt.drawing import draw
from support.hunt.judging import Question, answer, expected, is_one_of, may_know_its_clock
from support.hunt.people import ME, OTHER, Person
from support.hunt.product import Player, Redacting, Replay, forget_own_key, write
from support.hunt.recording import CONDITIONAL, Action, Recording, Scene, record
from support.hunt.trial import perform
from support.hunt.world import HuntCloud
from support.one_image import Image, numbered_image

LISTED = Question("list", "images", "limit=1000")


@pytest.fixture(autouse=True)
def _no_own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GLANCETAPE_KEY", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "")
    forget_own_key(tmp_path)


def own_image(number: int, **fields: object) -> Image:
    """Return a public image of the first caller's project."""
    time = f"2018-09-06T14:03:{number:02d}Z"
    usual = {"owner": ME, "created_at": time, "updated_at": "2019-01-01T00:00:00Z"}
    return numbered_image(number, **{**usual, **fields})


def recording_of(*actions: Action) -> Recording:
    """Record what two callers do in a cloud of three images."""
    cloud = HuntCloud("glance", [own_image(1), own_image(2), own_image(3)])
    return record(Scene(cloud, (Person(ME), Person(OTHER)), actions))


def without_first_image(response: Response) -> Response:
    """Return a page that lacks an image."""
    page = orjson.loads(response.body)
    page["images"] = page["images"][1:]
    return replace(response, body=orjson.dumps(page))


def test_a_page_of_the_cloud_is_right_and_one_without_an_image_is_wrong() -> None:
    recording = recording_of(Action("walk", 0, 0, query="limit=2"))
    wanted = expected(recording, 0, LISTED, set(), "derived")

    given = answer(recording.cloud, recording.scene.people[0], LISTED)

    assert is_one_of(given, wanted, 25, replaced=False)
    assert not is_one_of(without_first_image(given), wanted, 25, replaced=False)


def test_a_change_counts_from_when_it_is_played() -> None:
    """The caller deletes image 2, so before that it is listed and after that it is not."""
    target = str(own_image(2)["id"])
    recording = recording_of(Action("change", 0, 0, target=target, value="delete"))

    before, after = (
        expected(recording, 1, LISTED, played, "exact") for played in (set[int](), {0})
    )

    counts = [len(orjson.loads(one.body)["images"]) for one in (*before, *after)]
    assert [3, 2] == counts


def test_a_change_that_nobody_recorded_has_happened_for_whoever_was_shown_it() -> None:
    """Image 2 is deleted; caller 0 gets a 404 for it, caller 1 too, but only as it deletes it."""
    target = str(own_image(2)["id"])
    recording = recording_of(
        Action("silent", 0, 0, target=target, value="delete", evidence=("get", "delete"))
    )

    lengths = [
        sorted(
            len(orjson.loads(one.body)["images"])
            for one in expected(recording, who, LISTED, set(), "derived")
        )
        for who in (0, 1)
    ]

    assert [[2], [2, 3]] == lengths


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (Action("tag", 0, 1, value="+x"), {"name 2", "renamed 0"}),
        (Action("tag", 0, 1, value="+x", broken="503"), {"name 2", "renamed 0"}),
        (Action("ask", 0, 1, query="limit=9"), {"renamed 0"}),
    ],
)
def test_a_change_of_an_image_may_be_why_it_looks_otherwise_after_it(
    change: Action, names: set[str]
) -> None:
    """Also one of which a gateway's 503 does not show whether it was made."""
    target = str(own_image(2)["id"])
    recording = recording_of(
        Action("silent", 0, 0, target=target, value="rename", evidence=("", "")),
        replace(change, target=target),
        Action("ask", 0, 2, query="limit=9"),
    )

    wanted = expected(recording, 0, Question("", f"images/{target}"), set(), "derived")

    assert names == {orjson.loads(one.body)["name"] for one in wanted}


@pytest.mark.parametrize(
    "about",
    [
        Action("download", 0, 2),
        Action("look", 0, 2, value="members"),
        Action("look", 0, 3, value=CONDITIONAL),  # a cache answers with 304
        Action("ask", 0, 2, query="limit=9"),
        Action("ask", 0, 2, query="name=b"),  # which lacks it in any case
        Action("tag", 0, 2, value="-nothing"),  # 404, because the image has no such tag
    ],
    ids=lambda one: f"{one.kind} {one.value}{one.query}",
)
def test_a_new_image_is_there_for_whoever_was_shown_that_in_any_way(about: Action) -> None:
    """Image 9, which is shared."""
    target = str(own_image(9)["id"])
    recording = recording_of(
        Action("silent", 0, 2, target=target, value="appear", evidence=("", "")),
        replace(about, target=target),
    )

    wanted = expected(recording, 0, LISTED, set(), "derived")

    shows_it = about.kind != "tag" and about.query != "name=b"
    lengths = sorted(len(orjson.loads(one.body)["images"]) for one in wanted)
    assert ([4] if shows_it else [3, 4]) == lengths


def test_what_a_request_did_that_was_taken_out_has_happened_without_one() -> None:
    target = str(own_image(2)["id"])
    deleted = Action("change", 0, 0, target=target, value="delete")
    looked = Action("look", 0, 1, target=target)

    recording = recording_of(replace(deleted, taken_out=True), looked)

    assert [404] == [event.response.status for event in recording.events]
    wanted = expected(recording, 0, LISTED, set(), "derived")
    assert [2] == [len(orjson.loads(one.body)["images"]) for one in wanted]


@pytest.mark.parametrize(
    ("first", "second", "known"),
    [
        (("ask", 0, 3), ("change", 1, 0), True),
        (("ask", 0, 1), ("change", 1, 0), False),  # the same second
        (("ask", 0, 3), ("ask", 1, 0), False),
        (("ask", 0, 0), ("change", 1, 3), False),
        (("change", 0, 3), ("ask", 1, 0), False),
        (("ask", 0, 3), ("ask", 0, 0), True),  # in one cassette
        (("ask", 0, 0), ("change", 1, 0), True),  # nothing was set
    ],
)
def test_that_a_clock_was_set_is_known_if_an_answer_shows_it(
    first: tuple[str, int, int], second: tuple[str, int, int], known: bool
) -> None:
    """Of two actions, one second after the other, each in a cassette and by a clock ahead."""
    target = str(own_image(2)["id"])
    actions = [
        Action(kind, 0, number, cassette=cassette, target=target, query="limit=9", value="name=x")
        for number, (kind, cassette, _) in enumerate((first, second))
    ]
    events = [
        replace(one, off=off)
        for one, (*_, off) in zip(recording_of(*actions).events, (first, second), strict=True)
    ]

    assert known is may_know_its_clock(events, has_dates=False)
    assert may_know_its_clock(events, has_dates=True)


def test_a_page_is_cut_at_the_limits_that_the_operator_set() -> None:
    cloud = HuntCloud(
        "glance", [own_image(1), own_image(2), own_image(3)], default_limit=1, largest_limit=2
    )

    pages = [
        orjson.loads(answer(cloud, Person(ME), Question("list", "images", query)).body)
        for query in ("", "limit=1000")
    ]

    assert [1, 2] == [len(page["images"]) for page in pages]
    assert all(page["next"] for page in pages)


def test_what_was_recorded_is_answered_as_it_was(tmp_path: Path) -> None:
    """The writing side and the door of the product fit together as the hunt uses them."""
    recording = recording_of(Action("walk", 0, 0, query="limit=2"))
    path = tmp_path / "a.yaml"
    write(path, recording.events, Redacting())
    player = Player([path], Replay(0), tmp_path)

    replies = [player.ask(event.request) for event in recording.events]

    player.close()
    assert ["exact"] * len(recording.events) == [reply.kind for reply in replies]
    assert all(
        reply.response is not None
        and is_one_of(reply.response, [event.response], 25, replaced=True)
        for reply, event in zip(replies, recording.events, strict=True)
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_always_gives_the_same_history_and_the_same_answers(seed: int) -> None:
    first, second = (perform(draw(seed)) for _ in range(2))

    assert draw(seed) == draw(seed)
    assert first.counts == second.counts
