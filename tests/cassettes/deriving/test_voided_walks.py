"""What is recorded behind a walk may contradict it: it proves nothing then, as misses say."""

from pathlib import Path

import pytest

from support.clouds.histories import History
from support.clouds.recorded_lists import (
    ASKED,
    MINE,
    change,
    derived_from,
    history_of,
    history_of_four,
    holds,
    id_of,
    image,
    keep_page,
    member,
    remove,
    shown,
    shown_by,
    walk,
)
from support.clouds.small_images import ME

NO_LONGER = "The walk that would prove it ({}) no longer holds: {}."
AFTERWARDS = "recorded afterwards"


def why_not(history: History, folder: Path) -> str:
    reason = shown(derived_from(history, folder), ASKED)
    assert isinstance(reason, str)
    begin, end = NO_LONGER.format("0.yaml#1-2", "|").split("|")
    begin = begin.replace("0.yaml", f"{len(history.interactions)}.yaml")
    assert reason.startswith(begin), reason
    return reason.removeprefix(begin).removesuffix(end)


@pytest.mark.parametrize("dialect", ["glance", "ims"])
def test_an_image_that_a_later_list_shows_otherwise_voids_the_walk(
    dialect: str, tmp_path: Path
) -> None:
    """Its name, say; what the walk showed of it is the past."""
    history = history_of_four(dialect)
    assert holds(history, tmp_path)

    change(history, 3, name="another")
    history.ask(MINE, "name=another")

    assert f"image {id_of(3)} was recorded otherwise afterwards" == why_not(history, tmp_path)


def test_an_image_that_a_single_answer_shows_otherwise_voids_the_walk(tmp_path: Path) -> None:
    """How a list shows it then is not known."""
    history = history_of_four()
    assert holds(history, tmp_path)

    change(history, 3, status="active")
    history.look(MINE, id_of(3))

    assert f"image {id_of(3)} was recorded otherwise afterwards" == why_not(history, tmp_path)


def test_an_image_that_is_gone_voids_the_walk(tmp_path: Path) -> None:
    """A 404 says so."""
    history = history_of_four()
    assert holds(history, tmp_path)

    remove(history, 1)
    history.look(MINE, id_of(1))

    assert f"image {id_of(1)} was recorded as gone afterwards" == why_not(history, tmp_path)


@pytest.mark.parametrize("query", ["limit=1", "name=name+9", "visibility=private", "size_min=50"])
def test_a_new_image_that_belongs_in_the_walk_voids_it(query: str, tmp_path: Path) -> None:
    """Whichever list shows it."""
    history = history_of_four()
    assert holds(history, tmp_path)

    history.cloud.images.append(image(9, visibility="private", owner=ME))
    history.ask(MINE, query)

    expected = f"image {id_of(9)} belongs in it and was recorded afterwards only"
    assert expected == why_not(history, tmp_path)


def test_a_new_image_that_is_asked_for_by_its_id_voids_the_walk(tmp_path: Path) -> None:
    """It need not be in a list to belong in one."""
    history = history_of_four()
    assert holds(history, tmp_path)

    history.cloud.images.append(image(9))
    history.look(MINE, id_of(9))

    expected = f"image {id_of(9)} belongs in it and was recorded afterwards only"
    assert expected == why_not(history, tmp_path)


@pytest.mark.parametrize(
    "query",
    [
        "visibility=public&limit=5",
        "visibility=public",
        "name=name+1",
        "size_max=20",
        f"marker={id_of(3)}",
    ],
)
def test_a_page_that_would_have_to_show_an_image_voids_the_walk(query: str, tmp_path: Path) -> None:
    """It was deleted, and only that it is missing says so."""
    history = history_of_four()
    assert holds(history, tmp_path)

    remove(history, 1)
    history.ask(MINE, query)

    source = f"{len(history.interactions)}.yaml#3"
    expected = f"{source}, recorded afterwards, does not show image {id_of(1)} of it"
    assert expected == why_not(history, tmp_path)


def test_a_first_page_that_skips_an_image_voids_the_walk(tmp_path: Path) -> None:
    """The page reaches beyond where the image stood, though not to the end."""
    history = history_of_four()
    remove(history, 3)
    history.ask(MINE, "limit=2")

    expected = f"3.yaml#3, recorded afterwards, does not show image {id_of(3)} of it"
    assert expected == why_not(history, tmp_path)


def test_a_page_of_ims_that_says_that_more_follows_voids_a_walk_that_has_no_more(
    tmp_path: Path,
) -> None:
    """IMS gives a `next` only where something follows."""
    history = history_of_four("ims")
    assert holds(history, tmp_path)

    history.cloud.images.append(image(0))
    history.ask(MINE, "limit=4")

    source = f"{len(history.interactions)}.yaml#3"
    assert f"{source}, recorded afterwards, says that more follows" == why_not(history, tmp_path)


def test_an_image_that_is_shared_in_no_state_voids_a_walk_over_all_states(tmp_path: Path) -> None:
    """Three lists, one of each state, show together that it is shared no more."""
    images = [image(1), image(2, visibility="shared", members=member("pending")), image(3)]
    history = history_of(*images)
    walk(history, "member_status=all")
    asked = "member_status=all&sort_key=name&sort_dir=asc"
    assert [1, 2, 3] == shown(derived_from(history, tmp_path), asked)

    change(history, 2, members=[])
    for state in ("accepted", "pending", "rejected"):
        history.ask(MINE, f"member_status={state}")

    reason = shown(derived_from(history, tmp_path), asked)
    assert f"image {id_of(2)} of it is shared in no state in lists of afterwards" in reason


# -- Walks that prove nothing from the beginning ------------------------------------------------


def test_images_in_another_order_than_the_dialects_prove_nothing(tmp_path: Path) -> None:
    """A database that sorts by other rules, say."""
    history = history_of()
    keep_page(history, "sort_key=name&sort_dir=asc", [shown_by(1), shown_by(3), shown_by(2)])

    reason = shown(derived_from(history, tmp_path), "sort_key=id")

    problem = f"image {id_of(3)} stands where the dialect's order has another"
    assert NO_LONGER.format("1.yaml#1", problem) == reason


def test_an_image_that_does_not_match_the_filters_proves_nothing(tmp_path: Path) -> None:
    """A database that does not tell upper from lower case, say."""
    history = history_of()
    images = [shown_by(2, name="a"), shown_by(1, name="A")]
    keep_page(history, "name=a&visibility=public", images)

    reason = shown(derived_from(history, tmp_path), "name=a&visibility=public&sort_key=id")

    problem = f"image {id_of(1)} does not match its filters by the dialect's rules"
    assert NO_LONGER.format("1.yaml#1", problem) == reason


@pytest.mark.parametrize("key", ["size", "name", "disk_format", "container_format"])
def test_a_page_behind_an_image_whose_sort_key_is_null_proves_nothing(
    key: str, tmp_path: Path
) -> None:
    """There Glance loses images."""
    history = history_of(image(1), image(2, **{key: None}), image(3, **{key: None}), image(4))
    walk(history, f"sort_key={key}&sort_dir=asc&limit=1")
    walk(history, "visibility=public&sort_dir=asc&limit=1")

    reason = shown(derived_from(history, tmp_path), "sort_key=id")

    assert "breaks off: is sorted by what is null, empty or 0 at image" in reason
    assert [4, 3, 2, 1] == shown(derived_from(history, tmp_path), "visibility=public")


def test_an_image_that_cannot_be_put_in_order_proves_nothing(tmp_path: Path) -> None:
    """One without a date of creation."""
    history = history_of()
    without = shown_by(1)
    del without["created_at"]
    keep_page(history, "", [shown_by(2), without])

    reason = shown(derived_from(history, tmp_path), "sort_key=id")

    start = "The walk that would prove it (1.yaml#1) breaks off: "
    assert f"{start}image {id_of(1)} cannot be put in order: created_at" in reason


def test_images_without_ids_prove_nothing(tmp_path: Path) -> None:
    history = history_of()
    keep_page(history, "", [shown_by(2), {"name": "a"}])

    reason = shown(derived_from(history, tmp_path, "glance"), "sort_key=id")

    assert "breaks off: its images have no ids, or the same" in reason
