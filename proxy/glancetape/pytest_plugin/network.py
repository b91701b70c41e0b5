"""No connection leaves the machine while a test replays, but to hosts that are allowed.

Sockets of this process are guarded. Loopback and Unix sockets always work.
"""

import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatch
from typing import Any

_LOCAL = ("localhost", "localhost.localdomain", "ip6-localhost", "")


class NetworkBlocked(OSError):
    """A connection that a test may not open. HTTP clients report it like a network that is down."""

    def __init__(self, where: str) -> None:
        """Name the host, with its port if there is one."""
        super().__init__(
            f"glancetape blocked a connection to {where}: the test replays. Use glancetape.url or "
            "glancetape.proxies, or name the host in glancetape_allowed_hosts."
        )


class Guard:
    """Which hosts may be reached, and which were asked for in vain."""

    def __init__(self, allowed: Sequence[str]) -> None:
        """Allow hosts by name or address; `*` matches any text."""
        self._allowed = tuple(one.lower() for one in allowed)
        self._addresses: set[str] = set()
        self.blocked: list[str] = []

    def check(self, host: Any, port: Any = None) -> None:
        """Raise NetworkBlocked for a host that may not be reached."""
        name = host.decode("latin-1") if isinstance(host, bytes) else str(host or "")
        if not (_is_local(name) or name in self._addresses or self._is_allowed(name)):
            where = f"{name}:{port}" if port is not None else name
            self.blocked.append(where)
            raise NetworkBlocked(where)

    def note(self, host: Any, found: Sequence[Any]) -> None:
        """Remember the addresses of an allowed name: clients connect to these."""
        if self._is_allowed(str(host)):
            self._addresses.update(str(one[4][0]) for one in found)

    def _is_allowed(self, name: str) -> bool:
        return any(fnmatch(name.lower(), one) for one in self._allowed)


def _is_local(host: str) -> bool:
    if host.lower() in _LOCAL:
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified


@contextlib.contextmanager
def blocked_network(allowed: Sequence[str]) -> Iterator[Guard]:
    """Guard all sockets of the process for as long as the block lasts."""
    guard = Guard(allowed)
    kept = (
        _replace(socket.socket, "connect", lambda real: _guarded_connect(real, guard)),
        _replace(socket.socket, "connect_ex", lambda real: _guarded_connect(real, guard)),
        _replace(socket, "getaddrinfo", lambda real: _guarded_lookup(real, guard)),
    )
    try:
        yield guard
    finally:
        for restore in reversed(kept):
            restore()


def _replace(owner: Any, name: str, wrap: Callable[[Any], Any]) -> Callable[[], None]:
    """Put a guarded function in place, and return what takes it away again."""
    is_own = name in vars(owner)  # `socket.socket` inherits its methods
    real = getattr(owner, name)
    setattr(owner, name, wrap(real))
    return lambda: setattr(owner, name, real) if is_own else delattr(owner, name)


def _guarded_connect(real: Callable[..., Any], guard: Guard) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            guard.check(*address[:2])
        return real(self, address)

    return connect


def _guarded_lookup(real: Callable[..., Any], guard: Guard) -> Callable[..., Any]:
    def getaddrinfo(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        guard.check(host, port)
        found = real(host, port, *more, **named)
        guard.note(host, found)
        return found

    return getaddrinfo
