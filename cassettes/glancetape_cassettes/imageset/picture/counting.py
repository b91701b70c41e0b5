"""Counting values: from the indexes, or one by one in a set so small that no value is common."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.values import values_of

_SMALL = 10_000  # images that are counted one by one
_PROPERTIES = (
    "owner __imagetype __platform __os_type os_distro os_type virtual_env_type disk_format tags"
).split()


@dataclass(frozen=True, slots=True)
class Share:
    """A value and how many images have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Shares:
    """The values of a property that most images have."""

    name: str
    having: int
    """Images that have the property."""
    parts: tuple[Share, ...] = ()
    others: int = 0
    """Images that have another value of it."""
    without: int = 0
    """Images that do not have it."""


class Counted:
    """What a set's images have, by property."""

    def __init__(self, images: ImageSet) -> None:
        """Count the images of a small set; a large one has its counts."""
        self.images = images
        self._having = images.counts()
        self._values: dict[str, Counter[str]] | None = None
        if len(images) <= _SMALL:
            self._values = {name: Counter() for name in _PROPERTIES}
            for image in images:
                for name, counter in self._values.items():
                    counter.update(values_of(image, name))

    def having(self, name: str) -> int:
        """Count the images that have a property."""
        return self._having.get(name, 0)

    def most_common(self, name: str, most: int) -> list[Share]:
        """Give the values that most images have; of a large set only common ones."""
        if self._values is None:
            found = self.images.common_values(name, most)
        else:
            found = sorted(self._values[name].items(), key=lambda pair: (-pair[1], pair[0]))[:most]
        return [Share(value, count) for value, count in found if count > 0]

    def shares(self, name: str, most: int) -> Shares:
        """Give a property's commonest values."""
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
        """Count the images that have each of a property's known values; none is left out."""
        counts = [(value, len(self.images.having(name, value))) for value in values]
        counts.sort(key=lambda pair: -pair[1])
        return Shares(name, len(self.images), tuple(Share(*pair) for pair in counts if pair[1]))
