"""The counts of a server as text for Prometheus, and whether it is well."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from glancetape.session.counts import Counts
from glancetape.wire.messages import Received, Sent

HEALTH, METRICS = b"/healthz", b"/metrics"
_TEXT = b"text/plain; charset=utf-8"
_ANSWERS = {
    "exact": ("replayed",),
    "derived": ("derived",),
    "synthetic": ("synthetic",),
    "miss": ("missed",),
    "too-large": ("too_large",),
    "refused": ("refused", "other_hosts"),
    "error": ("failed",),
    "fault": ("faults",),
}
"""The first word of X-Glancetape -> the counters of such answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is shown of a server at one moment."""

    counts: Counts
    connections: int
    workers: int
    restarts: int = 0


def health(received: Received, *, is_well: bool = True) -> Sent:
    """The page `/healthz`: a 200, or a 503 while something is not there."""
    return _page(
        received, b"ok\n" if is_well else b"a worker is missing\n", 200 if is_well else 503
    )


def pages_of(state: Callable[[], State], workers: int) -> Callable[[Received], Sent]:
    """What the address of the metrics answers."""

    def reply(received: Received) -> Sent:
        path = received.target.partition(b"?")[0]
        if path == HEALTH:
            return health(received, is_well=state().workers == workers)
        if path == METRICS:
            return _page(received, _text(state()), kind=_KIND)
        return _page(received, b"there are /metrics and /healthz\n", 404)

    return reply


_KIND = b"text/plain; version=0.0.4; charset=utf-8"


def _page(received: Received, body: bytes, status: int = 200, kind: bytes = _TEXT) -> Sent:
    fields = ((b"Content-Type", kind), (b"Content-Length", str(len(body)).encode()))
    return Sent(
        status=status,
        reason={200: b"OK", 404: b"Not Found"}.get(status, b"Service Unavailable"),
        fields=fields,
        body=b"" if received.method == "HEAD" else body,
    )


def _text(state: State) -> bytes:
    # Loaded when it is first asked for: a server starts without it.
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Shown(state))
    return generate_latest(registry)


class _Shown:
    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterable[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        state = self._state
        answers = CounterMetricFamily(
            "glancetape_requests", "Requests, by the first word of X-Glancetape.", labels=["answer"]
        )
        for name, counters in _ANSWERS.items():
            answers.add_metric([name], sum(getattr(state.counts, one) for one in counters))
        yield answers
        gauges = {
            "glancetape_connections": ("Clients that are connected.", state.connections),
            "glancetape_workers": ("Processes that answer.", state.workers),
        }
        for name, (help_text, value) in gauges.items():
            yield GaugeMetricFamily(name, help_text, value=value)
        yield CounterMetricFamily(
            "glancetape_worker_restarts",
            "Processes that had to be started again.",
            value=state.restarts,
        )
