"""The fixed images of a spec in numbers: what other columns and other images need of them.

Their records have numbers beyond those of any other image, so adding one changes no other record:

    fixed image 0: record FIRST_FIXED      fixed image 1: record FIRST_FIXED + 1

A field that the spec does not give is drawn for the record, like that of any image. Fields that no
other image depends on are written over the finished image (`WholeImages.bodies`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from glancetape_cassettes.imageset.image_fields import parse_time
from glancetape_generators.sampling.draws import Ints, Words
from glancetape_generators.spec.sections.implied_fields import MARKET_FIELDS, made_by
from glancetape_generators.spec.spec import PARENT_FIELDS, WAYS, FixedImage
from glancetape_generators.vocabulary.vocabulary import System
from glancetape_generators.world.cast import Cast
from glancetape_generators.world.field_tables import (
    BACKUP,
    COMMUNITY,
    DATA,
    ECS,
    FILE,
    FORMATS,
    GOLD,
    INSTALLER,
    INSTANCE,
    ISO,
    KIND_NAMES,
    MARKET,
    NO_WAY,
    PRIVATE,
    SHARED,
    VOLUME,
)
from glancetape_generators.world.glance_tables import AKI, AMI, ARI, QCOW2
from glancetape_generators.world.glance_tables import FORMATS as GLANCE_FORMATS
from glancetape_generators.world.systems import Systems

FIRST_FIXED = 1 << 52
"""The record of the first fixed image; others have smaller numbers."""
MOST_IMAGES = 1 << 31
"""The most images that are made together."""


def record_numbers(places: Ints, fixed: int) -> Ints:
    """Return the records at some places of NDJSON, whose first `fixed` images are fixed ones."""
    return np.where(places < fixed, FIRST_FIXED + places, places - fixed)


def ndjson_places(records: Ints, fixed: int) -> Ints:
    """Return the places of some records in NDJSON, whose first `fixed` images are fixed ones."""
    return np.where(records >= FIRST_FIXED, records - FIRST_FIXED, records + fixed)


_NO_SYSTEM = System(
    platform="", os_type="Linux", short="kernel", version="", weight=0, since=0, environment=ECS,
    suffix="", fields={},
)  # fmt: skip
_OF_IMS = KIND_NAMES[: MARKET + 1]
_FROM_SERVER = (INSTANCE, VOLUME, BACKUP)
_KIND_OF = {"public": GOLD, "shared": SHARED}


class Fixed:
    """The fixed images of a world, column by column; -1 for what the spec does not give."""

    def __init__(
        self,
        images: Sequence[FixedImage],
        cast: Cast,
        systems: Systems,
        disk_sizes: Sequence[int],
        status_names: Sequence[str],
    ) -> None:
        """Find the numbers of what the images give; systems that are new are added to `systems`."""
        self.images = images
        given = [one.fields for one in images]
        places = {one["id"]: place for place, one in enumerate(given) if "id" in one}
        kinds = [_kind(one, is_glance=systems.is_glance) for one in given]
        parents = [places.get(_parent(one), -1) for one in given]
        is_glance = systems.is_glance
        ways = [_way(*pair, is_glance=is_glance) for pair in zip(given, kinds, strict=True)]
        formats = [_format(one, is_glance=is_glance) for one in given]
        is_kernel = [is_glance and one in (AKI, ARI) for one in formats]
        self._columns = {
            "kind": _column(kinds),
            "way": _column(ways),
            "parent": _column([FIRST_FIXED + one if one >= 0 else -1 for one in parents]),
            "status": _column([_number(status_names, one.get("status")) for one in given]),
            "owner": _column(_owners(given, kinds, cast)),
            "system": _column(_systems(given, ways, is_kernel, systems)),
            "format": _column(formats),
            "disk": _column(
                [
                    _number(disk_sizes, one.get("min_disk", 0 if kernel else None))
                    for one, kernel in zip(given, is_kernel, strict=True)
                ]
            ),
            **_boot_files(given, formats, places, is_glance=is_glance),
            "created": _column([_time(one, "created_at") for one in given]),
            "updated": _column([_time(one, "updated_at") for one in given]),
        }
        known = systems.fields
        self.wanted = [{name: one[name] for name in known & one.keys()} for one in given]
        """What each gives of its system."""
        self.is_orphan = [
            way in _FROM_SERVER
            and (is_glance or way != VOLUME)
            and not any(one.get(name) is not None for name in PARENT_FIELDS)
            for one, way in zip(given, ways, strict=True)
        ]
        """Whether it was made from a server, and the image of the server is not given."""
        self._ids = np.array([_words(one.get("id")) for one in given], np.uint64).reshape(-1, 2)
        self.children = _column([one.children for one in images])
        """Percent of the instances that may be made from each of them and are."""
        self.records = FIRST_FIXED + np.arange(len(images), dtype=np.int64)

    def __len__(self) -> int:
        """Count them."""
        return len(self.images)

    def among(self, records: Ints) -> Ints:
        """Return the places of the fixed images among some records."""
        if not len(self):
            return np.empty(0, np.int64)
        return np.flatnonzero(records >= FIRST_FIXED)

    def over(self, name: str, records: Ints, drawn: Ints) -> Ints:
        """Return a column with what the spec gives in place of what was drawn."""
        places = self.among(records)
        if not len(places):
            return drawn
        given = self._columns[name][records[places] - FIRST_FIXED]
        column = drawn.copy()
        column[places[given >= 0]] = given[given >= 0]
        return column

    def ids_over(self, records: Ints, drawn: tuple[Words, Words]) -> tuple[Words, Words]:
        """Return the two halves of ids, with those that the spec gives."""
        places = self.among(records)
        if not len(places):
            return drawn
        given = self._ids[records[places] - FIRST_FIXED]
        is_given = given.any(axis=1)
        halves = tuple(half.copy() for half in drawn)
        for half, of_given in zip(halves, given.T, strict=True):
            half[places[is_given]] = of_given[is_given]
        return halves[0], halves[1]


def _column(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, np.int64)


def _number(names: Sequence[Any], given: Any) -> int:
    return names.index(given) if given in names else -1


def _time(given: Mapping[str, Any], name: str) -> int:
    return parse_time(name, given[name]) if given.get(name) is not None else -1


def _kind(given: Mapping[str, Any], *, is_glance: bool) -> int:
    drawn = SHARED if given.get("members") else PRIVATE
    if is_glance:
        return {**_KIND_OF, "community": COMMUNITY}.get(given.get("visibility", ""), drawn)
    if given.get("__imagetype") in _OF_IMS:
        return _OF_IMS.index(given["__imagetype"])
    if "__imagetype" not in given and any(given.get(name) is not None for name in MARKET_FIELDS):
        return MARKET
    return _KIND_OF.get(given.get("visibility", ""), drawn)


def _parent(given: Mapping[str, Any]) -> str:
    """Return the id of the image that it was made from, "" if it gives none."""
    return next((str(given[name]) for name in PARENT_FIELDS if given.get(name)), "")


def _way(given: Mapping[str, Any], kind: int, *, is_glance: bool) -> int:
    """Return how it was made: for public images it is not known, except for Glance's snapshots."""
    way = WAYS.index(made_by(given, is_glance=is_glance))
    is_public = kind in (GOLD, MARKET)
    return NO_WAY if is_public and not (is_glance and way in _FROM_SERVER) else way


def _format(given: Mapping[str, Any], *, is_glance: bool) -> int:
    """Return the number of its disk format: in Glance, data in an unknown one is packed."""
    name = given.get("disk_format")
    if name is None:
        return -1
    if not is_glance:
        return _number(FORMATS, name)
    found = _number([row["disk_format"] for row in GLANCE_FORMATS], name)
    return QCOW2 if found < 0 else found


def _boot_files(
    given: Sequence[Mapping[str, Any]],
    formats: Sequence[int],
    places: Mapping[str, int],
    *,
    is_glance: bool,
) -> dict[str, Ints]:
    """Return the records of each ami's kernel and ramdisk, fixed images too.

    They are the ones that it names, or the last ones before it.
    """
    columns = {}
    for field, of_format in (("kernel", AKI), ("ramdisk", ARI)):
        last, found = -1, []
        for place, (one, number) in enumerate(zip(given, formats, strict=True)):
            if is_glance and number == of_format:
                last = place
            named = one.get(f"{field}_id")
            chosen = last if named is None else places.get(str(named), -1)
            is_one = is_glance and number == AMI and chosen >= 0
            found.append(FIRST_FIXED + chosen if is_one else -1)
        columns[field] = _column(found)
    return columns


def _owners(given: Sequence[Mapping[str, Any]], kinds: Sequence[int], cast: Cast) -> list[int]:
    """Return the projects of images: the largest one where none is given.

    The cloud's images have one owner each, whatever is given.
    """
    numbers = {project: number for number, project in enumerate(cast.ids)}
    return [
        -1 if kind in (GOLD, MARKET) else numbers.get(str(one.get("owner")), 0)
        for one, kind in zip(given, kinds, strict=True)
    ]


def _systems(
    given: Sequence[Mapping[str, Any]],
    ways: Sequence[int],
    is_kernel: Sequence[bool],
    systems: Systems,
) -> list[int]:
    """Return a system for each image that has all that is given of one, -1 if nothing is.

    A kernel or a ramdisk has nothing of a system.
    """
    rows = list(systems.rows)  # those that are added here are compared with no other image
    known = systems.fields
    found: dict[tuple[tuple[tuple[str, Any], ...], int], int] = {}
    listed = []
    for one, way, kernel in zip(given, ways, is_kernel, strict=True):
        wanted = tuple(sorted((name, one[name]) for name in known & one.keys()))
        medium = NO_WAY if kernel else way if way in (ISO, VOLUME) else FILE
        is_public_medium = way == NO_WAY and one.get("disk_format") == "iso"
        medium = ISO if is_public_medium else medium
        if kernel and (wanted, medium) not in found:
            found[wanted, medium] = systems.add(replace(_NO_SYSTEM, fields=dict(wanted)))
        elif (wanted or is_public_medium) and (wanted, medium) not in found:
            found[wanted, medium] = _system(dict(wanted), medium, systems, rows)
        listed.append(found[wanted, medium] if wanted or kernel or is_public_medium else -1)
    return listed


def _system(wanted: Mapping[str, Any], way: int, systems: Systems, rows: Sequence[System]) -> int:
    """Return the most usual of the systems that fit, or a new one that is like the nearest."""
    fitting = [
        number
        for number, row in enumerate(rows)
        if (row.environment == INSTALLER) == (way == ISO)
        and (row.environment == DATA) == (way == VOLUME and not systems.is_glance)
    ]

    def nearness(number: int) -> tuple[int, bool, int]:
        row = rows[number]
        same = sum(row.fields.get(name) == value for name, value in wanted.items())
        named = bool(row.platform) and row.platform in str(wanted.get("__os_version"))
        return same, named, row.weight

    nearest = max(fitting, key=nearness)
    row = systems.rows[nearest]
    if all(row.fields.get(name) == value for name, value in wanted.items()):
        return nearest
    fields: dict[str, Any] = {**row.fields, **wanted}
    return systems.add(_with_fields(row, fields))


def _with_fields(row: System, fields: Mapping[str, Any]) -> System:
    version = fields.get("__os_version")
    return replace(row, fields=fields, version=version or row.version, weight=0, since=0)


def _words(given: str | None) -> tuple[int, int]:
    number = int(given.replace("-", ""), 16) if given else 0
    return number >> 64, number & (1 << 64) - 1
