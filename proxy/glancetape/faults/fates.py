"""What happens to the requests of one run: the faults that the options name, put together."""

from collections.abc import Sequence
from dataclasses import dataclass

from glancetape.faults.broken import Broken
from glancetape.faults.draws import Draws
from glancetape.faults.failures import Failure
from glancetape.faults.latency import Latency
from glancetape.faults.throttle import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What happens to one request."""

    delay: float = 0.0
    """Seconds by which its answer is held back."""
    failure: Failure | None = None
    """The rule that fails it."""
    retry_after: int = 0
    """Seconds after which it may come again, when it is throttled; 0 when it is not."""

    @property
    def cause(self) -> str:
        """The rule, as it was given; what the log and X-Glancetape name."""
        return self.failure.text if self.failure is not None else "throttle"

    @property
    def broken(self) -> Broken | None:
        """How its answer is broken off; None when it arrives whole."""
        what = self.failure.what if self.failure is not None else None
        return what if isinstance(what, Broken) else None


NOTHING_HAPPENS = Fate()


class FaultPlan:
    """The faults of one run."""

    def __init__(
        self,
        *,
        latency: str | None = None,
        failures: Sequence[str] = (),
        throttle: str | None = None,
        seed: int = 0,
    ) -> None:
        """Read the options. Raises BadParameter. Another seed fails other requests."""
        self._texts = (latency, tuple(failures), throttle)
        self._seed = seed
        self._latency = Latency.parse(latency) if latency else None
        self._failures = tuple(map(Failure.parse, failures))
        self._throttle = Throttle.parse(throttle) if throttle else None
        self._draws = Draws(seed)

    def __bool__(self) -> bool:
        """Whether anything may happen."""
        return bool(self._latency or self._failures or self._throttle)

    def again(self) -> "FaultPlan":
        """The same plan at the beginning of another run."""
        latency, failures, throttle = self._texts
        return FaultPlan(latency=latency, failures=failures, throttle=throttle, seed=self._seed)

    def fate_of(self, method: str, target: str) -> Fate:
        """What happens to the next request with a method, a path and a query."""
        if self._throttle is not None and (wait := self._throttle.wait()):
            return Fate(retry_after=wait)
        delay = self._delay(f"{method} {target}")
        for failure in self._failures:
            if failure.meets(method, target, self._draws):
                return Fate(delay=delay, failure=failure)
        return Fate(delay=delay)

    def _delay(self, request: str) -> float:
        if self._latency is None:
            return 0.0
        if not self._latency.spread:
            return self._latency.median
        time = self._draws.next_time("latency", request)
        return self._latency.at(self._draws.draw("latency", request, time))
