"""What `curl -i` and `curl -v` print alike: a progress meter, and the body of a response."""

from glancetape_cassettes.formats.foreign.foreign_entries import NOT_JSON, Unusable
from glancetape_cassettes.formats.foreign.plain_text import (
    has_no_body,
    json_in,
    undone_coding,
    without_coding,
)
from glancetape_cassettes.formats.foreign.response_text import Head
from glancetape_cassettes.formats.http_form import content_length, names_json, without_chunks
from glancetape_cassettes.interaction import Response, header
from glancetape_cassettes.lazy_regex import lazy_compile

_METER_TITLE = b"% Total    % Received"
_METER = lazy_compile(
    rb"[ ]*% Total    % Received[^\n]*\n(?:[ ]*Dload[^\n]*\n)?"
    rb"|\r[ ]*\d{1,3}(?:[ ]+[\d.]+[kMGTP]?){7}(?:[ ]+[-\d]+:[-\d]+:[-\d]+){3}[ ]+[\d.]+[kMGTP]?\n?"
)
_MOST_BEFORE = 1 << 16


def without_meter(content: bytes) -> bytes:
    """What curl printed without its progress, which is among it when both streams are saved."""
    return _METER.sub(b"", content) if _METER_TITLE in content[:_MOST_BEFORE] else content


def printed_response(method: str, head: Head, body: bytes) -> Response:
    """A response with its body as the service sent it. Raises Unusable without it."""
    body = without_chunks(body, head.headers)
    kind = (header(head.headers, "content-encoding") or "").strip().lower()
    body = undone_coding(body, head.headers)
    length = content_length(head.headers)
    if length != len(body):
        body = _without_line_end(body)
    if not body and not has_no_body(method, head.status, head.headers):
        raise Unusable("its body is not in the file")
    begins = body[:1] in (b"{", b"[")
    is_short = length is not None and len(body) < length and not kind
    if body and (begins or is_short) and json_in(body) is None:
        raise Unusable("the file has only a part of its body", is_bad=True)
    if body and names_json(head.headers) and json_in(body) is None:
        raise Unusable(NOT_JSON, is_bad=True)
    return Response(head.status, head.reason, without_coding(head.headers), body)


def _without_line_end(body: bytes) -> bytes:
    """A body without the line end that an editor put at the end of the file."""
    return body.rstrip(b"\r\n") if body.lstrip()[:1] in (b"{", b"[") or not body.strip() else body
