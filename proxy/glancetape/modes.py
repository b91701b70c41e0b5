"""Record modes, in VCR's words and meanings."""

from enum import Enum


class RecordMode(Enum):
    """What a recorder does with a cassette, which may hold recordings already.

    NONE          replays only; a request that was not recorded is a miss
    ONCE          records a new cassette; replays one that has recordings, and adds nothing to it
    NEW_EPISODES  replays what is recorded and records the rest
    ALL           replays nothing and records everything again

    Sessions ask for what a mode does, never which one it is:

        >>> RecordMode.ONCE.records_new, RecordMode.ONCE.records_more
        (True, False)
    """

    NONE = "none"
    ONCE = "once"
    NEW_EPISODES = "new_episodes"
    ALL = "all"

    @property
    def records_new(self) -> bool:
        """Whether answers are recorded into a cassette that has no recordings yet."""
        return self is not RecordMode.NONE

    @property
    def records_more(self) -> bool:
        """Whether answers are recorded into a cassette that has recordings."""
        return self in (RecordMode.NEW_EPISODES, RecordMode.ALL)

    @property
    def replays(self) -> bool:
        """Whether requests are answered from the recordings that a cassette has."""
        return self is not RecordMode.ALL

    @property
    def replaces(self) -> bool:
        """Whether a new recording replaces the older ones of the same question."""
        return self is RecordMode.ALL
