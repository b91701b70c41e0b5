"""Second runs into one cassette: what is sent, what stays, and what nobody knows of any more."""

from dataclasses import replace

import orjson

from glancetape_cassettes.interaction import Request, Response
from support.hunt.judging import Question, expected
from support.hunt.people import ME, Person
from support.hunt.recording import Action, Recording, Scene, record
from support.hunt.runs import superseded, without_events
from support.hunt.world import HuntCloud
from support.images.varied import PROJECTS
from support.one_image import id_of, numbered_image

LISTED = Question("list", "images", "limit=9")
LIST = Action("ask", 0, 0, query="limit=9")
DELETE = Action("change", 0, 1, target=id_of(2), value="delete")
TAG = Action("tag", 0, 1, target=id_of(2), value="+new")


def scene_of(*actions: Action) -> Scene:
    """Return a cloud of three images of the only caller."""
    images = [numbered_image(number, owner=PROJECTS[0]) for number in (1, 2, 3)]
    return Scene(HuntCloud("glance", images), (Person(ME),), actions)


def again(action: Action) -> Action:
    """Return an action as a second run repeats it."""
    return replace(action, run=2, number=action.number + 40, again=action.number)


def counts(recording: Recording, played: set[int]) -> set[int]:
    """Return how many images the cloud may have listed."""
    wanted = expected(recording, 0, LISTED, played, "derived")
    return {len(orjson.loads(one.body)["images"]) for one in wanted}


def test_what_a_second_run_asks_again_takes_the_place_of_the_first_answer() -> None:
    recording = record(scene_of(LIST, TAG, again(LIST)))

    left = without_events(recording, superseded(recording))

    assert {0} == superseded(recording)
    assert ["PUT", "GET"] == [event.request.method for event in left.events]
    assert [0, 1] == [event.number for event in left.events]


def test_what_was_taken_out_has_changed_the_cloud_before_what_came_after_it() -> None:
    """A list shows that, so the image is gone for whoever was shown the list."""
    recording = record(scene_of(LIST, DELETE, replace(LIST, number=2)))

    left = without_events(recording, {1})

    assert [(1, "delete")] == [(place, change.kind) for place, change in left.silent]
    assert {2} == counts(left, set())
    assert {3} == counts(recording, set())
    assert {2} == counts(recording, {1})


def test_unseen_changes_keep_their_order_and_who_was_shown_them() -> None:
    silent = Action("silent", 0, 3, target=id_of(3), value="delete", evidence=("get",))
    recording = record(scene_of(LIST, DELETE, silent, replace(LIST, number=5)))

    left = without_events(recording, {1})

    assert [id_of(2), id_of(3)] == [change.image_id for _, change in left.silent]
    assert [0, 2, 0] == [event.shows for event in left.events]


def test_what_a_second_run_replays_is_not_sent() -> None:
    """The tag is there already, so the service would note another time."""
    given: list[str] = []

    def begin(recording: Recording) -> None:
        before = {(one.request.method, one.request.uri): one.response for one in recording.events}

        def replayed(request: Request) -> Response | None:
            given.append(request.method)
            return before.get((request.method, request.uri))

        recording.replayed = replayed

    another = replace(LIST, query="limit=3")
    recording = record(scene_of(LIST, TAG, again(TAG), again(another)), begin)

    assert ["PUT", "GET"] == given
    assert ["GET", "PUT", "GET"] == [event.request.method for event in recording.events]
    assert [1, 1, 2] == [event.run for event in recording.events]
