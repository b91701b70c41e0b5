"""Requests and responses from mitmproxy's flows, and responses for them."""

from mitmproxy import http
from mitmproxy.net import encoding

from glancetape.wire.limits import is_known, is_larger, most_bytes
from glancetape_cassettes.interaction import Headers, Request, Response
from glancetape_cassettes.redaction.policy import HOP_BY_HOP

PROVENANCE = "X-Glancetape"
_NO_BODY = frozenset({204, 304})
_OTHER_NAMES = {"": "identity", "x-gzip": "gzip", "x-deflate": "deflate"}
_MOST_CODINGS = 4


class NotWhole(ValueError):
    """The body of a message was streamed past the proxy, or its coding cannot be undone."""


class TooLarge(NotWhole):
    """The body of a message is larger than what is looked up or recorded."""


def request_of(flow: http.HTTPFlow) -> Request:
    """The request of a flow, its body decoded. Raises NotWhole, or TooLarge."""
    message = flow.request
    headers, body = _decoded(message, "request")
    return Request(message.method, message.url, headers, body)


def response_of(flow: http.HTTPFlow) -> Response:
    """The response of a flow, its body decoded. Raises NotWhole, or TooLarge."""
    message = flow.response
    if message is None:
        raise NotWhole("there was no response")
    headers, body = _decoded(message, "response")
    return Response(message.status_code, message.reason or "", headers, body)


def _decoded(message: http.Message, what: str) -> tuple[Headers, bytes]:
    raw = message.raw_content
    if message.stream or raw is None:
        raise NotWhole(f"its {what} body was streamed past the proxy")
    headers = tuple((_text(name), _text(value)) for name, value in message.headers.fields)
    most = most_bytes(message)
    if len(raw) > most:
        raise TooLarge(_too_large(what, most))
    if "content-encoding" not in message.headers:
        return headers, raw
    kept = tuple(pair for pair in headers if pair[0].lower() != "content-encoding")
    return kept, _without_codings(raw, message.headers["content-encoding"], what, most)


def _without_codings(body: bytes, codings: str, what: str, most: int) -> bytes:
    """Undo content codings, the last one first. Raises NotWhole when one cannot be undone."""
    names = codings.lower().split(",")
    for name in reversed(names):
        coding = _OTHER_NAMES.get(name.strip(), name.strip())
        if not is_known(coding) or len(names) > _MOST_CODINGS:
            # Nobody could search such a body for secrets.
            raise NotWhole(f"the content coding of its {what} body could not be undone")
        if is_larger(body, coding, most):
            raise TooLarge(_too_large(what, most))
        try:
            decoded = encoding.decode(body, coding)
        except ValueError as error:
            raise NotWhole(f"the content coding of its {what} body could not be undone") from error
        body = decoded if isinstance(decoded, bytes) else body
    return body


def _too_large(what: str, most: int) -> str:
    return f"its {what} body is larger than {most >> 20} MiB"


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")


def to_mitmproxy(response: Response, request: http.Request, provenance: str) -> http.Response:
    """The response that a client gets; `Content-Length` fits these bytes."""
    is_head = request.method == "HEAD"
    fields = [
        (_bytes(name), _bytes(value))
        for name, value in response.headers
        if name.lower() not in HOP_BY_HOP or (is_head and name.lower() == "content-length")
    ]
    fields.append((PROVENANCE.encode(), provenance.encode("latin-1", "replace")))
    body = b"" if response.status in _NO_BODY or is_head else response.body
    if response.status not in _NO_BODY and not is_head:
        fields.append((b"Content-Length", str(len(body)).encode()))
    return http.Response(
        b"HTTP/1.1",
        response.status,
        _bytes(response.reason),
        http.Headers(fields),
        body,
        None,
        0.0,
        0.0,
    )


def _bytes(text: str) -> bytes:
    return text.encode("latin-1" if text.isascii() or max(text) <= "\xff" else "utf-8")
