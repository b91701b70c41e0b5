"""In which state a walk proves something."""

from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.interaction import (
    Request,
    Response,
)
from glancetape_cassettes.replaying.answers import Miss
from support.clouds.asking import derive
from support.clouds.clouds import Caller
from support.clouds.histories import History
from support.clouds.recorded_lists import (
    AS_GLANCE,
    ASKED,
    JSON,
    MINE,
    NO_STATE,
    THEIRS,
    change,
    changing,
    derived_from,
    history_of,
    history_of_four,
    keep,
    listed_image,
    opened,
    play,
    remove,
    shown,
    shown_by,
    walk,
)
from support.clouds.small_images import ME, OTHER
from support.one_image import id_of


@pytest.mark.parametrize(("method", "status"), [("POST", 201), ("PATCH", 200), ("DELETE", 204)])
def test_before_a_recorded_change_the_first_walk_answers_and_after_it_the_second(
    method: str, status: int, tmp_path: Path
) -> None:
    """They are of two states, so neither contradicts the other."""
    history = history_of_four()
    keep(history, changing(method), Response(status, "", (JSON,), b""))
    if method == "DELETE":
        remove(history, 1)
    else:
        change(history, 1, name="z")
    walk(history)
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    assert [1, 2, 3, 4] == shown(deriver, ASKED)
    play(recording, changing(method))
    assert ([2, 3, 4] if method == "DELETE" else [2, 3, 4, 1]) == shown(deriver, ASKED)


UNSEEN = {
    "deleted": lambda history: remove(history, 2),
    "renamed": lambda history: change(history, 2, name="z"),
    "created": lambda history: history.cloud.images.append(listed_image(5, created_at=history.now)),
    "nothing": lambda _: None,
}
"""What someone else does that no request records."""
LATER = {
    "a list": lambda history: history.ask(MINE, ""),
    "a page": lambda history: history.ask(MINE, f"limit=3&marker={id_of(4)}"),
    "a filtered list": lambda history: history.ask(MINE, "__os_type=Linux"),
    "a list of another caller": lambda history: history.ask(THEIRS, ""),
}
RECORDED = {
    "PATCH of another image": (changing("PATCH", 3), True),
    "DELETE of another image": (changing("DELETE", 1), True),
    "PATCH of the same image": (changing("PATCH", 2), False),
    "an action at Cinder": (Request("POST", "http://cinder:8776/v3/p/volumes/v/action"), True),
    "DELETE elsewhere": (Request("DELETE", "http://other:8000/v1/things/2"), False),
}
"""Changes, and whether what happens to image 2 cannot be their doing."""


@pytest.mark.sampled(4)
@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("later", LATER)
@pytest.mark.parametrize("recorded", RECORDED)
def test_what_no_recorded_change_explains_voids_the_walk_before_it_too(
    unseen: str, later: str, recorded: str, tmp_path: Path
) -> None:
    """Nobody knows whether it happened before the recorded change or after it."""
    history = history_of_four()
    history.callers = (MINE, THEIRS)
    request, is_of_others = RECORDED[recorded]
    keep(history, request, Response(200, "OK", (JSON,), b"{}"))
    if recorded == "DELETE of another image":
        remove(history, 1)
    UNSEEN[unseen](history)
    LATER[later](history)

    found = shown(derived_from(history, tmp_path), ASKED)

    is_void = unseen != "nothing" and (unseen == "created" or later != "a list of another caller")
    if unseen == "created":
        is_void &= not {"Cinder", "elsewhere"} & {*recorded.split()} and later != "a page"
    else:
        is_void &= is_of_others
    assert is_void is (found != [1, 2, 3, 4]), found


def make_and_delete(history: History) -> list[Request]:
    """Record how another caller makes an image and deletes it again."""
    made = THEIRS.request("", "/v2/images")
    made = Request("POST", made.uri, made.headers, b"{}")
    image = shown_by(7, created_at=history.now, updated_at=history.now)
    keep(history, made, Response(201, "Created", (JSON,), orjson.dumps(image)))
    gone = THEIRS.request("", f"/v2/images/{id_of(7)}")
    gone = Request("DELETE", gone.uri, gone.headers)
    keep(history, gone, Response(204, "", (), b""))
    return [made, gone]


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("has_walk_before", [True, False])
def test_an_equal_state_proves_nothing_that_the_replays_own_state_contradicts(
    unseen: str, has_walk_before: bool, tmp_path: Path
) -> None:
    """An image is made and deleted again, and the list is as before but for what nobody
    recorded.
    """
    history = history_of_four()
    if not has_walk_before:  # only a page, which is no walk
        del history.interactions[1:]
    requests = make_and_delete(history)
    UNSEEN[unseen](history)
    walk(history)
    truth = {"deleted": [1, 3, 4], "renamed": [1, 3, 4, 2], "created": [1, 2, 3, 4, 5]}
    after = truth.get(unseen, [1, 2, 3, 4])
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    before = shown(deriver, ASKED)
    for request in requests:
        play(recording, request)

    if unseen == "nothing":
        assert [1, 2, 3, 4] == before
    elif has_walk_before or unseen != "created":
        assert isinstance(before, str), before
    assert after == shown(deriver, ASKED)


@pytest.mark.parametrize(("seconds", "is_early"), [(-1, False), (0, False), (1, True)])
def test_nothing_is_derived_from_what_was_updated_after_a_change_that_was_not_played(
    seconds: int, is_early: bool, tmp_path: Path
) -> None:
    history = history_of(listed_image(1), listed_image(2))
    updated = datetime.fromisoformat(history.now) + timedelta(seconds=seconds)
    change(history, 1, updated_at=updated.strftime("%Y-%m-%dT%H:%M:%SZ"))
    requests = make_and_delete(history)
    walk(history)
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    before = shown(deriver, ASKED)
    for request in requests:
        play(recording, request)

    assert (NO_STATE if is_early else [1, 2]) == before
    assert [1, 2] == shown(deriver, ASKED)


def test_a_state_without_lists_answers_nothing(tmp_path: Path) -> None:
    """What was listed before the change is out of date."""
    history = history_of_four()
    keep(history, changing("DELETE"), Response(204, "", (), b""))
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    assert [1, 2, 3, 4] == shown(deriver, ASKED)
    play(recording, changing("DELETE"))
    assert NO_STATE == shown(deriver, ASKED)


def test_a_walk_is_cut_by_a_change(tmp_path: Path) -> None:
    """Its first page and its last one are of two states."""
    history = history_of(listed_image(1), listed_image(2), listed_image(3))
    history.ask(MINE, "limit=2")
    keep(history, changing("PATCH", 3), Response(200, "OK", (JSON,), b"{}"))
    history.ask(MINE, f"limit=2&marker={id_of(2)}")
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    assert "The walk that would prove it (3.yaml#1) was not recorded to its end." == shown(
        deriver, ASKED
    )
    play(recording, changing("PATCH", 3))
    assert "No recorded walk covers it." == shown(deriver, ASKED)


@pytest.mark.parametrize("status", [400, 401, 409, 413])
def test_a_change_that_was_refused_cuts_nothing(status: int, tmp_path: Path) -> None:
    """There is one state, whether it was played or not."""
    history = history_of(listed_image(1), listed_image(2), listed_image(3))
    history.ask(MINE, "limit=2")
    keep(history, changing("DELETE", 3), Response(status, "", (JSON,), b"{}"))
    history.ask(MINE, f"limit=2&marker={id_of(2)}")
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    assert [1, 2, 3] == shown(deriver, ASKED)
    play(recording, changing("DELETE", 3))
    assert [1, 2, 3] == shown(deriver, ASKED)


def test_changes_that_are_played_in_another_order_lead_to_no_recorded_state(
    tmp_path: Path,
) -> None:
    """A state is known only by the changes that were recorded before it."""
    history = history_of_four()
    for number in (1, 2):
        keep(history, changing("DELETE", number), Response(204, "", (), b""))
        remove(history, number)
        walk(history)
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    play(recording, changing("DELETE", 2))
    assert "Changes were played in another order than they were recorded in." == shown(
        deriver, ASKED
    )
    play(recording, changing("DELETE", 1))
    assert [3, 4] == shown(deriver, ASKED)


def test_a_change_at_another_host_begins_a_new_state_too(tmp_path: Path) -> None:
    """The snapshot of a server is an image, so a walk does not go on after one."""
    history = history_of(listed_image(1), listed_image(2), listed_image(3))
    history.ask(MINE, "limit=2")
    elsewhere = Request(
        "DELETE", f"http://other:9292/v2/images/{id_of(3)}", changing("GET").headers
    )
    keep(history, elsewhere, Response(204, "", (), b""))
    history.ask(MINE, f"limit=2&marker={id_of(2)}")

    outcome = derive(derived_from(history, tmp_path), MINE.request(ASKED))

    assert isinstance(outcome, Miss)
    assert "was not recorded to its end" in outcome.reason


@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize(("changed", "explains"), [(1, True), (2, False), (None, False)])
def test_a_refusal_after_a_change_of_something_else_voids_the_walk_before_it(
    changed: int | None, explains: bool, method: str, tmp_path: Path
) -> None:
    """Nobody recorded that the image was deleted, so it may have been before the change."""
    history = history_of_four()
    made = changing("DELETE" if changed == 1 else "PATCH", changed or 0)
    if changed is None:
        made = Request("POST", MINE.request("", "/v2/images").uri, made.headers, b"{}")
    keep(history, made, Response(200, "OK", (JSON,), b"{}"))
    asked = changing(method, 1, b"[]")
    keep(history, asked, Response(404, "Not Found", (JSON,), b"{}"))

    found = shown(derived_from(history, tmp_path), ASKED)

    assert ([1, 2, 3, 4] == found) is explains
    if not explains:
        assert id_of(1) in str(found)


@pytest.mark.parametrize(
    ("member", "value", "by_another", "by_the_caller"),
    [
        ("name", "z", False, False),
        ("protected", True, False, False),
        ("visibility", "private", True, False),
        ("visibility", "community", False, False),
        ("owner", "z", True, True),
    ],
)
def test_only_a_change_that_hides_an_image_explains_why_it_is_gone(
    member: str, value: object, by_another: bool, by_the_caller: bool, tmp_path: Path
) -> None:
    """An image that is renamed is still there, and whoever makes it private still sees it."""
    patch = orjson.dumps([{"op": "replace", "path": f"/{member}", "value": value}])
    for caller, explains in ((THEIRS, by_another), (MINE, by_the_caller)):
        history = history_of_four()
        request = caller.request("", f"/v2/images/{id_of(1)}")
        patching = Request("PATCH", request.uri, request.headers, patch)
        keep(history, patching, Response(200, "OK", (JSON,), b"{}"))
        keep(history, changing("GET", 1), Response(404, "Not Found", (JSON,), b"{}"))

        found = shown(derived_from(history, tmp_path), ASKED)

        assert ([1, 2, 3, 4] == found) is explains
        (tmp_path / f"{len(history.interactions)}.yaml").unlink()


BY_TOKEN = Caller(ME, by_token=True)
KINDS = ("public", "shared", "private")


@pytest.mark.parametrize("before", KINDS)
@pytest.mark.parametrize("after", KINDS)
def test_a_change_hides_an_image_only_if_fewer_see_it_than_before(
    before: str, after: str, tmp_path: Path
) -> None:
    """Another project's image, the caller's own, and that of a caller whose project is not known.

    Whoever is of the owner's project still sees it, whatever its key or token.
    """
    patch = orjson.dumps([{"op": "replace", "path": "/visibility", "value": after}])
    for caller, owner in ((MINE, OTHER), (MINE, ME), (BY_TOKEN, OTHER)):
        history = history_of(callers=(caller,))
        page = {"images": [shown_by(1, visibility=before, owner=owner)]}
        listed = Response(200, "OK", AS_GLANCE, orjson.dumps(page))
        keep(history, caller.request("limit=9"), listed)
        path = f"/v2/images/{id_of(1)}"
        request = THEIRS.request("", path)
        patching = Request("PATCH", request.uri, request.headers, patch)
        keep(history, patching, Response(200, "OK", (JSON,), b"{}"))
        keep(history, caller.request("", path), Response(404, "Not Found", (JSON,), b"{}"))

        found = shown(derived_from(history, tmp_path), "name=name+1&limit=9", caller)

        is_narrower = KINDS.index(after) > KINDS.index(before)
        explains = is_narrower and caller is MINE and owner == OTHER
        assert ([1] == found) is explains, (caller, owner)
        (tmp_path / f"{len(history.interactions)}.yaml").unlink()
