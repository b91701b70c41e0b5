"""Tables: rows of fields that belong together, of which each image has one.

Rules between fields are rows: who chooses a row has chosen fields that agree.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from glancetape_generators.draws import Ints

Row = Mapping[str, str | int | bool | None]
"""Field -> value."""

Objects = np.ndarray[Any, np.dtype[np.object_]]


class Table:
    """Rows of fields; a field that a row has not is absent from an image with that row."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Take the rows."""
        self.rows = list(rows)
        self.written = _objects([_written(row) for row in self.rows])
        """Each row as the middle of a JSON object."""
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

    def texts(self, field: str) -> Objects:
        """Give a field of text for each row."""
        return _objects([row.get(field) for row in self.rows])

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


def _written(row: Row) -> str:
    return "".join(f"{orjson.dumps(name).decode()}:{to_json(row[name])}," for name in row)


def to_json(value: str | int | bool | None) -> str:
    """Write a value as JSON."""
    return orjson.dumps(value).decode()


def _objects(texts: Sequence[object]) -> Objects:
    array = np.empty(len(texts), object)
    array[:] = texts
    return array
