"""Index generated images for an image set, straight from their columns.

An import parses each image to find its values. Here the columns already hold them as numbers, so a
whole block is indexed by sorting. The block equals the one that an import would make.
"""

from array import array
from itertools import repeat

import numpy as np

from glancetape_cassettes.imageset.checked_file import crc32
from glancetape_cassettes.imageset.image_fields import NUMBERS
from glancetape_cassettes.imageset.indexed_values import (
    HASH_MASK,
    MEMBERS,
    NOT_VALUES,
    TAGS,
    hash_of,
    member_value,
)
from glancetape_cassettes.imageset.making.blocks import (
    NULL,
    WORDS,
    Block,
    has_few_values,
    order_of_storing,
)
from glancetape_cassettes.imageset.making.blocks import make_block as block_of
from glancetape_cassettes.imageset.packed import PackedTexts
from glancetape_generators.columns.whole_images import WholeImages
from glancetape_generators.sampling.byte_columns import Octets, lengths_of, letters_of
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.vocabulary.tables import Table

_LOW = (1 << 32) - 1
_FEW = 1 << 15  # codes below it have 16 bits


def make_block(whole: WholeImages, first: int) -> Block:
    """Return the block of some images in default order; `first` is the first one's position."""
    if whole.has_fixed:
        return block_of(whole.listed(), first)
    block, texts, tables = Block(), whole.texts, whole.images.world.tables
    block.ids, block.names = _pieces(texts.id), _pieces(texts.name, texts.is_named)
    block.numbers["created_at"] = _array(whole.images.created)
    block.numbers["updated_at"] = _array(whole.images.updated)
    for table, rows in whole.rows.items():
        _add_table(block, tables[table], rows, first)
    _add_texts(block, "name", texts.name, texts.is_named, first)
    for field in whole.fields.texts:
        _add_texts(block, field, whole.fields.text(field), whole.fields.has(field), first)
    for field, one in whole.unique.items():
        _add_texts(block, field, one.text, one.is_text, first)
    for field, numbers in whole.fields.numbers.items():
        block.numbers[field] = _array(numbers)
    _add_tags(block, whole, first)
    _add_members(block, whole, first)
    _count_owners(block, whole)
    block.stored = order_of_storing(block, first)
    for lines in whole.listed_with(b",", np.array(block.stored, np.int64)):
        block.bodies.append(b"".join(lines))
        block.lengths.extend(map(len, lines))
        block.sums.extend(map(crc32, lines))
    return block


def _add_table(block: Block, table: Table, rows: Ints, first: int) -> None:
    """Index the fields of a table, given each image's row."""
    for field in table.fields:
        if field in NUMBERS:
            block.numbers[field] = _array(table.numbers(field, NULL)[rows])
        elif field not in NOT_VALUES:
            codes, values = table.values[field]
            _add_codes(block, field, values, codes[rows], np.arange(first, first + len(rows)))
        if field in WORDS:
            block.words[field] = table.words(field), _array(rows)


def _array(numbers: Ints) -> "array[int]":
    return _items("q", numbers)


def _items(typecode: str, numbers: Ints) -> "array[int]":
    return array(typecode, numbers.astype(typecode).tobytes())


def _pieces(texts: Octets, there: Flags | None = None) -> PackedTexts:
    lengths, letters = lengths_of(texts), letters_of(texts).reshape(-1)
    data = letters[letters != 0].tobytes()
    if len(data) != lengths.sum():  # a text has a NUL
        data = b"".join(texts.tolist())
    return PackedTexts(
        data, _items("i", lengths if there is None else np.where(there, lengths, -1))
    )


def _add_codes(block: Block, field: str, values: list[str], codes: Ints, positions: Ints) -> None:
    """Index a field whose values have numbers: `codes` holds one for each position, -1 for none.

    Codes 1 0 1 -1 at the positions 10 to 13: value 0 is at 11, value 1 at 10 and 12.
    """
    # NumPy sorts numbers of 8 or 16 bits without comparing them: in two digits at most.
    of_all = codes.astype(np.min_scalar_type(-len(values)) if len(values) < _FEW else np.int64)
    by_code = np.argsort(of_all, kind="stable")[int(np.count_nonzero(codes < 0)) :]
    if not len(by_code):
        return
    in_order = of_all[by_code]
    starts = np.append(0, np.flatnonzero(in_order[1:] != in_order[:-1]) + 1)
    counts = np.diff(starts, append=len(by_code))
    listed = [values[code] for code in in_order[starts].tolist()]
    _add_groups(block, field, listed, counts, positions[by_code])
    block.images_with[field] = len(by_code)


def _add_groups(block: Block, field: str, values: list[str], counts: Ints, positions: Ints) -> None:
    """Index values with their positions: `counts` says how many positions each value has."""
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
    """Index the values that several images have; return which positions have the other values."""
    is_alone: Flags = np.repeat(counts == 1, counts)
    several = [value for value, count in zip(values, counts.tolist(), strict=True) if count > 1]
    block.repeated.extend(field, several, *_bytes(counts[counts > 1], positions[~is_alone]))
    return is_alone


def _bytes(counts: Ints, positions: Ints) -> tuple[bytes, bytes]:
    return counts.astype(np.uint32).tobytes(), positions.astype(np.uint32).tobytes()


def _add_single(block: Block, hashes: Ints, positions: Ints) -> None:
    block.single.frombytes((hashes << 32 | positions).astype(np.uint64).tobytes())


def _add_texts(block: Block, field: str, texts: Octets, there: Flags, first: int) -> None:
    """Index a field whose values mostly occur once.

    A text whose hash is unique occurs once. So only the few texts that share a hash are compared.
    """
    places = np.flatnonzero(there)
    if not len(places):
        return
    block.images_with[field] = len(places)
    chosen = texts[places]
    begun = crc32(field.encode())
    hashes = np.fromiter(map(crc32, chosen.tolist(), repeat(begun)), np.int64, len(places))
    hashes &= HASH_MASK
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
    # Another text of the block has the same hash as these.
    _add_single(block, hashes[shared][by_value][is_alone], positions[is_alone])
    _add_single(block, hashes[~shared], places[~shared] + first)


def _add_tags(block: Block, whole: WholeImages, first: int) -> None:
    turns = whole.tags
    if not turns:
        return
    places = np.concatenate([np.flatnonzero(numbers >= 0) for numbers in turns])
    codes = np.concatenate([numbers[numbers >= 0] for numbers in turns])
    order = np.argsort(places, kind="stable")
    _add_codes(block, TAGS, whole.images.world.tags.texts, codes[order], places[order] + first)
    if len(places):
        block.images_with[TAGS] = int(np.count_nonzero(np.bincount(places)))


def _add_members(block: Block, whole: WholeImages, first: int) -> None:
    found, world = whole.memberships, whole.images.world
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


def _count_owners(block: Block, whole: WholeImages) -> None:
    """Count each project's images that are not public."""
    counted = np.bincount(whole.images.owner[whole.fields.is_counted])
    for owner in np.flatnonzero(counted).tolist():
        block.owners[whole.images.world.cast.ids[owner]] = int(counted[owner])
