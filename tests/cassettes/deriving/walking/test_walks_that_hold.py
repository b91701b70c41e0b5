"""What is recorded after a walk need not contradict it. Then the walk is still valid."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from glancetape_cassettes.interaction import Request, Response
from support.clouds.recorded_lists import (
    AS_GLANCE,
    AS_IMS,
    ASKED,
    JSON,
    MINE,
    THEIRS,
    change,
    derived_from,
    history_of,
    history_of_four,
    holds,
    keep,
    keep_page,
    listed_image,
    member,
    remove,
    shown,
    shown_by,
    walk,
)
from support.clouds.small_images import ME, OTHER
from support.one_image import id_of


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(
            (
                listed_image(9, visibility="shared", members=member("pending")),
                "member_status=pending",
            ),
            id="an image that waits to be accepted",
        ),
        pytest.param(
            (listed_image(9, visibility="shared", members=member("rejected")), "member_status=all"),
            id="an image that was rejected",
        ),
        pytest.param(
            (listed_image(9, visibility="community", owner=OTHER), "visibility=community"),
            id="a community image of others",
        ),
        pytest.param(
            (listed_image(9, visibility="community", owner=OTHER), "visibility=all"),
            id="a community image in a list of all",
        ),
        pytest.param((listed_image(9, os_hidden=True), "os_hidden=true"), id="a hidden image"),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_what_does_not_belong_in_the_walk_does_not_void_it(
    new: tuple[dict[str, Any], str], is_new: bool, tmp_path: Path
) -> None:
    """Other lists show other images."""
    history = history_of_four()
    if is_new:
        history.cloud.images.append(new[0])

    history.ask(MINE, new[1])

    assert holds(history, tmp_path)


@pytest.mark.parametrize("dialect", ["glance", "ims"])
@pytest.mark.parametrize(
    "query",
    [
        "limit=3",
        "limit=0",
        "sort_key=name&limit=2",
        "visibility=private",
        "name=nobody",
        "limit=oops",
        "created_at=gt:2020-01-01T00:00:02Z",
        f"limit=1&marker={id_of(4)}",
    ],
)
def test_a_list_of_the_same_images_does_not_void_the_walk(
    dialect: str, query: str, tmp_path: Path
) -> None:
    """The same page again, a page in another order, an empty page, a refusal."""
    history = history_of_four(dialect)

    history.ask(MINE, query)

    assert holds(history, tmp_path)


def test_tags_in_another_order_do_not_void_the_walk(tmp_path: Path) -> None:
    """Each process of Glance has another order of tags."""
    history = history_of(listed_image(1, tags=["x", "y"]), listed_image(2))
    walk(history)
    change(history, 1, tags=["y", "x"])
    history.ask(MINE, "name=name+1")
    history.look(MINE, id_of(1))

    assert [1, 2] == shown(derived_from(history, tmp_path), ASKED)


def test_a_single_answer_of_ims_with_more_fields_does_not_void_the_walk(tmp_path: Path) -> None:
    """Lists of IMS show fewer fields of an image."""
    history = history_of_four("ims")
    more = history.cloud.show(listed_image(4)) | {"__support_kvm": "true", "locations": []}
    request = MINE.request("", f"/v2/images/{id_of(4)}")
    keep(history, request, Response(200, "OK", AS_IMS, orjson.dumps(more)))

    assert holds(history, tmp_path)


@pytest.mark.parametrize("status", [500, 503])
def test_a_failed_request_for_an_image_does_not_void_the_walk(status: int, tmp_path: Path) -> None:
    """They say nothing of the image, unlike a 404 and a 403."""
    history = history_of_four()
    request = MINE.request("", f"/v2/images/{id_of(4)}")
    keep(history, request, Response(status, "", (JSON,), b"{}"))

    assert holds(history, tmp_path)


def test_a_walk_that_is_recorded_again_holds_in_the_place_of_the_voided_one(tmp_path: Path) -> None:
    """The new walk shows what changed."""
    history = history_of_four()
    remove(history, 1)
    change(history, 2, name="z")
    history.cloud.images.append(listed_image(9))
    history.ask(MINE, "limit=1")
    assert "no longer holds" in shown(derived_from(history, tmp_path), ASKED)

    walk(history, "limit=3")

    assert [3, 4, 9, 2] == shown(derived_from(history, tmp_path), ASKED)


def test_what_was_recorded_before_a_walk_does_not_void_it(tmp_path: Path) -> None:
    """What was recorded before a walk is out of date by then."""
    history = history_of(listed_image(1), listed_image(2, name="old"), listed_image(3))
    history.ask(MINE, "")
    history.look(MINE, id_of(3))
    remove(history, 3)
    change(history, 2, name="new")

    walk(history)

    assert [2, 1] == shown(derived_from(history, tmp_path), "sort_key=name&name=in:new,name+1")


def test_a_list_with_an_odd_bound_does_not_void_the_walk(tmp_path: Path) -> None:
    """Which images `name_max=5` finds depends on the database; here it finds none."""
    history = history_of_four()
    keep_page(history, "name_max=5", [])

    assert holds(history, tmp_path)


def test_headers_of_a_page_do_not_matter_for_its_images(tmp_path: Path) -> None:
    """A page with another header shows the same images."""
    history = history_of_four()
    keep_page(history, "name=name+4", [shown_by(4)], headers=(*AS_GLANCE, ("X-Odd", "1")))

    assert holds(history, tmp_path)


@pytest.mark.parametrize(
    ("method", "below", "fields"),
    [
        ("DELETE", "", {"protected": True}),
        ("GET", "/members", {"visibility": "private"}),
        ("POST", "/members", {"visibility": "public"}),
    ],
)
def test_a_403_that_the_image_explains_does_not_void_the_walk(
    method: str, below: str, fields: dict[str, Any], tmp_path: Path
) -> None:
    """Nobody deletes a protected image, and only a shared one has members."""
    history = history_of(
        listed_image(1), listed_image(2, owner=ME, **fields), listed_image(3), listed_image(4)
    )
    walk(history)
    asked = MINE.request("", f"/v2/images/{id_of(2)}{below}")
    keep(history, Request(method, asked.uri, asked.headers), Response(403, "", (JSON,), b"{}"))

    assert holds(history, tmp_path)


def test_a_refusal_of_another_caller_does_not_void_the_walk(tmp_path: Path) -> None:
    """Each sees images of its own."""
    history = history_of_four()
    asked = THEIRS.request("", f"/v2/images/{id_of(2)}")
    keep(history, Request("PATCH", asked.uri, asked.headers), Response(404, "", (JSON,), b"{}"))

    assert holds(history, tmp_path)
