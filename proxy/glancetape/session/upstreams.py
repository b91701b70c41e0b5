"""Which service a path at our own address leads to.

A service that is named has its own path; without it, the path shows the service:

    --upstream image=http://glance:9292 --upstream identity=http://keystone:5000

    /image/v2/images, /v2/images      http://glance:9292/v2/images
    /identity/v3, /v3, /              http://keystone:5000/v3, and its /

A replay takes the services from what is recorded, so the same paths lead to their recordings.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from glancetape.addresses import Upstream
from glancetape_cassettes.service import Service, prefix_of, rule_of, service_of_path

if TYPE_CHECKING:
    from glancetape_cassettes.replaying.entries import RedactedAlike

_TYPES = {Service.KEYSTONE: "identity", Service.IMAGE: "image"}
_API = re.compile(r"/v\d[^/?]*(?:/[^/?]*)?")


def route(upstreams: Sequence[Upstream], target: str) -> str | None:
    """The URL at its service of a path with its query; None when no service is named for it."""
    if not target.startswith("/"):
        return None  # OPTIONS * asks no service
    path = target.partition("?")[0]
    for one in sorted(upstreams, key=lambda one: len(one.prefix), reverse=True):
        if one.prefix and (path == one.prefix or path.startswith(f"{one.prefix}/")):
            rest = target[len(one.prefix) :]
            return one.root + (rest if rest.startswith("/") else f"/{rest}")
    named = {one.service: one for one in upstreams}
    service = _TYPES.get(service_of_path(path), "")
    if path == "/" and "identity" in named:  # a catalog leads image clients to /image/
        service = "identity"
    serving = named.get(service) or named.get("")
    return serving.root + target if serving else None


def upstreams_of(groups: "Iterable[RedactedAlike]") -> tuple[Upstream, ...]:
    """The services that a recording was made from; the second of a type is at `/image-2`."""
    known: dict[tuple[str, str], None] = {}  # root and type
    seen: set[str] = set()
    for group in groups:
        for entry in group:
            api = _API.search(entry.uri, len("https://"))
            if api is None or entry.uri[: api.end()] in seen:
                continue
            seen.add(entry.uri[: api.end()])
            root, service = _root_and_type(entry.uri)
            if root:
                known[root, service] = None
    counts: dict[str, int] = {}
    found_there = []
    for root, service in known:
        counts[service] = counts.get(service, 0) + 1
        number = f"-{counts[service]}" if counts[service] > 1 else ""
        found_there.append(Upstream(service=service, root=root, prefix=f"/{service}{number}"))
    return tuple(found_there)


def _root_and_type(uri: str) -> tuple[str, str]:
    """The root of the service that a URI shows, and its type; "" and "" where it shows none."""
    parts = urlsplit(uri)
    rule = rule_of(parts.path)
    if rule is None or rule.needs_proof or rule.service not in _TYPES or not parts.netloc:
        return "", ""
    return f"{parts.scheme}://{parts.netloc}{prefix_of(parts.path)}", _TYPES[rule.service]


def recorded_at(upstreams: Sequence[Upstream], uri: str) -> str:
    """The URL that was recorded for a URL at our own address; the same where any host will do.

    http://127.0.0.1:8180/image/v2/images     http://glance:9292/v2/images
    http://127.0.0.1:8180/v2/images           itself: whichever service has it recorded
    """
    start = uri.find("/", uri.index("://") + 3)
    target = uri[start:] if start > 0 else "/"
    path = target.partition("?")[0]
    if any(path == one.prefix or path.startswith(f"{one.prefix}/") for one in upstreams):
        return route(upstreams, target) or uri
    service = "identity" if path == "/" else _TYPES.get(service_of_path(path))
    serving = [one for one in upstreams if one.service == service]
    if len(serving) != 1:
        return uri
    root = serving[0].root
    below = urlsplit(root).path
    return root + target if path == "/" or (below and not path.startswith(f"{below}/")) else uri
