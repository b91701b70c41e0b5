"""Draws: which requests a fault meets, decided by a seed and never by the clock or the order.

The draw for a request depends on the seed, on what is drawn for, on the request, and on how often
it was asked before. So a run that asks the same meets the same faults, however its requests are
interleaved with those of other clients.
"""

from collections import Counter
from hashlib import blake2b

_MOST_COUNTED = 100_000
"""Requests whose repetitions are counted; beyond, the count begins again."""


class Draws:
    """Numbers from 0 up to 1 for the requests of one run."""

    def __init__(self, seed: int) -> None:
        """Begin a run; the same seed draws the same numbers."""
        self._seed = seed
        self._times: Counter[tuple[str, str]] = Counter()

    def next_time(self, purpose: str, request: str) -> int:
        """How often a request has come for this purpose, 1 for the first time.

        `request` is its method and target, whatever is in it: it is neither kept in clear nor
        shown.
        """
        if len(self._times) >= _MOST_COUNTED:
            self._times.clear()
        key = (purpose, _digest(request))
        self._times[key] += 1
        return self._times[key]

    def draw(self, purpose: str, request: str, time: int) -> float:
        """A number from 0 up to 1 for the time that a request has come."""
        text = f"{self._seed}\n{purpose}\n{time}\n{request}"
        return int(_digest(text), 16) / 2**64


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
