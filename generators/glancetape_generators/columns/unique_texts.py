"""Texts that are different for each image: {seq}, {hex} and {uuid} in names and in properties.

    values: {"build-{hex}": 1}    an image has build-5f0c21ab, and no other image has it

They follow from the record's number and from their place in the image, so {uuid} in a name and in
two properties makes three different UUIDs.
"""

import re
from collections.abc import Callable
from functools import cached_property, partial

import numpy as np
import orjson

from glancetape_generators.columns.images import Images
from glancetape_generators.sampling.byte_columns import (
    Octets,
    as_octets,
    decimal,
    hexadecimal,
    letters_of,
    spread,
    together,
)
from glancetape_generators.sampling.draws import Draws, Flags, Ints
from glancetape_generators.spec.names_and_tags import FIELDS
from glancetape_generators.world.cast import uuids
from glancetape_generators.world.extra_tables import ExtraTable
from glancetape_generators.world.fixed import FIRST_FIXED, ndjson_places
from glancetape_generators.world.world import World

_FIELD = re.compile(r"(\{\w+\})")
_FIXED = 1 << 31  # the largest number of images in a set: those of fixed images come after it
_ROUNDS, _HALF, _LOW = 4, 16, (1 << 16) - 1


def unique_texts(field: str, where: str, world: World, records: Ints) -> Octets:
    """Return the text of one of UNIQUE_FIELDS for each record.

    `where` is its place in the image, such as `name`; at another place the digits differ.
    """
    if field == "seq":
        return decimal(ndjson_places(records, len(world.fixed)) + 1)
    if field == "hex":
        return _digits(world.id_seed, f"{where}/hex", records)
    return uuids(world.id_seed, f"{where}/{field}", records)


def _digits(seed: int, field: str, records: Ints) -> Octets:
    """Return eight hexadecimal digits, different for each record: a Feistel network on 32 bits.

    Random digits would be the same for about a hundred pairs in a million images.
    """
    numbers = np.where(records >= FIRST_FIXED, records - FIRST_FIXED + _FIXED, records)
    left, right = numbers >> _HALF, numbers & _LOW
    for turn in range(_ROUNDS):
        mixed = Draws(seed, right).below(f"{field}/{turn}", 1 << _HALF)
        left, right = right, left ^ mixed
    words = (left << _HALF | right).astype(np.uint64)
    return as_octets(letters_of(hexadecimal([words]))[:, 8:])


def fill_in(pattern: str, count: int, write: Callable[[str], Octets], *, as_json: bool) -> Octets:
    """Fill in the fields of a pattern for `count` images: {app}-{os} makes web-centos.

    `as_json` makes JSON strings without their quotes; what `write` returns needs no escape.
    """
    found = list[Octets | bytes]()
    for part in filter(None, _FIELD.split(pattern)):
        if _FIELD.fullmatch(part) and part[1:-1] in FIELDS:
            found.append(write(part[1:-1]))
        else:
            found.append(orjson.dumps(part)[1:-1] if as_json else part.encode())
    if all(isinstance(one, bytes) for one in found):
        found.append(np.zeros(count, "S1"))
    return together(*found)


class UniqueProperty:
    """A property of the spec of which some values have fields."""

    def __init__(self, images: Images, table: ExtraTable) -> None:
        """Choose the value of each image."""
        self._images, self._table = images, table
        values = [row.get(table.field) for row in table.table.rows]
        is_text = np.array([value is not None for value in values])
        self._values, self._rows = values, images.extras[table.name]
        self.is_there: Flags = self._rows > 0
        """Whether an image has the property; it may be null."""
        self.is_text: Flags = is_text[self._rows]
        """Whether an image has it, and it is not null."""

    @cached_property
    def text(self) -> Octets:
        """The value of each image, b"" where there is none."""
        return self._texts(as_json=False)

    @cached_property
    def in_json(self) -> Octets:
        """The same as JSON strings without their quotes."""
        return self._texts(as_json=True)

    def _texts(self, *, as_json: bool) -> Octets:
        parts = []
        for row in np.flatnonzero(np.bincount(self._rows[self.is_text])).tolist():
            places = np.flatnonzero(self._rows == row)
            write = partial(
                unique_texts,
                where=self._table.name,
                world=self._images.world,
                records=self._images.records[places],
            )
            text = fill_in(str(self._values[row]), len(places), write, as_json=as_json)
            parts.append((places, text))
        return spread(len(self._images), *parts)
