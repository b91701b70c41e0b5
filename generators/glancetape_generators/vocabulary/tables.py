"""Tables: rows of fields that belong together, of which each image has one.

Rules between fields are rows: who chooses a row has chosen fields that agree.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import orjson

from glancetape_generators.sampling.draws import Ints

Row = Mapping[str, str | int | bool | None]
"""Field -> value."""


class Table:
    """Rows of fields; a field that a row has not is absent from an image with that row."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Take the rows."""
        self.rows = list(rows)
        self.fields = list(dict.fromkeys(name for row in self.rows for name in row))
        self.values = {field: self._values(field) for field in self.fields}
        """For each field the row's values by number, -1 for none, and the values."""

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.rows)

    def numbers(self, field: str, null: int) -> Ints:
        """Give a field of whole numbers for each row, with a number that stands for null."""
        return np.array(
            [null if row.get(field) is None else row[field] for row in self.rows], np.int64
        )

    def words(self, field: str) -> list[str | None]:
        """Give a field of text for each row."""
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


class Mix:
    """Several small tables, written together: each mix of their rows once."""

    _MOST = 1 << 16

    def __init__(self, tables: Mapping[str, Table]) -> None:
        """Take the tables, by their names."""
        self.names = list(tables)
        self._tables = list(tables.values())
        size = 1
        for table in self._tables:
            size *= len(table)
        self._written = np.empty(size, object)
        self._is_written = np.zeros(size, bool)

    @classmethod
    def all_of(cls, tables: Mapping[str, Table]) -> "list[Mix]":
        """Put tables that follow each other together while there are not too many mixes."""
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
        """Write the rows that some images have of the tables."""
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
