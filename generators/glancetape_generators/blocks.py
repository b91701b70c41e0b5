"""Blocks of generated images: what an import would find in them, known without looking."""

import zlib
from array import array
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from glancetape_cassettes.imageset.blocks import NULL, WORDS, Block, has_few_values
from glancetape_cassettes.imageset.image import NUMBERS
from glancetape_cassettes.imageset.values import (
    HASH_MASK,
    MEMBERS,
    NOT_VALUES,
    TAGS,
    hash_of,
    member_value,
)
from glancetape_generators.bodies import OWN, Made
from glancetape_generators.draws import Ints


def make_block(made: Made, first: int) -> Block:
    """Make a block of images in default order; `first` is the position of the first one."""
    block, texts, tables = Block(), made.texts, made.images.world.tables
    block.ids, block.created_at, block.names = texts.id, texts.created_at, texts.name
    block.bodies = made.bodies()
    block.numbers["created_at"] = _array(made.images.created)
    block.numbers["updated_at"] = _array(made.images.updated)
    for table, rows in made.rows.items():
        for field in tables[table].fields:
            if field in NUMBERS:
                block.numbers[field] = _array(tables[table].numbers(field, NULL)[rows])
            elif field not in NOT_VALUES:
                _add_table(block, made, table, field, first)
            if field in WORDS:
                block.words[field] = tables[table].texts(field)[rows].tolist()
    for field in OWN:
        _add_texts(block, field, enumerate(made.own(field), first))
    for field, listed in ((TAGS, texts.tags), (MEMBERS, _memberships(made))):
        _add_texts(
            block, field, ((place, one) for place, many in enumerate(listed, first) for one in many)
        )
        if having := sum(map(bool, listed)):
            block.images_with[field] = having
    _count_owners(block, made)
    return block


def _count_owners(block: Block, made: Made) -> None:
    """Count for each project its images that are not public."""
    owners = made.images.owner[made.images.is_tenants]
    counted = np.bincount(owners)
    for owner in np.flatnonzero(counted).tolist():
        block.owners[made.images.world.cast.ids[owner]] = int(counted[owner])


def _array(numbers: Ints) -> "array[int]":
    column = array("q")
    column.frombytes(numbers.astype(np.int64).tobytes())
    return column


def _add_table(block: Block, made: Made, table: str, field: str, first: int) -> None:
    """Take in a field of a table: the values are few, so positions are sorted by them."""
    codes_of_rows, values = made.images.world.tables[table].values[field]
    codes = codes_of_rows[made.rows[table]]
    order = np.argsort(codes.astype(np.int16) if len(values) < 1 << 15 else codes, kind="stable")
    codes = codes[order]
    absent = int(np.searchsorted(codes, 0))
    codes, order = codes[absent:], order[absent:]
    if not len(codes):
        return
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    of_starts = codes[starts].tolist()
    positions = (order + first).astype(np.uint32).tobytes()
    few = has_few_values(field, len(starts), len(codes))
    several = block.few if few else block.repeated
    for code, (start, end) in zip(of_starts, pairwise([*starts.tolist(), len(codes)]), strict=True):
        some = positions[4 * start : 4 * end]
        if few or end - start > 1:
            several.append((field, values[code], some))
        else:
            entry = hash_of(field, values[code]) << 32 | int.from_bytes(some, "little")
            block.single.append(entry)
    block.images_with[field] = len(codes)


def _add_texts(block: Block, field: str, pairs: Iterable[tuple[int, str | None]]) -> None:
    """Take in a field of which most values are there once."""
    having = [(position, text) for position, text in pairs if text is not None]
    if not having:
        return
    block.images_with[field] = len(having)
    counts = Counter([text for _, text in having])
    few = has_few_values(field, len(counts), len(having))
    if len(counts) < len(having) or few:
        positions_by_text: dict[str, list[int]] = {}
        for position, text in having:
            if few or counts[text] > 1:
                positions_by_text.setdefault(text, []).append(position)
        several = block.few if few else block.repeated
        several += [
            (field, text, array("I", positions).tobytes())
            for text, positions in positions_by_text.items()
        ]
    if not few:
        begun = zlib.crc32(field.encode())
        block.single.extend(
            [
                (zlib.crc32(text.encode(), begun) & HASH_MASK) << 32 | position
                for position, text in having
                if counts[text] == 1
            ]
        )


def _memberships(made: Made) -> list[list[str]]:
    return [
        [member_value(one["member_id"], one["status"]) for one in members]
        for members in made.texts.members
    ]
