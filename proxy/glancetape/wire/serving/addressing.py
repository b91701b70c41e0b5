"""How a request names its host, by RFC 9112: what names none, two or a wrong one is refused.

    GET /v2/images HTTP/1.1                       400, unless one `Host` follows (section 3.2)
    GET http://glance:9292/v2/images HTTP/1.1     its target names the host as well (section 3.2.2)

Each hop that reads such a request may take it for another host's, which is how requests are
smuggled. mitmproxy refuses it too, so `serve` answers as `replay` does.
"""

import re
from collections.abc import Sequence

_AUTHORITY = re.compile(
    # RFC 3986: an address in brackets, or a name, which may be empty; then perhaps a port.
    rb"(\[[0-9A-Za-z:.%_~-]+\]|[0-9A-Za-z._~!$&'()*+,;=%-]*)(?::([0-9]*))?"
)
_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_MOST_PORT = 65_535


def why_misaddressed(version: str, hosts: Sequence[bytes], target: bytes) -> str:
    """Return why a request of HTTP/1.x names no one host, as a sentence; "" if it does.

    `hosts` are the values of its headers `Host`; HTTP/1.0 may be without.

    >>> why_misaddressed("1.1", [], b"/v2/images")
    'A request of HTTP/1.1 has one header Host; this has 0.'
    """
    if len(hosts) > 1 or (not hosts and version == "1.1"):
        return f"A request of HTTP/1.1 has one header Host; this has {len(hosts)}."
    if hosts and not _is_authority(hosts[0]):
        return "The header Host of the request is not a host, or a host and a port."
    absolute = _ABSOLUTE.match(target)
    if absolute and not (absolute[1] and _is_authority(absolute[1])):
        return "The URL of the request has no host, or one that is not a host and a port."
    return ""


def _is_authority(text: bytes) -> bool:
    found = _AUTHORITY.fullmatch(text)
    return found is not None and int(found[2] or 0) <= _MOST_PORT
