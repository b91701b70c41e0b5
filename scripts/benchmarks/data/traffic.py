"""The same recorded traffic as a HAR file, as a flow file of mitmproxy, and for a recorder."""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.data.pages import HEADERS, ORIGIN, marker_target, page
from glancetape_cassettes.interaction import Interaction, Request, Response

PAGES = 900
"""With 28 kB each they are 25 MB."""
_ANSWERED = (("Content-Type", "application/json"), ("X-Openstack-Request-Id", "req-1"))
_DATE = "2026-01-01T00:00:00Z"


def interactions() -> Iterator[Interaction]:
    """Make pages that differ from each other, as those of a walk do."""
    for seed in range(PAGES):
        shown = page(marker_target(seed), seed)
        request = Request("GET", ORIGIN + shown.target, HEADERS)
        yield Interaction(request, Response(200, "OK", _ANSWERED, shown.body), _DATE)


def write_har(path: Path) -> Path:
    """Write them as a browser does."""
    entries = [_entry(one) for one in interactions()]
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return path


def _entry(one: Interaction) -> dict[str, object]:
    asked, answered = one.request, one.response
    body = answered.body.decode()
    content = {"size": len(body), "mimeType": "application/json", "text": body}
    return {
        "startedDateTime": one.recorded_at,
        "time": 1,
        "request": {"method": asked.method, "url": asked.uri, "headers": _named(asked.headers)},
        "response": {
            "status": answered.status,
            "statusText": answered.reason,
            "headers": _named(answered.headers),
            "content": content,
        },
    }


def _named(headers: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def write_flows(path: Path) -> Path:
    """Write them as `mitmdump -w` does."""
    from mitmproxy.io import FlowWriter

    from glancetape.wire.flows import flow_of

    with path.open("wb") as file:
        writer = FlowWriter(file)  # type: ignore[no-untyped-call]  # mitmproxy
        for one in interactions():
            writer.add(flow_of(one))
    return path
