"""The deriver of a session, loaded with the first request that needs it.

Its proofs and NumPy take longer to load than a small cassette. Most tests ask only for what was
recorded.
"""

from threading import Lock
from typing import TYPE_CHECKING, Self

from glancetape_cassettes.deriving.walking.recognition import Recognised
from glancetape_cassettes.errors import AlreadyClosed
from glancetape_cassettes.later import meanwhile
from glancetape_cassettes.lean_process import without_garbage_collection
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.looking_up import Lookup
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers

if TYPE_CHECKING:
    from glancetape_cassettes.deriving.deriver import Deriver
    from glancetape_cassettes.deriving.lists.derived_list import DerivedList


MOST_READ_AT_ONCE = 300
"""Recorded requests that are read in a fifth of a second, by a slow processor."""


class LaterDeriver:
    """Derives answers from a recording whose cloud was recognised."""

    def __init__(self, recorded: RecordedAnswers, dialect: str, recognised: Recognised) -> None:
        """Take what the deriver needs; `dialect` is `auto` where nobody named it."""
        self._recorded = recorded
        self._dialect = dialect
        self.recognised = recognised
        """The cloud of the recording."""
        self._first: LaterDeriver | None = None
        """The one whose collections are shared, and that closes them; None for that one."""
        self._deriver: Deriver | None = None
        self._closed = False
        self.is_large = len(recorded.states.entries) > MOST_READ_AT_ONCE
        """Whether it may take long to read what an answer is derived from."""
        self._lock = Lock()

    def over(self, recorded: RecordedAnswers) -> Self:
        """The same for a rewound recording; collections are shared, and closed with the first."""
        other = type(self)(recorded, self._dialect, self.recognised)
        other._first = self._first or self
        return other

    def takes_long(self, lookup: Lookup) -> bool:
        """Whether so much has to be read for an answer that other clients would notice.

        Never waits for a thread that reads it.
        """
        if not self.is_large or not _may_be_derived(lookup):
            return False
        first = self._first or self
        return first._deriver is None or not self._loaded().has_read(lookup)

    def derive(self, lookup: Lookup) -> Answer | Miss | None:
        """The proved answer to GET of images, a list or a single one; None for other requests."""
        return self._loaded().derive(lookup) if _may_be_derived(lookup) else None

    def known_list(self, lookup: Lookup) -> "DerivedList | None":
        """The list of a request that got a derived page; see `Deriver.known_list`."""
        return self._loaded().known_list(lookup)

    def _loaded(self) -> "Deriver":
        with self._lock:
            if self._deriver is None:
                if self._closed:
                    raise AlreadyClosed("the session")
                if self._first is None:
                    with meanwhile(self._hash_cassettes), without_garbage_collection():
                        from glancetape_cassettes.deriving.deriver import Deriver

                    self._deriver = Deriver(self._recorded, self._dialect, self.recognised)
                else:
                    self._deriver = self._first._loaded().over(self._recorded)
            return self._deriver

    def _hash_cassettes(self) -> None:
        """Have the hashes ready that collections are kept under; hashing lets other threads run."""
        for cassette in {entry.cassette for entry in self._recorded.states.entries}:
            cassette.digest()

    def close(self) -> None:
        """Close all collections; what derives afterwards gets AlreadyClosed."""
        with self._lock:
            self._closed = True
            if self._deriver is not None:
                self._deriver.close()


def _may_be_derived(lookup: Lookup) -> bool:
    """Whether a request is one to which answers are derived; only reads are."""
    return lookup.request.method == "GET"
