"""What is said of a set: counts, times and values, to people and to programs."""

from pathlib import Path

from glancetape_cassettes.imageset.describing import describe
from glancetape_cassettes.imageset.image_set import ImageSet
from support.sets.set_files import make_set, record


def test_a_set_is_described(tmp_path: Path, whole: bytes) -> None:
    """Counts are those of the images, whatever index they come from."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)

    with ImageSet(path) as images:
        description = describe(images)

    assert (600, len(whole)) == (description["images"], description["bytes"])
    assert ["2018-09-06T14:00:00Z", "2018-09-06T14:09:59Z"] == description["created"]
    assert {"accepted": 600} == description["members"]
    assert 600 == description["tagged"]
    assert {"images": 600, "values": {"shared": 450, "public": 150}} == (
        description["properties"]["visibility"]
    )
    assert {"t0": 200, "t1": 200, "t2": 200} == description["properties"]["tags"]["values"]


def test_images_that_have_several_tags_are_counted_once(tmp_path: Path) -> None:
    """So are the images that have a property, whatever its value."""
    odd = "a\nb\x1b[31m"
    records = [record(f"{number}", __x=odd, tags=["p", "q", "r"]) for number in range(40)]
    make_set(tmp_path / "a.images", [*records, record("none")])

    with ImageSet(tmp_path / "a.images") as images:
        description = describe(images)

    assert 40 == description["tagged"]
    assert 40 == description["properties"]["tags"]["images"]
    assert {odd: 40} == description["properties"]["__x"]["values"]


def test_an_empty_set_is_described(tmp_path: Path) -> None:
    """There is no time that it spans."""
    make_set(tmp_path / "a.images", [])

    with ImageSet(tmp_path / "a.images") as images:
        description = describe(images)

    assert (0, [], {}, {}) == tuple(
        description[name] for name in ("images", "created", "members", "properties")
    )
