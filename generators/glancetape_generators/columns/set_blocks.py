"""Index generated images for an image set, straight from their columns.

An import parses each image to find its values. Here the columns already hold them as numbers, so a
whole block is indexed by sorting. The block equals the one that an import would make. The columns
of several blocks are made together.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, compress, islice

import numpy as np

from glancetape_cassettes.imageset.checked_file import crc32
from glancetape_cassettes.imageset.checksums import crc32_of_each
from glancetape_cassettes.imageset.image_fields import NUMBERS
from glancetape_cassettes.imageset.indexed_values import (
    HASH_MASK,
    MEMBERS,
    NOT_VALUES,
    TAGS,
    member_value,
)
from glancetape_cassettes.imageset.indexes.bitmaps import POSITION, Positions
from glancetape_cassettes.imageset.indexes.column import Rows
from glancetape_cassettes.imageset.indexes.value_tables import by_code, narrow, value_fields
from glancetape_cassettes.imageset.making.blocks import (
    WORDS,
    Block,
    has_few_values,
    order_of_storing,
)
from glancetape_cassettes.imageset.making.blocks import make_block as block_of
from glancetape_cassettes.imageset.making.listed_images import NULL
from glancetape_cassettes.imageset.making.merging import count_together
from glancetape_cassettes.imageset.packed import PackedTexts
from glancetape_generators.columns.whole_images import WholeImages
from glancetape_generators.sampling.byte_columns import Octets, lengths_of, letters_of, octets
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.sampling.joining import AT_ONCE
from glancetape_generators.vocabulary.tables import Table
from glancetape_generators.world.world import World

_LOW = (1 << 32) - 1

Grouped = tuple[Ints, Ints, Ints]
"""What `by_code` returns: the codes that are there, how many of each, and the places of each."""


def make_blocks(whole: WholeImages, first: int, size: int) -> list[Block]:
    """Return the blocks of some images in default order; `first` is the first one's position.

    Each has `size` images, but the last one. The bodies of a block are asked for before those of
    the next one.
    """
    starts = range(0, len(whole.images), size)
    if whole.has_fixed:
        listed = whole.listed()
        return [block_of(islice(listed, size), first + start) for start in starts]
    blocks = [_indexed(whole, slice(start, start + size), first + start) for start in starts]
    stored = [
        np.array(block.stored, np.int64) + start
        for start, block in zip(starts, blocks, strict=True)
    ]
    lines = chain.from_iterable(whole.listed_with(b",", np.concatenate(stored)))
    for block in blocks:
        block.bodies = _bodies(block, lines)
    return blocks


def tables_of(world: World) -> Mapping[str, Table]:
    """Return the tables whose rows the blocks of a set have.

    There are none if an image is fixed: it may have values that are in no row.
    """
    return {} if len(world.fixed) else world.tables


def _indexed(whole: WholeImages, some: slice, first: int) -> Block:
    """Return the block of some of the images, without bodies."""
    block, texts, tables = Block(), whole.texts, tables_of(whole.images.world)
    is_named = texts.is_named[some]
    block.ids, block.names = _pieces(texts.id[some]), _pieces(texts.name[some], is_named)
    block.numbers["created_at"] = _array(whole.images.created[some])
    block.numbers["updated_at"] = _array(whole.images.updated[some])
    positions = np.arange(first, first + len(block.ids), dtype=POSITION)
    for name, rows in whole.rows.items():
        if name in tables:
            _add_table(block, name, tables[name], rows[some], positions)
        else:
            _index_table(block, whole.images.world.tables[name], rows[some], positions)
    _add_texts(block, "name", texts.name[some], is_named, first)
    for field in whole.fields.texts:
        column, there = whole.fields.text(field), whole.has(field)
        _add_texts(block, field, column[some], there[some], first)
    for field, one in whole.unique.items():
        _add_texts(block, field, one.text[some], one.is_text[some], first)
    for field, numbers in whole.fields.numbers.items():
        block.numbers[field] = _array(numbers[some])
    _add_tags(block, whole, some, first)
    _add_members(block, whole, some, first)
    _count_owners(block, whole, some)
    block.stored = _order_of_storing(block, tables) if tables else order_of_storing(block, first)
    return block


def _order_of_storing(block: Block, tables: Mapping[str, Table]) -> "array[int]":
    """Return what `blocks.order_of_storing` returns, from the rows of tables.

    Of a field that is apart, a value that one image has does not count there.
    """
    groups: Rows = np.zeros(len(block.ids), np.int8)
    for name, table in tables.items():
        if "owner" in table.fields:
            groups = _ranks_of_owners(table).take(block.rows[name])
            if "owner" in block.apart:
                groups[np.bincount(groups)[groups] == 1] = len(table)
    for name, table in tables.items():
        if "visibility" in table.fields:
            is_public = np.array([row.get("visibility") == "public" for row in table.rows])
            public = np.flatnonzero(is_public.take(block.rows[name]))
            if len(public) > 1 or "visibility" not in block.apart:
                groups[public] = -1
    return array("I", np.argsort(groups, kind="stable").astype(POSITION).tobytes())


@lru_cache(maxsize=1)
def _ranks_of_owners(table: Table) -> Rows:
    """Return the rank of each row's owner among them; a row without one comes last."""
    codes, owners = table.values["owner"]
    ranks = np.full(len(owners) + 1, len(table))  # the last one is that of -1
    ranks[sorted(range(len(owners)), key=owners.__getitem__)] = np.arange(len(owners))
    return narrow(ranks[codes], len(table) + 1)


def _bodies(block: Block, lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the bodies of a block; adds their lengths and checksums to it."""
    for start in range(0, len(block.stored), AT_ONCE):
        some = [*islice(lines, min(AT_ONCE, len(block.stored) - start))]
        block.lengths.extend(map(len, some))
        block.sums.extend(map(crc32, some))
        yield b"".join(some)


def _add_table(block: Block, name: str, table: Table, rows: Ints, positions: Positions) -> None:
    """Add each image's row of a table; index the fields that have many values here."""
    block.rows[name] = narrow(rows, len(table))
    images = np.bincount(rows, minlength=len(table))
    grouped = dict[int, Grouped]()  # some fields have the same codes
    for field, has_value in _having(table):
        codes, values = table.values[field]
        if not (seen := len(rows) if has_value is None else int(images.dot(has_value))):
            continue
        block.images_with[field] = seen
        if not has_few_values(field, len(values), seen):
            there = int(np.count_nonzero(np.bincount(codes + 1, images)[1:]))
            if not has_few_values(field, there, seen):
                block.apart.add(field)
                if id(codes) not in grouped:
                    grouped[id(codes)] = by_code(narrow(codes, len(values)).take(rows))
                hashes = _hashes_of_table(table, field)
                _add_codes(block, field, values, hashes, grouped[id(codes)], positions)


@lru_cache(maxsize=256)
def _having(table: Table) -> list[tuple[str, Ints | None]]:
    """Return the fields of a table that can be looked up, and 1 for each row that has a value.

    It is 0 for the others, and None in place of all if every row has one.
    """
    found = [(field, table.values[field][0] >= 0) for field in value_fields(table)]
    return [(field, None if there.all() else there.astype(np.int64)) for field, there in found]


def _index_table(block: Block, table: Table, rows: Ints, positions: Positions) -> None:
    """Index the fields of a table, given each image's row."""
    for field in table.fields:
        if field in NUMBERS:
            block.numbers[field] = _array(table.numbers(field, NULL).take(rows))
        elif field not in NOT_VALUES:
            codes, values = table.values[field]
            grouped = by_code(narrow(codes, len(values)).take(rows))
            hashes = _hashes_of_table(table, field)
            _add_codes(block, field, values, hashes, grouped, positions)
        if field in WORDS:
            block.words[field] = table.words(field), _array(rows)


def _array(numbers: Ints) -> "array[int]":
    return _items("q", numbers)


def _items(typecode: str, numbers: Ints) -> "array[int]":
    return array(typecode, numbers.astype(typecode).tobytes())


def _pieces(texts: Octets, there: Flags | None = None) -> PackedTexts:
    lengths, data = lengths_of(texts), texts.tobytes()
    if (length := lengths.sum()) != len(data):
        data = data.translate(None, b"\0")
    if len(data) != length:  # a text has a NUL
        data = b"".join(texts.tolist())
    return PackedTexts(
        data, _items("i", lengths if there is None else np.where(there, lengths, -1))
    )


@lru_cache(maxsize=256)
def _hashes_of_table(table: Table, field: str) -> Ints:
    return _hashes(field, table.values[field][1])


def _hashes(field: str, values: Sequence[str]) -> Ints:
    """Return the `hash_of` each value."""
    sums = crc32_of_each(octets(values), crc32(field.encode()))
    return sums[: len(values)].astype(np.int64) & HASH_MASK


def _add_codes(
    block: Block,
    field: str,
    values: Sequence[str],
    hashes: Ints,
    grouped: Grouped,
    positions: Positions,
) -> None:
    """Index a field whose values have numbers: `grouped` is `by_code` of that of each position.

    Codes 1 0 1 -1 at the positions 10 to 13: value 0 is at 11, value 1 at 10 and 12.
    """
    there, counts, places = grouped
    if len(there):
        codes: list[int] = there.tolist()
        listed = [values[code] for code in codes]
        _add_groups(block, field, listed, hashes.take(there), counts, positions.take(places))
        block.images_with[field] = len(places)


def _add_groups(
    block: Block, field: str, values: list[str], hashes: Ints, counts: Ints, positions: Positions
) -> None:
    """Index values with their positions: `counts` says how many positions each value has."""
    if has_few_values(field, len(values), len(positions)):
        block.few.extend(field, values, *_bytes(counts, positions))
        return
    is_alone = _add_repeated(block, field, values, hashes, counts, positions)
    _add_single(block, hashes.compress(counts == 1), positions.compress(is_alone))


def _add_repeated(
    block: Block, field: str, values: list[str], hashes: Ints, counts: Ints, positions: Positions
) -> Flags:
    """Index the values that several images have; return which positions have the other values."""
    are_several = counts > 1
    is_alone: Flags = np.repeat(~are_several, counts)
    several = [*compress(values, are_several.tolist())]
    of_several = counts.compress(are_several), positions.compress(~is_alone)
    hashed = hashes.compress(are_several).astype(np.uint32).tobytes()
    block.repeated.extend(field, several, *_bytes(*of_several), hashed)
    return is_alone


def _bytes(counts: Ints, positions: Positions) -> tuple[bytes, bytes]:
    return counts.astype(np.uint32).tobytes(), positions.tobytes()


def _add_single(block: Block, hashes: Ints, positions: Positions) -> None:
    block.single.frombytes((hashes << 32 | positions).astype(np.uint64).tobytes())


def _add_texts(block: Block, field: str, texts: Octets, there: Flags, first: int) -> None:
    """Index a field whose values mostly occur once.

    A text whose hash is unique occurs once. So only the few texts that share a hash are compared.
    """
    places = np.flatnonzero(there)
    if not len(places):
        return
    block.images_with[field] = len(places)
    # Taken in a ninth of the time of indexing.
    chosen = texts if len(places) == len(texts) else texts.take(places)
    begun = crc32(field.encode())
    hashes = crc32_of_each(chosen, begun).astype(np.int64) & HASH_MASK
    by_hash = np.sort(hashes << 32 | np.arange(len(places)))
    order = by_hash & _LOW
    is_other = np.append(True, np.diff(by_hash >> 32) != 0)
    is_shared = ~(is_other & np.append(is_other[1:], True))
    shared, alone = order.compress(is_shared), order.compress(~is_shared)
    values, which = _distinct(chosen.take(shared), hashes.take(shared))
    if has_few_values(field, len(alone) + len(values), len(places)):
        shared, alone = np.sort(order), order[:0]
        values, which = np.unique(chosen, return_inverse=True)
    by_value = np.argsort(narrow(which, len(values)), kind="stable")
    counts = np.bincount(which, minlength=len(values))
    listed = [value.decode() for value in values.tolist()]
    positions = (places + first).astype(np.uint32)
    of_values = positions[shared][by_value]
    of_each = hashes[shared][by_value][np.cumsum(counts) - counts]
    if not len(alone):
        _add_groups(block, field, listed, of_each, counts, of_values)
        return
    is_alone = _add_repeated(block, field, listed, of_each, counts, of_values)
    # Another text of the block has the same hash as these.
    _add_single(block, of_each.compress(counts == 1), of_values.compress(is_alone))
    _add_single(block, hashes[alone], positions[alone])


def _distinct(texts: Octets, hashes: Ints) -> tuple[Octets, Ints]:
    """Return the distinct texts, and the number of each text among them.

    The hashes ascend, and so do the distinct texts; but where no two hashes count together, their
    order makes no difference, and they come as their hashes do: to sort them takes long. Those with
    one hash are nearly always equal.
    """
    is_other = np.diff(hashes, prepend=-1) != 0
    alike = np.flatnonzero(~is_other)
    before, after = (letters_of(texts.take(places)) for places in (alike - 1, alike))
    if count_together(hashes.compress(is_other)) or not np.array_equal(before, after):
        return np.unique(texts, return_inverse=True)
    return texts.compress(is_other), np.cumsum(is_other) - 1


def _add_tags(block: Block, whole: WholeImages, some: slice, first: int) -> None:
    turns = [numbers[some] for numbers in whole.tags]
    if not turns:
        return
    places = np.flatnonzero(turns[0] >= 0)  # an image without a first tag has no other one
    codes = np.stack([numbers[places] for numbers in turns], axis=1).reshape(-1)
    positions = np.repeat((places + first).astype(np.uint32), len(turns))
    texts = whole.images.world.tags.texts
    grouped = by_code(narrow(codes, len(texts)))
    _add_codes(block, TAGS, texts, _hashes_of_tags(whole.images.world), grouped, positions)
    if len(places):
        block.images_with[TAGS] = len(places)


@lru_cache(maxsize=1)
def _hashes_of_tags(world: World) -> Ints:
    return _hashes(TAGS, world.tags.texts)


def _add_members(block: Block, whole: WholeImages, some: slice, first: int) -> None:
    found, world = whole.memberships, whole.images.world
    here = slice(*np.searchsorted(found.places, [some.start, some.stop]))
    if here.start == here.stop:
        return
    names, statuses = world.cast.ids, world.member_statuses
    codes = found.projects[here] * len(statuses) + found.statuses[here]
    there, counts, order = by_code(narrow(codes, len(names) * len(statuses)))
    values = [divmod(code, len(statuses)) for code in there.tolist()]
    texts = [member_value(names[project], statuses[status]) for project, status in values]
    places = found.places[here]
    positions = (places[order] + (first - some.start)).astype(np.uint32)
    block.few.extend(MEMBERS, texts, *_bytes(counts, positions))
    block.images_with[MEMBERS] = 1 + int(np.count_nonzero(np.diff(places)))


def _count_owners(block: Block, whole: WholeImages, some: slice) -> None:
    """Count each project's images that are not public."""
    counted = np.bincount(whole.images.owner[some][whole.fields.is_counted[some]])
    owners, ids = np.flatnonzero(counted), whole.images.world.cast.ids
    block.owners = dict(
        zip([ids[one] for one in owners.tolist()], counted[owners].tolist(), strict=True)
    )
