"""The images that a session made, changed or deleted."""

import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pyroaring import BitMap

from glancetape_cassettes.imageset.image_fields import format_time

Image = dict[str, Any]
Member = dict[str, Any]


def shown_time(moment: str) -> str:
    """Return a moment as the API writes times, in whole seconds."""
    return moment.partition(".")[0] + "Z"


@dataclass(slots=True, kw_only=True)
class Changed:
    """An image as it is now."""

    image: Image
    members: list[Member] = field(default_factory=list)
    """Each with member_id, status, created_at and updated_at."""
    moments: dict[str, str] = field(default_factory=dict)
    """Its times of this session with their microseconds, by which lists are sorted."""
    data: bytes | None = None
    """What was uploaded, unless it was too large to keep."""


class Changes:
    """All changes of a session, by the ids of images."""

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        """Start without changes."""
        self.new_id = new_id
        self._clock = clock
        self._last = 0
        self._images: dict[str, Changed] = {}
        self._gone: set[str] = set()
        self._replaced = BitMap()
        self.version = 0
        """Grows with each change."""

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._images or self._gone)

    def moment(self) -> str:
        """The time with its microseconds, later than any before: images of one second are in order.

        `2026-11-26T06:38:44.123456`
        """
        self._last = max(self._last + 1, int(self._clock() * 1_000_000))
        seconds, fraction = divmod(self._last, 1_000_000)
        return f"{format_time(seconds)[:-1]}.{fraction:06}"

    def now(self) -> str:
        """The time, as the API writes it."""
        return shown_time(self.moment())

    @property
    def images(self) -> Iterable[Changed]:
        """The images that were made or changed."""
        return self._images.values()

    @property
    def replaced(self) -> BitMap:
        """The positions in the set of images that were changed or deleted."""
        return self._replaced

    def find(self, image_id: str) -> Changed | None:
        """Return an image that was made or changed; None when it was not, or is deleted."""
        return self._images.get(image_id)

    def is_gone(self, image_id: str) -> bool:
        """Whether an image was deleted."""
        return image_id in self._gone

    def put(self, changed: Changed, position: int | None) -> None:
        """Keep an image as it is now; `position` is its place in the set, None for a new one."""
        self._images[changed.image["id"]] = changed
        self._hide(position)

    def remove(self, image_id: str, position: int | None) -> None:
        """Delete an image."""
        self._images.pop(image_id, None)
        self._gone.add(image_id)
        self._hide(position)

    def _hide(self, position: int | None) -> None:
        if position is not None:
            self._replaced.add(position)
        self.version += 1

    def forget(self) -> None:
        """Undo all changes."""
        self._images.clear()
        self._gone.clear()
        self._replaced = BitMap()
        self.version += 1
