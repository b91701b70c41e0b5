"""The proxy that the environment names for HTTP clients, and the hosts it excepts.

An entry of `NO_PROXY`, as curl, Go, Python and Node read it between them:

    *                    every host
    example.com          this name, and the names below it; so do .example.com and *.example.com
    10.0.0.7  [::1]      this address
    10.0.0.0/8           the addresses of this network (Go, curl from 7.86, requests)
    example.com:8443     any of these with a port: at this port only (Go, requests, Node)
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from glancetape.server_names import is_loopback
from glancetape_cassettes.lazy_regex import lazy_compile

_PROXIES = {
    "https": ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
    "http": ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"),
}
"""Scheme of a service -> the variables that name its proxy."""
_PORTS = {"http": 80, "https": 443}
_SEPARATOR = lazy_compile(r"[,\s]+")
_WITH_PORT = lazy_compile(r"(?P<host>\[[^]]*\]|[^:]*):(?P<port>\d{1,5})", re.ASCII)


def unused_proxy(environment: Mapping[str, str], roots: Sequence[str]) -> str:
    """The variable that names a proxy to the services, which we do not use; "" if none does.

    `roots` are the URLs of the services; none are known in forward mode. Hosts that `NO_PROXY`
    names and those of this machine need no proxy.

    >>> unused_proxy({"HTTPS_PROXY": "http://proxy:3128"}, ["https://ims.example.com"])
    'HTTPS_PROXY'
    >>> unused_proxy({"HTTPS_PROXY": "p", "no_proxy": ".com"}, ["https://ims.example.com"])
    ''
    >>> unused_proxy({"HTTP_PROXY": "p"}, ["https://ims.example.com"])
    ''
    """
    excepted = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    entries = [one for one in _SEPARATOR.split(excepted.lower()) if one]
    far = [urlsplit(root).scheme for root in roots if not _is_near(root, entries)]
    schemes = far if roots else _PROXIES
    names = (name for scheme in schemes for name in _PROXIES[scheme])
    return next((name for name in names if environment.get(name)), "")


def _is_near(root: str, entries: Sequence[str]) -> bool:
    parts = urlsplit(root)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _PORTS.get(parts.scheme, 0)
    return is_loopback(host) or any(_is_excepted(host, port, one) for one in entries)


def _is_excepted(host: str, port: int, entry: str) -> bool:
    if entry == "*":
        return True
    if with_port := _WITH_PORT.fullmatch(entry):
        if int(with_port["port"]) != port:
            return False
        entry = with_port["host"]
    with suppress(ValueError):  # otherwise the host is a name, or the entry is
        address = ip_address(host)
        return address in ip_network(entry.strip("[]"), strict=False)
    name = entry.removeprefix("*").strip(".")
    return bool(name) and f".{host}".endswith(f".{name}")
