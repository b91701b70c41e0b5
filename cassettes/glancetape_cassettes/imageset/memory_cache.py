"""A cache that is full by bytes, not by count."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """Keeps what was used last, up to a number of bytes; any number of threads may use it."""

    def __init__(self, room: int) -> None:
        """Make a cache of `room` bytes; the latest value is kept even if it is larger."""
        self._room = room
        self._used = 0
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Value | None:
        """Give a value and count it as used; None when it is not here."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Keep a value of a size in bytes."""
        with self._lock:
            self._drop(key)
            self._values[key] = value, size
            self._used += size
            while self._used > self._room and len(self._values) > 1:
                _, (_, freed) = self._values.popitem(last=False)
                self._used -= freed

    def _drop(self, key: Hashable) -> None:
        _, size = self._values.pop(key, (None, 0))
        self._used -= size


def bytes_of(bitmap: Any) -> int:
    """Say about how much memory a bitmap takes."""
    statistics = bitmap.get_statistics()
    return 200 + sum(
        int(statistics[f"n_bytes_{kind}_containers"]) + 16 * int(statistics[f"n_{kind}_containers"])
        for kind in ("array", "run", "bitset")
    )
