"""The order of images within a second, and what comes after a marker, if lists do not show it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.replaying.answers import Answer, Miss
from support.clouds.asking import derive
from support.clouds.clouds import FRACTIONS, Caller, Cloud, comparable
from support.clouds.histories import History, Walk, record
from support.clouds.small_images import ME
from support.one_image import Image, numbered_image

MINE = Caller(ME)
SECOND = "2020-01-01T00:00:00Z"


def tied_image(number: int, fraction: int = 0, **fields: Any) -> Image:
    """Make an image of the same second as all others, `fraction` microseconds after its start."""
    usual = {
        "name": "a",
        "owner": ME,
        "created_at": SECOND,
        "updated_at": SECOND,
        "size": 1,
        "__isregistered": "true",
        FRACTIONS: {"created_at": fraction, "updated_at": fraction},
    }
    return numbered_image(number, **{**usual, **fields})


def walked(cloud: Cloud, queries: Iterable[str], folder: Path, *looked_at: int) -> Deriver:
    """Record walks, then some images by their ids, and open a deriver on them."""
    history = History(cloud, [MINE])
    for query in queries:
        walk = Walk(MINE, query, ())
        while walk.query is not None:
            history.advance(walk)
    for number in looked_at:
        history.look(MINE, tied_image(number)["id"])
    return Deriver(record(history, folder, (0,)), cloud.dialect)


def check(cloud: Cloud, deriver: Deriver, query: str) -> bool:
    """Compare a derived answer with the cloud's; whether there is one."""
    outcome = derive(deriver, MINE.request(query))
    if isinstance(outcome, Answer):
        expected = comparable(cloud.answer(query, ME), cloud.dialect)
        assert expected == comparable(outcome.response, cloud.dialect), query
    else:
        assert isinstance(outcome, Miss), query
    return isinstance(outcome, Answer)


QUERIES = [
    f"{sort}limit={limit}{marker}"
    for sort in (
        "",
        "sort_dir=asc&",
        "sort_key=updated_at&",
        "sort=created_at:desc,id:asc&",
        "sort=created_at:desc,name:asc&",
        "sort=status,updated_at:asc&",
        "sort_key=id&",
    )
    for limit in (1, 2, 100)
    for marker in ("", *(f"&marker={tied_image(number)['id']}" for number in range(1, 5)))
]


@pytest.mark.parametrize("dialect", ["glance", "ims"])
@pytest.mark.parametrize("query", ["limit=2", "sort_key=id&limit=2"])
def test_fractions_of_seconds_are_never_guessed(dialect: str, query: str, tmp_path: Path) -> None:
    """Whichever order a walk shows, no other is made up, neither before nor after a marker."""
    images = [tied_image(1, 9), tied_image(2, 0), tied_image(3, 5), tied_image(4, 5)]
    cloud = Cloud(dialect, images)
    deriver = walked(cloud, [query], tmp_path)

    answered = [check(cloud, deriver, asked) for asked in QUERIES]

    assert any(answered)


def test_a_marker_that_no_walk_lists_may_come_before_images_of_its_second(tmp_path: Path) -> None:
    """A hidden image was recorded by its id only."""
    cloud = Cloud("glance", [tied_image(1, 0), tied_image(3, 0), tied_image(2, 5, os_hidden=True)])
    deriver = walked(cloud, ["limit=100"], tmp_path, 2)

    assert not check(cloud, deriver, f"marker={tied_image(2)['id']}")


def test_two_walks_do_not_show_which_of_their_images_were_created_first(tmp_path: Path) -> None:
    """Each walk is in order of creation; the only walk that lists all images is not."""
    images = [
        tied_image(1, 9, visibility="private"),
        tied_image(2, 0),
        tied_image(3, 5, visibility="private"),
    ]
    cloud = Cloud("glance", images)
    walks = ["visibility=public", "visibility=private", "sort_key=id&sort_dir=asc"]
    deriver = walked(cloud, walks, tmp_path)

    assert not check(cloud, deriver, "limit=100")
    assert not check(cloud, deriver, "limit=100&sort_dir=asc")


def test_images_of_whole_seconds_show_nothing_about_images_that_came_later(tmp_path: Path) -> None:
    """The cloud moved from a database of whole seconds to one of microseconds."""
    old = [tied_image(number, created_at="2018-01-01T00:00:00Z") for number in range(1, 31)]
    cloud = Cloud("glance", [*old, tied_image(100, 1), tied_image(101, 2)])
    deriver = walked(cloud, ["limit=10"], tmp_path)

    for query in ("sort=created_at:desc,id:asc&limit=2", "sort=created_at:desc,name:asc&limit=3"):
        check(cloud, deriver, query)


def test_keys_after_id_matter_when_the_marker_is_null_there(tmp_path: Path) -> None:
    """Glance takes the null for a text, greater than any size: it lists the marker again."""
    cloud = Cloud("glance", [tied_image(1), tied_image(2, size=None), tied_image(3)])
    deriver = walked(cloud, ["limit=100"], tmp_path)

    assert not check(cloud, deriver, f"sort=id:desc,size:desc&marker={tied_image(2)['id']}")


@pytest.mark.parametrize("name", ["os_hidden", "os_hash_algo", "os_hash_value"])
def test_ims_may_have_what_it_does_not_show(name: str, tmp_path: Path) -> None:
    """In an older Glance these are properties like any other."""
    cloud = Cloud("ims", [tied_image(1) | {name: "true"}, tied_image(2)])
    deriver = walked(cloud, ["limit=100"], tmp_path)

    assert not check(cloud, deriver, f"{name}=true")


def test_a_page_that_is_always_empty_needs_no_walk_that_covers_it(
    tmp_path: Path,
) -> None:
    """Its marker has to exist, and the walk shows that."""
    cloud = Cloud("glance", [tied_image(1), tied_image(2)])
    deriver = walked(cloud, ["limit=100"], tmp_path)

    assert check(cloud, deriver, f"keys=x&marker={tied_image(1)['id']}")
    assert check(cloud, deriver, f"limit=0&marker={tied_image(1)['id']}")
