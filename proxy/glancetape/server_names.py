"""The names by which a client may reach a server that only this machine can reach.

A page in a browser reads what its own site answers, so it must not become the same site as ours.
But a stranger's DNS can: it first leads the page's name to the stranger, and then to 127.0.0.1
("DNS rebinding"). The browser still sends that name, and nothing else in the request shows it:

    GET /v2/images HTTP/1.1
    Host: images.stranger.net:8180              421, unless the user names it

An address of digits comes from no DNS. No stranger has a name that is this machine's everywhere, a
name without a dot (what nginx sends for its `upstream`), or one that the DNS of the world never
has. The recorded service's own name is the cloud's. A server that listens on another address than a
loopback one is meant for others, who know it by their own names, so there any name will do.
Vite, webpack and Jupyter decide much alike.
"""

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.lazy_regex import lazy_compile

ANY = "*"
"""What a user names to accept every host."""

_OF_THIS_MACHINE = frozenset(
    (
        "localhost",
        "localhost.localdomain",
        "ip6-localhost",
        # What a container calls the machine that it runs on.
        "host.docker.internal",
        "host.containers.internal",
    )
)
_OF_NO_STRANGER = tuple(
    f".{name}"
    for name in (
        # RFC 2606 and 6761: for tests and documents.
        *("localhost", "test", "example", "invalid", "example.com", "example.net", "example.org"),
        # For private networks: ICANN's resolution 2024.07.29.06, RFC 8375.
        *("internal", "home.arpa"),
    )
)
"""Domains in which nobody can register a name. `.local` is not one: any neighbour may have one."""
_HOST = lazy_compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,255})(?::[0-9]{0,5})?", re.IGNORECASE)
_NAMED = lazy_compile(r"\.?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", re.IGNORECASE)
_NUMBER = lazy_compile(r"[0-9]+|0x[0-9a-f]*")
_MOST_KEPT = 256


class ServerNames:
    """The names by which clients may reach this server."""

    def __init__(self, named: Iterable[str] = (), services: Iterable[str] = ()) -> None:
        """Allow these too: `name`, `.domain` for all names in it, or `*`. Raises BadParameter.

        `services` are the URLs of the services that are recorded or replayed.
        """
        names = [read_host(text) for text in named]
        recorded = {host for url in services if (host := urlsplit(url).hostname)}
        self._allows_any = ANY in names
        self._names = _OF_THIS_MACHINE | recorded | {n for n in names if not n.startswith(".")}
        self._domains = tuple(name for name in names if name.startswith("."))
        self._known: dict[str, bool] = {}

    def allow(self, host: str) -> bool:
        """Whether a request may have this header `Host`."""
        found = self._known.get(host)
        if found is None:
            found = self._allows_any or self._is_allowed(host)
            if len(self._known) < _MOST_KEPT:
                self._known[host] = found
        return found

    def _is_allowed(self, host: str) -> bool:
        matched = _HOST.fullmatch(host)
        if matched is None:
            return False
        name = matched[1].lower().removesuffix(".")
        if name in self._names or name.endswith(self._domains):
            return True
        return "." not in name or f".{name}".endswith(_OF_NO_STRANGER) or _is_address(name)


def read_host(text: str) -> str:
    """A host as a user names it, in lower case. Raises BadParameter.

    read_host("Tape.Example")   "tape.example"
    read_host(".example")       ".example", for all names in example
    """
    found = text.strip().lower().removesuffix(".")
    if found != ANY and not _NAMED.fullmatch(found):
        raise BadParameter(f"{text!r} is not a name such as tape.example, without a port.")
    return found


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on this host."""
    name = host.lower().removeprefix("[").removesuffix("]")
    if name in _OF_THIS_MACHINE or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def why_refused(host: str, spell: Callable[[str], str]) -> str:
    """The message for a client whose host is not allowed; `spell` writes an option's name."""
    named = _HOST.fullmatch(host)
    name = named[1].lower().removesuffix(".") if named else ""
    option = spell("server_name")
    what = f"{name}, which is not this machine" if name else "not the name of a host"
    return (
        f"The request's Host is {what}. Only this machine can reach this server, so a page of a "
        "stranger may be asking. "
        + (f"If the name is yours, set {option} to {name}." if name else f"{option} * allows it.")
    )


def _is_address(name: str) -> bool:
    """Whether a browser takes a name for an address: no domain ends in a number (URL standard)."""
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return True
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
