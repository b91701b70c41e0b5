"""Looking up many rare values at once in their rows of entries; `indexed_values` describes these.

NumPy is loaded with this module, which a question for a few values does without.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from glancetape_cassettes.imageset.indexes.bitmaps import NUMBER

Entries = np.ndarray[Any, np.dtype[np.uint64]]
ENTRY = np.dtype("<u8")
_POSITION_MASK = np.uint64(0xFFFFFFFF)


def positions_of_any(
    hashes: Sequence[int], firsts: Sequence[int], row_of: Callable[[int], bytes]
) -> Iterator[int]:
    """Yield the positions of ascending hashes; each row that may hold one is read once.

    `firsts` are the first entries of all rows, by which `row_of` finds a row.
    """
    begin = np.array(firsts, NUMBER)
    lows = np.array(hashes, NUMBER) << 32
    highs = lows | 0xFFFFFFFF
    # A row reaches from its first entry to the first entry of the next row.
    begins = np.searchsorted(highs, begin)
    ends = np.append(np.searchsorted(lows, begin[1:], "right"), len(lows))[: len(begin)]
    for row in np.flatnonzero(ends > begins).tolist():
        some = slice(begins[row], ends[row])
        entries = np.frombuffer(row_of(firsts[row]), ENTRY)
        starts = np.searchsorted(entries, lows[some].astype(ENTRY))
        stops = np.searchsorted(entries, highs[some].astype(ENTRY), "right")
        for place in np.flatnonzero(stops > starts).tolist():
            found = entries[starts[place] : stops[place]]
            yield from (found & _POSITION_MASK).tolist()
