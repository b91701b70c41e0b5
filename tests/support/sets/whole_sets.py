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
    answers_of(path)


def answers_of(path: Path) -> list[object]:
    """Return everything that a set can return; a damaged one raises."""
    with ImageSet(path) as images:
        everything = BitMap(range(len(images)))
        found: list[object] = [describe(images), list(images), images.ids()]
        for name in ("name", "checksum", "visibility", "protected"):
            for value in ("name 7", f"{7:032x}", "public", "false"):
                found.append(images.having(name, value))
        found += [images.having("tags", "t1"), images.shared_with("m1", "accepted")]
        found.append(images.count_members("accepted"))
        for key in SORT_KEYS:
            order = images.order_of(key)
            found += [order.arrange(everything), order.place_of(0), order.positions.tolist()]
            found.append(order.positions_at([0, len(images) - 1]))
        mixed = images.order_by((("name", True), ("size", False)), newest_first=True)
        found.append(mixed.positions.tolist())
        for name in ("size", "created_at", "min_ram"):
            found += [images.known(name), images.less(name, 50, or_equal=True)]
        found.append(images.joined(range(len(images))))
        found += [images.id_at(len(images) - 1), images.position_of("a")]
        return found
