"""Tables whose rows are fields that agree; an image has one row of each table.

    {"__imagetype": "gold", "visibility": "public", "protected": True}

To choose a row is to choose fields that agree, so a rule between fields is a row here.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
import orjson

from glancetape_generators.sampling.byte_columns import Octets, together
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.sampling.joining import Chosen, Texts, table_of

Row = Mapping[str, str | int | bool | None]
"""Field -> value."""

_MISSING = object()


class Table:
    """Rows of fields; an image lacks the fields that its row lacks."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Number the rows in their order."""
        self.rows = list(rows)
        self.fields = list(dict.fromkeys(chain.from_iterable(self.rows)))
        self._codes: dict[str, tuple[Ints, list[object]]] = {}

    @property
    def values(self) -> Mapping[str, tuple[Ints, list[str]]]:
        """For each field: the number of each row's value, -1 for none; and the values.

        Fields with the same numbers share a column. Only sets need them, NDJSON does not.
        """
        return self._of_fields

    @cached_property
    def _of_fields(self) -> dict[str, tuple[Ints, list[str]]]:
        found, columns = dict[str, tuple[Ints, list[str]]](), dict[bytes, Ints]()
        for field in self.fields:
            codes, values = self._values(field)
            found[field] = columns.setdefault(codes.tobytes(), codes), values
        return found

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.rows)

    @cached_property
    def lengths(self) -> Ints:
        """The number of fields of each row."""
        return np.fromiter(map(len, self.rows), np.int64, len(self.rows))

    def codes(self, field: str) -> tuple[Ints, int]:
        """Return a number for each row, equal where the field is, and how many numbers there are.

        A row without the field, true and 1 differ.
        """
        codes, values = self._coded(field)
        return codes, len(values)

    def _coded(self, field: str) -> tuple[Ints, list[object]]:
        """Return the number of each row's value, and the values in the order of their numbers."""
        if field not in self._codes:
            values: list[object] = [row.get(field, _MISSING) for row in self.rows]
            keys = values  # what is equal is of one type, but for whole numbers
            if any(issubclass(kind, int) for kind in set(map(type, values))):
                keys = [(value.__class__, value) for value in values]
            one_each = dict(zip(keys, values, strict=True))
            known = {key: number for number, key in enumerate(one_each)}
            codes = np.fromiter(map(known.__getitem__, keys), np.int64, len(keys))
            self._codes[field] = codes, list(one_each.values())
        return self._codes[field]

    def numbers(self, field: str, null: int) -> Ints:
        """Return a field of whole numbers for each row, with `null` for none."""
        return np.array(
            [null if row.get(field) is None else row[field] for row in self.rows], np.int64
        )

    def words(self, field: str) -> list[str | None]:
        """Return a field of text for each row."""
        return [None if row.get(field) is None else str(row[field]) for row in self.rows]

    def _values(self, field: str) -> tuple[Ints, list[str]]:
        codes, distinct = self._coded(field)
        values = [
            ("true" if value else "false") if isinstance(value, bool) else value
            for value in distinct
        ]
        texts = list(dict.fromkeys([value for value in values if isinstance(value, str)]))
        known: dict[object, int] = {text: number for number, text in enumerate(texts)}
        return np.array([known.get(value, -1) for value in values], np.int64)[codes], texts


class JointRows:
    """The JSON of members that stand side by side, from the rows of several tables.

    Each combination of their rows is written once: with 4 kinds and 5 disks there are 20 texts,
    whatever the number of images.
    """

    MOST = 1 << 10

    def __init__(self, tables: Mapping[str, Table], *, first: bool) -> None:
        """Begin without any members; a comma follows each if they come `first` in an image.

        Otherwise it precedes each.
        """
        self.first = first
        self._members: list[tuple[str, bytes, str]] = []
        """The field of each, its key in JSON, and its table."""
        self._tables = tables
        self._parts: dict[str, _Part] = {}

    @property
    def fields(self) -> list[str]:
        """The names of the members, in their order."""
        return [field for field, _, _ in self._members]

    @cached_property
    def _written(self) -> Texts:
        """The text of each combination; it is written when an image first needs it."""
        return table_of([b""] * len(self))

    @cached_property
    def _is_written(self) -> Flags:
        return np.zeros(len(self), np.bool_)

    @cached_property
    def _steps(self) -> list[tuple[str, Ints]]:
        """What each row of each table adds to the number of a combination."""
        found, size = [], 1
        for name, part in reversed(self._parts.items()):
            if len(part.examples) > 1:
                found.append((name, part.numbers * size))
                size *= len(part.examples)
        return found

    def add(self, field: str, table: str) -> bool:
        """Add a member of a table; return False, and do nothing, if that makes too many texts."""
        part = self._parts.get(table) or _Part.of(self._tables[table])
        parts = {**self._parts, table: part.with_field(field)}
        if self._members and _size_of(parts.values()) > self.MOST:
            return False
        self._parts = parts
        self._members.append((field, orjson.dumps(field) + b":", table))
        for name in ("_written", "_is_written", "_steps"):  # they are of fewer members
            vars(self).pop(name, None)
        return True

    def __len__(self) -> int:
        """Count the combinations."""
        return _size_of(self._parts.values())

    def write(self, rows: Mapping[str, Ints], count: int) -> Chosen:
        """Return the JSON members of `count` images, given each image's row of each table."""
        mixed = np.zeros(count, np.int64)
        for name, steps in self._steps:
            mixed += steps.take(rows[name])
        is_new = np.zeros(len(self._is_written), np.bool_)
        is_new[mixed] = True
        new = np.flatnonzero(is_new & ~self._is_written)
        if len(new):
            self._written[new] = table_of(self._texts_of(new))
            self._is_written[new] = True
        return Chosen(self._written, mixed)

    def _texts_of(self, mixed: Ints) -> list[bytes]:
        """Return the texts of some combinations: a member is written once for each of its rows."""
        chosen = dict[str, tuple[list[Row], Ints]]()
        for name, part in reversed(self._parts.items()):
            mixed, numbers = np.divmod(mixed, len(part.examples))
            used, which = np.unique(numbers, return_inverse=True)
            rows = [self._tables[name].rows[part.examples[number]] for number in used.tolist()]
            chosen[name] = rows, which
        before, after = (b"", b",") if self.first else (b",", b"")
        columns = list[Octets]()
        for field, key, table in self._members:
            rows, which = chosen[table]
            texts = [
                before + key + orjson.dumps(row[field]) + after if field in row else b""
                for row in rows
            ]
            columns.append(np.array(texts, np.bytes_)[which])
        texts_of_all: list[bytes] = together(*columns).tolist()
        return texts_of_all


class _Part(NamedTuple):
    """A table of which some fields count only: rows that are equal in them are one."""

    table: Table
    numbers: Ints
    """For each row of the table its number here."""
    examples: list[int]
    """For each number one of the table's rows."""

    @classmethod
    def of(cls, table: Table) -> "_Part":
        """Return a table of which no field counts yet."""
        return cls(table, np.zeros(len(table), np.int64), [0])

    def with_field(self, field: str) -> "_Part":
        """Return the same with one more field that counts."""
        codes, count = self.table.codes(field)
        if len(self.examples) == 1:  # the first one; its codes ascend from row to row where new
            is_new = np.diff(np.maximum.accumulate(codes), prepend=-1) > 0
            return _Part(self.table, codes, np.flatnonzero(is_new).tolist())
        mixed = self.numbers * count + codes
        _, examples, numbers = np.unique(mixed, return_index=True, return_inverse=True)
        return _Part(self.table, numbers, examples.tolist())


def _size_of(parts: Iterable[_Part]) -> int:
    return math.prod(len(part.examples) for part in parts)


def lay_out(
    names: Sequence[str], tables: Mapping[str, Table], first: Collection[str]
) -> list[JointRows | str]:
    """Return the members of an image in their order: those from tables together, others alone.

    Neighbours are joined while there are no more than `JointRows.MOST` combinations of them, and
    while they are all among those that come `first` in an image, or all are not.
    """
    table_of = {field: name for name, table in tables.items() for field in table.fields}
    parts: list[JointRows | str] = []
    for name in names:
        if name not in table_of:
            parts.append(name)
            continue
        last = parts[-1] if parts else name
        if (
            isinstance(last, JointRows)
            and last.first == (name in first)
            and last.add(name, table_of[name])
        ):
            continue
        new = JointRows(tables, first=name in first)
        new.add(name, table_of[name])
        parts.append(new)
    return parts
