"""One request with its response: the record that everything else is about."""

from collections.abc import Iterable
from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]
"""Name and value in the order of the wire; a repeated header stands in several pairs."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked. `uri` is absolute; `body` is decoded (no content coding)."""

    method: str
    uri: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What the service answered. `body` is decoded unless a Content-Encoding header says else."""

    status: int
    reason: str = ""
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request, its response, and when it was recorded (ISO 8601, UTC; "" when unknown)."""

    request: Request
    response: Response
    recorded_at: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an interaction stands: file name, and number in it (from 1)."""

    file: str
    number: int

    def __str__(self) -> str:
        """Write it as users see it, `basic.yaml#3`."""
        return f"{self.file}#{self.number}"


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """Give the first value of a header, its name in any case, or None."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)
