"""The cloud's responses: a page in its envelope, an image, or a refusal, each with its headers."""

from functools import cache
from hashlib import blake2b
from typing import NamedTuple

import orjson

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.refusals import REASONS, Refused, error_body
from glancetape_cassettes.imageset.checked_file import Bytes
from glancetape_cassettes.interaction import Headers, Response

# Observed on answers of Huawei Cloud's gateway.
_GATEWAY_HEADERS = (
    ("Server", "api-gateway"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubdomains;"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Download-Options", "noopen"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("X-XSS-Protection", "1; mode=block;"),
)
_IMAGES = b"<images>"
_MEMBERS = {
    "images": b'"images":[%s]' % _IMAGES,
    "first": b'"first":%(first)b',
    "schema": b'"schema":"/v2/schemas/images"',
    "next": b'"next":%(next)b',
}
_HTML = "text/html; charset=UTF-8"
_JSON = "application/json"
_NOTHING = blake2b(digest_size=16)


class Page(NamedTuple):
    """A page to send: its images as JSON with commas between them, and its links."""

    images: Bytes
    first: str
    next: str | None


def request_id_of(*parts: str) -> str:
    """Return a request id, 32 hex digits: always the same one for the same parts."""
    text = "\n".join(parts).encode("utf-8", "surrogateescape")
    hashed = _NOTHING.copy()  # takes less time than a new one
    hashed.update(text)
    return hashed.hexdigest()


def page_response(page: Page, dialect: Dialect, request_id: str) -> Response:
    """Return the response with a page; `request_id` is 32 hex digits."""
    return json_response(b"".join(in_envelope(page, dialect)), dialect, request_id)


def json_response(
    body: bytes, dialect: Dialect, request_id: str, *, status: int = 200, more: Headers = ()
) -> Response:
    """Return the response with a body of JSON; `request_id` is 32 hex digits, or "" for none."""
    return Response(status, REASONS[status], (*_named(_JSON, dialect, request_id), *more), body)


def empty_response(
    status: int, dialect: Dialect, request_id: str, *, kind: str = _HTML, more: Headers = ()
) -> Response:
    """Return a response without a body; `kind` is its content type, "" for none."""
    named = _named(kind, dialect, request_id)
    return Response(status, REASONS[status], (*(named if kind else named[1:]), *more))


def data_response(
    data: bytes, dialect: Dialect, request_id: str, more: Headers = (), *, status: int = 200
) -> Response:
    """Return the response with the data of an image, or with a range of it (206)."""
    named = _named("application/octet-stream", dialect, request_id)
    return Response(status, REASONS[status], (*named, *more), data)


def head_response(status: int, allowed: str, dialect: Dialect, request_id: str) -> Response:
    """Return the refusal of a HEAD request; `allowed` lists the methods of the path."""
    kind, *others = _named(_HTML, dialect, "" if _is_silent(status, dialect) else request_id)
    allow = (("Allow", allowed),) if status == 405 else ()
    # Observed: HTML whatever the client accepts, and a length of 0.
    fields = (kind, ("Content-Length", "0"), *allow, *others)
    return Response(status, REASONS[status], fields)


def in_envelope(page: Page, dialect: Dialect) -> tuple[bytes, Bytes, bytes]:
    """Return what comes before the images of a page, its images, and what comes after them."""
    before, after = _envelope_of(dialect, has_next=page.next is not None)
    links = {b"first": orjson.dumps(page.first), b"next": orjson.dumps(page.next)}
    return before % links, page.images, after % links


@cache
def _envelope_of(dialect: Dialect, *, has_next: bool) -> tuple[bytes, bytes]:
    """Return what comes before and after the images of a page; links have to be filled in."""
    members = [_MEMBERS[name] for name in dialect.envelope if has_next or name != "next"]
    before, _, after = (b"{%s}" % b",".join(members)).partition(_IMAGES)
    return before, after


def refusal_response(
    refused: Refused, dialect: Dialect, headers: Headers, request_id: str
) -> Response:
    """Return the refusal of a request with these headers, in a form that they accept."""
    accept = _accept(headers)
    if refused.status == 401 and dialect.gateway:
        kind = "application/json"
        body = orjson.dumps(
            {
                "error_msg": "Incorrect IAM authentication information: Unauthorized",
                "error_code": "APIGW.0301",
                "request_id": request_id,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
    else:
        kind, body = error_body(refused, accept)
    named = _named(kind, dialect, "" if _is_silent(refused.status, dialect) else request_id)
    if refused.allow:
        named = (*named, ("Allow", refused.allow))
    return Response(refused.status, REASONS[refused.status], named, body)


def _is_silent(status: int, dialect: Dialect) -> bool:
    """Whether an answer has no request id. Observed: a 401 of Glance."""
    return status == 401 and not dialect.gateway


def _accept(headers: Headers) -> str:
    """Return what a client accepts; a repeated header is one list."""
    return ", ".join(value for name, value in headers if name.lower() == "accept")


def _named(kind: str, dialect: Dialect, request_id: str) -> Headers:
    """Return the headers of an answer."""
    content_type = ("Content-Type", kind)
    if dialect.gateway:
        return (content_type, *_GATEWAY_HEADERS, ("X-Request-Id", request_id))
    if not request_id:
        return (content_type,)
    return (content_type, ("x-openstack-request-id", shown_id(request_id, dialect)))


def shown_id(request_id: str, dialect: Dialect) -> str:
    """Return a request id of 32 hex digits as the header of an answer has it."""
    if dialect.gateway:
        return request_id
    one = request_id
    return f"req-{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}"
