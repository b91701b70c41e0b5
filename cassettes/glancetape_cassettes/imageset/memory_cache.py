"""A cache with room for a number of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """Keeps the values used last, up to a number of bytes. Threads may share it."""

    def __init__(self, room: int) -> None:
        """Make a cache of `room` bytes; it keeps the latest value even if that is larger."""
        self._room = room
        self._used = 0
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Value | None:
        """Return a value and count it as used; None when it is not in the cache."""
        try:  # no lock: another thread may drop it at any moment
            self._values.move_to_end(key)
            return self._values[key][0]
        except KeyError:
            return None

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Keep a value; `size` is in bytes."""
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
    """Return about how many bytes of memory a bitmap takes."""
    statistics = bitmap.get_statistics()
    return 200 + sum(
        int(statistics[f"n_bytes_{kind}_containers"]) + 16 * int(statistics[f"n_{kind}_containers"])
        for kind in ("array", "run", "bitset")
    )
