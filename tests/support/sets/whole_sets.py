"""A good set of 600 images, to be damaged or shared, and every query of its interface."""

from pathlib import Path

from pyroaring import BitMap

from glancetape_cassettes.imageset.describing import describe
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.sort_keys import SORT_KEYS
from support.sets.set_files import record

RECORDS = [
    record(
        f"{number:036d}",
        created_at=f"2018-09-06T14:{number // 60 % 60:02d}:{number % 60:02d}Z",
        name=f"name {number % 50}",
        size=number * 7 % 100 or None,
        checksum=f"{number:032x}",
        tags=[f"t{number % 3}"],
        visibility="shared" if number % 4 else "public",
        members=[{"member_id": f"m{number % 5}", "status": "accepted"}],
    )
    for number in range(600)
]


def ask_everything(path: Path) -> None:
    """Read everything that a set can return; a damaged one raises."""
    with ImageSet(path) as images:
        describe(images)
        sum(1 for _ in images)
        for name in ("name", "checksum", "visibility", "protected"):
            for value in ("name 7", f"{7:032x}", "public", "false"):
                images.having(name, value)
        images.having("tags", "t1")
        images.shared_with("m1", "accepted")
        images.count_members("accepted")
        for key in SORT_KEYS:
            images.order_of(key).arrange(BitMap(range(len(images))))
            images.order_of(key).place_of(0)
        images.order_by((("name", True), ("size", False)), newest_first=True)
        for name in ("size", "created_at", "min_ram"):
            images.known(name)
            images.less(name, 50, or_equal=True)
        images.id_at(len(images) - 1)
        images.position_of("a")
