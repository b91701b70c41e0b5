"""A part of a set's data that is made before it is known where it begins.

    part       | piece | piece | piece |
    its rows   ("name", 0, 4000, ...)       places count from its beginning

So any process can make one. The statements that insert its rows add where it begins: that is their
first parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from glancetape_cassettes.imageset.checked_file import SECTOR, Bytes, SectorSums

Row = tuple[Any, ...]


class WrittenPart(NamedTuple):
    """A part of the data, in the file; places count from the beginning of the data."""

    start: int
    """Where it begins, after the zeros that fill the sector before."""
    end: int
    head: bytes
    """The bytes, with these zeros, in the sector of the part before."""
    sums: SectorSums
    """The checksums of the sectors after that."""


@dataclass(slots=True)
class Part:
    """Pieces of data that follow each other, and the rows that say what is where in them."""

    begins_sector: bool = False
    pieces: list[Bytes] = field(default_factory=list)
    inserted: list[tuple[str, Sequence[Row]]] = field(default_factory=list)
    """Statements in the order of running them, each with its rows."""
    length: int = 0
    """Bytes of all pieces."""

    def add(self, data: Bytes) -> int:
        """Add a piece, which stays as it is; returns where it starts in the part."""
        start = self.length
        self.pieces.append(data)
        self.length += len(data)
        return start

    def add_section(self, name: str, data: Bytes, number: int | None = None) -> None:
        """Add a section, which begins with a sector, as the part does; and its row."""
        self.add(bytes(-self.length % SECTOR))
        row = name, self.add(data), len(data), number
        self.insert("INSERT INTO sections VALUES (?2, ?1 + ?3, ?4, ?5)", [row])

    def insert(self, statement: str, rows: Sequence[Row]) -> None:
        """Add rows; the first parameter of the statement is where the part begins."""
        self.inserted.append((statement, rows))
