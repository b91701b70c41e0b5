"""A mitmproxy script for tests: says where it listens even when mitmdump is quiet."""

from typing import Any

from mitmproxy import ctx


def running() -> None:
    """Print the address; the tests wait for it."""
    proxyserver: Any = ctx.master.addons.get("proxyserver")
    host, port, *_ = proxyserver.listen_addrs()[0]
    print(f"listening on http://{host}:{port}", flush=True)  # noqa: T201
