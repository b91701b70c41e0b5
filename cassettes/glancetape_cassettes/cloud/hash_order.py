"""The order in which a dictionary of CPython 2.7 lists its keys, as links of older Glances have it.

Glance up to version 16 copies the parameters of a request into a dictionary, takes the marker out
of it and puts another one in. The order that follows depends on the hashes of the names:

    __isregistered=true&__imagetype=gold&limit=2     as the client asks
    __isregistered=true&marker=ID&__imagetype=gold&limit=2    as `next` has it

The second line is the example of the API document, which this order reproduces. The hash is that of
64-bit builds without `-R`, the table that of `Objects/dictobject.c` in CPython 2.7.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

_WORD = (1 << 64) - 1
_SMALLEST = 8  # slots of a table
_REMOVED = object()
_MARKER = "marker"


def in_hash_order(names: Iterable[str], *, marker: bool = False) -> Sequence[str]:
    """Return the names of a request's parameters in the order of such a dictionary.

    Its `marker` is taken out; another one is put in for the link to the next page. Names that
    collide with the old one have moved on and stay where they are.
    """
    return _in_hash_order(tuple(names), marker)


@lru_cache(maxsize=1024)
def _in_hash_order(names: tuple[str, ...], marker: bool) -> tuple[str, ...]:
    table = _Table()
    for name in names:
        table.put(name)
    table.remove(_MARKER)
    if marker:
        table.put(_MARKER)
    return tuple(table.keys())


def hash_of(text: str) -> int:
    """Return the hash that CPython 2.7 gives a text, as an unsigned 64-bit number."""
    if not text:
        return 0
    value = ord(text[0]) << 7
    for letter in text:
        value = (value * 1000003 ^ ord(letter)) & _WORD
    value ^= len(text)
    return _WORD - 1 if value == _WORD else value


class _Table:
    """Open addressing: a key lies in the first free slot of its own sequence of slots."""

    def __init__(self) -> None:
        self._slots = _slots(_SMALLEST)
        self._filled = 0  # slots that hold a key or held one

    def keys(self) -> Iterator[str]:
        return (one for one in self._slots if isinstance(one, str))

    def put(self, key: str) -> None:
        free = -1  # the first slot on the way whose key was removed
        for slot in _sequence(key, len(self._slots)):
            held = self._slots[slot]
            if held == key:
                return
            if held is _REMOVED and free < 0:
                free = slot
            if held is None:
                self._filled += free < 0
                self._slots[slot if free < 0 else free] = key
                break
        if self._filled * 3 >= len(self._slots) * 2:
            self._grow()

    def remove(self, key: str) -> None:
        if key in self._slots:
            self._slots[self._slots.index(key)] = _REMOVED

    def _grow(self) -> None:
        kept, size = list(self.keys()), _SMALLEST
        while size <= len(kept) * 4:
            size *= 2
        self._slots, self._filled = _slots(size), len(kept)
        for key in kept:
            free = next(one for one in _sequence(key, size) if self._slots[one] is None)
            self._slots[free] = key


def _slots(size: int) -> list[object]:
    return [None] * size


def _sequence(key: str, size: int) -> Iterator[int]:
    """Yield the slots in which a key may lie, in the order in which they are tried."""
    slot = perturbed = hash_of(key)
    while True:
        yield slot & (size - 1)
        slot = slot * 5 + perturbed + 1
        perturbed >>= 5
