"""Passes a request on to the proxy that records a test, and the response back.

A client that outlives a test asks an address that stays; each test records at another one.
"""

from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from glancetape.wire.messages import Received, Sent

_OF_A_CONNECTION = frozenset(
    b"connection content-length expect keep-alive proxy-connection te trailer transfer-encoding "
    b"upgrade".split()
)
_WITH_BODY = ("PATCH", "POST", "PUT")
_SECONDS = 300.0


class NotForwarded(Exception):
    """The proxy gave no answer; says why."""


def forward(received: Received, url: str) -> Sent:
    """The response at a URL to a request, with the host that the client named.

    Raises NotForwarded.
    """
    connection = HTTPConnection(urlsplit(url).netloc, timeout=_SECONDS)
    body = received.body or b""
    try:
        target = received.target.decode("latin-1")
        connection.putrequest(received.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in received.fields:
            if name.lower() not in _OF_A_CONNECTION:
                connection.putheader(name.decode("latin-1"), value)
        if body or received.method in _WITH_BODY:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, ValueError, HTTPException) as error:
        raise NotForwarded(f"the recording proxy gave no answer: {error}") from error
    finally:
        connection.close()
    fields = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.getheaders()
        if name.lower().encode("latin-1") not in _OF_A_CONNECTION
    ]
    length = answer.getheader("Content-Length") if received.method == "HEAD" else len(content)
    if length is not None and answer.status not in (204, 304):
        fields.append((b"Content-Length", str(length).encode()))
    return Sent(
        status=answer.status,
        reason=answer.reason.encode("latin-1"),
        fields=tuple(fields),
        body=content,
    )
