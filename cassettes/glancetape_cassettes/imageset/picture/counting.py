"""Count values: from a large set's indexes, or image by image in a small set.

The indexes count only values that many images have; in a small set hardly any value is one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.indexed_values import values_of

_SMALL = 10_000  # the images of a set up to this size are read and counted
_PROPERTIES = (
    "owner __imagetype __platform __os_type os_distro os_type virtual_env_type disk_format tags"
).split()


@dataclass(frozen=True, slots=True)
class Share:
    """A value and the number of images that have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Shares:
    """The most frequent values of a property."""

    name: str
    having: int
    """Images that have the property."""
    parts: tuple[Share, ...] = ()
    others: int = 0
    """Images that have another value."""
    without: int = 0
    """Images that do not have the property."""


class Counted:
    """Counts of the values of a set's images, by property."""

    def __init__(self, images: ImageSet) -> None:
        """Read and count the images of a small set; a large set's counts are in its indexes."""
        self.images = images
        self._having = images.counts()
        self._values: dict[str, Counter[str]] | None = None
        if len(images) <= _SMALL:
            self._values = {name: Counter() for name in _PROPERTIES}
            for image in images:
                for name, counter in self._values.items():
                    counter.update(values_of(image, name))

    def having(self, name: str) -> int:
        """Return the number of images that have a property."""
        return self._having.get(name, 0)

    def most_common(self, name: str, most: int) -> list[Share]:
        """Return the most frequent values; of a large set only those its indexes keep."""
        if self._values is None:
            found = self.images.common_values(name, most)
        else:
            found = sorted(self._values[name].items(), key=lambda pair: (-pair[1], pair[0]))[:most]
        return [Share(value, count) for value, count in found if count > 0]

    def shares(self, name: str, most: int) -> Shares:
        """Return a property's most frequent values, with the counts of the rest."""
        found = self.most_common(name, most)
        having = self.having(name)
        return Shares(
            name=name,
            having=having,
            parts=tuple(found),
            others=max(0, having - sum(share.count for share in found)),
            without=max(0, len(self.images) - having),
        )

    def shares_of(self, name: str, values: Sequence[str]) -> Shares:
        """Return the counts of a property's known values, which are all it can have."""
        counts = [(value, len(self.images.having(name, value))) for value in values]
        counts.sort(key=lambda pair: -pair[1])
        return Shares(name, len(self.images), tuple(Share(*pair) for pair in counts if pair[1]))
