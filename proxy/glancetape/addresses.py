"""The addresses that commands take: where to listen, and the roots of services."""

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.lazy_regex import lazy_compile

_ADDRESS = lazy_compile(
    r"(?:\[(?P<ipv6>[^\[\]]*:[^\[\]]*)\]:|(?P<host>[^:\[\]]*):)?(?P<port>[0-9]{1,9})"
)


class Address(NamedTuple):
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        """`HOST:PORT` as in a URL, with IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str, option: str = "--listen") -> Address:
    """The address in HOST:PORT, :PORT or PORT; port 0 means any free one. Raises BadParameter.

    IPv6 is in brackets, as in a URL: whether `::1:80` has a port, nobody can tell.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        is_ipv6 = text.count(":") > 1 and "/" not in text
        remedy = "IPv6 needs brackets: [::1]:8180" if is_ipv6 else "Write it like 127.0.0.1:8180"
        raise BadParameter(f"{option}: {text!r} is not HOST:PORT. {remedy}.")
    if int(found["port"]) > 65535:
        raise BadParameter(f"{option}: {text!r} is not HOST:PORT. The last port is 65535.")
    return Address(found["ipv6"] or found["host"] or "127.0.0.1", int(found["port"]))


class Upstream(NamedTuple):
    """A service behind our address, and the path there that leads to it."""

    service: str
    """The type that a catalog has for it, such as `image`; "" for whatever is not named."""
    root: str
    """Its URL without a version: `http://keystone:5000`, `https://cloud.example/image`."""
    prefix: str
    """Where our clients find it: `/image`; "" for whatever is not named."""


_NAMED = lazy_compile(r"([a-z][a-z0-9-]*)=(.*)\Z", re.DOTALL)
_VERSION = lazy_compile(r"/v\d+(?:\.\d+)?\Z")


def parse_upstreams(texts: Sequence[str], option: str = "--upstream") -> tuple[Upstream, ...]:
    """The services behind our address. Raises BadParameter.

        parse_upstreams(["image=http://glance:9292", "identity=http://keystone:5000/v3"])

    A URL without a name is that of every service that is not named.
    """
    found: dict[str, Upstream] = {}
    for text in texts:
        named = _NAMED.match(text)
        service, url = named.groups() if named else ("", text)
        if service in found:
            raise BadParameter(f"{option}: {service or 'a URL without a name'} is given twice.")
        root = parse_upstream(url, option, with_path=bool(named))
        found[service] = Upstream(
            service=service, root=root, prefix=f"/{service}" if service else ""
        )
    return tuple(found.values())


def parse_upstream(url: str, option: str = "--upstream", *, with_path: bool = False) -> str:
    """The root of a service's URL: `https://H/` is `https://h`. Raises BadParameter.

    A URL with credentials or a query is refused, and one with a path too unless it may have one: a
    service can lie below a path, and the version at its end is left out. `option` names the URL in
    the message.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadParameter(f"{option}: not a URL such as https://ims.example.com.") from None
    if parts.username is not None or parts.password is not None:
        raise BadParameter(f"{option}: leave user and password out of the URL.")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadParameter(f"{option}: not a URL such as https://ims.example.com.")
    path = parts.path.rstrip("/")
    if (path and not with_path) or parts.query or parts.fragment:
        raise BadParameter(
            f"{option}: name only the root, {parts.scheme}://{parts.netloc}; clients send the path."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    origin = f"{parts.scheme}://{host}:{port}" if port else f"{parts.scheme}://{host}"
    return origin + _VERSION.sub("", path)
