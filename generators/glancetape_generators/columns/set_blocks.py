"""Blocks of generated images: what an import would find in them, known without looking."""

import zlib
from array import array

import numpy as np

from glancetape_cassettes.imageset.image_fields import NUMBERS
from glancetape_cassettes.imageset.making.blocks import NULL, WORDS, Block, has_few_values
from glancetape_cassettes.imageset.making.packed import Pieces
from glancetape_cassettes.imageset.values import (
    HASH_MASK,
    MEMBERS,
    NOT_VALUES,
    TAGS,
    hash_of,
    member_value,
)
from glancetape_generators.columns.assembled import OWN, Made
from glancetape_generators.sampling.byte_columns import Octets, crc32, lengths_of
from glancetape_generators.sampling.draws import Flags, Ints

_LOW = (1 << 32) - 1


def make_block(made: Made, first: int) -> Block:
    """Make a block of images in default order; `first` is the position of the first one."""
    block, texts, tables = Block(), made.texts, made.images.world.tables
    block.ids, block.created_at = _pieces(texts.id), _pieces(texts.created_at)
    block.names = _pieces(texts.name, texts.is_named)
    block.bodies = Pieces.of(made.bodies())
    block.numbers["created_at"] = _array(made.images.created)
    block.numbers["updated_at"] = _array(made.images.updated)
    for table, rows in made.rows.items():
        for field in tables[table].fields:
            if field in NUMBERS:
                block.numbers[field] = _array(tables[table].numbers(field, NULL)[rows])
            elif field not in NOT_VALUES:
                codes, values = tables[table].values[field]
                _add_codes(block, field, values, codes[rows], np.arange(first, first + len(rows)))
            if field in WORDS:
                block.words[field] = tables[table].words(field), _array(rows)
    _add_texts(block, "name", texts.name, texts.is_named, first)
    for field in OWN:
        column = made.own(field)
        _add_texts(block, field, column, lengths_of(column) > 0, first)
    _add_tags(block, made, first)
    _add_members(block, made, first)
    _count_owners(block, made)
    return block


def _array(numbers: Ints) -> "array[int]":
    column = array("q")
    column.frombytes(numbers.astype(np.int64).tobytes())
    return column


def _pieces(texts: Octets, there: Flags | None = None) -> Pieces:
    lengths = lengths_of(texts)
    listed: list[bytes] = texts.tolist()
    of_all = array("i")
    of_all.frombytes(
        (lengths if there is None else np.where(there, lengths, -1)).astype("i4").tobytes()
    )
    return Pieces(b"".join(listed), of_all)


def _add_codes(block: Block, field: str, values: list[str], codes: Ints, positions: Ints) -> None:
    """Take in a field whose values are numbered: positions are sorted by those; -1 is none."""
    # One sort of both is faster than an order and what is looked up by it.
    by_code = np.sort(codes << 32 | np.arange(len(codes)))
    by_code = by_code[int(np.count_nonzero(codes < 0)) :]
    if not len(by_code):
        return
    in_order = by_code >> 32
    starts = np.flatnonzero(np.diff(in_order, prepend=-1))
    counts = np.diff(starts, append=len(by_code))
    listed = [values[code] for code in in_order[starts].tolist()]
    _add_groups(block, field, listed, counts, positions[by_code & _LOW])
    block.images_with[field] = len(by_code)


def _add_groups(block: Block, field: str, values: list[str], counts: Ints, positions: Ints) -> None:
    """Take in values with their positions, value by value."""
    if has_few_values(field, len(values), len(positions)):
        block.few.extend(field, values, *_bytes(counts, positions))
        return
    is_alone = _add_repeated(block, field, values, counts, positions)
    alone = [value for value, count in zip(values, counts.tolist(), strict=True) if count == 1]
    hashes = np.array([hash_of(field, value) for value in alone], np.int64)
    _add_single(block, hashes, positions[is_alone])


def _add_repeated(
    block: Block, field: str, values: list[str], counts: Ints, positions: Ints
) -> Flags:
    """Take in the values that several images have; tells which positions are those of others."""
    is_alone: Flags = np.repeat(counts == 1, counts)
    several = [value for value, count in zip(values, counts.tolist(), strict=True) if count > 1]
    block.repeated.extend(field, several, *_bytes(counts[counts > 1], positions[~is_alone]))
    return is_alone


def _bytes(counts: Ints, positions: Ints) -> tuple[bytes, bytes]:
    return counts.astype(np.uint32).tobytes(), positions.astype(np.uint32).tobytes()


def _add_single(block: Block, hashes: Ints, positions: Ints) -> None:
    block.single.frombytes((hashes << 32 | positions).astype(np.uint64).tobytes())


def _add_texts(block: Block, field: str, texts: Octets, there: Flags, first: int) -> None:
    """Take in a field of which most values are there once: those with a hash of their own are."""
    places = np.flatnonzero(there)
    if not len(places):
        return
    block.images_with[field] = len(places)
    chosen = texts[places]
    hashes = crc32(chosen, zlib.crc32(field.encode())) & HASH_MASK
    by_hash = np.sort(hashes << 32 | np.arange(len(places)))
    is_same = np.diff(by_hash >> 32) == 0
    shared = np.zeros(len(places), bool)
    shared[by_hash & _LOW] = np.append(is_same, False) | np.append(False, is_same)
    values, which = np.unique(chosen[shared], return_inverse=True)
    distinct = len(places) - int(np.count_nonzero(shared)) + len(values)
    if has_few_values(field, distinct, len(places)):
        shared[:] = True
        values, which = np.unique(chosen, return_inverse=True)
    by_value = np.argsort(which, kind="stable")
    counts = np.bincount(which, minlength=len(values))
    listed = [value.decode() for value in values.tolist()]
    positions = places[shared][by_value] + first
    if shared.all():
        _add_groups(block, field, listed, counts, positions)
        return
    is_alone = _add_repeated(block, field, listed, counts, positions)
    # Another text of the block has the hash of these.
    _add_single(block, hashes[shared][by_value][is_alone], positions[is_alone])
    _add_single(block, hashes[~shared], places[~shared] + first)


def _add_tags(block: Block, made: Made, first: int) -> None:
    turns = made.tags
    if not turns:
        return
    places = np.concatenate([np.flatnonzero(numbers >= 0) for numbers in turns])
    codes = np.concatenate([numbers[numbers >= 0] for numbers in turns])
    order = np.argsort(places, kind="stable")
    _add_codes(block, TAGS, made.images.world.tags.texts, codes[order], places[order] + first)
    if len(places):
        block.images_with[TAGS] = len(np.unique(places))


def _add_members(block: Block, made: Made, first: int) -> None:
    found, world = made.memberships, made.images.world
    values: dict[str, int] = {}
    names, statuses = world.cast.ids, world.member_statuses
    codes = [
        values.setdefault(member_value(names[project], statuses[status]), len(values))
        for project, status in zip(found.projects, found.statuses, strict=True)
    ]
    positions = np.array(found.places, np.int64) + first
    _add_codes(block, MEMBERS, list(values), np.array(codes, np.int64), positions)
    if found.places:
        block.images_with[MEMBERS] = len(set(found.places))


def _count_owners(block: Block, made: Made) -> None:
    """Count for each project its images that are not public."""
    counted = np.bincount(made.images.owner[made.images.is_tenants])
    for owner in np.flatnonzero(counted).tolist():
        block.owners[made.images.world.cast.ids[owner]] = int(counted[owner])
