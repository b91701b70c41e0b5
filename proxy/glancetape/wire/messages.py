"""Requests as they come over a wire, and the responses that go back, in bytes.

No framework is known in here: mitmproxy's flows and ASGI's scopes both become these, so that a
client gets the same answer from both.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from glancetape.wire.limits import (
    MOST_IMAGE_DATA,
    decode,
    is_known,
    is_larger,
    most_of_request,
)
from glancetape_cassettes.interaction import HOP_BY_HOP, Headers, Request, Response

if TYPE_CHECKING:
    from glancetape.faults.broken import Broken

Fields = tuple[tuple[bytes, bytes], ...]
"""Header names and values in the order of the wire."""

PROVENANCE = "X-Glancetape"
_PROVENANCE = b"x-glancetape"
_ESCAPED = re.compile(rb"[^ -~]|%(?=[0-9A-Fa-f]{2})")
_NO_BODY = frozenset({204, 304})
_OTHER_NAMES = {"": "identity", "x-gzip": "gzip", "x-deflate": "deflate"}
_MOST_CODINGS = 4


class NotWhole(ValueError):
    """The body of a message was streamed past us, or cannot be read."""


class TooLarge(NotWhole):
    """The body of a message is larger than what is looked up or recorded."""


class NotDecoded(NotWhole):
    """The content coding of a body cannot be undone.

    `status` is the refusal of such a request (RFC 9110, 15.5): 415 for a coding that is not known,
    400 for a body that is not in the coding it names.
    """

    def __init__(self, what: str, status: int) -> None:
        """Say of what the coding is: a request or a response."""
        super().__init__(f"the content coding of its {what} body could not be undone")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request of a client."""

    method: str
    url: str
    """Absolute. Bytes that are not UTF-8 are surrogate escapes."""
    target: bytes
    """Path and query, as they were sent."""
    fields: Fields
    body: bytes | None
    """As it was sent, in its content coding; None when it was streamed past us."""
    base: str = ""
    """Our address as the client wrote it, where the URL is that of a service behind us."""
    names_host: bool = False
    """Whether the client took us for its proxy, so that the URL is the one of the service."""
    host_to_check: str = ""
    """The host that the client named, where it has to be one of this machine; "" for any."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A response to a client."""

    status: int
    reason: bytes
    """HTTP/1.1 only; a client that reads it is rare."""
    fields: Fields
    body: bytes
    delay: float = 0.0
    """Seconds by which it is held back."""
    broken: "Broken | None" = None
    """How it does not arrive whole; `Content-Length` is that of the whole."""
    provenance: str = ""
    """The value of its header X-Glancetape; "" where it has none."""
    why: str = ""
    """Why it is not an answer, without secrets; "" where it is one."""

    @cached_property
    def head(self) -> bytes:
        """What precedes the body in HTTP/1.1, made once for a response that is sent often."""
        return self._head(b"")

    @cached_property
    def last_head(self) -> bytes:
        """The same, before the connection ends."""
        return self._head(b"Connection: close\r\n")

    def with_body(self, body: bytes, fields: Fields, head: bytes) -> "Sent":
        """The same response with another body, and with the headers and the head that fit it.

        It takes a third of the time that making one by its fields takes.
        """
        made = object.__new__(Sent)
        made.__dict__.update(self.__dict__, body=body, fields=fields, head=head)
        made.__dict__.pop("last_head", None)
        return made

    def _head(self, more: bytes) -> bytes:
        lines = b"".join([b"%s: %s\r\n" % field for field in self.fields])
        return b"HTTP/1.1 %d %s\r\n%s%s\r\n" % (self.status, self.reason, lines, more)


def received_from(
    *,
    method: str,
    scheme: str,
    target: bytes,
    fields: Fields,
    body: bytes,
    default_host: str,
    is_local: bool,
) -> Received:
    """The request that a server has read. `target` is what its first line names.

    `default_host` is our address, for HTTP/1.0, which need not name one. With `is_local` only this
    machine can reach it.
    """
    if not target.startswith(b"/") and b"://" in target:  # we are the client's proxy
        _, _, rest = target.partition(b"://")
        slash = rest.find(b"/")
        path = rest[slash:] if slash >= 0 else b"/"
        url = target if slash >= 0 else target + b"/"
        text = url.decode("utf-8", "surrogateescape")
        return Received(
            method=method, url=text, target=path, fields=fields, body=body, names_host=True
        )
    path_text = "" if target == b"*" else target.decode("utf-8", "surrogateescape")
    host = host_in(fields)
    return Received(
        method=method,
        url=f"{scheme}://{host or default_host}{path_text}",
        target=target,
        fields=fields,
        body=body,
        host_to_check=host if is_local else "",
    )


def host_in(fields: Iterable[tuple[bytes, bytes]]) -> str:
    """The host that a client named in its headers; "" when it named none."""
    for name, value in fields:
        if len(name) == 4 and name.lower() == b"host" and value:
            return value.decode("latin-1")
    return ""


def read_request(received: Received, *, is_searched: bool = True) -> Request:
    """The request in the terms of a session. Raises NotWhole, or TooLarge.

    Without `is_searched` its body is not searched for secrets, so it may hold any text.
    """
    most = most_of_request(received.method, received.target)
    headers, body = whole(received.fields, received.body, "request", most)
    if is_searched and most == MOST_IMAGE_DATA:
        refuse_much_text(body, "request")
    return Request(received.method, received.url, headers, body)


def refuse_much_text(data: bytes, what: str) -> None:
    """Raise TooLarge for the data of an image with more text than is searched for secrets."""
    from glancetape_cassettes.redaction.policy import MOST_TEXT
    from glancetape_cassettes.redaction.redactor import has_much_text  # for image data alone

    if has_much_text(data):
        raise TooLarge(f"its {what} body has more than {MOST_TEXT >> 10} KiB of text")


def whole(fields: Fields, raw: bytes | None, what: str, most: int) -> tuple[Headers, bytes]:
    """The headers and the decoded body of a message. Raises NotWhole, or TooLarge.

    `what` is "request" or "response". The header Content-Encoding is gone with the coding.
    """
    if raw is None:
        raise NotWhole(f"its {what} body was streamed past the proxy")
    if len(raw) > most:
        raise TooLarge(_too_large(what, most))
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
    codings = [value for name, value in headers if name.lower() == "content-encoding"]
    if not codings:
        return headers, raw
    kept = tuple(pair for pair in headers if pair[0].lower() != "content-encoding")
    if not raw:
        return kept, raw  # whatever the coding is
    return kept, _without_codings(raw, ", ".join(codings), what, most)


def _without_codings(body: bytes, codings: str, what: str, most: int) -> bytes:
    """Undo content codings, the last one first. Raises NotWhole when one cannot be undone."""
    names = codings.lower().split(",")
    for name in reversed(names):
        coding = _OTHER_NAMES.get(name.strip(), name.strip())
        if not is_known(coding) or len(names) > _MOST_CODINGS:
            # Nobody could search such a body for secrets.
            raise NotDecoded(what, 415)
        if is_larger(body, coding, most):
            raise TooLarge(_too_large(what, most))
        try:
            body = decode(body, coding)
        except ValueError as error:
            raise NotDecoded(what, 400) from error
    return body


def _too_large(what: str, most: int) -> str:
    size = f"{most >> 20} MiB" if most >> 20 else f"{most >> 10} KiB"
    return f"its {what} body is larger than {size}"


def to_send(response: Response, method: str, provenance: str, why: str = "") -> Sent:
    """The response that a client gets; `Content-Length` fits these bytes.

    `why` is for a person who looks at the exchange; it is not sent.
    """
    is_head = method == "HEAD"
    fields = [
        (_bytes(name), _bytes(value))
        for name, value in response.headers
        if name.lower() not in HOP_BY_HOP or (is_head and name.lower() == "content-length")
    ]
    fields.append((PROVENANCE.encode(), provenance_value(provenance)))
    body = b"" if response.status in _NO_BODY or is_head else response.body
    if response.status not in _NO_BODY and not is_head:
        fields.append((b"Content-Length", str(len(body)).encode()))
    return Sent(
        status=response.status,
        reason=_bytes(response.reason),
        fields=tuple(fields),
        body=body,
        provenance=provenance,
        why=why,
    )


def with_provenance(fields: Fields, provenance: str) -> Fields:
    """The headers of a response that passes through us, with ours instead of any other."""
    kept = [one for one in fields if one[0].lower() != _PROVENANCE]
    return (*kept, (PROVENANCE.encode(), provenance_value(provenance)))


def provenance_value(provenance: str) -> bytes:
    """A provenance as a header has it: bytes other than those of printable ASCII are escaped.

    Percent-decoded as UTF-8 it is the provenance again, so a `%` that would be decoded is escaped.

    >>> provenance_value("exact; Bilder für 5%.yaml#1")
    b'exact; Bilder f%C3%BCr 5%.yaml#1'
    """
    if provenance.isascii() and provenance.isprintable() and "%" not in provenance:
        return provenance.encode()
    raw = provenance.encode("utf-8", "surrogateescape")
    return _ESCAPED.sub(lambda found: b"%%%02X" % found[0][0], raw)


def _bytes(text: str) -> bytes:
    return text.encode("latin-1" if text.isascii() or max(text) <= "\xff" else "utf-8")
