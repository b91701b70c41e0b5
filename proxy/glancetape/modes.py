"""Record modes, in VCR's words and meanings."""

from enum import Enum


class RecordMode(Enum):
    """What is done with a request, by whether the cassette held it at the start.

    NONE          replay only; what is not recorded is a miss
    ONCE          a new cassette records everything; one that exists is replayed only
    NEW_EPISODES  replay what is recorded, record what is not
    ALL           replay nothing, record everything anew
    """

    NONE = "none"
    ONCE = "once"
    NEW_EPISODES = "new_episodes"
    ALL = "all"

    def replays(self) -> bool:
        """Tell whether what the cassette holds is replayed."""
        return self is not RecordMode.ALL
