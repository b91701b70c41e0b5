"""What a recorded change explains of a later answer, against a cloud in memory.

A walk is recorded, then one change, then someone deletes or hides an image unseen, then an answer.
The answer is explained exactly if the cloud without the unseen deed would have given it. If not,
the walk is out of date, and nobody knows since when. This oracle shares no code with the product.
"""

from collections.abc import Iterable
from copy import copy
from itertools import product
from pathlib import Path

import pytest

from support.hunt.judging import Question, answer
from support.hunt.people import ME, OTHER, Person
from support.hunt.product import Player, Redacting, Replay, forget_own_key, write
from support.hunt.recording import Action, Event, Recording, Scene, record
from support.hunt.trial import question_of
from support.hunt.world import HuntCloud, visible
from support.one_image import Image, numbered_image

ASKED = Question("by name", "images", "sort_key=name&sort_dir=asc&limit=1000")
IMAGE = "00000001-0000-4000-8000-000000000000"
Case = tuple[str, str]
PEOPLE = (Person(ME), Person(OTHER))
CHANGES = (
    "name=z",
    "visibility=private",
    "visibility=community",
    "os_hidden=true",
    "protected=true",
    "upload",
    "deactivate",
)
LATER = {
    "no other answer": (),
    "a list": ("limit=1000",),
    "a page": ("limit=1",),
    "by status": ("status=queued&limit=1000",),
    "by name": ("name=a&limit=1000",),
    "by name, in order": ("sort_key=name&sort_dir=asc&limit=1",),
    "by update": ("sort_key=updated_at&sort_dir=asc&limit=1",),
}
SHOWN = ("get", "delete", "file", "members", "marker")


@pytest.fixture(autouse=True)
def _no_own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GLANCETAPE_KEY", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "")
    forget_own_key(tmp_path)


def queued_image(number: int, owner: str = ME) -> Image:
    """Return a queued image called a, b, c, ..."""
    return numbered_image(
        number,
        name="abc"[number - 1],
        status="queued",
        owner=owner,
        size=number,
        created_at=f"2018-09-06T14:03:{number:02d}Z",
        updated_at=f"2019-01-01T00:00:{number:02d}Z",
    )


def scene_of(
    owner: int, change: str, unseen: str, evidence: str, queries: tuple[str, ...]
) -> Scene:
    """Return a walk of the first caller, a change by the owner, an unseen deed, and answers."""
    first = queued_image(1, owner=PEOPLE[owner].project)
    cloud = HuntCloud("glance", [first, queued_image(2), queued_image(3)])
    actions = [
        Action("walk", 0, 1, query="limit=1000"),
        Action("change", owner, 2, target=IMAGE, value=change),
    ]
    if unseen:
        how = (evidence, "get") if evidence else ("get", "get")
        actions.append(Action("silent", 0, 3, target=IMAGE, value=unseen, evidence=how))
    actions += [Action("ask", 0, 4 + at, query=query) for at, query in enumerate(queries)]
    return Scene(cloud, PEOPLE, tuple(actions))


def is_explained(recording: Recording, event: Event) -> bool:
    """Whether the cloud would have given an answer if nobody had done anything unseen."""
    cloud = copy(recording.scene.cloud)
    played = {one.number for one in recording.events if one.number < event.number}
    cloud.images = recording.images(played, ())
    person = recording.scene.people[event.who]
    question = question_of(event)
    if question is None:  # a refused change, or data
        return visible(cloud, person, IMAGE) is None
    return answer(cloud, person, question).body == event.response.body


def kind_of(recording: Recording, folder: Path) -> str:
    """Return how the first caller's question is answered before the change is played."""
    write(folder / "a.yaml", recording.events, Redacting(keep_ids=True))
    player = Player([folder / "a.yaml"], Replay(0), folder)
    try:
        request = recording.request(Action("ask", 0, 99), "GET", f"/v2/{ASKED.path}?{ASKED.query}")
        return player.ask(request).kind
    finally:
        player.close()


def some_of(cases: Iterable[Case], place: int, request: pytest.FixtureRequest) -> list[Case]:
    """Return all cases with --interop, otherwise a few, other ones for each place."""
    listed = list(cases)
    if request.config.getoption("--interop"):
        return listed
    return [one for at, one in enumerate(listed) if at % 5 == place % 5]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("owner", [0, 1], ids=["own", "of another"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_refusal_is_explained_if_the_cloud_gives_it_after_the_recorded_change(
    change: str, owner: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The caller's own change hides nothing from it: 404 shows that someone deleted the image."""
    cases = product(("delete", "hide"), SHOWN)
    for unseen, evidence in some_of(cases, CHANGES.index(change) + owner, request):
        recording = record(scene_of(owner, change, unseen, evidence, ()))
        later = [one for one in recording.events if one.shows]
        explained = all(is_explained(recording, one) for one in later)
        folder = tmp_path / f"{unseen}-{evidence}"
        folder.mkdir()

        assert ("derived" if explained else "miss") == kind_of(recording, folder), (
            unseen,
            evidence,
        )


@pytest.mark.sampled(3)
@pytest.mark.parametrize("owner", [0, 1], ids=["own", "of another"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_list_is_explained_if_the_cloud_gives_it_after_the_recorded_change(
    change: str, owner: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """An upload explains why `status=queued` lacks an image, and not why a whole list does."""
    cases = product(("", "delete", "hide"), LATER)
    for unseen, later in some_of(cases, CHANGES.index(change) + owner, request):
        recording = record(scene_of(owner, change, unseen, "", LATER[later]))
        recording.events = [one for one in recording.events if not one.shows]
        explained = all(is_explained(recording, one) for one in recording.events[2:])
        folder = tmp_path / f"{unseen}-{later}"
        folder.mkdir()

        assert ("derived" if explained else "miss") == kind_of(recording, folder), (unseen, later)
