"""The examples that the docstrings of coverage, validity, doubts and order begin with, run."""

from pathlib import Path
from typing import Any

from support.clouds.clouds import FRACTIONS
from support.clouds.histories import History
from support.clouds.recorded_lists import (
    MINE,
    derived_from,
    history_of,
    listed_image,
    member,
    remove,
    shown,
    walk,
)
from support.clouds.small_images import ME, OTHER

NAMES = "ABCDEF"
BY_NAME = "sort_key=name&sort_dir=asc"
SECOND_2, SECOND_3 = "2020-01-01T00:00:02Z", "2020-01-01T00:00:03Z"


def named(name: str, **fields: Any) -> dict[str, Any]:
    """Make an image by its letter: A of second 1, B of second 2, and so on."""
    return listed_image(NAMES.index(name) + 1, name=name, **fields)


def answer(history: History, folder: Path, query: str) -> str:
    """Return the letters of the images that are derived, or the reason of the miss."""
    found = shown(derived_from(history, folder), query)
    return found if isinstance(found, str) else "".join(NAMES[number - 1] for number in found)


def test_the_example_of_coverage(tmp_path: Path) -> None:
    """An unfiltered walk, a filtered one, and a community image that neither can show."""
    private = {"visibility": "private", "owner": ME}
    history = history_of(
        named("A"), named("B"), named("C", **private), named("D", __os_type="Windows")
    )
    walk(history, "limit=3")
    linux = f"__os_type=Linux&{BY_NAME}"
    assert 2 == len(history.interactions)
    assert "ABC" == answer(history, tmp_path, linux)

    filtered = history_of(*history.cloud.images)
    walk(filtered, "visibility=public&__os_type=Linux")
    (tmp_path / "filtered").mkdir()
    asked = "visibility=public&__os_type=Linux&name=A"
    assert "A" == answer(filtered, tmp_path / "filtered", asked)
    why = answer(filtered, tmp_path / "filtered", linux)
    assert why.endswith("lists visibility=public only.")

    for each in (history, filtered):
        each.cloud.images.append(named("E", visibility="community", owner=OTHER))
        reason = answer(each, tmp_path, "visibility=community")
        assert reason.startswith("No recorded walk covers it"), reason
    assert "ABC" == answer(history, tmp_path, linux)


def test_the_example_of_validity(tmp_path: Path) -> None:
    """A page that lacks an image voids the walk; one that ends before its place does not."""
    history = history_of(*(named(one) for one in "ABCD"))
    walk(history, "limit=3")
    assert 2 == len(history.interactions)
    assert "ABCD" == answer(history, tmp_path, BY_NAME)

    remove(history, 1)
    history.ask(MINE, "limit=1")
    assert "ABCD" == answer(history, tmp_path, BY_NAME)
    history.ask(MINE, "name=A")
    why = answer(history, tmp_path, BY_NAME)
    assert "no longer holds: 4.yaml#4, recorded later, does not show its image" in why

    walk(history, "limit=3")
    assert "BCD" == answer(history, tmp_path, BY_NAME)


def test_the_example_of_doubts(tmp_path: Path) -> None:
    """A hidden fraction matters until a filter, or the cloud itself, decides about the image."""
    history = history_of(*(named(one) for one in "ABCD"))
    walk(history, "limit=3")
    since, after = f"created_at=gte:{SECOND_3}", f"created_at=gt:{SECOND_3}"
    assert "DC" == answer(history, tmp_path, since)
    assert "exactly this second as created_at" in answer(history, tmp_path, after)
    assert "D" == answer(history, tmp_path, f"{after}&name=D")

    walk(history, after)

    assert "D" == answer(history, tmp_path, after)
    assert "D" == answer(history, tmp_path, f"{after}&{BY_NAME}")
    assert "D" == answer(history, tmp_path, f"{after}&name=D")


def of_second_2(name: str, fraction: int) -> dict[str, Any]:
    """Make an image of second 2, `fraction` microseconds after its start."""
    stored = {FRACTIONS: {"created_at": fraction, "updated_at": fraction}}
    return named(name, created_at=SECOND_2, updated_at=SECOND_2, **stored)


def test_the_example_of_order(tmp_path: Path) -> None:
    """A walk in order of creation shows the order within a second; a walk by name does not."""
    images = [named("A"), of_second_2("B", 0), of_second_2("C", 5), named("D")]
    history = history_of(*images)
    walk(history, "limit=3")
    assert "DCBA" == answer(history, tmp_path, "")
    assert "ABCD" == answer(history, tmp_path, "sort_dir=asc")
    by_id = "sort=created_at:desc,id:asc"
    assert "have the same second as created_at" in answer(history, tmp_path, by_id)

    other = history_of(*images)
    walk(other, "sort_key=name&limit=3")
    (tmp_path / "other").mkdir()
    assert "have the same second as created_at" in answer(other, tmp_path / "other", "")
    assert "D" == answer(other, tmp_path / "other", "limit=1")


def test_a_marker_that_a_later_list_should_show_may_be_gone(tmp_path: Path) -> None:
    """B is private; the walk over public images is still valid, and its cloud may refuse B."""
    history = history_of(named("A"), named("B", visibility="private", owner=ME), named("C"))
    walk(history, "visibility=public")
    walk(history, "visibility=private")
    marker = f"visibility=public&marker={history.cloud.images[1]['id']}"
    assert "A" == answer(history, tmp_path, marker)

    remove(history, 2)
    walk(history, "visibility=private&name=B")

    assert "does not show where the marker" in answer(history, tmp_path, marker)
    assert "CA" == answer(history, tmp_path, "visibility=public")


def test_a_list_of_accepted_images_need_not_show_one_that_waits(tmp_path: Path) -> None:
    """The walk over all states shows F; the default list, recorded later, rightly does not."""
    waiting = named("F", visibility="shared", members=member("pending"))
    history = history_of(named("A"), waiting)
    walk(history, "member_status=all")
    walk(history, "")

    assert "AF" == answer(history, tmp_path, f"member_status=all&{BY_NAME}")
