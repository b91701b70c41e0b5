"""Blocks: consecutive images of a set, made ready for its file by whichever process has time.

What a block holds follows from its images and their positions alone, so a set is the same for any
number of processes.
"""

import zlib
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from glancetape_cassettes.imageset.image_fields import NUMBERS
from glancetape_cassettes.imageset.packed import Pieces, Postings
from glancetape_cassettes.imageset.values import (
    BOOLEANS,
    HASH_MASK,
    MEMBERS,
    NOT_VALUES,
    TAGS,
    member_value,
)

BLOCK = 1 << 13
"""Images in a block, but for the last one's."""
WORDS = ("status", "container_format", "disk_format")
"""Sort keys that have few values."""
_FEW = 6  # images for each value, in a block
NULL = -(1 << 63)
"""What stands for null in a column of numbers; no image has this number."""


class ListedImage(NamedTuple):
    """An image as list answers show it, and what of it they do not show."""

    fields: dict[str, Any]
    """What it is found by; all fields of the API are there."""
    body: bytes
    """As list answers show it: JSON in UTF-8."""
    members: Collection[Mapping[str, str]]
    created: int
    """Seconds since 1970, as `updated`."""
    updated: int


@dataclass(slots=True)
class Block:
    """The images of a block, by what is made of them; arrays are bytes, 64 bits an item."""

    ids: Pieces = field(default_factory=Pieces)
    created_at: Pieces = field(default_factory=Pieces)
    names: Pieces = field(default_factory=Pieces)
    bodies: Pieces = field(default_factory=Pieces)
    """The images as a list answer shows them."""
    numbers: dict[str, "array[int]"] = field(default_factory=dict)
    """Property or time -> a number for each image."""
    words: dict[str, tuple[list[str | None], "array[int]"]] = field(default_factory=dict)
    """Sort key -> values, and for each image which of them it has."""
    few: Postings = field(default_factory=Postings)
    """The values of properties with few of them, and memberships."""
    repeated: Postings = field(default_factory=Postings)
    """The values of other properties that several images have."""
    single: "array[int]" = field(default_factory=lambda: array("Q"))
    """The entries of those that one image has: hash << 32 | position."""
    images_with: dict[str, int] = field(default_factory=dict)
    """Property -> images that have it."""
    owners: dict[str, int] = field(default_factory=dict)
    """Project -> images of its that are not public."""


def make_block(images: Iterable[ListedImage], first: int) -> Block:
    """Make a block of images in default order; `first` is the position of the first one.

    Each image is used up before the next one is asked for.
    """
    block = Block(numbers={name: array("q") for name in ("created_at", "updated_at", *NUMBERS)})
    ids: list[str] = []
    created_at: list[str] = []
    names: list[str | None] = []
    bodies: list[bytes] = []
    numbered: dict[str, dict[str | None, int]] = {name: {} for name in WORDS}
    times = block.numbers["created_at"], block.numbers["updated_at"]
    numbers = [(name, block.numbers[name]) for name in NUMBERS]
    words = [(name, numbered[name], array("q")) for name in WORDS]
    with_property: defaultdict[str, int] = defaultdict(int)
    owners: defaultdict[str, int] = defaultdict(int)
    # property -> value -> positions
    values: defaultdict[str, defaultdict[Any, list[int]]] = defaultdict(lambda: defaultdict(list))
    for position, (image, body, members, created, updated) in enumerate(images, first):
        ids.append(image["id"])
        created_at.append(image["created_at"])
        names.append(image["name"])
        bodies.append(body)
        times[0].append(created)
        times[1].append(updated)
        for name, column in numbers:
            number = image[name]
            column.append(NULL if number is None else number)
        for name, numbers_of, column in words:
            column.append(numbers_of.setdefault(image[name], len(numbers_of)))
        for name, value in image.items():
            if value is not None and name not in NOT_VALUES:
                values[name][value].append(position)
        if tags := image[TAGS]:
            with_property[TAGS] += 1
            for tag in tags:
                values[TAGS][tag].append(position)
        if members:
            with_property[MEMBERS] += 1
            for member in members:
                value = member_value(member["member_id"], member["status"])
                values[MEMBERS][value].append(position)
        if image["owner"] is not None and image["visibility"] != "public":
            owners[image["owner"]] += 1
    block.ids, block.created_at = Pieces.of_texts(ids), Pieces.of_texts(created_at)
    block.names, block.bodies = Pieces.of_texts(names), Pieces.of(bodies)
    block.words = {name: (list(numbers_of), column) for name, numbers_of, column in words}
    for name, positions_by_value in values.items():
        seen = _gather(block, name, positions_by_value)
        if name not in (TAGS, MEMBERS):  # an image has several of these
            with_property[name] += seen
    block.images_with, block.owners = dict(with_property), dict(owners)
    return block


def has_few_values(name: str, values: int, images: int) -> bool:
    """Tell whether a property has so few values that each is worth a bitmap from the start.

    Memberships always are: they are not in the images as the API shows them, so entries of theirs
    could not be checked.
    """
    return name == MEMBERS or values * _FEW <= images


def _gather(block: Block, name: str, positions_by_value: dict[Any, list[int]]) -> int:
    """Take a property's values into a block; gives how many images have it."""
    begun = zlib.crc32(name.encode())
    for boolean, text in BOOLEANS.items():  # true and "true" are one value to a filter
        if boolean in positions_by_value:
            both = positions_by_value.get(text, []) + positions_by_value.pop(boolean)
            positions_by_value[text] = sorted(both)
    seen = sum(map(len, positions_by_value.values()))
    few = has_few_values(name, len(positions_by_value), seen)
    several = block.few if few else block.repeated
    for text, positions in positions_by_value.items():
        if few or len(positions) > 1:
            several.add(name, text, array("I", positions).tobytes())
        else:
            hashed = zlib.crc32(text.encode(), begun) & HASH_MASK
            block.single.append(hashed << 32 | positions[0])
    return seen
