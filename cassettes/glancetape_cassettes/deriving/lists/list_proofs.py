"""The proofs of the lists that were asked for last, of one view in one state."""

from collections.abc import Iterable

from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.deriving.coverage import why_not_covered
from glancetape_cassettes.deriving.lists.list_proof import ListProof
from glancetape_cassettes.deriving.order import CreationOrder
from glancetape_cassettes.deriving.validity import CheckedWalk
from glancetape_cassettes.deriving.walking.walks import kind_of
from glancetape_cassettes.imageset.memory_cache import Cache

_ROOM = 12 << 20  # bytes
_OF_A_PROOF = 2000  # bytes, besides its bitmaps
_BITMAPS = 5


class ListProofs:
    """Keeps what walks prove of lists, up to 12 MiB. What makes room is worked out again."""

    def __init__(self, complete: Iterable[CheckedWalk], created: CreationOrder, count: int) -> None:
        """Take the complete walks, the latest first, and the number of all images."""
        self._complete = tuple(complete)
        self._created = created
        self._most = _OF_A_PROOF + _BITMAPS * (count // 8)
        self._kept: Cache[tuple[ListProof, ...]] = Cache(_ROOM)

    def of(self, query: Query) -> tuple[ListProof, ...]:
        """The walks that cover a list, the latest first, each with what it proves of the list.

        `query` is that of any of its pages: marker and limit do not matter.
        """
        key = kind_of(query)
        found = self._kept.get(key)
        if found is None:
            found = tuple(
                ListProof(one, query, self._created)
                for one in self._complete
                if not why_not_covered(one.walk.query, query)
            )
            self._kept.put(key, found, query.size + self._most * len(found))
        return found
