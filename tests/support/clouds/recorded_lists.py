"""Lists and images recorded one after the other, for tests of what they prove together."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import derive, find
from support.clouds.clouds import Caller, Cloud
from support.clouds.histories import History, Walk, write
from support.clouds.small_images import ME, OTHER
from support.one_image import Image, id_of, numbered_image

MINE, THEIRS = Caller(ME), Caller(OTHER)
JSON = ("Content-Type", "application/json")
AS_GLANCE: Headers = (JSON, ("X-Openstack-Request-Id", "req-1"))
AS_IMS: Headers = (JSON, ("X-Request-Id", "1"), ("Server", "api-gateway"))


def listed_image(number: int, **fields: Any) -> Image:
    """Return an image by its number that lists of both dialects show, with nothing null."""
    usual = {"__isregistered": "true", "__os_type": "Linux", "tags": ["x"]}
    return numbered_image(number, **{**usual, **fields})


def history_of(
    *images: dict[str, Any], dialect: str = "glance", callers: Sequence[Caller] = (MINE,)
) -> History:
    """Begin to record a cloud that has these images."""
    return History(Cloud(dialect, list(images)), callers)


def walk(history: History, query: str = "limit=2", caller: Caller = MINE) -> None:
    """Record a list to its end."""
    following = Walk(caller, query, ())
    while following.query is not None:
        history.advance(following)


def keep(history: History, request: Request, response: Response) -> None:
    """Record an interaction as it is."""
    history.interactions.append(Interaction(request, response, history.now))


def keep_page(
    history: History,
    query: str,
    images: Sequence[dict[str, Any]],
    following: str = "",
    headers: Headers = AS_GLANCE,
) -> None:
    """Record a page made by hand; `following` is the query of its `next`."""
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "marker"]
    first = f"/v2/images?{urlencode(kept)}" if kept else "/v2/images"
    page: dict[str, Any] = {"images": list(images), "first": first}
    if following:
        page["next"] = f"/v2/images?{following}"
    keep(history, MINE.request(query), Response(200, "OK", headers, orjson.dumps(page)))


def opened(history: History, folder: Path) -> RecordedAnswers:
    """Write what was recorded up to now into a cassette of its own, and open that."""
    path = folder / f"{len(history.interactions)}.yaml"
    return RecordedAnswers([load_cassette(write(path, history.interactions))], lambda _: None)


def derived_from(history: History, folder: Path, dialect: str = "") -> Deriver:
    """Derive from what was recorded up to now, from the cloud that it is unless told otherwise.

    A cloud that is named has the documented limits, so that questions need not name one.
    """
    return Deriver(opened(history, folder), dialect or history.cloud.dialect)


def shown(deriver: Deriver, query: str, caller: Caller = MINE) -> list[int] | str:
    """Return the numbers of the images that an answer lists, or the reason why there is none."""
    outcome = derive(deriver, caller.request(query))
    if isinstance(outcome, Miss):
        return outcome.reason
    assert isinstance(outcome, Answer)
    assert 200 == outcome.response.status
    listed = orjson.loads(outcome.response.body)["images"]
    return [int(one["id"].partition("-")[0], 16) for one in listed]


def member(status: str) -> list[dict[str, str]]:
    """Share an image with the caller."""
    return [{"member_id": ME, "status": status}]


def shown_by(number: int, **fields: Any) -> dict[str, Any]:
    """Return an image as a list of Glance shows it."""
    return Cloud("glance").show(listed_image(number, **fields))


def history_of_four(dialect: str = "glance") -> History:
    """Begin with a walk of two pages over four images, one of them private."""
    history = history_of(
        listed_image(1),
        listed_image(2, visibility="private", owner=ME),
        listed_image(3, status="queued"),
        listed_image(4),
        dialect=dialect,
    )
    walk(history, "limit=3")
    return history


def change(history: History, number: int, **fields: Any) -> None:
    """Change an image in the cloud."""
    found = next(one for one in history.cloud.images if one["id"] == id_of(number))
    found.update(fields)


def remove(history: History, number: int) -> None:
    """Delete an image in the cloud."""
    history.cloud.images[:] = [one for one in history.cloud.images if one["id"] != id_of(number)]


ASKED = "sort_key=name&sort_dir=asc"
"""What was never recorded, and a walk of four images answers."""
NO_STATE = "No list is recorded in the state that the requests played so far lead to."


def holds(history: History, folder: Path) -> bool:
    """Return whether the walk of `history_of_four` still answers."""
    return [1, 2, 3, 4] == shown(derived_from(history, folder), ASKED)


def changing(method: str, number: int = 1, body: bytes = b"{}") -> Request:
    """Make a request that changes an image."""
    request = MINE.request("", f"/v2/images/{id_of(number)}")
    return Request(method, request.uri, request.headers, body)


def play(recording: RecordedAnswers, request: Request) -> None:
    """Send a recorded change to a replay."""
    assert isinstance(find(recording, request), Answer)
