"""The addresses that commands take: where to listen, and the root of a service."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from glancetape_cassettes.errors import BadParameter


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        """`HOST:PORT` as in a URL, with IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """The address in HOST:PORT, :PORT or PORT; port 0 means any free one. Raises BadParameter."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not port.isdecimal() or int(port) > 65535:
        raise BadParameter(f"--listen: {text!r} is not HOST:PORT, such as 127.0.0.1:8180.")
    return Address(host, int(port))


def parse_upstream(url: str, option: str = "--upstream") -> str:
    """The root of a service's URL: `https://H/` is `https://h`. Raises BadParameter.

    A URL with credentials, a path or a query is refused; `option` names it in the message.
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
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BadParameter(
            f"{option}: name only the root, {parts.scheme}://{parts.netloc}; clients send the path."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}" if port else f"{parts.scheme}://{host}"
