"""Tables whose rows are fields that agree; an image has one row of each table.

    {"__imagetype": "gold", "visibility": "public", "protected": True}

To choose a row is to choose fields that agree, so a rule between fields is a row here.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import orjson

from glancetape_generators.sampling.draws import Ints

Row = Mapping[str, str | int | bool | None]
"""Field -> value."""


class Table:
    """Rows of fields; an image lacks the fields that its row lacks."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Number the rows in their order."""
        self.rows = list(rows)
        self.fields = list(dict.fromkeys(name for row in self.rows for name in row))

    @cached_property
    def values(self) -> dict[str, tuple[Ints, list[str]]]:
        """For each field: the number of each row's value, -1 for none; and the values.

        Only sets need them; NDJSON is written without.
        """
        return {field: self._values(field) for field in self.fields}

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.rows)

    def numbers(self, field: str, null: int) -> Ints:
        """Return a field of whole numbers for each row, with `null` for none."""
        return np.array(
            [null if row.get(field) is None else row[field] for row in self.rows], np.int64
        )

    def words(self, field: str) -> list[str | None]:
        """Return a field of text for each row."""
        return [None if row.get(field) is None else str(row[field]) for row in self.rows]

    def _values(self, field: str) -> tuple[Ints, list[str]]:
        codes: dict[str, int] = {}
        of_rows = []
        for row in self.rows:
            value = row.get(field)
            if isinstance(value, bool):
                value = "true" if value else "false"
            code = codes.setdefault(value, len(codes)) if isinstance(value, str) else -1
            of_rows.append(code)
        return np.array(of_rows, np.int64), list(codes)


def _written(row: Row) -> bytes:
    return b"".join(orjson.dumps(name) + b":" + orjson.dumps(row[name]) + b"," for name in row)


class JointRows:
    """The JSON of several small tables together: each combination of their rows is written once.

    With 4 kinds and 5 disks there are 20 texts, whatever the number of images.
    """

    _MOST = 1 << 16

    def __init__(self, tables: Mapping[str, Table]) -> None:
        """Make room for all combinations; a text is written when an image first needs it."""
        self.names = list(tables)
        self._tables = list(tables.values())
        size = 1
        for table in self._tables:
            size *= len(table)
        self._written = np.empty(size, object)
        self._is_written = np.zeros(size, bool)

    @classmethod
    def all_of(cls, tables: Mapping[str, Table]) -> "list[JointRows]":
        """Join neighbouring tables while their combinations are not more than 65,536."""
        bundles: list[dict[str, Table]] = []
        size = cls._MOST + 1
        for name, table in tables.items():
            size *= len(table)
            if size > cls._MOST:
                bundles.append({})
                size = len(table)
            bundles[-1][name] = table
        return [cls(bundle) for bundle in bundles]

    def write(self, rows: Mapping[str, Ints]) -> list[bytes]:
        """Return the JSON members of some images, given each image's row of each table."""
        mixed = np.zeros(len(rows[self.names[0]]), np.int64)
        for name, table in zip(self.names, self._tables, strict=True):
            mixed = mixed * len(table) + rows[name]
        for new in np.unique(mixed[~self._is_written[mixed]]).tolist():
            self._written[new] = self._write(new)
            self._is_written[new] = True
        written: list[bytes] = self._written[mixed].tolist()
        return written

    def _write(self, mixed: int) -> bytes:
        parts: list[bytes] = []
        for table in reversed(self._tables):
            mixed, row = divmod(mixed, len(table))
            parts.append(_written(table.rows[row]))
        return b"".join(reversed(parts))
