"""A capture: the images that a spec is learned from, column by column.

    images  {"id": ..., "__platform": "Ubuntu"}, {"id": ...}
    column  __platform: values ["Ubuntu"], codes [0, -1]

Each value is kept once, and an image has its number, -1 for none. Of a field that few images have,
only these are kept; its column is made when it is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import orjson

from glancetape_generators.sampling.draws import Flags, Ints

Code = str | int | None
"""A value of a column: true and false are text."""

MEMBER, MEMBER_STATUS = "members", "members/status"
"""Where an image has several: the projects that it is shared with, and their statuses."""
TAG = "tags"

SEVERAL = 5
"""In a capture of at least this many projects, one can hide among others."""

_FEW = 8  # a field that fewer than one image in eight has gets no column of its own
_NOT_KNOWN = -(1 << 62)  # of a time that an image lacks
_LENGTH = len("2018-09-06T14:03:27")
_LISTS = ("tags", "members", "locations")


@dataclass(frozen=True, slots=True)
class Column:
    """The values of a field."""

    values: list[Code]
    codes: Ints
    """For each image the number of its value, -1 where it lacks the field."""

    def texts(self) -> list[str]:
        """Return the values as text; null is "null"."""
        return ["null" if one is None else str(one) for one in self.values]

    def code_of(self, value: Code) -> int:
        """Return the number of a value; -2, which no image has, when there is none."""
        return self.values.index(value) if value in self.values else -2

    def at(self, chosen: Flags) -> "Column":
        """Return the column of some images."""
        return Column(self.values, self.codes[chosen])


@dataclass(frozen=True, slots=True)
class Several:
    """Values of which an image can have several: each entry is an image and a value's number."""

    values: list[Code]
    places: Ints
    codes: Ints

    def at(self, chosen: Flags, new: Ints) -> "Several":
        """Return the entries of some images; `new` has the place of each among them."""
        kept = chosen[self.places]
        return Several(self.values, new[self.places[kept]], self.codes[kept])

    def column(self, count: int) -> Column:
        """Return a value for each of `count` images."""
        codes = np.full(count, -1, np.int64)
        codes[self.places] = self.codes
        return Column(self.values, codes)


@dataclass(slots=True)
class _Growing:
    """A column while images are read."""

    numbers: dict[Code, int] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def add(self, place: int, value: Code) -> None:
        """Add the value of the image at a place."""
        self.places.append(place)
        self.codes.append(self.numbers.setdefault(value, len(self.numbers)))

    def several(self) -> Several:
        """Return the entries."""
        places, codes = (np.array(one, np.int64) for one in (self.places, self.codes))
        return Several(list(self.numbers), places, codes)

    def field(self, count: int) -> Column | Several:
        """Return the field of `count` images: its entries alone when few have it."""
        found = self.several()
        return found if len(self.places) * _FEW < count else found.column(count)


class Capture:
    """The images of a recording, a set or NDJSON."""

    def __init__(
        self, count: int, fields: Mapping[str, Column | Several], several: Mapping[str, Several]
    ) -> None:
        """Take the fields of `count` images."""
        self.count = count
        self._fields = fields
        self._several = several
        self._seconds: dict[str, Ints] = {}

    @classmethod
    def of(cls, images: Iterable[Mapping[str, Any]]) -> "Capture":
        """Read images in the fields of the API; `members` may be among them."""
        growing: dict[str, _Growing] = {}
        lists = {name: _Growing() for name in (TAG, MEMBER, MEMBER_STATUS)}
        count = 0
        for image in images:
            for name, value in image.items():
                if name in _LISTS:
                    continue
                code = _code(value)
                if (column := growing.get(name)) is None:
                    column = growing[name] = _Growing()
                column.add(count, code)
            for tag in image.get("tags") or ():
                lists[TAG].add(count, str(tag))
            for member in image.get("members") or ():
                lists[MEMBER].add(count, str(member.get("member_id")))
                lists[MEMBER_STATUS].add(count, str(member.get("status")))
            count += 1
        fields = {name: one.field(count) for name, one in growing.items()}
        return cls(count, fields, {name: one.several() for name, one in lists.items()})

    def at(self, chosen: Flags) -> "Capture":
        """Return some of the images."""
        new = np.cumsum(chosen) - 1
        return Capture(
            int(chosen.sum()),
            {
                name: one.at(chosen) if isinstance(one, Column) else one.at(chosen, new)
                for name, one in self._fields.items()
            },
            {name: one.at(chosen, new) for name, one in self._several.items()},
        )

    @property
    def names(self) -> list[str]:
        """The names of the fields."""
        return list(self._fields)

    def images_with(self, name: str) -> int:
        """Return how many images have a field, even if it is null."""
        found = self._fields.get(name)
        if isinstance(found, Several):
            return len(found.places)
        return int((found.codes >= 0).sum()) if found else 0

    def values(self, name: str) -> list[Code]:
        """Return the values of a field, each once."""
        found = self._fields.get(name)
        return found.values if found else []

    def column(self, name: str) -> Column:
        """Return the column of a field; one without values when no image has it."""
        found = self._fields.get(name)
        if isinstance(found, Several):
            return found.column(self.count)
        return found or Column([], np.full(self.count, -1, np.int64))

    def several(self, name: str) -> Several:
        """Return the entries of TAG, MEMBER or MEMBER_STATUS."""
        return self._several[name]

    def has(self, name: str) -> Flags:
        """Return which images have a field, even if it is null."""
        found: Flags = self.column(name).codes >= 0
        return found

    def is_value(self, name: str, *values: Code) -> Flags:
        """Return which images have one of some values in a field."""
        column = self.column(name)
        found: Flags = np.isin(column.codes, [column.code_of(value) for value in values])
        return found

    @cached_property
    def owners(self) -> Ints:
        """The number of each image's project, -1 for none."""
        return self.column("owner").codes

    @cached_property
    def is_public(self) -> Flags:
        """Which images all projects see."""
        return self.is_value("visibility", "public")

    @cached_property
    def projects(self) -> int:
        """The number of projects that own images which are not public."""
        return len(np.unique(self.owners[~self.is_public & (self.owners >= 0)]))

    @cached_property
    def viewers(self) -> Ints:
        """The projects that own private images, unless there are SEVERAL: whose view it is.

        One project sees its own private images, and of others only what is shared with it.
        """
        found = np.unique(self.owners[self.is_value("visibility", "private") & (self.owners >= 0)])
        return found[:0] if len(found) >= SEVERAL else found

    @cached_property
    def is_open(self) -> Flags:
        """Which images are public or of the viewers: these do not hide behind other projects."""
        found: Flags = self.is_public | np.isin(self.owners, self.viewers)
        return found

    def seconds(self, name: str) -> Ints:
        """Return a field of times in seconds since 1970; `is_known` says where there is one."""
        found = self._seconds.get(name)
        if found is None:
            column = self.column(name)
            of_values = _all_seconds(column.values)
            found = np.where(column.codes >= 0, of_values[column.codes], _NOT_KNOWN)
            self._seconds[name] = found
        return found

    def numbers(self, name: str) -> Ints:
        """Return a field of whole numbers, -1 where it is absent or no number."""
        column = self.column(name)
        of_values = np.array([_number(value) for value in column.values] or [0], np.int64)
        return np.where(column.codes >= 0, of_values[column.codes], -1)

    def counted(self, name: str) -> Ints:
        """Return how many entries of TAG or MEMBER each image has."""
        return np.bincount(self._several[name].places, minlength=self.count)[: self.count]


def is_known(seconds: Ints) -> Flags:
    """Return which times an image has."""
    found: Flags = seconds != _NOT_KNOWN
    return found


def _code(value: Any) -> Code:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _all_seconds(values: list[Code]) -> Ints:
    """Return times in seconds since 1970; _NOT_KNOWN for what is none."""
    texts = ["" if value is None else str(value)[:_LENGTH] for value in values] or [""]
    try:
        times = np.array(texts, "datetime64[s]")
    except ValueError:
        times = np.array([text if _is_time(text) else "" for text in texts], "datetime64[s]")
    return np.where(np.isnat(times), _NOT_KNOWN, times.astype(np.int64))


def _is_time(text: str) -> bool:
    try:
        np.datetime64(text, "s")
    except ValueError:
        return False
    return len(text) == _LENGTH


def _number(value: Code) -> int:
    try:
        number = int(value) if value is not None else -1
    except ValueError:
        return -1
    return number if -1 <= number < 1 << 62 else -1
