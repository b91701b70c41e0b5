"""Running the product's proxy inside a test, in a thread of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from glancetape.addresses import Address
from glancetape.options import Settings, flag
from glancetape.wire.mitmproxy_runner import Plan, Proxy, ProxyThread
from support.wire.key_once import read_key_once

read_key_once()

Upstreams = str | tuple[str, ...] | None
"""A URL, or several as `--upstream` takes them; None for a forward proxy."""


def plan(upstream: Upstreams = None, **settings: Any) -> Plan:
    """Plan a proxy on a free port of 127.0.0.1; its CA lies in the session's own home."""
    own = {name: settings.pop(name) for name in ("insecure", "upstream_ca") if name in settings}
    upstreams = (upstream,) if isinstance(upstream, str) else upstream or ()
    return Plan(
        settings=Settings.of(settings | {"upstream": upstreams}, flag),
        listen=Address("127.0.0.1", 0),
        confdir=str(Path("~/.mitmproxy").expanduser()),
        **own,
    )


@contextmanager
def recording(cassette: Path, upstream: Upstreams = None, **settings: Any) -> Iterator[Proxy]:
    """Record into a cassette."""
    with ProxyThread(plan(upstream, record=cassette, **settings)) as proxy:
        yield proxy


@contextmanager
def replaying(*cassettes: Path, **settings: Any) -> Iterator[Proxy]:
    """Replay cassettes."""
    with ProxyThread(plan(replay=cassettes, **settings)) as proxy:
        yield proxy
