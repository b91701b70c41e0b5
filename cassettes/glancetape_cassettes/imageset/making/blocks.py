"""Blocks: consecutive images of a set, indexed for its file.

A block depends only on its images and their positions. So several processes can make blocks, and
the set is the same for any number of them.
"""

import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

from glancetape_cassettes.imageset.checked_file import SectorSums, crc32
from glancetape_cassettes.imageset.image_fields import NUMBERS
from glancetape_cassettes.imageset.indexed_values import (
    BOOLEANS,
    HASH_MASK,
    MEMBERS,
    NOT_VALUES,
    TAGS,
    member_value,
)
from glancetape_cassettes.imageset.indexes.bitmaps import NUMBER, POSITION
from glancetape_cassettes.imageset.indexes.column import Rows
from glancetape_cassettes.imageset.indexes.part import WrittenPart
from glancetape_cassettes.imageset.making.listed_images import NULL, ListedImage
from glancetape_cassettes.imageset.packed import PackedTexts, Postings

WORDS = ("status", "container_format", "disk_format")
"""Sort keys that have few values."""
_FEW = 6  # images for each value, in a block


@dataclass(slots=True, kw_only=True)
class Block:
    """What the file stores of consecutive images; the items of arrays have 64 bits."""

    ids: PackedTexts = field(default_factory=PackedTexts)
    names: PackedTexts = field(default_factory=PackedTexts)
    bodies: Iterable[bytes] = ()
    """The images as list answers show them, each with a comma, in the order of storing.

    They come in several pieces, which may be made when they are asked for, with their lengths and
    checksums. Once they are in the file there are none here.
    """
    written: WrittenPart = field(default_factory=lambda: WrittenPart(0, 0, b"", SectorSums()))
    """The bodies of the block, in the file."""
    lengths: "array[int]" = field(default_factory=lambda: array("I"))
    """Bytes of each in that order, with its comma."""
    sums: "array[int]" = field(default_factory=lambda: array("I"))
    """The checksum of each in that order, with its comma."""
    stored: "array[int]" = field(default_factory=lambda: array("I"))
    """The place in the block of the image that is stored first, then of the next one, and so on."""
    numbers: dict[str, "array[int]"] = field(default_factory=dict)
    """Property or time -> a number for each image."""
    words: dict[str, tuple[list[str | None], "array[int]"]] = field(default_factory=dict)
    """Sort key -> its values, and for each image the index of its value."""
    rows: dict[str, Rows] = field(default_factory=dict)
    """Table -> the row of each image, in a set whose images have tables."""
    apart: set[str] = field(default_factory=set)
    """Fields of tables whose values are among those that follow, as few images here have each."""
    few: Postings = field(default_factory=Postings)
    """Values of properties that have few values, and memberships."""
    repeated: Postings = field(default_factory=Postings)
    """Values of other properties that several images have, with their hashes."""
    single: "array[int]" = field(default_factory=lambda: array("Q"))
    """Values of other properties that one image has: hash << 32 | position."""
    images_with: dict[str, int] = field(default_factory=dict)
    """Property -> images that have it."""
    owners: dict[str, int] = field(default_factory=dict)
    """Project -> number of its images that are not public."""


@dataclass(slots=True, kw_only=True)
class ReadImages:
    """What consecutive images have, in the order of their positions, before it is indexed."""

    first: int
    """The position of the first image."""
    ids: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    numbers: dict[str, "array[int]"] = field(
        default_factory=lambda: {
            name: array("q") for name in ("created_at", "updated_at", *NUMBERS)
        }
    )
    words: dict[str, tuple[dict[str | None, int], "array[int]"]] = field(
        default_factory=lambda: {name: ({}, array("q")) for name in WORDS}
    )
    """Sort key -> the number of each value, and for each image that of its value."""
    values: defaultdict[str, defaultdict[Any, list[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    """Property -> value -> ascending positions."""
    several: Counter[str] = field(default_factory=Counter)
    """Property of which an image has several values -> images that have one."""
    owners: Counter[str] = field(default_factory=Counter)
    """Project -> number of its images that are not public."""


def make_block(images: Iterable[ListedImage], first: int) -> Block:
    """Index images that come in default order; `first` is the position of the first one."""
    return index_images(read_images(images, first))


def read_images(images: Iterable[ListedImage], first: int) -> ReadImages:
    """Read images one by one, in default order; none is kept."""
    read = ReadImages(first=first)
    values = read.values
    times = read.numbers["created_at"], read.numbers["updated_at"]
    numbers = [(name, read.numbers[name]) for name in NUMBERS]
    words = [(name, *read.words[name]) for name in WORDS]
    for position, (image, body, members, created, updated) in enumerate(images, first):
        read.ids.append(image["id"])
        read.names.append(image["name"])
        read.bodies.append(body)
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
            read.several[TAGS] += 1
            for tag in tags:
                values[TAGS][tag].append(position)
        if members:
            read.several[MEMBERS] += 1
            for member in members:
                value = member_value(member["member_id"], member["status"])
                values[MEMBERS][value].append(position)
        if image["owner"] is not None and image["visibility"] != "public":
            read.owners[image["owner"]] += 1
    return read


def index_images(read: ReadImages) -> Block:
    """Return the block of images that were read; their values must not be used afterwards."""
    block = Block(
        ids=PackedTexts.of_texts(read.ids),
        names=PackedTexts.of_texts(read.names),
        numbers=read.numbers,
        words={
            name: (list(numbers_of), column) for name, (numbers_of, column) in read.words.items()
        },
        owners=dict(read.owners),
    )
    seen = {
        name: _add_values(block, name, positions_by_value)
        for name, positions_by_value in read.values.items()
    }
    block.images_with = {**seen, **read.several}
    block.stored = order_of_storing(block, read.first)
    in_order = [read.bodies[place] for place in block.stored]
    block.bodies = [b",".join([*in_order, b""])]
    block.lengths = array("I", [len(body) + 1 for body in in_order])
    block.sums = sums_of_bodies(block)
    return block


def sums_of_bodies(block: Block) -> "array[int]":
    """Return the checksum of each body in the order of storing."""
    lengths, found = iter(block.lengths), array("I")
    for piece in block.bodies:
        view, start = memoryview(piece), 0
        while start < len(piece):
            end = start + next(lengths)
            found.append(crc32(view[start:end]))
            start = end
    return found


def order_of_storing(block: Block, first: int) -> "array[int]":
    """Return the places of a block's images in the order in which their bodies are stored.

    Those that are public lie together, and so do those of each project: a page shows images of a
    few projects, which then takes a few readings.
    """
    owners: list[str] = []
    counts, places = [np.empty(0, NUMBER)], [np.empty(0, POSITION)]
    public = np.empty(0, POSITION)
    for postings in (block.few, block.repeated):
        for name, values, starts, positions, _ in postings.by_property():
            if name == "owner":
                owners += values
                counts.append(np.diff(starts))
                places.append(np.frombuffer(positions, POSITION)[starts[0] : starts[-1]])
            elif name == "visibility" and "public" in values:
                at = values.index("public")
                public = np.frombuffer(positions, POSITION)[starts[at] : starts[at + 1]]
    ranks = np.empty(len(owners), np.int32)
    ranks[sorted(range(len(owners)), key=owners.__getitem__)] = np.arange(-len(owners), 0)
    group = np.zeros(len(block.ids), np.int32)
    group[np.concatenate(places) - first] = np.repeat(ranks, np.concatenate(counts))
    group[public - first] = -1 - len(owners)
    return array("I", np.argsort(group, kind="stable").astype(POSITION).tobytes())


def has_few_values(name: str, values: int, images: int) -> bool:
    """Whether a property has so few values that each gets a bitmap from the start.

    Memberships always do: a hash is checked against the images, and these do not show members.
    """
    return name == MEMBERS or values * _FEW <= images


def _add_values(block: Block, name: str, positions_by_value: dict[Any, list[int]]) -> int:
    """Add a property's values to a block; returns how many images have the property."""
    begun = zlib.crc32(name.encode())
    for boolean, text in BOOLEANS.items():  # true and "true" are one value to a filter
        if boolean in positions_by_value:
            both = positions_by_value.get(text, []) + positions_by_value.pop(boolean)
            positions_by_value[text] = sorted(both)
    seen = sum(map(len, positions_by_value.values()))
    few = has_few_values(name, len(positions_by_value), seen)
    if not few:
        for value in [one for one, found in positions_by_value.items() if len(found) == 1]:
            hashed = zlib.crc32(value.encode(), begun) & HASH_MASK
            block.single.append(hashed << 32 | positions_by_value.pop(value)[0])
    if positions_by_value:
        values = list(positions_by_value)
        counts = array("I", map(len, positions_by_value.values())).tobytes()
        positions = array("I", chain.from_iterable(positions_by_value.values())).tobytes()
        if few:
            block.few.extend(name, values, counts, positions)
        else:
            hashes = [zlib.crc32(value.encode(), begun) & HASH_MASK for value in values]
            block.repeated.extend(name, values, counts, positions, array("I", hashes).tobytes())
    return seen
