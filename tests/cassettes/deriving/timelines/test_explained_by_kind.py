"""The rows of the table of what a recorded change explains, each with what it does not."""

from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest

from glancetape_cassettes.interaction import Request, Response
from support.clouds.clouds import Caller
from support.clouds.histories import History
from support.clouds.recorded_lists import (
    ASKED,
    JSON,
    ME,
    MINE,
    THEIRS,
    change,
    derived_from,
    history_of_four,
    keep,
    listed_image,
    remove,
    shown,
)
from support.one_image import id_of

ELSEWHERE = "http://cinder:8776/v3/p/volumes/v/action"


def keep_change(
    history: History,
    method: str,
    number: int,
    below: str = "",
    who: Caller = MINE,
    **fields: object,
) -> None:
    """Record a change that succeeded; the fields are those of a patch."""
    asked = who.request("", f"/v2/images/{id_of(number)}{below}")
    patch = [{"op": "replace", "path": f"/{name}", "value": one} for name, one in fields.items()]
    request = Request(method, asked.uri, asked.headers, orjson.dumps(patch))
    keep(history, request, Response(200, "OK", (JSON,), b"{}"))


def holds(history: History, folder: Path) -> bool:
    """Whether the walk still proves what was before the change."""
    return [1, 2, 3, 4] == shown(derived_from(history, folder), ASKED)


@pytest.mark.parametrize(("changed", "explains"), [(1, True), (3, False)])
def test_a_change_explains_how_its_image_looks(
    changed: int, explains: bool, tmp_path: Path
) -> None:
    """And not how another one looks."""
    history = history_of_four()
    keep_change(history, "PATCH", changed, name="z")
    change(history, 1, name="z", size=7)
    history.ask(MINE, "")

    assert explains is holds(history, tmp_path)


@pytest.mark.parametrize("who", [MINE, THEIRS], ids=["own", "another's"])
@pytest.mark.parametrize(
    ("method", "below", "explains"),
    [("DELETE", "", True), ("PUT", "/tags/x", False), ("PUT", "/file", False)],
)
def test_a_delete_explains_that_its_image_is_gone(
    method: str, below: str, explains: bool, who: Caller, tmp_path: Path
) -> None:
    """An upload or a tag hides nothing."""
    history = history_of_four()
    keep_change(history, method, 1, below, who)
    remove(history, 1)
    history.look(MINE, id_of(1))
    history.ask(MINE, f"marker={id_of(1)}")

    assert explains is holds(history, tmp_path)


@pytest.mark.parametrize("is_elsewhere", [True, False])
def test_a_request_to_another_service_explains_a_new_image(
    is_elsewhere: bool, tmp_path: Path
) -> None:
    """Cinder makes images, and a change of image 3 makes none."""
    history = history_of_four()
    if is_elsewhere:
        asked = Request("POST", ELSEWHERE, MINE.request("").headers, b"{}")
        keep(history, asked, Response(202, "Accepted", (JSON,), b"{}"))
    else:
        keep_change(history, "PATCH", 3, name="z")
        change(history, 3, name="z")
    history.cloud.images.append(listed_image(5, created_at=history.now))
    history.ask(MINE, "")

    assert is_elsewhere is holds(history, tmp_path)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
@pytest.mark.parametrize("asked", [1, 2])
def test_requests_to_other_services_make_one_image_each(
    asked: int, count: int, tmp_path: Path
) -> None:
    """If there are more new images, one of them was made unseen."""
    history = history_of_four()
    for _ in range(asked):
        request = Request("POST", ELSEWHERE, MINE.request("").headers, b"{}")
        keep(history, request, Response(202, "Accepted", (JSON,), b"{}"))
    for number in range(count):
        history.cloud.images.append(listed_image(5 + number, created_at=history.now))
    history.ask(MINE, "")

    assert holds(history, tmp_path) is (count <= asked)


@pytest.mark.parametrize(("minutes", "may_be_made"), [(0, True), (-14, True), (-16, False)])
def test_a_request_makes_no_image_that_is_older(
    minutes: int, may_be_made: bool, tmp_path: Path
) -> None:
    """The clocks of the cloud and of who records it may differ by a quarter of an hour."""
    history = history_of_four()
    request = Request("POST", ELSEWHERE, MINE.request("").headers, b"{}")
    keep(history, request, Response(202, "Accepted", (JSON,), b"{}"))
    created = datetime.fromisoformat(history.now) + timedelta(minutes=minutes)
    text = created.isoformat().replace("+00:00", "Z")
    history.cloud.images.append(listed_image(5, created_at=text))
    history.ask(MINE, "")

    assert may_be_made is holds(history, tmp_path)


@pytest.mark.parametrize("altered", ["protected", "visibility", "status", "name"])
@pytest.mark.parametrize(
    ("method", "below", "deciding"),
    [
        ("DELETE", "", "protected"),
        ("GET", "/members", "visibility"),
        ("GET", "/file", "status"),
        ("PUT", "/tags/x", ""),
    ],
)
def test_what_decides_that_a_request_is_forbidden_explains_it(
    method: str, below: str, deciding: str, altered: str, tmp_path: Path
) -> None:
    """A protected image is not deleted, and the data of a deactivated one are not given out."""
    history = history_of_four()
    if altered == "status":
        keep_change(history, "POST", 1, "/actions/deactivate")
    else:
        keep_change(history, "PATCH", 1, "", MINE, **{altered: "x"})
    asked = MINE.request("", f"/v2/images/{id_of(1)}{below}")
    refused = Request(method, asked.uri, asked.headers, b"")
    keep(history, refused, Response(403, "Forbidden", (JSON,), b"{}"))

    is_public = below == "/members"  # which has no members, whatever was changed
    assert holds(history, tmp_path) is (altered == deciding or is_public)


def test_nothing_explains_that_a_list_is_forbidden(tmp_path: Path) -> None:
    """The caller has another role, perhaps since before the change."""
    history = history_of_four()
    keep_change(history, "PATCH", 1, visibility="private", who=THEIRS)
    keep(history, MINE.request(""), Response(403, "Forbidden", (JSON,), b"{}"))

    assert not holds(history, tmp_path)


MAKES = {"visibility": "private", "disk_format": "qcow2", "min_disk": 1}
"""What a request for a new image asked for."""


@pytest.mark.parametrize(
    ("asked", "shown_as", "may_be_made"),
    [
        (MAKES, MAKES, True),
        (MAKES, MAKES | {"disk_format": "raw"}, False),
        (MAKES, MAKES | {"min_disk": 2}, False),
        (MAKES, MAKES | {"visibility": "community"}, False),
        ({"visibility": "public"}, {"visibility": "public"}, True),
        ({}, {"visibility": "shared"}, True),
        ({}, {"visibility": "private"}, True),
        ({}, {"visibility": "public"}, False),
        ({}, {"visibility": "community"}, False),
    ],
)
def test_a_failed_request_for_an_image_explains_only_one_as_it_asked_for(
    asked: dict[str, object], shown_as: dict[str, object], may_be_made: bool, tmp_path: Path
) -> None:
    """Another image was made unseen, and perhaps before. Without a visibility few see it."""
    history = history_of_four()
    body = orjson.dumps({"name": "z", **asked})
    request = Request("POST", MINE.request("").uri, MINE.request("").headers, body)
    keep(history, request, Response(503, "Service Unavailable", (), b""))
    image = listed_image(5, created_at=history.now, owner=ME, **shown_as)
    history.cloud.images.append(image)
    keep_shown(history, image)

    assert may_be_made is holds(history, tmp_path)


def keep_shown(history: History, image: dict[str, object]) -> None:
    """Record an image by its id."""
    asked = MINE.request("", f"/v2/images/{image['id']}")
    keep(history, asked, Response(200, "OK", (JSON,), orjson.dumps(image)))
