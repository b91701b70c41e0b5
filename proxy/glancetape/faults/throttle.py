"""A throttle: above a rate of requests, the gateway answers 429 and says when to come again."""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from glancetape_cassettes.errors import BadParameter

_TEXT = re.compile(r"(?:429:)?([0-9]+(?:\.[0-9]+)?)rps", re.ASCII)


@dataclass(slots=True, kw_only=True)
class Throttle:
    """A bucket that holds the requests of one second, and fills at the rate."""

    rate: float
    """Requests a second."""
    clock: Callable[[], float] = time.monotonic
    _level: float = 0.0
    _since: float | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The throttle that a text such as `429:100rps` names. Raises BadParameter."""
        found = _TEXT.fullmatch(text)
        if not found or float(found[1]) <= 0:
            raise BadParameter(f"{text!r} is not a throttle; write it like 429:100rps.")
        return cls(rate=float(found[1]))

    def wait(self) -> int:
        """Whole seconds after which the next request would pass; 0 when this one passes."""
        now = self.clock()
        most = max(self.rate, 1.0)
        if self._since is None:
            self._level = most
        else:
            self._level = min(most, self._level + (now - self._since) * self.rate)
        self._since = now
        if self._level >= 1:
            self._level -= 1
            return 0
        return max(1, math.ceil((1 - self._level) / self.rate))
