"""Variables of the test's own process: for OpenStack's clients, and past the proxy of a company."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_HERE = ("127.0.0.1", "localhost")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def past_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables with which HTTP clients ask this machine directly, and other hosts as before.

    A proxy cannot lead back to the machine of the test, so its owner excepts 127.0.0.1 from it;
    clients do not except it by themselves.

    >>> past_proxies({"no_proxy": "intranet.example"})["NO_PROXY"]
    'intranet.example,127.0.0.1,localhost'
    """
    # Where both are set, clients read the one in lower case.
    kept = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    names = [name for name in map(str.strip, kept.split(",")) if name]
    hosts = ",".join(dict.fromkeys([*names, *_HERE]))
    return {"NO_PROXY": hosts, "no_proxy": hosts}


def names_a_proxy(environment: Mapping[str, str]) -> bool:
    """Whether a variable leads HTTP clients to a proxy.

    >>> names_a_proxy({"HTTP_PROXY": "http://proxy.example:3128"}), names_a_proxy({})
    (True, False)
    """
    return any(environment.get(name) or environment.get(name.upper()) for name in _PROXIES)


@contextmanager
def variables_set(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process, and unset the empty ones, for as long as the block lasts."""
    before = {name: os.environ.get(name) for name in variables}
    for name, value in variables.items():
        _set(name, value or None)
    try:
        yield
    finally:
        for name, old in before.items():
            _set(name, old)


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
