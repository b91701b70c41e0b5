"""Many texts in one piece of memory, so that a process passes them on without an object each."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise


@dataclass(slots=True)
class PackedTexts:
    """Texts in UTF-8, or other bytes, one after the other."""

    data: bytes = b""
    lengths: "array[int]" = field(default_factory=lambda: array("i"))
    """Bytes of each; -1 for None."""

    @classmethod
    def of(cls, pieces: Iterable[bytes | None]) -> "PackedTexts":
        """Pack pieces of bytes."""
        listed = list(pieces)
        lengths = array("i", [-1 if one is None else len(one) for one in listed])
        return cls(b"".join([one for one in listed if one]), lengths)

    @classmethod
    def of_texts(cls, texts: Iterable[str | None]) -> "PackedTexts":
        """Pack texts."""
        return cls.of(None if text is None else text.encode() for text in texts)

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.lengths)

    def views(self) -> list[memoryview]:
        """Return each piece; none may be None."""
        data = memoryview(self.data)
        return [data[start:end] for start, end in pairwise(accumulate(self.lengths, initial=0))]

    def texts(self) -> list[str]:
        """Return each text; none may be None."""
        if not self.data.isascii():
            return [str(piece, "utf-8") for piece in self.views()]
        text = self.data.decode()
        return [text[start:end] for start, end in pairwise(accumulate(self.lengths, initial=0))]


@dataclass(slots=True)
class Postings:
    """Values of properties, each with the positions of the images that have it."""

    groups: list[tuple[str, int]] = field(default_factory=list)
    """Property and number of its values that follow, property after property."""
    values: list[str] = field(default_factory=list)
    counts: "array[int]" = field(default_factory=lambda: array("I"))
    positions: bytearray = field(default_factory=bytearray)
    """32 bits each, value after value."""
    hashes: "array[int]" = field(default_factory=lambda: array("I"))
    """Of all values, or of none."""

    def extend(
        self, name: str, values: list[str], counts: bytes, positions: bytes, hashes: bytes = b""
    ) -> None:
        """Add several values of a property; counts, positions and hashes have 32 bits each."""
        self.groups.append((name, len(values)))
        self.values += values
        self.counts.frombytes(counts)
        self.positions += positions
        self.hashes.frombytes(hashes)

    def by_property(
        self,
    ) -> "Iterator[tuple[str, list[str], array[int], array[int], array[int]]]":
        """Yield (property, values, starts, positions, hashes) of some values together.

        The positions of the first value go from the first start to the second one, and so on.
        """
        positions = array("I")
        positions.frombytes(self.positions)
        starts = array("I", accumulate(self.counts, initial=0))
        place = 0
        for name, number in self.groups:
            end = place + number
            of_values, hashes = self.values[place:end], self.hashes[place:end]
            yield name, of_values, starts[place : end + 1], positions, hashes
            place = end
