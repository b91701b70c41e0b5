"""Questions that a walk covers and yet leaves open, each beside similar ones that it answers."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from glancetape_cassettes.interaction import Response
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from support.clouds.clouds import FRACTIONS
from support.clouds.recorded_lists import (
    AS_IMS,
    MINE,
    derived_from,
    history_of,
    history_of_four,
    keep,
    keep_page,
    listed_image,
    remove,
    shown,
    shown_by,
    walk,
)
from support.clouds.small_images import ME, OTHER
from support.one_image import id_of

SECOND = "2020-01-01T00:00:00Z"


def of_a_second(number: int, fraction: int = 0, **fields: Any) -> dict[str, Any]:
    """Make an image of the same second as others, `fraction` microseconds after its start."""
    times = {"created_at": SECOND, "updated_at": SECOND}
    stored = {FRACTIONS: {"created_at": fraction, "updated_at": fraction}}
    return listed_image(number, **{**times, **stored, **fields})


def uncertain(why: str) -> str:
    return f"It is not certain which images match: {why}."


def unknown(number: int) -> str:
    return (
        f"The recording does not show where the marker, image {id_of(number)}, comes in the list."
    )


def test_the_place_of_a_marker_has_to_be_recorded(tmp_path: Path) -> None:
    """A marker that no list shows is a miss; a marker of the walk is answered."""
    history = history_of_four()
    deriver = derived_from(history, tmp_path)

    assert unknown(9) == shown(deriver, f"marker={id_of(9)}")
    assert [2, 1] == shown(deriver, f"marker={id_of(3)}")


def test_a_marker_that_is_gone_is_a_miss_even_where_another_walk_holds(tmp_path: Path) -> None:
    """The walk over public images is still valid; the private marker is gone."""
    history = history_of_four()
    walk(history, "visibility=public")
    remove(history, 2)
    history.look(MINE, id_of(2))
    deriver = derived_from(history, tmp_path)

    assert unknown(2) == shown(deriver, f"visibility=public&marker={id_of(2)}")
    assert [1] == shown(deriver, f"visibility=public&marker={id_of(3)}")


@pytest.mark.parametrize("name", ["created_at", "updated_at"])
def test_fractions_of_a_second_are_not_shown(name: str, tmp_path: Path) -> None:
    """An image of exactly that second may or may not match; `gte` and `lt` are certain."""
    history = history_of_four()
    walk(history)
    deriver = derived_from(history, tmp_path)
    second, other = "2020-01-01T00:00:03Z", "2020-01-01T00:00:03.5Z"
    why = uncertain(
        f"some images have exactly this second as {name}, and lists do not show fractions of a "
        "second"
    )

    for text in (
        *(f"{one}:{second}" for one in ("eq", "neq", "gt", "lte")),
        *(f"{one}:{other}" for one in ("eq", "neq", "gt", "gte", "lt", "lte")),
        second,
    ):
        assert (text, why) == (text, shown(deriver, f"{name}={text}"))
    assert [4, 3] == shown(deriver, f"{name}=gte:{second}")
    assert [2, 1] == shown(deriver, f"{name}=lt:{second}")
    assert [4] == shown(deriver, f"{name}=gt:2020-01-01T00:00:03.5Z&name=name+4")
    assert [] == shown(deriver, f"{name}=2020-01-01T00:00:05.5Z")


def same_second(one: int, other: int, key: str) -> str:
    return (
        f"The order is not certain: images {id_of(one)} and {id_of(other)} have the same second as "
        f"{key}, and lists do not show fractions of a second."
    )


def test_images_of_the_same_second_are_in_the_order_that_a_walk_shows(tmp_path: Path) -> None:
    """Another order of these images is not certain, unless another sort key decides first."""
    history = history_of(of_a_second(1, 9, size=5), of_a_second(2, 0), listed_image(3))
    walk(history)
    deriver = derived_from(history, tmp_path)

    assert [3, 1, 2] == shown(deriver, "limit=9")
    assert [2, 1, 3] == shown(deriver, "sort_dir=asc&name=in:name+1,name+2,name+3")
    assert "have the same second as created_at" in shown(deriver, "sort=created_at:desc,id:asc")
    assert "have the same second as updated_at" in shown(deriver, "sort_key=updated_at")
    assert "have the same second as created_at" in shown(deriver, "sort=created_at:desc,name:asc")
    assert [3] == shown(deriver, "sort_key=updated_at&limit=1&name=name+3")
    assert [1, 2, 3] == shown(deriver, "sort=size:asc,updated_at:desc")


def test_without_a_walk_in_the_order_of_creation_a_shared_second_is_uncertain(
    tmp_path: Path,
) -> None:
    """A walk by id shows the same images and nothing of when they were created."""
    history = history_of(of_a_second(1, 9), of_a_second(2, 0), listed_image(3))
    walk(history, "sort_key=id")
    deriver = derived_from(history, tmp_path)

    assert same_second(2, 1, "created_at") == shown(deriver, "")
    assert [3] == shown(deriver, "name=name+3")
    assert [3, 2, 1] == shown(deriver, "sort_key=name")


def test_a_walk_that_may_lack_an_image_shows_the_order_of_its_own(tmp_path: Path) -> None:
    """That image 7 is there, and in no answer, shows nothing of which of two others is older."""
    history = history_of(of_a_second(1, 9), of_a_second(2, 0), listed_image(3))
    walk(history)
    walk(history, "sort_key=updated_at")
    keep_page(history, f"name=nobody&marker={id_of(7)}", [])
    walk(history, "sort_key=id")
    deriver = derived_from(history, tmp_path)

    assert [3, 1, 2] == shown(deriver, "limit=9")
    assert [3, 1, 2] == shown(deriver, "sort_key=updated_at")


def test_a_property_that_glance_shows_as_empty_may_be_null(tmp_path: Path) -> None:
    """No filter finds null."""
    history = history_of(
        listed_image(1, __os_type=""), listed_image(2), listed_image(3, __os_type=None)
    )
    walk(history)
    deriver = derived_from(history, tmp_path)
    why = uncertain("in some images __os_type is shown empty and may be null")

    assert why == shown(deriver, "__os_type=")
    assert [2] == shown(deriver, "__os_type=Linux")
    assert [] == shown(deriver, "__os_type=&name=name+2")
    assert [] == shown(deriver, "__os_bit=")


HIDDEN = {
    "redacted": ("__os_type", PLACEHOLDER),
    "a number": ("__os_bit", 64),
    "a boolean": ("__support_kvm", True),
    "a list": ("__platform", ["a"]),
}


@pytest.mark.parametrize(("name", "value"), HIDDEN.values(), ids=HIDDEN.keys())
def test_what_a_filter_makes_of_a_hidden_value_is_not_known(
    name: str, value: object, tmp_path: Path
) -> None:
    """A redacted value, or one that is not a text."""
    history = history_of()
    keep_page(history, "", [shown_by(2), shown_by(1, **{name: "x"}) | {name: value}])
    deriver = derived_from(history, tmp_path, "glance")
    fault = "is missing or not a text"
    if value == PLACEHOLDER:
        fault = "has stand-ins or is redacted; --keep-ids records ids"
    why = uncertain(f"in some images {name} {fault}")

    assert why == shown(deriver, f"{name}=x")
    assert [] == shown(deriver, f"{name}=x&name=name+2")
    assert [2] == shown(deriver, "name=name+2")


def test_what_is_absent_is_not_known(tmp_path: Path) -> None:
    """A column that a page leaves out may hold anything: no filter and no order is certain."""
    history = history_of()
    without = shown_by(1)
    del without["size"], without["name"]
    keep_page(history, "", [shown_by(2), without])
    deriver = derived_from(history, tmp_path, "glance")

    assert uncertain("size is missing in some images") == shown(deriver, "size_min=5")
    assert "The order is not certain: size is redacted or missing in some images." == shown(
        deriver, "sort_key=size"
    )
    why = uncertain("in some images name is missing or not a text")
    assert why == shown(deriver, "name=a")
    assert [1, 2] == shown(deriver, "sort_key=id&sort_dir=asc")
    assert [2] == shown(deriver, f"size_min=5&id={id_of(2)}")


def test_ims_may_have_properties_that_its_lists_do_not_show(tmp_path: Path) -> None:
    """IMS shows the properties that its document names, and any that a recorded image shows."""
    history = history_of(listed_image(1, __lazyloading="true"), listed_image(2), dialect="ims")
    walk(history)
    deriver = derived_from(history, tmp_path)
    why = "no recorded image shows __secret, and IMS may hide it"

    assert uncertain(why) == shown(deriver, "__secret=1")
    assert [] == shown(deriver, "__support_kvm=true")
    assert [1] == shown(deriver, "__lazyloading=true")


def test_glance_shows_all_properties(tmp_path: Path) -> None:
    """So a property that no image shows matches nothing."""
    history = history_of_four()
    walk(history)

    assert [] == shown(derived_from(history, tmp_path), "__secret=1")


@pytest.mark.parametrize("key", ["size", "name", "disk_format", "container_format"])
def test_after_a_marker_whose_sort_key_is_null_glance_loses_images(
    key: str, tmp_path: Path
) -> None:
    """After any other marker it does not."""
    history = history_of(
        listed_image(1, **{key: None}),
        listed_image(2, **{key: None}),
        listed_image(3),
        listed_image(4),
    )
    walk(history)
    deriver = derived_from(history, tmp_path)
    why = (
        f"The marker's {key} is null, empty or 0, and after such a marker Glance loses images "
        f"whose {key} is null."
    )

    assert why == shown(deriver, f"sort_key={key}&marker={id_of(2)}")
    assert [1] == shown(deriver, f"marker={id_of(2)}")
    assert isinstance(shown(deriver, f"sort_key={key}&sort_dir=asc&marker={id_of(3)}"), list)


@pytest.mark.parametrize("query", ["name_min=5", "status_max=1", "owner_min=0", "created_at_max=9"])
def test_what_a_bound_on_a_text_column_finds_is_not_known(query: str, tmp_path: Path) -> None:
    """A bound on a column of numbers is certain."""
    deriver = derived_from(history_of_four(), tmp_path)
    why = "What this bound finds depends on the cloud's database."

    assert why == shown(deriver, query)
    assert [4, 3, 2, 1] == shown(deriver, "size_min=5")


@pytest.mark.parametrize("dialect", ["glance", "ims"])
def test_how_a_database_compares_a_text_with_a_number_is_not_known(
    dialect: str, tmp_path: Path
) -> None:
    """SQLite finds nothing, MySQL what has 0, and PostgreSQL fails; a plain number is certain."""
    deriver = derived_from(history_of_four(dialect), tmp_path)
    why = uncertain("databases differ in how they compare such a text with the number min_disk")

    for value in ("abc", "", "40.0", "4e1", "40abc", "3000000000", "1_0"):
        assert why == shown(deriver, f"min_disk={value}"), value
    assert [] == shown(deriver, "min_disk=041&limit=4")


def test_in_which_state_an_image_is_shared_is_not_shown(tmp_path: Path) -> None:
    """A list of public or private images does not depend on the state."""
    shared = listed_image(9, visibility="shared", members=[{"member_id": ME, "status": "pending"}])
    history = history_of(listed_image(1), listed_image(2, visibility="private", owner=ME), shared)
    walk(history, "member_status=all")
    deriver = derived_from(history, tmp_path)

    reason = shown(deriver, "member_status=pending")
    assert (
        "No recorded walk covers it: the walk 1.yaml#1 lists shared images with member_status=all"
        in reason
    )
    assert [1] == shown(deriver, "member_status=pending&visibility=public")
    assert [2] == shown(deriver, "member_status=pending&visibility=private")


def test_which_community_images_are_listed_depends_on_the_caller(tmp_path: Path) -> None:
    """A token does not show its project; a project id does."""
    mine = listed_image(1, visibility="community", owner=ME)
    history = history_of(
        mine, listed_image(2, visibility="community", owner=OTHER), listed_image(3)
    )
    walk(history, "visibility=all")
    assert [3, 1] == shown(derived_from(history, tmp_path), "")

    by_token = type(MINE)(ME, None, by_token=True)
    nobody = history_of(
        mine, listed_image(2, visibility="community"), listed_image(3), callers=(by_token,)
    )
    walk(nobody, "visibility=all", by_token)
    (tmp_path / "token").mkdir()
    deriver = derived_from(nobody, tmp_path / "token")

    why = "which community images are listed depends on the caller's project, which is not known"
    assert uncertain(why) == shown(deriver, "", by_token)
    assert [3] == shown(deriver, "visibility=public", by_token)


def test_a_page_of_ims_with_a_hidden_property_in_one_image_only(tmp_path: Path) -> None:
    """The answer for a single image shows a property that lists hide: a filter on it is open."""
    history = history_of_four("ims")
    more = history.cloud.show(listed_image(4)) | {"__more": "a"}
    request = MINE.request("", f"/v2/images/{id_of(4)}")
    keep(history, request, Response(200, "OK", AS_IMS, orjson.dumps(more)))
    deriver = derived_from(history, tmp_path)

    why = "no recorded image shows __more, and IMS may hide it"
    assert uncertain(why) == shown(deriver, "__more=a")
