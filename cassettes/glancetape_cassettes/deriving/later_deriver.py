"""The deriver of a session, loaded with the first request that needs it.

Its proofs and NumPy take longer to load than a small cassette. Most tests ask only for what was
recorded.
"""

from threading import Lock
from typing import TYPE_CHECKING, Self

from glancetape_cassettes.deriving.walking.recognition import Recognised
from glancetape_cassettes.errors import AlreadyClosed
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.looking_up import Lookup
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers

if TYPE_CHECKING:
    from glancetape_cassettes.deriving.deriver import Deriver
    from glancetape_cassettes.deriving.lists.derived_list import DerivedList


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
        self._lock = Lock()

    def over(self, recorded: RecordedAnswers) -> Self:
        """The same for a rewound recording; collections are shared, and closed with the first."""
        other = type(self)(recorded, self._dialect, self.recognised)
        other._first = self._first or self
        return other

    def derive(self, lookup: Lookup) -> Answer | Miss | None:
        """The proved answer to GET of images, a list or a single one; None for other requests."""
        return self._loaded().derive(lookup)

    def known_list(self, lookup: Lookup) -> "DerivedList | None":
        """The list of a request that got a derived page; see `Deriver.known_list`."""
        return self._loaded().known_list(lookup)

    def _loaded(self) -> "Deriver":
        with self._lock:
            if self._deriver is None:
                if self._closed:
                    raise AlreadyClosed("the session")
                if self._first is None:
                    from glancetape_cassettes.deriving.deriver import Deriver

                    self._deriver = Deriver(self._recorded, self._dialect, self.recognised)
                else:
                    self._deriver = self._first._loaded().over(self._recorded)
            return self._deriver

    def close(self) -> None:
        """Close all collections; what derives afterwards gets AlreadyClosed."""
        with self._lock:
            self._closed = True
            if self._deriver is not None:
                self._deriver.close()
